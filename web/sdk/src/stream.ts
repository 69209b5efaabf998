import { Cursors, type Revs } from './cursors.ts'
import type { ByeFrame, Frame, ReadyFrame, Update } from './frames.ts'

export type StreamState = 'connecting' | 'live' | 'waiting' | 'ended'

export interface StreamOptions {
  url: string
  cursors?: Revs
  device?: string
  onState?(state: StreamState, retryIn?: number): void
  onReady?(frame: ReadyFrame): void
  /** Updates in order, each once. */
  onUpdate(update: Update): void
  /** An event was left out: a bug of the server; that stream must be reloaded. */
  onDisorder?(update: Update): void
  /** The session has ended. */
  onUnauthorized?(): void
  socket?(url: string, protocol: string): WebSocket
  random?(): number
}

const longestWait = 15_000
const pongWithin = 10_000
const probeEvery = 25_000
const unauthorized = 4401

/**
 * One connection to /api/realtime that comes back by itself and goes on where it
 * was. It knows nothing of pages or stores.
 */
export class Stream {
  readonly cursors: Cursors
  state: StreamState = 'ended'
  private socket: WebSocket | null = null
  private failures = 0
  private lastId = 0
  private retryTimer: ReturnType<typeof setTimeout> | undefined
  private probeTimer: ReturnType<typeof setTimeout> | undefined
  private deathTimer: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly options: StreamOptions) {
    this.cursors = new Cursors(options.cursors)
  }

  start(): void {
    if (this.state === 'ended') this.connect()
  }

  /** Does not wait for the next attempt, because there may be a network again. */
  hurry(): void {
    if (this.state === 'waiting') {
      this.failures = 0
      this.connect()
    } else if (this.state === 'live') {
      this.probe()
    }
  }

  /** The network is gone: waits for hurry instead of trying. */
  pause(): void {
    if (this.state === 'ended') return
    this.drop()
    this.become('waiting')
  }

  close(): void {
    this.drop()
    this.become('ended')
  }

  /** Says something that is of no use later: without a connection it is dropped. */
  note(type: 'typing' | 'delivered' | 'presence' | 'read', fields: Record<string, unknown>): void {
    if (this.state === 'live') this.socket?.send(JSON.stringify({ type, ...fields }))
  }

  private become(state: StreamState, retryIn?: number): void {
    this.state = state
    this.options.onState?.(state, retryIn)
  }

  private connect(): void {
    this.drop()
    this.become('connecting')
    const open = this.options.socket ?? ((url, protocol) => new WebSocket(url, protocol))
    const socket = open(this.options.url, 'parley.v1')
    this.socket = socket
    const mine = <E>(handle: (event: E) => void) => (event: E) => {
      if (socket === this.socket) handle(event)
    }
    socket.onopen = mine(() => {
      socket.send(JSON.stringify({ type: 'hello', id: 'hello', cursors: this.cursors, device: this.options.device ?? 'web' }))
    })
    socket.onmessage = mine((event: MessageEvent<string>) => this.receive(JSON.parse(event.data) as Frame))
    socket.onclose = mine((event: CloseEvent) => {
      if (event.code === unauthorized) this.refused()
      else this.retry()
    })
    this.deathTimer = setTimeout(() => this.retry(), pongWithin)
  }

  private drop(): void {
    clearTimeout(this.retryTimer)
    clearTimeout(this.probeTimer)
    clearTimeout(this.deathTimer)
    const socket = this.socket
    this.socket = null
    socket?.close()
  }

  // The longer the more often it failed, at least as long as the server asked for,
  // and never all clients at once.
  private retry(afterMs = 0): void {
    this.drop()
    const most = Math.min(250 * 2 ** this.failures++, longestWait)
    const random = this.options.random ?? Math.random
    const wait = Math.round(afterMs + most / 2 + (random() * most) / 2)
    this.become('waiting', wait)
    this.retryTimer = setTimeout(() => this.connect(), wait)
  }

  private refused(): void {
    this.close()
    this.options.onUnauthorized?.()
  }

  // A page does not see the server's pings; this is how it notices a connection
  // over which nothing comes back.
  private probe(): void {
    clearTimeout(this.probeTimer)
    clearTimeout(this.deathTimer)
    if (this.state !== 'live') return
    const [conversation] = Object.keys(this.cursors.toJSON()).filter((stream) => stream !== 'user')
    if (!conversation) return
    this.socket?.send(JSON.stringify({ type: 'typing', id: `p${++this.lastId}`, conversationId: Number(conversation), typing: false }))
    this.deathTimer = setTimeout(() => this.retry(), pongWithin)
  }

  private receive(frame: Frame): void {
    clearTimeout(this.deathTimer)
    clearTimeout(this.probeTimer)
    this.probeTimer = setTimeout(() => this.probe(), probeEvery)
    switch (frame.type) {
      case 'ready':
        this.failures = 0
        this.cursors.ready(frame.heads)
        this.become('live')
        this.options.onReady?.(frame)
        return
      case 'ack':
        return
      case 'error':
        if (frame.code === 'unauthenticated' || frame.code === 'token_invalid') this.refused()
        return
      case 'bye':
        this.bye(frame)
        return
      case 'gap':
        this.cursors.jump(String(frame.conversationId), frame.head)
        this.options.onUpdate(frame)
        return
      case 'event': {
        const verdict = this.cursors.take(frame)
        if (verdict === 'repeat') return
        if (verdict === 'ahead') this.options.onDisorder?.(frame)
        this.options.onUpdate(frame)
        return
      }
      case 'typing':
      case 'presence':
      case 'delivered':
        this.options.onUpdate(frame)
    }
  }

  private bye(frame: ByeFrame): void {
    if (frame.code === 'unauthorized') this.refused()
    else this.retry(frame.afterMs)
  }
}
