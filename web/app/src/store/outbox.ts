import { ApiError, failure, type Attachment, type Message, type Rest } from '@parley/sdk'
import { reason } from '../lib/reason.ts'
import type { Cache } from './cache.ts'
import type { Pending, Upload } from './state.ts'

interface Events {
  sent(p: Pending, m: Message): void
  failed(p: Pending, why: string): void
  progress(id: string, done: number): void
  /** The server asks to wait; until is in milliseconds of the epoch. */
  waits(p: Pending, until: number): void
}

const cancelled = new ApiError(499, 'cancelled', 'Cancelled', undefined, undefined)
const patience = [500, 1_000, 2_000, 4_000, 8_000, 15_000]

/**
 * Sends what was written, one conversation's messages one after the other, each
 * until it is acknowledged or refused. Only the leading tab runs it.
 */
export class Outbox {
  private readonly sending = new Set<number>()
  private readonly uploads = new Map<string, AbortController>()
  private readonly waits = new Set<() => void>()
  private closed = false

  constructor(
    private readonly rest: Rest,
    private readonly cache: Cache,
    private readonly events: Events,
  ) {}

  /** Looks at what waits, and sends it. */
  async drain(): Promise<void> {
    const all = await this.cache.outbox()
    const wanted = new Set(all.flatMap((p) => p.uploads.map((u) => u.id)))
    for (const id of this.uploads.keys()) if (!wanted.has(id)) this.cancel(id) // another tab took it back
    for (const p of all) {
      if (!p.failure && !this.sending.has(p.conversationId)) void this.drainConversation(p.conversationId)
    }
  }

  /** Tries again now what waits for its next attempt. */
  hurry(): void {
    for (const wake of this.waits) wake()
  }

  cancel(uploadId: string): void {
    this.uploads.get(uploadId)?.abort()
  }

  close(): void {
    this.closed = true
    for (const upload of this.uploads.values()) upload.abort()
    this.hurry()
  }

  private async drainConversation(conversationId: number): Promise<void> {
    this.sending.add(conversationId)
    let failures = 0
    try {
      while (!this.closed) {
        const next = (await this.cache.outbox()).find((p) => p.conversationId === conversationId && !p.failure)
        if (!next) return
        try {
          const message = await this.send(next.tempId)
          await this.cache.deletePending(next.tempId)
          this.events.sent(next, message)
          failures = 0
        } catch (error) {
          if (this.closed) return
          if (error instanceof ApiError && error.status === 401) return
          if (error === cancelled) continue
          if (error instanceof ApiError && error.passing) {
            const backoff = patience[Math.min(failures++, patience.length - 1)]!
            const pause = Math.max(backoff, (error.retryAfter ?? 0) * 1000)
            if (error.status === 429) this.events.waits(next, Date.now() + pause)
            await this.wait(pause)
            continue
          }
          const why = reason(error)
          if (await this.cache.changePending(next.tempId, (p) => ({ ...p, failure: why }))) this.events.failed(next, why)
        }
      }
    } finally {
      this.sending.delete(conversationId)
    }
  }

  /** Uploads what is not uploaded yet, then sends. Files may be taken back until then, by any tab. */
  private async send(tempId: string): Promise<Message> {
    for (;;) {
      const p = await this.cache.pending(tempId)
      if (!p) throw cancelled
      const upload = p.uploads.find((u) => !u.attachmentId)
      if (!upload) return this.post(p)
      const { id: attachmentId } = await this.upload(p.conversationId, upload)
      // What is uploaded is not uploaded again after a restart.
      await this.cache.changePending(tempId, (now) => ({ ...now, uploads: now.uploads.map((u) => (u.id === upload.id ? { ...u, attachmentId } : u)) }))
    }
  }

  private post(p: Pending): Promise<Message> {
    return this.rest.post('/api/chat/conversations/{id}/messages', {
      path: { id: p.conversationId },
      body: {
        content: p.content,
        tempId: p.tempId,
        ...(p.parentMessageId ? { parentMessageId: p.parentMessageId } : {}),
        ...(p.uploads.length > 0 ? { attachmentIds: p.uploads.map((u) => u.attachmentId!) } : {}),
      },
    })
  }

  private async upload(conversationId: number, upload: Upload): Promise<Attachment> {
    const abort = new AbortController()
    this.uploads.set(upload.id, abort)
    try {
      return await uploadFile(conversationId, upload.file, upload.fileName, (done) => this.events.progress(upload.id, done), abort.signal, upload.voice)
    } finally {
      this.uploads.delete(upload.id)
    }
  }

  private wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        this.waits.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, ms)
      this.waits.add(wake)
    })
  }
}

/** Uploads one file and tells how far it is; fetch cannot do that. */
export function uploadFile(
  conversationId: number | null,
  file: Blob,
  fileName: string,
  progress: (done: number) => void,
  signal: AbortSignal,
  voice?: Upload['voice'],
): Promise<Attachment> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const form = new FormData()
    if (conversationId !== null) form.append('conversationId', String(conversationId))
    if (voice) {
      form.append('durationMs', String(voice.durationMs))
      form.append('peaks', JSON.stringify(voice.peaks))
    }
    form.append('file', file, fileName)
    request.open('POST', '/api/chat/attachments')
    request.responseType = 'json'
    request.upload.onprogress = (event) => progress(event.total > 0 ? event.loaded / event.total : 0)
    request.onload = () => {
      if (request.status < 300 && request.response?.success) resolve(request.response.data as Attachment)
      else reject(failure(request.status, request.response, request.getResponseHeader('Retry-After')))
    }
    request.onerror = () => reject(new ApiError(0, 'unreachable', 'The server cannot be reached', undefined, undefined))
    request.onabort = () => reject(cancelled)
    signal.addEventListener('abort', () => request.abort(), { once: true })
    request.send(form)
  })
}
