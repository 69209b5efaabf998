import type { Message, Rest } from '@parley/sdk'
import type { Feed } from './feed.ts'
import type { Thread, Timeline } from './state.ts'
import { append, lastOf, pageSize, prepend, trim } from './timeline.ts'

const morePage = 100
/** So many conversations are kept up to date; those opened before are loaded again when they are opened. */
const mostOpen = 30

interface Timelines {
  get(conversationId: number): Timeline | undefined
  put(conversationId: number, t: Timeline): void
  drop(conversationId: number): void
  look(conversationId: number): void
  thread(): Thread | null
  putThread(t: Thread | null): void
  putPins(conversationId: number, pins: ReadonlySet<number>): void
  /** What an earlier visit left of it. */
  cached(conversationId: number): Promise<{ messages: Message[]; hasOlder: boolean } | undefined>
}

/** Loads the parts of conversations that are looked at. */
export class History {
  private readonly loading = new Map<string, Promise<void>>()
  private readonly visited = new Set<number>() // the last is the one that is looked at

  constructor(
    private readonly rest: Rest,
    private readonly feed: Feed,
    private readonly timelines: Timelines,
  ) {}

  /** Shows a conversation: from the cache at once, then as it is. */
  open(conversationId: number): Promise<void> {
    this.visit(conversationId)
    if (this.timelines.get(conversationId)?.fresh) return Promise.resolve()
    return this.once(`open ${conversationId}`, async () => {
      if (!this.timelines.get(conversationId)) {
        const cached = await this.timelines.cached(conversationId)
        if (cached && !this.timelines.get(conversationId)) {
          this.timelines.put(conversationId, { messages: cached.messages, hasOlder: cached.hasOlder, hasNewer: false, fresh: false })
        }
      }
      await this.whileHeld(conversationId, () => this.newest(conversationId))
    })
  }

  private visit(conversationId: number): void {
    const left = [...this.visited].at(-1)
    if (left === conversationId) return
    this.timelines.look(conversationId)
    this.visited.delete(conversationId)
    this.visited.add(conversationId)
    if (left !== undefined) this.leave(left)
    const [oldest] = this.visited
    if (this.visited.size > mostOpen && oldest !== undefined) {
      this.visited.delete(oldest)
      this.timelines.drop(oldest)
    }
  }

  /** Keeps only the end of what is no longer looked at: who comes back begins there. */
  private leave(conversationId: number): void {
    const t = this.timelines.get(conversationId)
    if (!t) return
    if (t.hasNewer) this.timelines.drop(conversationId)
    else this.timelines.put(conversationId, lastOf(t, pageSize))
  }

  /** Takes the end of a conversation as the server has it now; the caller holds its updates back. */
  async newest(conversationId: number): Promise<void> {
    const answer = await this.page(conversationId, { limit: pageSize })
    this.timelines.put(conversationId, { messages: answer.data, hasOlder: answer.page?.hasMore ?? false, hasNewer: false, fresh: true })
  }

  async older(conversationId: number): Promise<void> {
    const t = this.timelines.get(conversationId)
    const oldest = t?.messages[0]
    if (!t?.hasOlder || !oldest) return
    return this.once(`older ${conversationId}`, async () => {
      const answer = await this.page(conversationId, { before: oldest.id, limit: morePage })
      this.change(conversationId, (now) => prepend(now, answer.data, answer.page?.hasMore ?? false))
    })
  }

  async newer(conversationId: number): Promise<void> {
    const t = this.timelines.get(conversationId)
    const newest = t?.messages.at(-1)
    if (!t?.hasNewer || !newest) return
    return this.once(`newer ${conversationId}`, () =>
      this.whileHeld(conversationId, async () => {
        const answer = await this.page(conversationId, { after: newest.id, limit: morePage })
        this.change(conversationId, (now) => append(now, answer.data, answer.page?.hasMore ?? false))
      }),
    )
  }

  /** Loads the history around a message, unless it is there already. */
  async around(conversationId: number, messageId: number): Promise<void> {
    if (this.timelines.get(conversationId)?.messages.some((m) => m.id === messageId)) return
    await this.whileHeld(conversationId, async () => {
      const answer = await this.page(conversationId, { around: messageId, limit: morePage })
      const page = answer.page as { hasMore?: boolean; hasNewer?: boolean } | undefined
      this.timelines.put(conversationId, { messages: answer.data, hasOlder: page?.hasMore ?? false, hasNewer: page?.hasNewer ?? false, fresh: true })
    })
  }

  /** Lets go of what is too much, at the end that is not read. */
  trim(conversationId: number, end: 'older' | 'newer'): void {
    this.change(conversationId, (now) => trim(now, end))
  }

  /** Goes to the end of a conversation of which only some older part is loaded. */
  async latest(conversationId: number): Promise<void> {
    if (!this.timelines.get(conversationId)?.hasNewer) return
    await this.whileHeld(conversationId, () => this.newest(conversationId))
  }

  /** Begins to show a thread, from its end; from then on the stream tells what changes. */
  async openThread(conversationId: number, root: number): Promise<void> {
    await this.whileHeld(conversationId, async () => {
      const answer = await this.replies(root)
      const replies = { messages: answer.data, hasOlder: answer.page?.hasMore ?? false, hasNewer: false, fresh: true }
      this.timelines.putThread({ conversationId, root, first: answer.root, replies })
    })
  }

  async olderReplies(): Promise<void> {
    const t = this.timelines.thread()
    const oldest = t?.replies.messages[0]
    if (!t?.replies.hasOlder || !oldest) return
    return this.once(`replies ${t.root}`, async () => {
      const answer = await this.replies(t.root, oldest.id)
      const now = this.timelines.thread()
      if (now?.root === t.root) this.timelines.putThread({ ...now, replies: prepend(now.replies, answer.data, answer.page?.hasMore ?? false) })
    })
  }

  closeThread(root: number): void {
    if (this.timelines.thread()?.root === root) this.timelines.putThread(null)
  }

  private async replies(root: number, before?: number) {
    const answer = await this.rest.list('/api/chat/messages/{id}/thread', { path: { id: root }, query: { limit: morePage, ...(before ? { before } : {}) } })
    return answer as unknown as { data: Message[]; page?: { hasMore?: boolean }; root: Message }
  }

  /** Which messages are pinned; from then on the stream tells what changes. */
  async pins(conversationId: number): Promise<void> {
    await this.whileHeld(conversationId, async () => {
      const pinned = await this.rest.get('/api/chat/conversations/{id}/pins', { path: { id: conversationId } })
      this.timelines.putPins(conversationId, new Set(pinned.map((m) => m.id)))
    })
  }

  private page(conversationId: number, query: { limit: number; before?: number; after?: number; around?: number }) {
    return this.rest.list('/api/chat/conversations/{id}/messages', { path: { id: conversationId }, query })
  }

  private change(conversationId: number, change: (t: Timeline) => Timeline): void {
    const now = this.timelines.get(conversationId)
    if (now) this.timelines.put(conversationId, change(now))
  }

  // Updates that come meanwhile are applied after what is loaded.
  private async whileHeld(conversationId: number, load: () => Promise<void>): Promise<void> {
    const release = this.feed.hold(conversationId)
    try {
      await load()
    } finally {
      release()
    }
  }

  private once(key: string, load: () => Promise<void>): Promise<void> {
    let running = this.loading.get(key)
    if (!running) {
      running = load().finally(() => this.loading.delete(key))
      this.loading.set(key, running)
    }
    return running
  }
}
