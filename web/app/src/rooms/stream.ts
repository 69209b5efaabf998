// The events of a room. The browser itself goes on where it was after a short cut;
// when it gives up, because the server said no, this begins again.

const events = ['message', 'destroy', 'join', 'leave', 'typing', 'presence', 'read', 'reaction', 'ttl', 'cipher', 'knock', 'reload']
const [soon, late] = [1_000, 15_000]

export class Stream {
  private source: EventSource | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private tries = 0
  private readonly live = new AbortController()

  constructor(
    private readonly roomId: string,
    private readonly hear: (event: string, data: Record<string, unknown>) => void,
    private readonly connected: (online: boolean) => void,
    private readonly refused: () => void,
  ) {
    addEventListener('online', () => this.open(), { signal: this.live.signal })
    addEventListener('offline', () => this.connected(false), { signal: this.live.signal })
    this.open()
  }

  close(): void {
    this.live.abort()
    clearTimeout(this.timer)
    this.source?.close()
    this.source = null
  }

  private open(): void {
    if (this.live.signal.aborted) return
    clearTimeout(this.timer)
    this.source?.close()
    const source = new EventSource(`/api/realtime?roomId=${encodeURIComponent(this.roomId)}`)
    this.source = source
    source.addEventListener('open', () => {
      this.tries = 0
      this.connected(true)
    })
    source.addEventListener('error', () => {
      if (this.source !== source) return
      this.connected(false)
      this.refused()
      if (source.readyState !== EventSource.CLOSED) return
      this.timer = setTimeout(() => this.open(), Math.min(late, soon * 2 ** this.tries++))
    })
    for (const name of events) {
      source.addEventListener(name, (event) => {
        if (this.source === source) this.hear(name, JSON.parse((event as MessageEvent<string>).data))
      })
    }
  }
}
