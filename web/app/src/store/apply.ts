import type { Conversation, Message, ParticipantChange, ReadMark, ReminderChange, SharedMessage, Update } from '@parley/sdk'
import { withMine } from './reaction.ts'
import type { Presence, State, Thread, Timeline } from './state.ts'
import { changeInThread } from './thread.ts'
import { bounded, findById, merge, upsert } from './timeline.ts'

const typingFor = 6_000 // the server says after 5 s that somebody has stopped

/** Copies a map of the state before its first change in a batch, and only then. */
class Draft {
  readonly state: State
  private readonly copied = new Set<string>()
  /** Conversations whose counts are known only to the server now. */
  readonly uncertain = new Set<number>()
  readonly removed = new Set<number>()

  constructor(before: State) {
    this.state = { ...before }
  }

  private own<K extends 'conversations' | 'timelines' | 'presence' | 'typing' | 'delivered' | 'pins' | 'reminders'>(key: K): Map<number, never> {
    if (!this.copied.has(key)) {
      this.copied.add(key)
      ;(this.state as unknown as Record<string, unknown>)[key] = new Map(this.state[key] as Map<number, never>)
    }
    return this.state[key] as unknown as Map<number, never>
  }
  conversation(id: number, change: (c: Conversation) => Partial<Conversation>): void {
    const known = this.state.conversations.get(id)
    if (known) (this.own('conversations') as Map<number, Conversation>).set(id, { ...known, ...change(known) })
  }
  putConversation(c: Conversation): void {
    ;(this.own('conversations') as Map<number, Conversation>).set(c.id, c)
    this.removed.delete(c.id)
  }
  removeConversation(id: number): void {
    this.own('conversations').delete(id)
    this.own('timelines').delete(id)
    this.removed.add(id)
  }
  timeline(id: number, change: (t: Timeline) => Timeline): void {
    const known = this.state.timelines.get(id)
    if (known) (this.own('timelines') as Map<number, Timeline>).set(id, change(known))
  }
  thread(conversationId: number, change: (t: Thread) => Thread): void {
    const { thread } = this.state
    if (thread?.conversationId === conversationId) this.state.thread = change(thread)
  }
  /** Changes a message wherever it is shown. */
  message(conversationId: number, id: number, change: (known: Message) => SharedMessage | Message): void {
    this.timeline(conversationId, (t) => {
      const known = findById(t, id)
      return known ? upsert(t, change(known)) : t
    })
    this.thread(conversationId, (t) => changeInThread(t, id, change))
  }
  present(userId: number, p: Presence): void {
    ;(this.own('presence') as Map<number, Presence>).set(userId, p)
  }
  typist(conversationId: number, userId: number, until: number | null): void {
    const before = this.state.typing.get(conversationId)
    if (until === null && !before?.has(userId)) return
    const typists = new Map(before)
    if (until === null) typists.delete(userId)
    else typists.set(userId, until)
    const all = this.own('typing') as Map<number, ReadonlyMap<number, number>>
    if (typists.size === 0) all.delete(conversationId)
    else all.set(conversationId, typists)
  }
  pinned(conversationId: number, messageId: number, yes: boolean): void {
    const before = this.state.pins.get(conversationId)
    if (!before || before.has(messageId) === yes) return
    const now = new Set(before)
    if (yes) now.add(messageId)
    else now.delete(messageId)
    ;(this.own('pins') as Map<number, ReadonlySet<number>>).set(conversationId, now)
  }
  remind(r: ReminderChange): void {
    const all = this.own('reminders') as Map<number, ReminderChange>
    if (r.remindAt === null) all.delete(r.messageId)
    else all.set(r.messageId, r)
  }
  deliveredTo(conversationId: number, userId: number, messageId: number): void {
    const before = this.state.delivered.get(conversationId)
    if ((before?.get(userId) ?? 0) >= messageId) return
    ;(this.own('delivered') as Map<number, ReadonlyMap<number, number>>).set(conversationId, new Map(before).set(userId, messageId))
  }
}

export interface Outcome {
  state: State
  uncertain: ReadonlySet<number>
  removed: ReadonlySet<number>
}

