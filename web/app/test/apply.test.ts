import type { Conversation, Message, OwnUser, Update } from '@parley/sdk'
import { describe, expect, test } from 'vitest'
import { apply } from '../src/store/apply.ts'
import { Feed } from '../src/store/feed.ts'
import { initialState, type State } from '../src/store/state.ts'
import { append, prepend, upsert } from '../src/store/timeline.ts'

const me = { id: 1, displayName: 'Ann' } as OwnUser

function message(seq: number, more: Partial<Message> = {}): Message {
  return {
    id: seq * 10, seq, conversationId: 7, senderId: 2, senderName: 'Bob', messageType: 'TEXT', content: `m${seq}`, createdAt: '2024-01-15T10:30:00.000Z',
    mentions: [], attachments: [], reactionSummary: {}, myReactions: [], replyCount: 0, isDeleted: false, isEdited: false, parentMessageId: null, status: null, ...more,
  } as Message
}
function world(messages: Message[] = []): State {
  const c = { id: 7, type: 'GROUP', name: 'x', unreadCount: 0, mentionCount: 0, lastReadMessageId: null, participants: [], participantCount: 2, lastMessage: null, isArchived: false, isMuted: false } as unknown as Conversation
  return { ...initialState(me), conversations: new Map([[7, c]]), timelines: new Map([[7, { messages, hasOlder: false, hasNewer: false, fresh: true }]]) }
}
const update = (event: string, data: object): Update => ({ type: 'event', conversationId: 7, rev: 1, event, at: '', actorId: 2, data }) as unknown as Update
const run = (state: State, ...updates: Update[]) => apply(state, updates, 0).state

