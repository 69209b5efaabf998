import type { Message, Rest, SharedMessage, Update } from '@parley/sdk'
import { counts } from './apply.ts'
import type { State } from './state.ts'
import { findById } from './timeline.ts'

const most = 100 // of one page
/** Whether one takes part in a thread is asked for several at once, and no more often. */
const askEvery = 2_000

/** A thread one takes part in, and the latest reply of somebody else that was, or is, unread. */
export interface FollowedThread {
  conversationId: number
  last: number
}

interface Live {
  state(): State
  put(change: Partial<State>): void
}

/**
 * Keeps the threads with unread replies. The server is asked once at the start; then it
 * follows from what the stream tells, except where that does not say whether one takes
 * part in a thread. What is unread is what the conversation's read position says.
 */
export class Followed {
  private readonly mine = new Set<number>()
  private readonly others = new Set<number>()
  /** Replies in threads of which it is not known whether one takes part, by thread. */
  private readonly doubtful = new Map<number, FollowedThread>()
  /** The newest message of each conversation when the server was asked: of what is younger, all was heard. */
  private since = new Map<number, number>()
  private heard = new Map<number, FollowedThread>()
  private stale = false
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly rest: Pick<Rest, 'list'>,
    private readonly live: Live,
  ) {}

  close(): void {
    clearTimeout(this.timer)
  }

  /** Begins anew: at the start, and with each new connection. */
  async load(): Promise<void> {
    this.forget()
    await this.ask()
  }

  /** Something may have been missed. */
  missed(): void {
    this.forget()
    this.doubt()
  }

  private forget(): void {
    this.since = new Map([...this.live.state().conversations].map(([id, c]) => [id, c.lastMessage?.id ?? 0]))
    this.others.clear()
  }

  take(updates: readonly Update[], before: State): void {
    let changed = false
    for (const u of updates) if (u.type === 'event') changed = this.one(u, before) || changed
    if (changed) this.live.put({ threadsChanged: this.live.state().threadsChanged + 1 })
  }

  /** Whether the list of threads looks different after it. */
  private one(u: Extract<Update, { type: 'event' }>, before: State): boolean {
    switch (u.event) {
      case 'message.created':
        return this.created(u.data)
      case 'message.updated':
      case 'message.deleted': {
        const { id, parentMessageId: root, senderId, replyCount } = u.data
        if (u.data.isDeleted && root) this.deleted(id, root, senderId)
        return Boolean(root) || (replyCount ?? 0) > 0
      }
      case 'read.marked':
      case 'read.moved': {
        if (u.data.userId !== this.live.state().me.id) return false
        const was = before.conversations.get(u.data.conversationId)?.lastReadMessageId ?? 0
        if ((u.data.lastReadMessageId ?? 0) < was) this.doubt()
        return true
      }
      case 'conversation.joined':
      case 'conversation.left':
      case 'conversation.deleted':
        return true
    }
    return false
  }

  private created(m: SharedMessage): boolean {
    const { me } = this.live.state()
    const root = m.parentMessageId ?? m.id
    if (m.senderId === me.id) {
      this.mine.add(root)
      this.others.delete(root)
    } else if (m.parentMessageId && counts(m, me.id)) {
      const t = { conversationId: m.conversationId, last: m.id }
      const yes = this.takesPart(root, m.conversationId)
      if (yes) this.follow(root, t)
      else if (yes === undefined) {
        this.doubtful.set(root, t)
        this.askSoon()
      }
    }
    return Boolean(m.parentMessageId)
  }

  private deleted(id: number, root: number, senderId: number): void {
    const { me, threads } = this.live.state()
    if (senderId === me.id) this.mine.delete(root) // unless there is another one
    if (threads.has(root) && (senderId === me.id || threads.get(root)!.last === id)) this.doubt()
  }

  /** Whether one wrote in a thread, or what it began with; undefined: that is not known here. */
  private takesPart(root: number, conversationId: number): boolean | undefined {
    const { me, threads, timelines } = this.live.state()
    if (this.mine.has(root) || threads.has(root)) return true
    if (this.others.has(root) || root > (this.since.get(conversationId) ?? Infinity)) return false
    const t = timelines.get(conversationId)
    const first = findById(t, root)
    if (!t || !first) return undefined
    const own = (m: Message) => m.senderId === me.id && !m.isDeleted
    if (first.senderId === me.id || t.messages.some((m) => m.parentMessageId === root && own(m))) return true
    return t.fresh && !t.hasNewer ? false : undefined // then all of the replies are there
  }

  private follow(root: number, t: FollowedThread): void {
    this.heard.set(root, t)
    this.live.put({ threads: new Map(this.live.state().threads).set(root, t) })
  }

  private doubt(): void {
    this.stale = true
    this.askSoon()
  }

  private askSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined
      const unread = [...this.doubtful.values()].some((t) => isUnread(t, this.live.state()))
      if (this.stale || unread) void this.ask().catch(() => undefined) // after a new connection it is asked anyway
      else this.doubtful.clear()
    }, askEvery)
  }

  private async ask(): Promise<void> {
    this.stale = false
    this.heard = new Map()
    const asked = new Map(this.doubtful)
    this.doubtful.clear()
    const { data } = await this.rest.list('/api/chat/threads', { query: { unread: true, limit: most } })
    const threads = new Map(data.map((t): [number, FollowedThread] => [t.id, { conversationId: t.conversationId, last: t.lastReply.id }]))
    for (const id of threads.keys()) this.mine.add(id)
    // What was read meanwhile is not in the answer, whoever takes part in it.
    for (const [root, t] of asked) if (!threads.has(root) && isUnread(t, this.live.state())) this.others.add(root)
    for (const [root, t] of this.heard) threads.set(root, t)
    this.live.put({ threads })
  }
}

function isUnread(t: FollowedThread, { conversations }: State): boolean {
  const c = conversations.get(t.conversationId)
  return c !== undefined && t.last > (c.lastReadMessageId ?? 0)
}

/** How many threads have replies of others that one has not read. */
export function unreadThreads(state: State): number {
  let n = 0
  for (const t of state.threads.values()) if (isUnread(t, state)) n++
  return n
}
