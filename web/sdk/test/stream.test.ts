import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Stream, type Update } from '../src/index.ts'

/** The browser's side of a connection, with the server's in the hands of the test. */
class Wire {
  static all: Wire[] = []
  sent: { type: string; cursors?: object }[] = []
  onopen: (() => void) | null = null
  onmessage: ((e: { data: string }) => void) | null = null
  onclose: ((e: { code: number }) => void) | null = null
  constructor() {
    Wire.all.push(this)
  }
  send(text: string) {
    this.sent.push(JSON.parse(text))
  }
  close() {}
  greet(heads: object) {
    this.onopen?.()
    this.tell({ type: 'ready', heads })
  }
  tell(frame: object) {
    this.onmessage?.({ data: JSON.stringify(frame) })
  }
}

const event = (rev: number) => ({ type: 'event', conversationId: 7, rev, event: 'read.marked', at: '', actorId: 1, data: {} })

beforeEach(() => {
  vi.useFakeTimers()
  Wire.all = []
})
afterEach(() => vi.useRealTimers())

function start(options: { random?: () => number } = {}) {
  const updates: Update[] = []
  const disorder: Update[] = []
  const stream = new Stream({ url: '', onUpdate: (u) => updates.push(u), onDisorder: (u) => disorder.push(u), socket: () => new Wire() as unknown as WebSocket, ...options })
  stream.start()
  return { stream, updates, disorder }
}

test('goes on from its cursors after the connection is lost', () => {
  const { stream, updates } = start()
  Wire.all[0]!.greet({ user: 1, '7': 4 })
  Wire.all[0]!.tell(event(5))
  Wire.all[0]!.onclose?.({ code: 1006 })
  expect(stream.state).toBe('waiting')
  vi.advanceTimersByTime(300)
  Wire.all[1]!.greet({ user: 1, '7': 6 })
  expect(Wire.all[1]!.sent[0]).toMatchObject({ type: 'hello', cursors: { user: 1, '7': 5 } })
  Wire.all[1]!.tell(event(5))
  Wire.all[1]!.tell(event(6))
  expect(updates.map((u) => u.type === 'event' && u.rev)).toEqual([5, 6])
})

test('says so when an event is missing', () => {
  const { disorder } = start()
  Wire.all[0]!.greet({ user: 1, '7': 4 })
  Wire.all[0]!.tell(event(6))
  expect(disorder).toHaveLength(1)
})

test('waits longer each time, up to a bound, and never all clients alike', () => {
  const waits: number[] = []
  for (const random of [0, 1]) {
    Wire.all = []
    const { stream } = start({ random: () => random })
    const before = Date.now()
    for (let i = 0; i < 12; i++) {
      Wire.all.at(-1)!.onclose?.({ code: 1006 })
      vi.advanceTimersToNextTimer()
    }
    waits.push(Date.now() - before)
    stream.close()
  }
  expect(waits[1]!).toBe(waits[0]! * 2)
  expect(waits[1]!).toBeLessThan(12 * 15_000)
})

test('ends when the session has ended', () => {
  const { stream } = start()
  Wire.all[0]!.greet({ user: 1 })
  Wire.all[0]!.onclose?.({ code: 4401 })
  expect(stream.state).toBe('ended')
})

test('gives up a connection over which nothing comes back', () => {
  const { stream } = start()
  Wire.all[0]!.greet({ user: 1, '7': 4 })
  vi.advanceTimersByTime(25_000)
  expect(Wire.all[0]!.sent.at(-1)).toMatchObject({ type: 'typing', typing: false })
  vi.advanceTimersByTime(10_000)
  expect(stream.state).toBe('waiting')
})