describe('apply', () => {
  test('counts a message of somebody else once, however often it is told', () => {
    const created = update('message.created', message(1, { mentions: [1] }))
    const state = run(world(), created, created)
    expect(state.conversations.get(7)).toMatchObject({ unreadCount: 1, mentionCount: 1, lastMessage: { id: 10 } })
    expect(state.timelines.get(7)!.messages).toHaveLength(1)
  })

  test('takes an own message out of what is pending, and keeps its key', () => {
    const before: State = { ...world(), pending: [{ tempId: 't', conversationId: 7, content: 'm1', parentMessageId: null, uploads: [], createdAt: '', failure: null }] }
    const state = run(before, update('message.created', message(1, { senderId: 1, tempId: 't' })), update('message.updated', message(1, { senderId: 1, content: 'new' })))
    expect(state.pending).toEqual([])
    expect(state.timelines.get(7)!.messages[0]).toMatchObject({ tempId: 't', content: 'new' })
  })

  test('keeps what only the reader knows when a shared message changes', () => {
    const state = run(world([message(1, { myReactions: ['👍'], status: 'READ' })]), update('message.updated', { ...message(1), myReactions: undefined, status: undefined }))
    expect(state.timelines.get(7)!.messages[0]).toMatchObject({ myReactions: ['👍'], status: 'READ' })
  })

  test('clears the counts when another device has read, and asks when it is not clear', () => {
    const unread = run(world(), update('message.created', message(1)), update('message.created', message(2)))
    expect(run(unread, update('read.moved', { conversationId: 7, userId: 1, lastReadMessageId: 20 })).conversations.get(7)!.unreadCount).toBe(0)
    expect([...apply(unread, [update('read.moved', { conversationId: 7, userId: 1, lastReadMessageId: 10 })], 0).uncertain]).toEqual([7])
  })

  test('learns who is there from a list, but not how one wants to be seen oneself', () => {
    const conversation = { ...world().conversations.get(7)!, participants: [1, 2].map((userId) => ({ userId, name: 'x', role: 'MEMBER', status: 'OFFLINE' })) }
    expect([...run(world(), update('conversation.joined', { conversation })).presence.keys()]).toEqual([2])
  })

  test('counts replies once', () => {
    const reply = update('message.created', message(2, { parentMessageId: 10 }))
    expect(run(world([message(1)]), reply, reply).timelines.get(7)!.messages[0]!.replyCount).toBe(1)
  })

  test('keeps a thread that is looked at in step', () => {
    const first = message(1, { replyCount: 1 })
    const old = message(2, { parentMessageId: 10 })
    const window = { hasOlder: false, hasNewer: false, fresh: true }
    // The conversation's own window has neither.
    const before: State = { ...world([message(500)]), thread: { conversationId: 7, root: 10, first, replies: { messages: [old], ...window } } }
    const reply = update('message.created', message(501, { parentMessageId: 10 }))
    const { thread } = run(
      before, reply, reply,
      update('message.updated', { ...old, content: 'better' }),
      update('message.updated', { ...first, content: 'root', replyCount: 2 }),
      update('reaction.added', { conversationId: 7, messageId: 20, userId: 1, emoji: '👍', add: true, reactionSummary: { '👍': 1 } }),
      update('bookmark.added', { conversationId: 7, messageId: 10, bookmarkedAt: 'now' }),
      update('message.created', message(502, { parentMessageId: 30 })),
    )
    expect(thread!.replies.messages).toMatchObject([{ id: 20, content: 'better', myReactions: ['👍'] }, { id: 5010 }])
    expect(thread!.first).toMatchObject({ content: 'root', replyCount: 2, isBookmarked: true })
  })

  test('counts who comes and goes where not all are known', () => {
    const somebody = (userId: number) => ({ conversationId: 7, userId, name: `P${userId}`, username: `p${userId}`, role: 'MEMBER' })
    const before = world()
    const c = { ...before.conversations.get(7)!, participantCount: 30, participants: [somebody(2)] } as unknown as Conversation
    const many = { ...before, conversations: new Map([[7, c]]) }
    expect(run(many, update('participant.removed', somebody(9))).conversations.get(7)!.participantCount).toBe(29)
    expect(run(many, update('participant.removed', somebody(2))).conversations.get(7)).toMatchObject({ participantCount: 29, participants: [] })
    expect(run(many, update('participant.added', somebody(9)), update('participant.added', somebody(9))).conversations.get(7)!.participantCount).toBe(31)
  })

  test('does not touch maps in which nothing changed', () => {
    const before = world([message(1)])
    const state = run(before, { type: 'typing', conversationId: 7, userId: 2, typing: true })
    expect(state.timelines).toBe(before.timelines)
    expect(state.typing.get(7)!.has(2)).toBe(true)
  })

  test('2,000 events in one batch take no longer than a frame or two', () => {
    const updates = Array.from({ length: 2_000 }, (_, i) => update('message.created', message(i + 1)))
    const start = performance.now()
    const state = run(world(), ...updates)
    expect(performance.now() - start).toBeLessThan(500)
    expect(state.timelines.get(7)!.messages.at(-1)!.seq).toBe(2_000)
    expect(state.conversations.get(7)!.unreadCount).toBe(2_000)
  })

  test('an open conversation does not grow for ever', () => {
    const state = run(world(), ...Array.from({ length: 6_000 }, (_, i) => update('message.created', message(i + 1))))
    expect(state.timelines.get(7)!.messages.length).toBeLessThanOrEqual(1_200)
    expect(state.timelines.get(7)!.messages.at(-1)!.seq).toBe(6_000)
    expect(state.timelines.get(7)!.hasOlder).toBe(true)
  })
})

describe('a timeline', () => {
  const t = { messages: [message(3), message(4)], hasOlder: true, hasNewer: false, fresh: true }
  test('stays contiguous', () => {
    expect(upsert(t, message(1))).toBe(t)
    expect(upsert({ ...t, hasNewer: true }, message(9)).messages).toHaveLength(2)
    expect(upsert(t, message(5)).messages.map((x) => x.seq)).toEqual([3, 4, 5])
  })
  test('joins pages at both ends', () => {
    expect(prepend(t, [message(1), message(2)], false)).toMatchObject({ hasOlder: false, messages: [{ seq: 1 }, { seq: 2 }, { seq: 3 }, { seq: 4 }] })
    expect(append(t, [message(4), message(5)], true)).toMatchObject({ hasNewer: true, messages: [{ seq: 3 }, { seq: 4 }, { seq: 5 }] })
  })
})

test('a feed holds back one conversation and keeps the order of the rest', () => {
  const taken: number[] = []
  const feed = new Feed((batch) => taken.push(...batch.map((u) => (u.type === 'event' ? u.rev : 0))), (later) => later())
  const at = (conversationId: number, rev: number) => ({ type: 'event', conversationId, rev, event: 'read.marked', at: '', actorId: 1, data: {} }) as unknown as Update
  const release = feed.hold(7)
  feed.push(at(7, 1))
  feed.push(at(8, 2))
  expect(taken).toEqual([2])
  expect(feed.isEmpty).toBe(false)
  release()
  expect(taken).toEqual([2, 1])
  expect(feed.isEmpty).toBe(true)
})
