import { describe, expect, test } from 'vitest'
import all from '../src/emoji/all.json'
import { isPicture, placed, readInside, readReaction, writeReaction, type Line } from '../src/rooms/lines.ts'
import { pathOfLink } from '../src/rooms/secrets.ts'

const line = (key: string, seq: number): Line => ({
  key, seq, clientId: key, id: String(seq), seat: 1, mine: true, at: 0, name: '', body: { kind: 'text', text: key }, plain: false, state: 'sent', ownReaction: '', peerReaction: '',
})
const order = (lines: readonly Line[]) => lines.map((l) => l.key).join('')

describe('lines', () => {
  test('stand in the order of seq, whichever way they come; what is not sent comes last', () => {
    const all = [line('c', 3), line('z', Infinity), line('a', 1), line('d', 4), line('b', 2)].reduce<Line[]>(placed, [])
    expect(order(all)).toBe('abcdz')
  })

  test('are there once: what was sent takes the place of what was on its way', () => {
    const waiting = [line('a', 1), line('x', Infinity), line('y', Infinity)].reduce<Line[]>(placed, [])
    const sent = placed(placed(waiting, line('x', 2)), line('x', 2))
    expect(order(sent)).toBe('axy')
    expect(order(placed(sent, line('b', 3)))).toBe('axby')
  })
})

describe('what the other side has encrypted may be anything', () => {
  test('a text, a file', () => {
    expect(readInside('{"name":"Sam","text":"hi"}')).toEqual({ name: 'Sam', text: 'hi' })
    expect(readInside('{"name":"Sam","file":{"name":"a.png","type":"image/png","size":3,"width":1,"height":2}}')).toEqual({ name: 'Sam', file: { name: 'a.png', type: 'image/png', size: 3, width: 1, height: 2 } })
  })

  test.each(['', 'null', '3', '[]', '{', '{"name":"Sam"}', '{"text":3}', '{"file":{}}', '{"file":{"name":"a"}}', `{"text":"${'x'.repeat(20_001)}"}`])('%#: nonsense is none', (json) => {
    expect(readInside(json)).toBeNull()
  })

  test('a name or size that is none is left out', () => {
    expect(readInside(`{"name":"${'x'.repeat(101)}","text":"hi"}`)).toEqual({ name: '', text: 'hi' })
    expect(readInside('{"name":7,"file":{"name":"a","type":"b","size":-1,"width":"x"}}')).toEqual({ name: '', file: { name: 'a', type: 'b', size: 0, width: 0, height: 0 } })
  })

  test('only pictures that run nothing are shown as such', () => {
    expect(isPicture({ name: '', type: 'image/png', size: 0 })).toBe(true)
    for (const type of ['image/svg+xml', 'text/html', 'image/png; x', '']) expect(isPicture({ name: '', type, size: 0 }), type).toBe(false)
  })
})

test.each([
  ['https://chat.example/room/9fKq2ZtW7bXcR4mLpV0sTd#k=Jx3v', '/room/9fKq2ZtW7bXcR4mLpV0sTd#k=Jx3v'],
  [' /room/9fKq2ZtW7bXcR4mLpV0sTd ', '/room/9fKq2ZtW7bXcR4mLpV0sTd'],
  ['9fKq2ZtW7bXcR4mLpV0sTd#k=Jx3v', '/room/9fKq2ZtW7bXcR4mLpV0sTd#k=Jx3v'],
  ['https://chat.example/', null],
  ['javascript:alert(1)//room/x', null],
  ['', null],
])('the link %j leads to %j', (text, path) => {
  expect(pathOfLink(text)).toBe(path)
})

describe('a reaction', () => {
  test('is as long whatever it is', () => {
    for (const emoji of ['', '👍', '❤️', '👩🏽‍❤️‍💋‍👨🏿']) {
      expect(new TextEncoder().encode(writeReaction(emoji))).toHaveLength(96)
      expect(readReaction(writeReaction(emoji))).toBe(emoji)
    }
  })

  test('is any emoji that can be picked, a flag or a keycap', () => {
    for (const emoji of [...all.flat(), '🇩🇪', '🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}', '7\uFE0F\u20E3', '#\u20E3', '❤']) expect(readReaction(writeReaction(emoji)), emoji).toBe(emoji)
  })

  test.each(['', '{', '[]', 'null', '{"react":1}', '{"react":"word"}', '{"react":"<b>"}', ...['7', '12', '#', '👍'.repeat(2), '👍'.repeat(40), '\u200D', '\uFE0F', '\u20E3', '🏽', '🇩', '🇩🇪🇫🇷', '👍7', '👍\u200D', '7\u200D👍', Array(5).fill('👍').join('\u200D'), `👍${'\u0301'.repeat(30)}`].map((react) => JSON.stringify({ react }))])('is none in %j', (json) => {
    expect(readReaction(json)).toBe('')
  })
})
