// The usual chat between two people, both with the client under test. Fails with
// an exit code and a text.
'use strict'

const assert = require('node:assert')
const { connect } = require('./connect.js')

const story = JSON.parse(process.argv[2]) // kind, transport, where, group, ann and bob: base, token, id
const within = 20_000

// heard collects what comes on a queue; next waits for what fits.
class Ear {
  constructor () { this.got = []; this.waits = [] }

  add (body, headers) { this.got.push({ body, headers }); for (const w of this.waits) w() }

  next (what, fits) {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${what} did not come; came: ${JSON.stringify(this.got).slice(0, 2000)}`)), within)
      const look = () => {
        const i = this.got.findIndex(g => fits(g.body))
        if (i < 0) return
        clearTimeout(late)
        this.waits = this.waits.filter(w => w !== look)
        resolve(this.got.splice(i, 1)[0])
      }
      this.waits.push(look)
      look()
    })
  }
}

const queues = ['messages', 'typing', 'presence', 'receipts', 'reactions', 'errors']

async function person (who) {
  const c = await connect({ kind: story.kind, transport: story.transport, where: story.where, base: who.base, token: who.token })
  c.id = who.id
  for (const q of queues) {
    c[q] = new Ear()
    const there = new Promise(resolve => c.receipt('s-' + q, resolve))
    c.subscribe('/user/queue/chat/' + q, (body, headers) => c[q].add(body, headers), { receipt: 's-' + q })
    await there
  }
  return c
}

async function main () {
  const ann = await person(story.ann)
  const bob = await person(story.bob)
  const conversationId = story.group
  assert.strictEqual(ann.frame.headers['user-name'], String(story.ann.id))
  assert.strictEqual(ann.frame.headers.version, story.kind === 'stompjs' ? '1.1' : '1.2')

  const receipt = new Promise(resolve => ann.receipt('r-1', resolve))
  ann.publish('/app/chat.send', { conversationId, content: 'Hello 👍 ❤️ é \u2028', tempId: 't1' }, { receipt: 'r-1' })
  await receipt
  const own = await ann.messages.next('the own copy', m => m.tempId === 't1')
  const { body: heard, headers } = await bob.messages.next('the message', m => m.content.startsWith('Hello'))
  assert.strictEqual(heard.content, 'Hello 👍 ❤️ é')
  assert.strictEqual(heard.tempId, undefined)
  assert.strictEqual(heard.id, own.body.id)
  assert.strictEqual(heard.eventType, 'MESSAGE_SENT')
  assert.strictEqual(headers.destination, '/user/queue/chat/messages')

  // Cut by stompjs 2 into pieces of 16,384 units, between the halves of a character.
  for (const shift of ['', 'x']) {
    const content = shift + '👍'.repeat(9_990)
    ann.publish('/app/chat.send', { conversationId: String(conversationId), content })
    await bob.messages.next('the long message', m => m.content === content)
  }

  ann.publish('/app/chat.typing', { conversationId, typing: true })
  const { body: types } = await bob.typing.next('typing', t => t.typing)
  assert.deepStrictEqual([types.conversationId, types.userId], [conversationId, story.ann.id])

  bob.publish('/app/chat.markRead', { conversationId, lastReadMessageId: heard.id })
  const { body: read } = await ann.receipts.next('the receipt', r => r.userId === story.bob.id)
  assert.strictEqual(read.lastReadMessageId, heard.id)

  bob.publish('/app/chat.reaction', { messageId: heard.id, conversationId, emoji: '❤️', add: true })
  const { body: liked } = await ann.reactions.next('the reaction', r => r.messageId === heard.id)
  assert.deepStrictEqual([liked.action, liked.add, liked.reactionSummary], ['ADDED', true, { '❤️': 1 }])

  ann.publish('/app/chat.presence', { online: true, deviceType: 'web' })
  ann.publish('/app/chat.heartbeat')
  ann.publish('/app/chat.send', { conversationId: 999999, content: 'nowhere', tempId: 't9' })
  const { body: error } = await ann.errors.next('the error', () => true)
  assert.deepStrictEqual([error.error, error.code, error.tempId], ['Failed to send message: Conversation not found', 'not_found', 't9'])

  await ann.disconnect()
  await bob.disconnect()
}

main().then(() => process.exit(0), e => { console.error(e); process.exit(1) })
