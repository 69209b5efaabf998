// One way to use every client: connect(kind, options) gives
// { subscribe, publish, disconnect }, whatever the library behind it.
'use strict'

const { Client } = require('@stomp/stompjs')
const SockJS = require('sockjs-client')
const Stomp = require('stompjs')
const WebSocket = require('ws')

Object.assign(globalThis, { WebSocket })

// opts: base, token, where ("header" or "query"), transport ("plain" or one of
// sockjs-client's), onClose.
function address (opts, path) {
  return opts.base + path + (opts.where === 'query' ? '?token=' + encodeURIComponent(opts.token) : '')
}

function headers (opts) {
  return opts.where === 'query' ? {} : { Authorization: 'Bearer ' + opts.token }
}

function socket (opts, protocols) {
  if (opts.transport === 'plain') {
    return new WebSocket(address(opts, '/ws/chat/websocket').replace(/^http/, 'ws'), protocols)
  }
  return new SockJS(address(opts, '/ws/chat'), null, { transports: [opts.transport] })
}

function connectSeven (opts) {
  return new Promise((resolve, reject) => {
    const client = new Client({
      webSocketFactory: () => socket(opts, ['v12.stomp', 'v11.stomp', 'v10.stomp']),
      connectHeaders: headers(opts),
      reconnectDelay: 0,
      onStompError: f => reject(new Error(f.headers.message + ': ' + f.body)),
      onWebSocketClose: e => { opts.onClose?.(e); reject(new Error('closed')) },
      onConnect: frame => resolve({
        frame,
        client,
        subscribe: (queue, fn, more) => client.subscribe(queue, m => fn(JSON.parse(m.body), m.headers), more),
        publish: (destination, body, more) => client.publish({ destination, body: body === undefined ? '' : JSON.stringify(body), headers: more }),
        receipt: (id, fn) => client.watchForReceipt(id, fn),
        disconnect: () => client.deactivate()
      })
    })
    client.activate()
  })
}

function connectTwo (opts) {
  return new Promise((resolve, reject) => {
    const ws = socket(opts, ['v10.stomp', 'v11.stomp'])
    const client = Stomp.over(ws)
    const receipts = {}
    client.debug = null
    client.onreceipt = f => receipts[f.headers['receipt-id']]?.()
    client.connect(headers(opts), frame => resolve({
      frame,
      client,
      subscribe: (queue, fn, more) => client.subscribe(queue, m => fn(JSON.parse(m.body), m.headers), more),
      publish: (destination, body, more) => client.send(destination, more || {}, body === undefined ? '' : JSON.stringify(body)),
      receipt: (id, fn) => { receipts[id] = fn },
      disconnect: () => new Promise(done => client.disconnect(done))
    }), e => reject(new Error(e.headers ? e.headers.message : String(e))))
  })
}

module.exports = { connect: opts => (opts.kind === 'stompjs' ? connectTwo : connectSeven)(opts) }
