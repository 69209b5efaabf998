import type { Message } from '@parley/sdk'
import { bare } from './bidi.ts'
import { m } from './messages.ts'
import type { Engine } from '../store/engine.ts'
import { inOneLine } from '../text/names.ts'
import { isNews, undisturbed } from './attention.ts'
import { chime } from './chime.ts'

/** Long enough to hear that it is being read on another device. */
const patience = 1_000
const key = 'parley-notify'

/** Whether this browser may show notifications, and is asked to. */
export const notifies = {
  get possible(): boolean {
    return 'Notification' in window && 'serviceWorker' in navigator
  },
  get on(): boolean {
    return this.possible && Notification.permission === 'granted' && localStorage.getItem(key) !== 'off'
  },
  get refused(): boolean {
    return this.possible && Notification.permission === 'denied'
  },
  async turn(on: boolean): Promise<boolean> {
    localStorage.setItem(key, on ? 'on' : 'off')
    if (on && Notification.permission === 'default') await Notification.requestPermission()
    return this.on
  },
}

/** Tells of new messages outside the page, once per browser, and takes back what was read meanwhile. */
export function notifyOf(engine: Engine, open: (path: string) => void): () => void {
  const told = new Map<number, number>() // the newest message by conversation
  const timers = new Set<ReturnType<typeof setTimeout>>()
  const worker = async (message: object) => (await navigator.serviceWorker?.ready)?.active?.postMessage(message)
  const tell = (message: Message) => {
    const { me, conversations } = engine.state
    const c = conversations.get(message.conversationId)
    const now = new Date()
    if (!engine.leads || !c || undisturbed(me, now) || !isNews(me, c, message, now)) return
    if (me.settings.sounds) chime()
    if (!notifies.on) return
    told.set(c.id, Math.max(told.get(c.id) ?? 0, message.id))
    const text = inOneLine(message, c).slice(0, 240) || (message.attachments[0]?.fileName ?? '')
    const body = c.type === 'DIRECT' ? text : m.from_and_text({ name: message.senderName, text })
    void worker({ kind: 'notify', title: bare(c.name), body, tag: tagOf(c.id), icon: c.avatarUrl ?? '/icon.svg', path: `/chat/${c.id}/${message.id}` })
  }
  const stopHearing = engine.onMessage((message) => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      tell(message)
    }, patience)
    timers.add(timer)
  })
  const stopLooking = engine.store.subscribe(({ conversations }, before) => {
    if (conversations === before.conversations) return
    for (const [id, newest] of told) {
      const c = conversations.get(id)
      if (c && (c.lastReadMessageId ?? 0) < newest) continue
      told.delete(id)
      void worker({ kind: 'seen', tag: tagOf(id) })
    }
  })
  const onWorker = (event: MessageEvent<{ kind?: string; path?: string }>) => {
    if (event.data?.kind === 'open' && event.data.path) open(event.data.path)
  }
  navigator.serviceWorker?.addEventListener('message', onWorker)
  return () => {
    stopHearing()
    stopLooking()
    navigator.serviceWorker?.removeEventListener('message', onWorker)
    for (const timer of timers) clearTimeout(timer)
  }
}

const tagOf = (conversationId: number) => `conversation-${conversationId}`
