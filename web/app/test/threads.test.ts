import type { Message } from '@parley/sdk'
import { expect, test } from 'vitest'
import { summariseThreads } from '../src/chat/threads.ts'

let seq = 0
const answer = (senderId: number, parentMessageId: number | null, more: Partial<Message> = {}) =>
  ({ id: ++seq, seq, senderId, senderName: `P${senderId}`, senderAvatarUrl: null, parentMessageId, isDeleted: false, createdAt: `2026-01-01T00:00:${String(seq).padStart(2, '0')}.000Z`, ...more }) as Message

test('a thread is summarised by its latest three people and its latest answer', () => {
  const all = [answer(1, null), answer(2, 1), answer(3, 1), answer(4, 1), answer(2, 1), answer(5, 1), answer(6, 1, { isDeleted: true })]
  const summary = summariseThreads(all).get(1)!
  expect(summary.faces.map((f) => f.id)).toEqual([5, 2, 4])
  expect(summary.lastAt).toBe(all[5]!.createdAt)
  expect(summariseThreads([...all, answer(9, null)]).get(1)).toBe(summary)
  expect(summariseThreads([...all, answer(9, 1)]).get(1)).not.toBe(summary)
})
