// A small chat client: connects, listens, sends, and comes back without losing a
// message. npm install @stomp/stompjs (and, in Node before 22, ws).
//
//   node client.js http://127.0.0.1:8080 <access token> <conversation id> Hello
const { Client } = require('@stomp/stompjs')

if (!globalThis.WebSocket) Object.assign(globalThis, { WebSocket: require('ws') })

const [, , server, token, conversation, text] = process.argv
const conversationId = Number(conversation)
const revs = {} // the newest rev of each conversation that we have

const client = new Client({
  brokerURL: server.replace(/^http/, 'ws') + '/ws/chat',
  connectHeaders: { Authorization: 'Bearer ' + token },
  reconnectDelay: 1000,

  onConnect () {
    const resume = Object.entries(revs).map(([id, rev]) => `${id}:${rev}`).join(',')
    client.subscribe('/user/queue/chat/messages', heard, resume ? { 'x-resume': resume } : {})
    client.subscribe('/user/queue/chat/errors', m => console.error(JSON.parse(m.body).error))

    client.watchForReceipt('sent-1', () => console.log('stored'))
    client.publish({
      destination: '/app/chat.send',
      headers: { receipt: 'sent-1' },
      // The same tempId is the same message, however often it is sent.
      body: JSON.stringify({ conversationId, content: text, tempId: 'hello-1' })
    })
  },

  onStompError: frame => console.error(frame.headers.message)
})

function heard (m) {
  revs[m.headers['x-conversation']] = m.headers['x-rev']
  const message = JSON.parse(m.body)
  console.log(`${message.senderName}: ${message.content}`)
  if (message.content === 'bye') client.deactivate()
}

client.activate()
