import type { Update } from '@parley/sdk'

/**
 * Collects updates and hands them on once per frame. While part of the picture is
 * being loaded, the updates of that part wait, so that they come after it.
 */
export class Feed {
  private waiting: Update[] = []
  private readonly held = new Map<number, number>()
  private heldAll = 0
  private scheduled = false

  constructor(
    private readonly take: (updates: Update[]) => void,
    private readonly schedule: (run: () => void) => void = onceAFrame,
  ) {}

  push(update: Update): void {
    this.waiting.push(update)
    this.plan()
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0
  }

  /** Holds back one conversation, or everything, until the returned function is called. */
  hold(conversationId?: number): () => void {
    if (conversationId === undefined) this.heldAll++
    else this.held.set(conversationId, (this.held.get(conversationId) ?? 0) + 1)
    let done = false
    return () => {
      if (done) return
      done = true
      if (conversationId === undefined) {
        this.heldAll--
      } else {
        const left = this.held.get(conversationId)! - 1
        if (left === 0) this.held.delete(conversationId)
        else this.held.set(conversationId, left)
      }
      this.flush()
    }
  }

  flush(): void {
    this.scheduled = false
    if (this.heldAll > 0 || this.waiting.length === 0) return
    let batch = this.waiting
    this.waiting = []
    if (this.held.size > 0) {
      const due: Update[] = []
      for (const update of batch) {
        const id = conversationOf(update)
        if (id !== undefined && this.held.has(id)) this.waiting.push(update)
        else due.push(update)
      }
      batch = due
    }
    if (batch.length > 0) this.take(batch)
  }

  private plan(): void {
    if (this.scheduled) return
    this.scheduled = true
    this.schedule(() => this.flush())
  }
}

/** Which conversation an update is about, also when it came over one's own stream. */
export function conversationOf(update: Update): number | undefined {
  if (update.type === 'presence') return undefined
  if (update.type !== 'event') return update.conversationId
  if (update.conversationId) return update.conversationId
  if (update.event === 'conversation.joined') return update.data.conversation.id
  return 'conversationId' in update.data ? update.data.conversationId : undefined
}

// Frames do not come while a page is in the background, or behind another window.
function onceAFrame(run: () => void): void {
  const now = () => {
    clearTimeout(timer)
    cancelAnimationFrame(frame)
    run()
  }
  const timer = setTimeout(now, 100)
  const frame = requestAnimationFrame(now)
}
