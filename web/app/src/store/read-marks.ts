import { ApiError, type Rest } from '@parley/sdk'

const after = 250
const again = 3_000

/** Tells the server how far each conversation was read: soon, not at once, and surely. */
export class ReadMarks {
  private readonly marks = new Map<number, { messageId: number; timer: ReturnType<typeof setTimeout> }>()

  constructor(private readonly rest: Rest) {}

  mark(conversationId: number, messageId: number): void {
    this.plan(conversationId, messageId, after)
  }

  close(): void {
    for (const { timer } of this.marks.values()) clearTimeout(timer)
  }

  private plan(conversationId: number, messageId: number, wait: number): void {
    clearTimeout(this.marks.get(conversationId)?.timer)
    const timer = setTimeout(() => void this.confirm(conversationId, messageId), wait)
    this.marks.set(conversationId, { messageId, timer })
  }

  private async confirm(conversationId: number, lastReadMessageId: number): Promise<void> {
    try {
      await this.rest.post('/api/chat/conversations/{id}/read', { path: { id: conversationId }, body: { lastReadMessageId } })
    } catch (error) {
      const newer = this.marks.get(conversationId)?.messageId !== lastReadMessageId
      if (error instanceof ApiError && error.passing && !newer) this.plan(conversationId, lastReadMessageId, again)
    }
  }
}