/** The state after a batch of updates. The same update may be applied twice. */
export function apply(before: State, updates: readonly Update[], now: number): Outcome {
  const draft = new Draft(before)
  for (const update of updates) applyOne(draft, update, now)
  return { state: draft.state, uncertain: draft.uncertain, removed: draft.removed }
}

function applyOne(draft: Draft, update: Update, now: number): void {
  switch (update.type) {
    case 'typing':
      if (update.userId !== draft.state.me.id) draft.typist(update.conversationId, update.userId, update.typing ? now + typingFor : null)
      return
    case 'presence': {
      const known = draft.state.presence.get(update.userId)
      draft.present(update.userId, {
        status: update.status,
        lastSeenAt: update.lastSeenAt,
        statusMessage: update.statusMessage === undefined ? (known?.statusMessage ?? null) : update.statusMessage,
        emoji: update.emoji === undefined ? (known?.emoji ?? null) : update.emoji,
      })
      return
    }
    case 'delivered':
      draft.deliveredTo(update.conversationId, update.userId, update.messageId)
      return
    case 'gap':
      return
  }
  switch (update.event) {
    case 'message.created':
      created(draft, update.data)
      return
    case 'message.updated':
      if (update.data.seq) changed(draft, update.data)
      return
    case 'message.deleted':
      deleted(draft, update.data)
      return
    case 'reaction.added':
    case 'reaction.removed': {
      const { conversationId, messageId, userId, emoji, add, reactionSummary } = update.data
      draft.message(conversationId, messageId, (known) => {
        const mine = userId === draft.state.me.id ? withMine(known, emoji, add) : known.myReactions
        return { ...known, reactionSummary, myReactions: mine }
      })
      return
    }
    case 'read.marked':
    case 'read.moved':
      read(draft, update.data)
      return
    case 'participant.added':
    case 'participant.updated':
    case 'participant.removed':
      participant(draft, update.data, update.event)
      return
    case 'conversation.updated':
      draft.conversation(update.data.id, (c) => (c.type === 'DIRECT' ? without(update.data, ['name', 'avatarUrl']) : update.data))
      return
    case 'conversation.joined':
      draft.putConversation(update.data.conversation)
      for (const p of update.data.conversation.participants) learn(draft, p)
      return
    case 'conversation.left':
    case 'conversation.deleted':
      draft.removeConversation(update.data.conversationId)
      return
    case 'conversation.settings':
      draft.conversation(update.data.conversationId, () => without(update.data, ['conversationId']))
      return
    case 'bookmark.added':
    case 'bookmark.removed': {
      const { conversationId, messageId, bookmarkedAt } = update.data
      draft.message(conversationId, messageId, (known) => ({ ...known, isBookmarked: bookmarkedAt !== null }))
      return
    }
    case 'reminder.set':
    case 'reminder.due':
    case 'reminder.removed':
      draft.remind(update.data)
      return
    case 'poll.voted': {
      const { conversationId, messageId, options } = update.data
      draft.message(conversationId, messageId, (known) => ({ ...known, myVotes: options }))
      return
    }
    case 'user.updated':
      draft.state.me = update.data
  }
}

function without<T extends object>(whole: T, keys: (keyof T)[]): Partial<Conversation> {
  const rest = { ...whole }
  for (const key of keys) delete rest[key]
  return rest as Partial<Conversation>
}

export function learn(draft: Draft, p: Conversation['participants'][number]): void {
  if (!p.status || p.userId === draft.state.me.id) return
  const known = draft.state.presence.get(p.userId)
  draft.present(p.userId, { status: p.status as Presence['status'], lastSeenAt: known?.lastSeenAt ?? null, statusMessage: known?.statusMessage ?? null })
}

/** Whether a message counts among what its reader has not read. */
export function counts(m: SharedMessage | Message, meId: number): boolean {
  return m.senderId !== meId && !m.isDeleted && m.messageType !== 'SYSTEM' && m.messageType !== 'CALL'
}

