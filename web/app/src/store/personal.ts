import { ApiError, type Conversation, type Message, type ReminderChange, type Rest } from '@parley/sdk'

interface Live {
  conversation(id: number): Conversation | undefined
  putConversation(c: Conversation): void
  changeMessage(m: Message, change: (now: Message) => Message): void
  blocked(): ReadonlySet<number>
  putBlocked(blocked: ReadonlySet<number>): void
  /** Whom one has blocked is not told by the stream. */
  tellTabs(): void
  putReminders(reminders: ReadonlyMap<number, ReminderChange>): void
}

/** What one keeps in order for oneself. It shows at once, and is taken back when the server refuses. */
export class Personal {
  constructor(
    private readonly rest: Rest,
    private readonly live: Live,
  ) {}

  pin(c: Conversation, pinned: boolean): Promise<void> {
    const path = { id: c.id }
    return this.change(c, { isPinned: pinned }, () => this.rest.put('/api/chat/conversations/{id}/pin', { path, body: { pinned } as never }))
  }

  mute(c: Conversation, muted: boolean): Promise<void> {
    const path = { id: c.id }
    return this.change(c, { isMuted: muted }, () => this.rest.put('/api/chat/conversations/{id}/mute', { path, body: { muted } as never }))
  }

  archive(c: Conversation, archived: boolean): Promise<void> {
    const path = { id: c.id }
    return this.change(c, { isArchived: archived }, () => this.rest.put('/api/chat/conversations/{id}/archive', { path, body: { archived } as never }))
  }

  async bookmark(message: Message): Promise<void> {
    const path = { id: message.id }
    const was = message.isBookmarked === true
    const mark = (isBookmarked: boolean) => this.live.changeMessage(message, (now) => ({ ...now, isBookmarked }))
    mark(!was)
    try {
      await (message.isBookmarked ? this.rest.delete('/api/chat/bookmarks/{id}', { path }) : this.rest.put('/api/chat/bookmarks/{id}', { path }))
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      mark(was)
    }
  }

  /** Loads what one wants to be reminded of; from then on the stream tells what changes. */
  async reminders(): Promise<void> {
    const all = await this.rest.get('/api/chat/reminders')
    this.live.putReminders(new Map(all.map((r) => [r.id, { messageId: r.id, conversationId: r.conversationId, remindAt: r.remindAt, isDue: r.isDue }])))
  }

  async blocks(): Promise<void> {
    const all = await this.rest.get('/api/users/me/blocks')
    this.live.putBlocked(new Set(all.map((u) => u.id)))
  }

  async block(userId: number, on: boolean): Promise<void> {
    const path = { id: userId }
    await (on ? this.rest.put('/api/users/{id}/block', { path }) : this.rest.delete('/api/users/{id}/block', { path }))
    const blocked = new Set(this.live.blocked())
    if (on) blocked.add(userId)
    else blocked.delete(userId)
    this.live.putBlocked(blocked)
    this.live.tellTabs()
  }

  private async change(c: Conversation, change: Partial<Conversation>, tell: () => Promise<Conversation>): Promise<void> {
    this.live.putConversation({ ...c, ...change })
    try {
      this.live.putConversation(await tell())
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      const now = this.live.conversation(c.id)
      const was = Object.fromEntries(Object.keys(change).map((key) => [key, c[key as keyof Conversation]]))
      if (now) this.live.putConversation({ ...now, ...was })
    }
  }
}
