import type { Revs, Update } from '@parley/sdk'
import type { Connection } from './state.ts'

export type TabMessage =
  | { kind: 'who' }
  | { kind: 'here'; cursors: Revs; state: Connection['state'] }
  | { kind: 'updates'; updates: Update[] }
  | { kind: 'state'; state: Connection['state']; retryAt: number | null }
  | { kind: 'reloaded'; conversationId: number }
  | { kind: 'note'; type: 'typing' | 'delivered' | 'presence'; fields: Record<string, unknown> }
  | { kind: 'outbox' }
  | { kind: 'blocked' }
  | { kind: 'progress'; id: string; done: number }
  | { kind: 'waits'; tempId: string; until: number }
  | { kind: 'signed-out' }

/**
 * The tabs of one browser. One of them leads: it holds the connection and sends
 * what was written. When it goes, another one takes over.
 */
export class Tabs {
  leads = false
  private readonly channel: BroadcastChannel
  private readonly leaving = new AbortController()
  private letGo: (() => void) | undefined

  constructor(userId: number, private readonly onMessage: (m: TabMessage) => void) {
    this.channel = new BroadcastChannel(`parley-${userId}`)
    this.channel.onmessage = (event: MessageEvent<TabMessage>) => this.onMessage(event.data)
    this.name = `parley-${userId}-leader`
  }

  private readonly name: string

  /** Calls lead as soon as no other tab leads. */
  stand(lead: () => void): void {
    const take = () => {
      this.leads = true
      lead()
    }
    // Locks exist in secure contexts only; elsewhere each tab is on its own, which
    // the server's tempIds make harmless.
    if (!navigator.locks) {
      take()
      return
    }
    navigator.locks
      .request(this.name, { signal: this.leaving.signal }, () => {
        take()
        return new Promise<void>((resolve) => (this.letGo = resolve))
      })
      .catch(() => undefined)
  }

  say(m: TabMessage): void {
    this.channel.postMessage(m)
  }

  close(): void {
    this.leaving.abort()
    this.letGo?.()
    this.channel.close()
  }
}
