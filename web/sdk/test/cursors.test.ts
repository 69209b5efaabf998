import { describe, expect, test } from 'vitest'
import { Cursors, type EventFrame } from '../src/index.ts'

const event = (conversationId: number | undefined, rev: number, name = 'read.marked', data: object = {}) =>
  ({ type: 'event', ...(conversationId ? { conversationId } : {}), rev, event: name, at: '', actorId: 1, data }) as unknown as EventFrame

describe('cursors', () => {
  test('take each event once and notice what is missing', () => {
    const c = new Cursors({ user: 3, '7': 10 })
    expect(c.take(event(7, 11))).toBe('next')
    expect(c.take(event(7, 11))).toBe('repeat')
    expect(c.take(event(7, 13))).toBe('ahead')
    expect(c.toJSON()).toEqual({ user: 3, '7': 13 })
  })

  test('begin at the heads that ready names', () => {
    const c = new Cursors()
    c.ready({ user: 5, '7': 40 })
    expect(c.toJSON()).toEqual({ user: 5, '7': 40 })
    expect(c.take(event(7, 41))).toBe('next')
  })

  test('learn from their own stream where a conversation begins', () => {
    const c = new Cursors({ user: 5 })
    c.ready({ user: 6, '9': 20 })
    expect(c.has(9)).toBe(false)
    expect(c.take(event(undefined, 6, 'conversation.joined', { conversation: { id: 9 }, head: 2 }))).toBe('next')
    expect(c.toJSON()).toMatchObject({ user: 6, '9': 2 })
    expect(c.take(event(9, 3))).toBe('next')
  })

  test('forget what was left', () => {
    const c = new Cursors({ user: 1, '7': 4 })
    c.take(event(undefined, 2, 'conversation.left', { conversationId: 7 }))
    expect(c.toJSON()).toEqual({ user: 2 })
  })
})
