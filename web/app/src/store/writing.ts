import { newTempId, type Message, type Rest } from '@parley/sdk'
import type { StoreApi } from 'zustand/vanilla'
import { reason } from '../lib/reason.ts'
import type { Cache } from './cache.ts'
import { Outbox } from './outbox.ts'
import type { Pending, State, Upload } from './state.ts'
import type { Tabs } from './tabs.ts'

/** What one writes, from Enter until the server has it; the same in all tabs. */
export class Writing {
  private outbox: Outbox | undefined
  private cache: Cache | undefined

  constructor(
    private readonly store: StoreApi<State>,
    private readonly rest: Rest,
    private readonly tabs: Tabs,
    /** The server has stored it. */
    private readonly stored: (m: Message) => void,
  ) {}

  /** From now on what is written survives the tab. */
  keep(cache: Cache): void {
    this.cache = cache
    this.outbox = new Outbox(this.rest, cache, {
      sent: (p, message) => {
        this.sent(p, message)
        this.tabs.say({ kind: 'outbox' })
      },
      failed: (p, why) => {
        this.replace(p.tempId, (was) => ({ ...was, failure: why }))
        this.tabs.say({ kind: 'outbox' })
      },
      progress: (id, done) => {
        this.progressed(id, done)
        this.tabs.say({ kind: 'progress', id, done })
      },
      waits: ({ tempId }, until) => {
        this.waiting(tempId, until)
        this.tabs.say({ kind: 'waits', tempId, until })
      },
    })
  }

  drain(): void {
    void this.outbox?.drain()
  }

  hurry(): void {
    this.outbox?.hurry()
  }

  close(): void {
    this.outbox?.close()
  }

  async send(conversationId: number, content: string, parentMessageId: number | null, uploads: Upload[] = []): Promise<void> {
    const pending: Pending = {
      tempId: newTempId(), conversationId, content, parentMessageId, uploads, createdAt: new Date().toISOString(), failure: null,
    }
    this.store.setState((s) => ({ pending: [...s.pending, pending] }))
    if (!this.cache) return this.sendWithoutCache(pending)
    await this.cache.putPending(pending)
    this.kick()
  }

  async retry(tempId: string): Promise<void> {
    const p = this.find(tempId)
    if (!p) return
    const again = { ...p, failure: null }
    this.replace(tempId, () => again)
    if (!this.cache) return this.sendWithoutCache(again)
    await this.cache.putPending(again)
    this.kick()
  }

  async discard(tempId: string): Promise<void> {
    const p = this.find(tempId)
    await this.cache?.deletePending(tempId)
    for (const upload of p?.uploads ?? []) this.outbox?.cancel(upload.id)
    this.settled(tempId)
    this.tabs.say({ kind: 'outbox' })
  }

  /** Takes one file back from what is not sent yet. */
  async discardUpload(tempId: string, uploadId: string): Promise<void> {
    const p = this.find(tempId)
    if (!p) return
    if (p.uploads.length === 1 && !p.content) return this.discard(tempId)
    const without = (was: Pending) => ({ ...was, uploads: was.uploads.filter((u) => u.id !== uploadId) })
    this.replace(tempId, without)
    await this.cache?.changePending(tempId, without)
    this.outbox?.cancel(uploadId)
    this.tabs.say({ kind: 'outbox' })
  }

  /** The server told of one's own message, perhaps before it acknowledged it. */
  told(tempId: string): void {
    void this.cache?.deletePending(tempId)
  }

  progressed(id: string, done: number): void {
    this.store.setState((s) => ({ progress: new Map(s.progress).set(id, done) }))
  }

  waiting(tempId: string, until: number): void {
    this.store.setState((s) => ({ waits: new Map(s.waits).set(tempId, until) }))
  }

  /** Another tab has changed what waits. */
  async reload(): Promise<void> {
    const pending = await this.cache?.outbox()
    if (pending) this.store.setState({ pending })
  }

  private async sendWithoutCache(p: Pending): Promise<void> {
    try {
      const message = await this.rest.post('/api/chat/conversations/{id}/messages', {
        path: { id: p.conversationId },
        body: { content: p.content, tempId: p.tempId, ...(p.parentMessageId ? { parentMessageId: p.parentMessageId } : {}) },
      })
      this.sent(p, message)
    } catch (error) {
      this.replace(p.tempId, (was) => ({ ...was, failure: reason(error) }))
    }
  }

  private kick(): void {
    if (this.tabs.leads) this.drain()
    this.tabs.say({ kind: 'outbox' })
  }

  private sent(p: Pending, m: Message): void {
    this.stored({ ...m, tempId: p.tempId })
    this.settled(p.tempId)
  }

  /** Forgets what is no longer on its way. */
  private settled(tempId: string): void {
    this.store.setState((s) => {
      const uploads = s.pending.find((p) => p.tempId === tempId)?.uploads ?? []
      const progress = new Map(s.progress)
      for (const u of uploads) progress.delete(u.id)
      const waits = new Map(s.waits)
      waits.delete(tempId)
      return { pending: s.pending.filter((p) => p.tempId !== tempId), progress, waits }
    })
  }

  private find(tempId: string): Pending | undefined {
    return this.store.getState().pending.find((q) => q.tempId === tempId)
  }

  private replace(tempId: string, change: (p: Pending) => Pending): void {
    this.store.setState((s) => ({ pending: s.pending.map((p) => (p.tempId === tempId ? change(p) : p)) }))
  }
}