function created(draft: Draft, m: SharedMessage): void {
  if (!m.seq) return
  const me = draft.state.me.id
  draft.typist(m.conversationId, m.senderId, null)
  draft.conversation(m.conversationId, (c) => {
    const newer = m.id > (c.lastMessage?.id ?? 0)
    const change: Partial<Conversation> = {}
    if (newer) {
      change.lastMessage = merge(undefined, m)
      change.lastMessageAt = m.createdAt
      if (c.isArchived && !c.isMuted) change.isArchived = false
      if (m.senderId === me) {
        change.unreadCount = 0
        change.mentionCount = 0
        change.lastReadMessageId = m.id
      } else if (counts(m, me)) {
        change.unreadCount = c.unreadCount + 1
        if (m.mentions.includes(me) || m.mentionsAll) change.mentionCount = c.mentionCount + 1
      }
    }
    change.participants = c.participants.map((p) =>
      p.userId === m.senderId && (p.lastReadMessageId ?? 0) < m.id ? { ...p, lastReadMessageId: m.id } : p,
    )
    return change
  })
  draft.timeline(m.conversationId, (t) => {
    let next = upsert(t, m)
    if (m.parentMessageId && next !== t) {
      const root = findById(next, m.parentMessageId)
      const repeated = findById(t, m.id)
      if (root && !repeated) next = upsert(next, { ...root, replyCount: root.replyCount + 1 })
    }
    return bounded(next, draft.state.looking === m.conversationId)
  })
  draft.thread(m.conversationId, (t) => {
    if (t.root !== m.parentMessageId) return t
    const first = t.first && !findById(t.replies, m.id) ? { ...t.first, replyCount: t.first.replyCount + 1 } : t.first
    return { ...t, first, replies: upsert(t.replies, m) }
  })
  if (draft.state.pending.some((p) => p.tempId === m.tempId)) {
    draft.state.pending = draft.state.pending.filter((p) => p.tempId !== m.tempId)
  }
}

function changed(draft: Draft, m: SharedMessage): void {
  draft.pinned(m.conversationId, m.id, !m.isDeleted && Boolean(m.pinnedAt))
  draft.message(m.conversationId, m.id, () => m)
  draft.conversation(m.conversationId, (c) => (c.lastMessage?.id === m.id ? { lastMessage: merge(c.lastMessage, m) } : {}))
}

function deleted(draft: Draft, m: SharedMessage): void {
  const c = draft.state.conversations.get(m.conversationId)
  if (c && m.senderId !== draft.state.me.id && m.id > (c.lastReadMessageId ?? 0)) draft.uncertain.add(c.id)
  const known = findById(draft.state.timelines.get(m.conversationId), m.id)
  if (known && !known.isDeleted && m.parentMessageId) {
    draft.message(m.conversationId, m.parentMessageId, (root) => ({ ...root, replyCount: Math.max(0, root.replyCount - 1) }))
  }
  changed(draft, m)
}

function read(draft: Draft, mark: ReadMark): void {
  const mine = mark.userId === draft.state.me.id
  const at = mark.lastReadMessageId ?? 0
  draft.conversation(mark.conversationId, (c) => {
    const change: Partial<Conversation> = {
      participants: c.participants.map((p) => (p.userId === mark.userId ? { ...p, lastReadMessageId: at } : p)),
    }
    if (!mine) return change
    change.lastReadMessageId = at
    if (at >= (c.lastMessage?.id ?? 0)) {
      change.unreadCount = 0
      change.mentionCount = 0
    } else {
      draft.uncertain.add(c.id)
    }
    return change
  })
}

function participant(draft: Draft, p: ParticipantChange, event: string): void {
  const me = draft.state.me.id
  draft.conversation(p.conversationId, (c) => {
    const known = c.participants.find((k) => k.userId === p.userId)
    const others = c.participants.filter((k) => k.userId !== p.userId)
    if (event === 'participant.removed') {
      const counted = known ?? c.participants.length < c.participantCount // of many, not all are known
      return { participants: others, participantCount: c.participantCount - (counted ? 1 : 0) }
    }
    const { conversationId: _, reason: __, by: ___, ...fields } = p
    const participants = known
      ? c.participants.map((k) => (k.userId === p.userId ? { ...k, ...fields } : k))
      : [...c.participants, fields]
    const change: Partial<Conversation> = { participants }
    if (event === 'participant.added' && !known) change.participantCount = c.participantCount + 1
    if (p.userId === me) change.myRole = p.role
    else if (c.type === 'DIRECT') Object.assign(change, { name: p.name, avatarUrl: p.avatarUrl })
    return change
  })
}
