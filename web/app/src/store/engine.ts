import { createStore, type StoreApi } from 'zustand/vanilla'
import { ApiError, Cursors, Rest, Stream, type Conversation, type Message, type OwnUser, type Revs, type Update } from '@parley/sdk'
import { apply } from './apply.ts'
import { Cache } from './cache.ts'
import { Feed } from './feed.ts'
import { Followed } from './followed.ts'
import { everyConversation } from './list.ts'
import { forgetLongDrafts } from './long-drafts.ts'
import { Personal } from './personal.ts'
import { ReadMarks } from './read-marks.ts'
import { initialState, type Connection, type State, type Timeline } from './state.ts'
import { Tabs, type TabMessage } from './tabs.ts'
import { changeInThread } from './thread.ts'
import { History } from './history.ts'
import { findById, lastOf, same, upsert } from './timeline.ts'
import { remember } from './who.ts'
import { Writing } from './writing.ts'

const saveAfter = 250
/** The newest of a conversation, which can be read without a network. */
const keptOffline = 200
/** The server names at most so many participants of one conversation. */
const mostKnown = 1_000

/** What the browser knows of one person's conversations, and all that changes it. */
export class Engine {
  readonly store: StoreApi<State>
  readonly rest: Rest
  readonly history: History
  readonly personal: Personal
  readonly writing: Writing
  private readonly threads: Followed
  onSignedOut: (() => void) | undefined
  private readonly listeners = new Set<(m: Message) => void>()
  private readonly feed = new Feed((updates) => this.take(updates))
  private readonly tabs: Tabs
  private readonly reads: ReadMarks
  private cache: Cache | undefined
  private stream: Stream | undefined
  private following = new Cursors()
  private known = false // whether cursors belong to what is in the store
  private saveTimer: ReturnType<typeof setTimeout> | undefined
  private saved: State | undefined
  private readonly removed = new Set<number>()
  private readonly live = new AbortController()

  constructor(me: OwnUser) {
    this.store = createStore(() => initialState(me))
    this.rest = new Rest()
    this.reads = new ReadMarks(this.rest)
    this.history = new History(this.rest, this.feed, {
      get: (id) => this.state.timelines.get(id),
      put: (id, t) => this.setTimeline(id, t),
      thread: () => this.state.thread,
      putThread: (thread) => this.store.setState({ thread }),
      putPins: (id, pins) => this.store.setState((s) => ({ pins: new Map(s.pins).set(id, pins) })),
      cached: async (id) => this.cache?.timeline(id),
      drop: (id) => this.dropTimeline(id),
      look: (looking) => this.store.setState({ looking }),
    })
    this.personal = new Personal(this.rest, {
      conversation: (id) => this.state.conversations.get(id),
      putConversation: (c) => this.putConversation(c),
      changeMessage: (m, change) => this.changeMessage(m, change),
      putBlocked: (blocked) => this.store.setState({ blocked }),
      blocked: () => this.state.blocked,
      tellTabs: () => this.tabs.say({ kind: 'blocked' }),
      putReminders: (reminders) => this.store.setState({ reminders }),
    })
    this.threads = new Followed(this.rest, { state: () => this.state, put: (change) => this.store.setState(change) })
    this.rest.onUnauthorized = () => this.onSignedOut?.()
    this.tabs = new Tabs(me.id, (m) => this.heard(m))
    this.writing = new Writing(this.store, this.rest, this.tabs, (m) => this.stored(m))
  }

  get state(): State {
    return this.store.getState()
  }
  get me(): number {
    return this.state.me.id
  }

  /** Whether this tab speaks for the browser. */
  get leads(): boolean {
    return this.tabs.leads
  }

  /** Calls hear with each new message of somebody else, until the returned function is called. */
  onMessage(hear: (m: Message) => void): () => void {
    this.listeners.add(hear)
    return () => this.listeners.delete(hear)
  }

  async start(): Promise<void> {
    this.cache = await Cache.open(this.me).catch(() => undefined)
    const snapshot = await this.cache?.load()
    if (snapshot) {
      this.store.setState({
        conversations: new Map(snapshot.conversations.map((c) => [c.id, c])),
        pending: snapshot.outbox,
        listed: snapshot.cursors !== undefined,
      })
      this.saved = this.state
      if (snapshot.cursors) {
        this.following = new Cursors(snapshot.cursors)
        this.known = true
      }
    }
    if (this.cache) this.writing.keep(this.cache)
    const { signal } = this.live
    addEventListener('online', () => this.hurry(), { signal })
    addEventListener('offline', () => this.stream?.pause(), { signal })
    addEventListener('pagehide', () => void this.save(), { signal })
    setInterval(() => this.expireTyping(), 1_000)
    this.tabs.say({ kind: 'who' })
    this.tabs.stand(() => this.lead())
  }

