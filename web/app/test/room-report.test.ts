import { beforeAll, expect, test } from 'vitest'
import { m, say } from '../src/lib/messages.ts'
import * as en from '../src/paraglide/en/messages/en.js'
import * as roomsEn from '../src/paraglide/rooms/en/messages/en.js'
import { RoomError } from '../src/rooms/api.ts'
import { excerptsOf } from '../src/rooms/excerpts.ts'
import type { Line } from '../src/rooms/lines.ts'
import { book, rm } from '../src/rooms/messages.ts'
import { whyNot } from '../src/rooms/refused.ts'

beforeAll(() => {
  say(en)
  book.say(roomsEn)
})

const line = (text: string, name = 'Sam'): Line => ({
  key: text, seq: 1, clientId: '', id: '1', seat: 2, mine: false, at: 1, name, body: { kind: 'text', text }, plain: false, state: 'sent', ownReaction: '', peerReaction: '',
})
const bytes = (note: string, messages: unknown) => new TextEncoder().encode(JSON.stringify({ note, messages })).length
const length = (text: string) => [...text].length

test('what is short is told as it is, a file by its name', () => {
  const file = { ...line(''), body: { kind: 'file', file: { name: 'a.png', type: 'image/png', size: 3 }, fileId: '7' } } as const
  expect(excerptsOf('', [line('hello'), file])).toEqual([{ seat: 2, name: 'Sam', timestamp: 1, text: 'hello' }, { seat: 2, name: 'Sam', timestamp: 1, text: '📎 a.png' }])
})

test('a text ends after 10,000 characters as the server counts them, and a name after 100', () => {
  expect(excerptsOf('', [line('x'.repeat(20_000))])[0]!.text).toBe('x'.repeat(10_000))
  expect(excerptsOf('', [line('👍'.repeat(10_000))])[0]!.text).toBe('👍'.repeat(10_000))
  // In NFC this character is two.
  const [split] = excerptsOf('', [line('\u0958'.repeat(9_000), '\u0958'.repeat(100))])
  expect(length(split!.text.normalize('NFC'))).toBe(10_000)
  expect(length(split!.name.normalize('NFC'))).toBe(100)
})

test.each(['字', '👍', '"', '\0', '\ud800'])('twenty of the longest of %j are less than 200 KB, and nearly that', (sign) => {
  const told = excerptsOf('n'.repeat(2_000), Array.from({ length: 20 }, () => line(sign.repeat(20_000 / sign.length), sign.repeat(20))))
  expect(told).toHaveLength(20)
  expect(bytes('n'.repeat(2_000), told)).toBeLessThanOrEqual(200_000)
  expect(bytes('n'.repeat(2_000), told)).toBeGreaterThan(199_000)
})

test('the longest are cut, at a whole character, and the short stay whole', () => {
  const long = line('👍'.repeat(10_000))
  const middle = line('字'.repeat(5_000))
  const told = excerptsOf('', [line('short'), ...Array.from({ length: 10 }, () => long), middle])
  expect(told[0]!.text).toBe('short')
  expect(told.at(-1)!.text).toBe('字'.repeat(5_000))
  expect(new Set(told.slice(1, -1).map((e) => e.text)).size).toBe(1)
  expect(told[1]!.text).toMatch(/^(👍){4000,5000}$/u)
})

test('at most twenty are told', () => {
  expect(excerptsOf('', Array.from({ length: 25 }, () => line('x')))).toHaveLength(20)
})

test.each([
  [new RoomError(429, 'rate_limited', ''), () => rm.too_often()],
  [new RoomError(0, 'unreachable', ''), () => rm.unreachable()],
  [new RoomError(413, 'payload_too_large', 'The body is too large'), () => m.refused_large()],
  [new RoomError(500, 'internal', 'Internal error'), () => m.refused_server()],
  [new RoomError(400, 'validation_failed', 'note or messages must say something'), () => 'note or messages must say something'],
  [new TypeError('x is undefined'), () => rm.went_wrong()],
])('%s is told with its reason', (error, told) => {
  expect(whyNot(error)).toBe(told())
})
