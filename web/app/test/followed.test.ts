import type { Conversation, Message, OwnUser, Update } from '@parley/sdk'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { apply } from '../src/store/apply.ts'
import { Followed, unreadThreads } from '../src/store/followed.ts'
import { initialState, type State } from '../src/store/state.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Ann, who has one conversation up to message 100 and has read it, and a server that knows some threads. */
function world() {
  const c = { id: 7, type: 'GROUP', unreadCount: 0, mentionCount: 0, lastReadMessageId: 100, participants: [], participantCount: 2, lastMessage: { id: 100 } } as unknown as Conversation
  let state: State = { ...initialState({ id: 1 } as OwnUser), conversations: new Map([[7, c]]) }
  const answers: { id: number; conversationId: number; lastReply: { id: number } }[] = []
  const list = vi.fn(async () => ({ data: [...answers] }))
  const followed = new Followed({ list } as never, { state: () => state, put: (change) => (state = { ...state, ...change }) })
  const tell = (event: string, data: object) => {
    const update = { type: 'event', conversationId: 7, rev: 1, event, at: '', actorId: 2, data } as unknown as Update
    const before = state
    state = apply(before, [update], 0).state
    followed.take([update], before)
  }
  const say = (id: number, parentMessageId: number | null, senderId = 2) =>
    tell('message.created', { id, seq: id, conversationId: 7, senderId, parentMessageId, messageType: 'TEXT', mentions: [], attachments: [], isDeleted: false, createdAt: '' } as unknown as Message)
  return { followed, list, answers, tell, say, unread: () => unreadThreads(state), changed: () => state.threadsChanged }
}

test('what it knows of threads it does not ask for', async () => {
  const w = world()
  await w.followed.load()
  w.say(101, null, 1)
  w.say(102, null)
  for (let id = 103; id < 110; id++) w.say(id, 101)
  w.say(110, 102)
  expect(w.unread()).toBe(1)
  expect(w.changed()).toBe(8)
  w.say(111, 102, 1)
  expect(w.unread()).toBe(0) // who writes has read
  w.say(112, 102)
  expect(w.unread()).toBe(1)
  w.tell('read.moved', { conversationId: 7, userId: 1, lastReadMessageId: 112 })
  expect(w.unread()).toBe(0)
  await vi.runAllTimersAsync()
  expect(w.list).toHaveBeenCalledTimes(1)
})

test('of threads that began before, it asks for many replies once, and each thread only once', async () => {
  const w = world()
  await w.followed.load()
  w.answers.push({ id: 50, conversationId: 7, lastReply: { id: 120 } })
  for (let id = 101; id <= 120; id++) w.say(id, id % 2 ? 40 : 50)
  await vi.runAllTimersAsync()
  expect(w.unread()).toBe(1)
  w.say(121, 40)
  w.say(122, 50)
  await vi.runAllTimersAsync()
  expect(w.list).toHaveBeenCalledTimes(2)
})

test('asks again when the latest reply is deleted, and when something read is unread again', async () => {
  const w = world()
  w.answers.push({ id: 50, conversationId: 7, lastReply: { id: 101 } })
  w.say(101, 50)
  await w.followed.load()
  expect(w.unread()).toBe(1)
  w.answers.length = 0
  w.tell('message.deleted', { id: 101, seq: 101, conversationId: 7, senderId: 2, parentMessageId: 50, isDeleted: true, attachments: [], mentions: [] })
  await vi.runAllTimersAsync()
  expect(w.unread()).toBe(0)
  w.answers.push({ id: 60, conversationId: 7, lastReply: { id: 90 } })
  w.tell('read.moved', { conversationId: 7, userId: 1, lastReadMessageId: 80 })
  await vi.runAllTimersAsync()
  expect(w.unread()).toBe(1)
})
