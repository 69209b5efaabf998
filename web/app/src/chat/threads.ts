import type { Message } from '@parley/sdk'

/** What is said of a thread under the message that it began with. */
export interface ThreadSummary {
  faces: { id: number; name: string; src: string | null }[]
  lastAt: string
}

const most = 3
const made = new WeakMap<Message, ThreadSummary>()

/**
 * The threads in a part of a conversation that goes on to its end: then all answers
 * to its messages are in it. The same answers give the same object, for memo.
 */
export function summariseThreads(messages: readonly Message[]): ReadonlyMap<number, ThreadSummary> {
  const answers = new Map<number, Message[]>()
  for (const m of messages) {
    if (!m.parentMessageId || m.isDeleted) continue
    const before = answers.get(m.parentMessageId)
    if (before) before.push(m)
    else answers.set(m.parentMessageId, [m])
  }
  return new Map([...answers].map(([root, all]) => [root, summarise(all)]))
}

function summarise(answers: readonly Message[]): ThreadSummary {
  const last = answers.at(-1)!
  const faces = new Map<number, ThreadSummary['faces'][number]>()
  for (const m of answers.toReversed()) {
    if (faces.size < most && !faces.has(m.senderId)) faces.set(m.senderId, { id: m.senderId, name: m.senderName, src: m.senderAvatarUrl })
  }
  const known = made.get(last)
  const now = { faces: [...faces.values()], lastAt: last.createdAt }
  if (known && known.faces.length === now.faces.length && known.faces.every((f, i) => f.id === now.faces[i]!.id)) return known
  made.set(last, now)
  return now
}
