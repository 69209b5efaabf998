import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { RoomError } from '../src/rooms/api.ts'
import type * as api from '../src/rooms/api.ts'
import { makeRoom } from '../src/rooms/make.ts'
import { book } from '../src/rooms/messages.ts'
import { copyOf } from '../src/rooms/save.ts'
import { Talk } from '../src/rooms/talk.ts'
import * as roomsEn from '../src/paraglide/rooms/en/messages/en.js'

const roomId = '9fKq2ZtW7bXcR4mLpV0sTd'

/** What the server answers, by method and path. */
let answers: Record<string, (body: Record<string, unknown>) => Response>
let asked: { to: string; body: Record<string, unknown> }[]
const json = (body: unknown, status = 200) => Response.json(body, { status })

class Source extends EventTarget {
  static readonly CLOSED = 2
  static now: Source
  readonly readyState = 1
  constructor() {
    super()
    Source.now = this
  }
  close() {}
  tell(event: string, data: object) {
    this.dispatchEvent(new MessageEvent(event, { data: JSON.stringify(data) }))
  }
}

vi.mock('../src/rooms/work.ts', () => ({ prove: async ({ challenge }: { challenge: string }) => ({ challenge, nonce: '1' }) }))

beforeEach(() => {
  answers = {}
  asked = []
  vi.stubGlobal('EventSource', Source)
  vi.stubGlobal('addEventListener', () => undefined)
  vi.stubGlobal('fetch', async (url: string, { method, body }: { method: string; body?: string }) => {
    const to = `${method} ${url.split('?')[0]}`
    const said = body ? JSON.parse(body) : {}
    asked.push({ to, body: said })
    return answers[to]?.(said) ?? json({ error: 'room-not-found' }, 404)
  })
})
afterEach(() => void vi.unstubAllGlobals())

const message = (id: number, seat: number, mine: boolean, sender: string, more: Partial<api.RoomMessage> = {}): api.RoomMessage => ({
  id: String(id), seq: id, seat, mine, sender, text: `${id}`, timestamp: id, ...more,
})

/** A guest in the second seat, who has read what was said before. */
async function seated(...said: api.RoomMessage[]): Promise<Talk> {
  answers = {
    'GET /api/room/info': () => json({ roomId, full: true, needsPass: false, mode: 'idle', ttl: 600, cipher: false, mine: true, seat: 2, files: true }),
    'GET /api/room/ttl': () => json({ ttl: 600 }),
    'GET /api/room/mine': () => json({ rooms: [] }),
    'GET /api/messages': () => json({ messages: said }),
  }
  const talk = new Talk(roomId, null, () => undefined)
  await talk.look()
  Source.now.dispatchEvent(new Event('open'))
  await vi.waitFor(() => expect(talk.state.loaded).toBe(true))
  return talk
}

test('what somebody said who had this seat before is not one’s own', async () => {
  const talk = await seated(message(1, 1, false, 'Ada'), message(2, 2, false, 'Sam'), message(3, 2, true, 'Kim'))
  expect(talk.state.lines.map((l) => l.mine)).toEqual([false, false, true])
  expect(talk.state).toMatchObject({ name: 'Kim', peerName: 'Ada' })
})

test('a new guest takes over no name, and what the stream tells is sorted as well', async () => {
  const talk = await seated(message(1, 2, false, 'Sam'))
  expect(talk.state).toMatchObject({ name: '', peerName: '' })
  Source.now.tell('message', message(2, 2, true, 'Kim'))
  Source.now.tell('message', message(3, 1, false, 'Ada'))
  await vi.waitFor(() => expect(talk.state.lines.map((l) => l.mine)).toEqual([false, true, false]))
  expect(talk.state).toMatchObject({ name: 'Kim', peerName: 'Ada' })
})

test.each([
  [410, 'restart', '/?restarted=true'],
  [410, undefined, '/?error=room-not-found'],
  [404, undefined, '/?error=room-not-found'],
])('a seat that is refused with %d and reason %s leads to where that is told', async (status, reason, place) => {
  answers['POST /api/room/join'] = () => json({ error: 'room-ended', message: 'The room has ended', reason }, status)
  const elsewhere = vi.fn<(path: string) => void>()
  await new Talk(roomId, null, elsewhere).enter('Kim', '')
  expect(elsewhere.mock.calls).toEqual([[place]])
})

test('a file that cannot be had is told in a copy', async () => {
  book.say(roomsEn)
  vi.stubGlobal('document', { documentElement: { lang: 'en', dir: 'ltr' } })
  const talk = await seated(message(1, 1, false, 'Ada', { text: '', files: [{ id: '7', name: 'a<b>.png', size: 3, type: 'image/png' }] }))
  const copy = await (await copyOf(talk)).text()
  expect(copy).toMatch(/<i>\P{L}?a&lt;b&gt;\.png\P{L}? cannot be opened<\/i>/u)
})

/** A server that asks for work and says what it thinks of each try. */
function asksForWork(...says: Response[]) {
  let n = 0
  answers = {
    'GET /api/room/options': () => json({ proofOfWork: 8 }),
    'GET /api/room/challenge': () => json({ challenge: `c${++n}`, bits: 8 }),
    'POST /api/room/create': () => says.shift()!,
  }
}
const tooOld = () => json({ error: 'validation_failed', message: 'challenge is too old', field: 'challenge' }, 400)
const tried = () => asked.filter((a) => a.to === 'POST /api/room/create').map((a) => a.body['challenge'])

test('work that came too late is done once more for a new challenge', async () => {
  asksForWork(tooOld(), json({ roomId }))
  expect(await makeRoom({})).toMatch(new RegExp(`^/room/${roomId}#k=`))
  expect(tried()).toEqual(['c1', 'c2'])
})

test('and only once; what is refused otherwise is not tried again', async () => {
  asksForWork(tooOld(), tooOld(), json({ roomId }))
  await expect(makeRoom({})).rejects.toThrow('challenge is too old')
  expect(tried()).toEqual(['c1', 'c2'])
  asked = []
  asksForWork(json({ error: 'validation_failed', message: 'no', field: 'ttl' }, 400))
  await expect(makeRoom({})).rejects.toThrow(RoomError)
  expect(tried()).toEqual(['c1'])
})