  close(): void {
    this.live.abort()
    this.reads.close()
    this.threads.close()
    this.stream?.close()
    this.writing.close()
    this.tabs.close()
    clearTimeout(this.saveTimer)
    this.cache?.close()
  }

  async forgetEverything(): Promise<void> {
    this.tabs.say({ kind: 'signed-out' })
    const id = this.me
    this.close()
    forgetLongDrafts(id)
    await Cache.erase(id).catch(() => undefined)
  }

  hurry(): void {
    this.stream?.hurry()
    this.writing.hurry()
  }

  /* ---- the connection, and the other tabs ---- */

  private lead(): void {
    const url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/realtime`
    const cursors = this.known ? this.following.toJSON() : {}
    this.stream = new Stream({
      url,
      cursors,
      onState: (state, retryIn) => {
        this.connected(state === 'live' ? 'catching-up' : state, retryIn === undefined ? null : Date.now() + retryIn)
      },
      onReady: () => void this.catchUp(),
      onUpdate: (update) => {
        this.feed.push(update)
        if (update.type === 'gap') void this.reload(update.conversationId)
      },
      onDisorder: (update) => {
        if (update.type === 'event' && update.conversationId) void this.reload(update.conversationId)
      },
      onUnauthorized: () => this.onSignedOut?.(),
    })
    this.stream.start()
    this.writing.drain()
  }

  private connected(state: Connection['state'], retryAt: number | null): void {
    this.store.setState({ connection: { state, retryAt } })
    if (this.tabs.leads) this.tabs.say({ kind: 'state', state, retryAt })
    if (state === 'live') this.writing.hurry()
  }

  /** After each greeting: everything if nothing was known, else only the counts. */
  private async catchUp(): Promise<void> {
    const release = this.feed.hold()
    try {
      if (this.known) {
        await Promise.all([this.loadCounts(), this.loadPresence()])
      } else {
        this.openAsked()
        await this.loadList()
      }
      this.known = true
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (error.passing) setTimeout(() => void this.catchUp(), 2_000)
    } finally {
      release()
    }
    this.connected('live', null)
    void this.threads.load().catch(() => undefined)
    void this.personal.reminders().catch(() => undefined)
    void this.personal.blocks().catch(() => undefined)
    this.writing.drain()
  }

  /** Loads the conversation of the page's address beside the list, not after it. */
  private openAsked(): void {
    const asked = /^\/chat\/(\d{1,15})(?:\/|$)/.exec(location.pathname)?.[1]
    if (asked) void this.history.open(Number(asked)).catch(() => undefined) // who shows it asks again, and says why not
  }

  private heard(m: TabMessage): void {
    switch (m.kind) {
      case 'who':
        if (this.tabs.leads && this.stream) {
          this.feed.flush()
          this.tabs.say({ kind: 'here', cursors: this.stream.cursors.toJSON(), state: this.state.connection.state })
        }
        return
      case 'here':
        if (!this.tabs.leads && !this.stream) this.follow(m.cursors, m.state)
        return
      case 'updates':
        if (this.tabs.leads) return
        for (const update of m.updates) {
          if (update.type === 'event' && this.following.take(update) === 'repeat') continue
          this.feed.push(update)
        }
        return
      case 'state':
        if (!this.tabs.leads) this.store.setState({ connection: { state: m.state, retryAt: m.retryAt } })
        return
      case 'reloaded':
        if (!this.tabs.leads) void this.reload(m.conversationId)
        return
      case 'note':
        if (this.tabs.leads) this.stream?.note(m.type, m.fields)
        return
      case 'outbox':
        void this.writing.reload()
        if (this.tabs.leads) this.writing.drain()
        return
      case 'blocked':
        void this.personal.blocks().catch(() => undefined)
        return
      case 'progress':
        this.writing.progressed(m.id, m.done)
        return
      case 'waits':
        this.writing.waiting(m.tempId, m.until)
        return
      case 'signed-out':
        this.onSignedOut?.()
    }
  }

  /** Another tab leads: what it is told comes here from now on. */
  private follow(cursors: Revs, state: Connection['state']): void {
    if (this.followed) return
    this.followed = true
    this.following = new Cursors(cursors)
    this.store.setState({ connection: { state, retryAt: null } })
    const release = this.feed.hold()
    void this.loadList()
      .then(() => {
        this.known = true
        void this.threads.load().catch(() => undefined)
        return this.personal.blocks()
      })
      .catch(() => undefined)
      .finally(release)
  }
  private followed = false

  note(type: 'typing' | 'delivered' | 'presence', fields: Record<string, unknown>): void {
    if (this.tabs.leads) this.stream?.note(type, fields)
    else this.tabs.say({ kind: 'note', type, fields })
  }

  /* ---- what comes in ---- */

  private take(updates: Update[]): void {
    const before = this.state
    const { state, uncertain, removed } = apply(before, updates, Date.now())
    this.store.setState(state)
    this.threads.take(updates, before)
    if (this.tabs.leads) {
      this.tabs.say({ kind: 'updates', updates })
      this.confirmDelivery(updates)
    }
    for (const id of removed) this.removed.add(id)
    if (uncertain.size > 0) void this.loadCounts().catch(() => undefined)
    for (const update of updates) {
      if (update.type !== 'event' || update.event !== 'message.created') continue
      const m = update.data as Message
      if (m.tempId && m.senderId === this.me) this.writing.told(m.tempId)
      if (m.senderId !== this.me && m.id > (before.conversations.get(m.conversationId)?.lastMessage?.id ?? 0)) for (const hear of this.listeners) hear(m)
    }
    if (state.me !== before.me) remember(state.me)
    this.saveSoon()
  }

  private confirmDelivery(updates: readonly Update[]): void {
    const newest = new Map<number, number>()
    for (const u of updates) {
      if (u.type === 'event' && u.event === 'message.created' && u.data.senderId !== this.me) newest.set(u.data.conversationId, u.data.id)
    }
    for (const [conversationId, messageId] of newest) this.stream?.note('delivered', { conversationId, messageId })
  }

  private expireTyping(): void {
    const now = Date.now()
    const { typing } = this.state
    let next: Map<number, ReadonlyMap<number, number>> | undefined
    for (const [id, typists] of typing) {
      const left = [...typists].filter(([, until]) => until > now)
      if (left.length === typists.size) continue
      next ??= new Map(typing)
      if (left.length === 0) next.delete(id)
      else next.set(id, new Map(left))
    }
    if (next) this.store.setState({ typing: next })
  }

  /* ---- loading ---- */

  private async loadList(): Promise<void> {
    const all = await everyConversation(this.rest)
    const kept = new Set(all.map((c) => c.id))
    for (const id of this.state.conversations.keys()) if (!kept.has(id)) this.removed.add(id)
    const presence = new Map(this.state.presence)
    for (const c of all) {
      for (const p of c.participants) {
        if (p.status && p.userId !== this.me) presence.set(p.userId, { lastSeenAt: null, statusMessage: null, ...presence.get(p.userId), status: p.status as never })
      }
    }
    this.store.setState({ conversations: new Map(all.map((c) => [c.id, c])), presence, listed: true })
    this.saveSoon()
  }

  /** Who is there now; who was, and is not told of, has gone meanwhile. */
  private async loadPresence(): Promise<void> {
    const there = await this.rest.get('/api/chat/presence', { query: { limit: 1_000 } })
    const presence = new Map([...this.state.presence].map(([id, p]) => [id, { ...p, status: 'OFFLINE' as const }]))
    for (const p of there) if (p.userId !== this.me) presence.set(p.userId, { status: p.status as never, lastSeenAt: p.lastSeenAt, statusMessage: p.statusMessage, emoji: p.emoji })
    this.store.setState({ presence })
  }

  private async loadCounts(): Promise<void> {
    const { conversations: counts } = await this.rest.get('/api/chat/conversations/unread')
    const byId = new Map(counts.map((c) => [c.conversationId, c]))
    const conversations = new Map(this.state.conversations)
    let changed = false
    for (const c of conversations.values()) {
      const now = byId.get(c.id)
      const [unreadCount, mentionCount] = [now?.unreadCount ?? 0, now?.mentionCount ?? 0]
      // A message that is younger than the answer counts by itself.
      if (now && (now.lastMessageId ?? 0) < (c.lastMessage?.id ?? 0)) continue
      if (c.unreadCount === unreadCount && c.mentionCount === mentionCount) continue
      conversations.set(c.id, { ...c, unreadCount, mentionCount })
      changed = true
    }
    if (changed) this.store.setState({ conversations })
  }

  /** Fetches a conversation and what is shown of it anew, for example because too much was missed. */
  async reload(conversationId: number): Promise<void> {
    const release = this.feed.hold(conversationId)
    try {
      await this.refetch(conversationId)
      if (this.state.timelines.has(conversationId)) await this.history.newest(conversationId)
      const { thread } = this.state
      if (thread?.conversationId === conversationId) await this.history.openThread(conversationId, thread.root)
      this.threads.missed()
      if (this.tabs.leads) this.tabs.say({ kind: 'reloaded', conversationId })
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
    } finally {
      release()
    }
  }

  /** Gets to know all who take part in a conversation: a list has only the first of them. */
  async meet(conversationId: number): Promise<void> {
    const c = this.state.conversations.get(conversationId)
    if (c && c.participants.length < Math.min(c.participantCount, mostKnown)) await this.refetch(conversationId)
  }

  private async refetch(conversationId: number): Promise<void> {
    const release = this.feed.hold(conversationId)
    try {
      this.putConversation(await this.rest.get('/api/chat/conversations/{id}', { path: { id: conversationId } }))
    } finally {
      release()
    }
  }

  putConversation(c: Conversation): void {
    this.store.setState((s) => ({ conversations: new Map(s.conversations).set(c.id, c) }))
    this.saveSoon()
  }

  private setTimeline(id: number, t: Timeline): void {
    this.store.setState((s) => ({ timelines: new Map(s.timelines).set(id, t) }))
    this.saveSoon()
  }

  private dropTimeline(id: number): void {
    this.store.setState((s) => {
      const timelines = new Map(s.timelines)
      timelines.delete(id)
      return { timelines }
    })
  }

  changeTimeline(id: number, change: (t: Timeline) => Timeline): void {
    const now = this.state.timelines.get(id)
    if (now) this.setTimeline(id, change(now))
  }

  putMessage(m: Message): void {
    this.changeTimeline(m.conversationId, (t) => upsert(t, m))
    const { thread } = this.state
    if (thread?.conversationId === m.conversationId) this.store.setState({ thread: changeInThread(thread, m.id, () => m) })
  }

  /** Changes a message as it is known now, wherever it is shown. */
  changeMessage({ id, conversationId }: Message, change: (now: Message) => Message): void {
    const known = findById(this.state.timelines.get(conversationId), id)
    if (known) this.changeTimeline(conversationId, (t) => upsert(t, change(known)))
    const { thread } = this.state
    if (thread?.conversationId === conversationId) this.store.setState({ thread: changeInThread(thread, id, change as (known: Message) => Message) })
  }

  /* ---- writing ---- */

  /** The server has stored what was written here; the stream tells of it, too. */
  private stored(m: Message): void {
    const update: Update = { type: 'event', conversationId: m.conversationId, rev: 0, event: 'message.created', at: m.createdAt, actorId: this.me, data: m }
    this.store.setState(apply(this.state, [update], Date.now()).state)
    this.saveSoon()
  }

  /** Says that everything in a conversation was seen; the server hears it a little later. */
  markRead(conversationId: number): void {
    const c = this.state.conversations.get(conversationId)
    const newest = this.state.timelines.get(conversationId)?.messages.at(-1)?.id ?? c?.lastMessage?.id
    if (!c || !newest || (c.unreadCount === 0 && (c.lastReadMessageId ?? 0) >= newest)) return
    this.putConversation({ ...c, unreadCount: 0, mentionCount: 0, lastReadMessageId: newest })
    this.reads.mark(conversationId, newest)
  }

  markAllRead(): void {
    for (const c of this.state.conversations.values()) if (c.unreadCount > 0) this.markRead(c.id)
  }

  /* ---- the cache ---- */

  private saveSoon(): void {
    if (!this.cache || this.saveTimer !== undefined) return
    this.saveTimer = setTimeout(() => void this.save(), saveAfter)
  }

  private async save(): Promise<void> {
    clearTimeout(this.saveTimer)
    this.saveTimer = undefined
    if (!this.cache) return
    // Cursors run ahead of updates that are still held back.
    if (!this.feed.isEmpty) {
      this.saveSoon()
      return
    }
    const [now, before] = [this.state, this.saved]
    const timelines = []
    for (const [conversationId, t] of now.timelines) {
      if (!t.fresh || t.hasNewer) continue
      const [kept, had] = [lastOf(t, keptOffline), before?.timelines.get(conversationId)]
      if (!had?.fresh || had.hasNewer || !same(kept, lastOf(had, keptOffline))) timelines.push({ conversationId, messages: kept.messages, hasOlder: kept.hasOlder })
    }
    this.saved = now
    try {
      if (!this.tabs.leads || !this.known) {
        await Promise.all(timelines.map((t) => this.cache!.saveTimeline(t)))
        return
      }
      const conversations = [...now.conversations.values()].filter((c) => c !== before?.conversations.get(c.id))
      const cursors = this.stream?.cursors.toJSON() ?? this.following.toJSON()
      await this.cache.save({ me: now.me, cursors, conversations, removed: [...this.removed], timelines })
      this.removed.clear()
    } catch {
      this.saved = before // written with the next change
    }
  }
}
