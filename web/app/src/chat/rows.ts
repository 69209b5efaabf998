import type { Message } from '@parley/sdk'
import { dayKey } from '../lib/time.ts'
import type { Pending } from '../store/state.ts'

export type Row =
  | { kind: 'day'; key: string; at: string }
  | { kind: 'unread'; key: string; count: number }
  | { kind: 'system'; key: string; message: Message }
  | { kind: 'message'; key: string; message: Message; first: boolean; last: boolean }
  | { kind: 'pending'; key: string; pending: Pending; first: boolean; last: boolean }

const together = 5 * 60_000

/** What was unread when a conversation was opened: behind which message, and how many. */
export interface Unread {
  after: number
  count: number
}

/**
 * What a conversation shows, in order: messages in groups, and the lines between.
 * The first message is that of the conversation if whole. Otherwise it does not show
 * until what is before it is there: it may belong to a group, and would change its height.
 */
export function buildRows(messages: readonly Message[], pending: readonly Pending[], me: number, unread: Unread | null, whole: boolean): Row[] {
  const rows: Row[] = []
  let day = ''
  let group: { sender: number; at: number } | null = null
  // Where the line belongs is known only if what was read last is there too.
  let marked = unread === null || !(whole || (messages[0]?.id ?? Infinity) <= unread.after)

  const divide = (at: string) => {
    if (dayKey(at) === day) return
    day = dayKey(at)
    group = null
    rows.push({ kind: 'day', key: `day ${day}`, at })
  }
  const joins = (sender: number, at: string) => {
    const time = Date.parse(at)
    const yes = group !== null && group.sender === sender && time - group.at < together
    group = { sender, at: yes ? group!.at : time }
    if (yes) {
      const before = rows.at(-1)
      if (before && 'last' in before) before.last = false
    }
    return yes
  }

  for (const [i, message] of messages.entries()) {
    if (i === 1 && !whole) rows.length = 0
    divide(message.createdAt)
    if (!marked && message.id > unread!.after && message.senderId !== me && message.messageType !== 'SYSTEM') {
      marked = true
      group = null
      rows.push({ kind: 'unread', key: 'unread', count: unread!.count })
    }
    if (message.messageType === 'SYSTEM') {
      group = null
      rows.push({ kind: 'system', key: String(message.id), message })
      continue
    }
    const joined = joins(message.senderId, message.createdAt)
    rows.push({ kind: 'message', key: message.tempId ?? String(message.id), message, first: !joined, last: true })
  }
  const known = new Set(messages.map((m) => m.tempId))
  for (const p of pending) {
    if (known.has(p.tempId)) continue
    divide(p.createdAt)
    const joined = joins(me, p.createdAt)
    rows.push({ kind: 'pending', key: p.tempId, pending: p, first: !joined, last: true })
  }
  return rows
}
