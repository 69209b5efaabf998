// The usual chat between two people, in a browser. window.chat(run) resolves when it
// went as it should.
'use strict'

/* global StompJs, SockJS, Stomp */

;(() => {
  const within = 20_000

  function check (what, got, want) {
    if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`${what} is ${JSON.stringify(got)}, want ${JSON.stringify(want)}`)
  }

  // ear keeps what comes, and waits for what fits.
  function ear () {
    const got = []
    let look = () => {}
    return {
      add (body) { got.push(body); look() },
      next: (what, fits) => new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`${what} did not come, but ${JSON.stringify(got).slice(0, 1000)}`)), within)
        look = () => {
          const i = got.findIndex(fits)
          if (i < 0) return
          clearTimeout(late)
          resolve(got.splice(i, 1)[0])
        }
        look()
      })
    }
  }

  function socket (run, protocols) {
    if (run.transport === 'plain') return new WebSocket(run.base.replace(/^http/, 'ws') + '/ws/chat', protocols)
    return new SockJS(run.base + '/ws/chat', null, { transports: [run.transport] })
  }

  // Each kind of client as { on, send, end }.
  const kinds = {
    'stompjs 7': (run, who) => new Promise((resolve, reject) => {
      const client = new StompJs.Client({
        webSocketFactory: () => socket(run, ['v12.stomp', 'v11.stomp', 'v10.stomp']),
        connectHeaders: { Authorization: 'Bearer ' + who.token },
        reconnectDelay: 0,
        onStompError: f => reject(new Error(f.headers.message)),
        onWebSocketClose: () => reject(new Error('closed')),
        onConnect: () => resolve({
          on: (queue, fn) => new Promise(subscribed => {
            client.watchForReceipt(queue, subscribed)
            client.subscribe('/user/queue/chat/' + queue, m => fn(JSON.parse(m.body)), { receipt: queue })
          }),
          send: (to, body) => client.publish({ destination: '/app/chat.' + to, body: JSON.stringify(body) }),
          end: () => client.deactivate()
        })
      })
      client.activate()
    }),
    'stompjs 2': (run, who) => new Promise((resolve, reject) => {
      const client = Stomp.over(socket(run, ['v10.stomp', 'v11.stomp']))
      const receipts = {}
      client.debug = null
      client.onreceipt = f => receipts[f.headers['receipt-id']]?.()
      client.connect({ Authorization: 'Bearer ' + who.token }, () => resolve({
        on: (queue, fn) => new Promise(subscribed => {
          receipts[queue] = subscribed
          client.subscribe('/user/queue/chat/' + queue, m => fn(JSON.parse(m.body)), { receipt: queue })
        }),
        send: (to, body) => client.send('/app/chat.' + to, {}, JSON.stringify(body)),
        end: () => new Promise(done => client.disconnect(done))
      }), e => reject(new Error(e.headers ? e.headers.message : String(e))))
    })
  }

  window.chat = async run => {
    const [ann, bob] = await Promise.all([run.ann, run.bob].map(who => kinds[run.kind](run, who)))
    for (const client of [ann, bob]) {
      for (const queue of ['messages', 'typing', 'receipts', 'reactions', 'errors']) {
        client[queue] = ear()
        await client.on(queue, client[queue].add)
      }
    }
    const content = `${run.kind} over ${run.transport} 👍 é ❤️`
    ann.send('send', { conversationId: run.group, content, tempId: content })
    const own = await ann.messages.next('the own copy', m => m.tempId === content)
    const heard = await bob.messages.next('the message', m => m.content === content)
    check('what was heard', [heard.id, heard.tempId, heard.eventType], [own.id, undefined, 'MESSAGE_SENT'])
    const long = '👍'.repeat(9_990) // stompjs 2 cuts it, between the halves of a character
    ann.send('send', { conversationId: run.group, content: long })
    await bob.messages.next('the long message', m => m.content === long)
    bob.send('typing', { conversationId: run.group, typing: true })
    await ann.typing.next('typing', t => t.userId === run.bob.id && t.typing)
    bob.send('markRead', { conversationId: run.group })
    await ann.receipts.next('the receipt', r => r.userId === run.bob.id)
    bob.send('reaction', { messageId: heard.id, conversationId: run.group, emoji: '👍' })
    const reaction = await ann.reactions.next('the reaction', r => r.messageId === heard.id)
    check('the reaction', [reaction.action, reaction.reactionSummary], ['ADDED', { '👍': 1 }])
    ann.send('send', { conversationId: 999999, content: 'nowhere' })
    check('the error', (await ann.errors.next('the error', () => true)).code, 'not_found')
    await ann.end()
    await bob.end()
  }
})()
