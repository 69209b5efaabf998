import type { EventFrame } from './frames.ts'

const own = 'user' // the user's own stream, among cursors

export type Revs = Record<string, number>
export type Verdict = 'next' | 'repeat' | 'ahead'

/**
 * The last rev of each stream. It notices at once when an event is missing before
 * the one at hand, or when that was there before.
 */
export class Cursors {
  private readonly revs: Map<string, number>
  // Streams that ready named and that we do not know. While our own stream is
  // behind, it may still tell how they were joined, and where they begin.
  private readonly assumed = new Map<string, number>()
  private settledAt = 0

  constructor(revs: Revs = {}) {
    this.revs = new Map(Object.entries(revs))
  }

  toJSON(): Revs {
    return Object.fromEntries(this.revs)
  }

  has(stream: string | number): boolean {
    return this.revs.has(String(stream))
  }

  ready(heads: Revs): void {
    this.assumed.clear()
    for (const [stream, head] of Object.entries(heads)) {
      if (!this.revs.has(stream)) this.assumed.set(stream, head)
    }
    this.settledAt = heads[own] ?? 0
    const head = this.assumed.get(own)
    if (head !== undefined) this.jump(own, head)
    this.settle()
  }

  private settle(): void {
    if ((this.revs.get(own) ?? 0) < this.settledAt) return
    for (const [stream, head] of this.assumed) this.revs.set(stream, head)
    this.assumed.clear()
  }

  jump(stream: string, rev: number): void {
    this.revs.set(stream, rev)
    this.assumed.delete(stream)
    if (stream === own) this.settle()
  }

  forget(conversationId: number): void {
    this.revs.delete(String(conversationId))
    this.assumed.delete(String(conversationId))
  }

  take(event: EventFrame): Verdict {
    if (event.event === 'conversation.left' && !event.rev) {
      this.forget(event.data.conversationId)
      return 'next'
    }
    const stream = String(event.conversationId ?? own)
    const had = this.revs.get(stream) ?? this.assumed.get(stream) ?? -1
    if (event.rev <= had) return 'repeat'
    const verdict = had === -1 || event.rev === had + 1 ? 'next' : 'ahead'
    if (event.event === 'conversation.joined' && event.data.conversation) {
      this.jump(String(event.data.conversation.id), event.data.head)
    }
    this.jump(stream, event.rev)
    if (event.event === 'conversation.left') this.forget(event.data.conversationId)
    return verdict
  }
}
