// A small chat client: connects, listens, sends, and comes back by itself.
// npm install socket.io-client
//
//   node client.js http://127.0.0.1:8080 <access token> <conversation id> Hello
const { io } = require('socket.io-client')

const [, , server, token, conversation, text] = process.argv

const socket = io(server, { auth: { token } })
const seen = new Set()

socket.on('connect', async () => {
  // What was said while we were away; the same messages may come twice.
  const { messages } = await socket.emitWithAck('history', { conversation_id: conversation })
  messages.forEach(show)

  // ok means: stored. The same client_id is the same message, however often it is sent.
  const answer = await socket.emitWithAck('send-message', { conversation_id: conversation, content: text, client_id: 'hello-1' })
  console.log(answer.ok ? 'stored' : answer.error)
})

socket.on('new-message', show)
socket.on('error', e => console.error(e.message))
socket.on('connect_error', e => console.error(e.message))

function show (message) {
  if (message.conversation_id !== conversation || seen.has(message.id)) return
  seen.add(message.id)
  console.log(`${message.sender_name}: ${message.content}`)
  if (message.content === 'bye') socket.disconnect()
}
