// Bob has blocked Ann. Both are there with the client under test, and Eve, who shares a
// group with them: she hears of Bob, and Ann of Eve, but Ann of nothing of Bob's.
'use strict'

const assert = require('node:assert')
const { io } = require('socket.io-client')
const { connect } = require('./connect.js')

const { protocol, base, ann, bob, eve } = JSON.parse(process.argv[2])

/** What a person hears of presences, as [id, status], and how to wait for one. */
class Ear {
  constructor () { this.heard = []; this.look = () => {} }

  add (id, status) { this.heard.push([String(id), status.toLowerCase()]); this.look() }

  until (who, status) {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`not told that ${who.name} is ${status}, but ${JSON.stringify(this.heard)}`)), 20_000)
      this.look = () => {
        if (!this.heard.some(([id, is]) => id === who.shown && is === status)) return
        clearTimeout(late)
        resolve()
      }
      this.look()
    })
  }
}

const dialects = {
  stomp: async (who, ear) => {
    const c = await connect({ kind: 'stompjs 7', transport: 'plain', where: 'header', base, token: who.token })
    const there = new Promise(resolve => c.receipt('there', resolve))
    c.subscribe('/user/queue/chat/presence', p => ear.add(p.userId, p.status), { receipt: 'there' })
    await there
    return () => c.disconnect()
  },
  socketio: async (who, ear) => {
    const socket = io(base, { transports: ['websocket'], forceNew: true, reconnection: false, auth: { token: who.token } })
    socket.on('user-presence', p => ear.add(p.user_id, p.dnd ? 'dnd' : p.status))
    await new Promise(resolve => socket.once('authenticated', resolve))
    return () => socket.disconnect()
  }
}

async function set (who, status) {
  const answer = await fetch(base + '/api/chat/presence/status', {
    method: 'PUT', headers: { Authorization: 'Bearer ' + who.token, 'Content-Type': 'application/json' }, body: JSON.stringify({ status })
  })
  assert.strictEqual(answer.status, 200, await answer.text())
}

async function main () {
  const ears = new Map()
  const ends = []
  for (const who of [ann, eve, bob]) {
    ears.set(who, new Ear())
    ends.push(await dialects[protocol](who, ears.get(who)))
  }
  await ears.get(eve).until(bob, 'online') // he came after her
  await set(bob, 'DND')
  await ears.get(eve).until(bob, 'dnd')
  await set(eve, 'AWAY')
  await ears.get(ann).until(eve, 'away')
  await ears.get(bob).until(eve, 'away')
  await set(ann, 'DND')
  await ears.get(eve).until(ann, 'dnd')
  await set(eve, 'DND')
  await ears.get(bob).until(eve, 'dnd')
  const of = (ear, who) => ears.get(ear).heard.filter(([id, status]) => id === who.shown && status !== 'offline')
  assert.deepStrictEqual(of(ann, bob), [])
  assert.deepStrictEqual(of(bob, ann), [])
  for (const end of ends) await end()
  process.exit(0)
}

main().catch(e => { console.error(e); process.exit(1) })
