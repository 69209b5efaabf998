import type { Message, SharedMessage } from '@parley/sdk'
import type { Thread } from './state.ts'
import { findById, merge, upsert } from './timeline.ts'

/** Changes one message of a thread, if it is there: the first or a reply. */
export function changeInThread(thread: Thread, id: number, change: (known: Message) => SharedMessage | Message): Thread {
  if (thread.first?.id === id) return { ...thread, first: merge(thread.first, change(thread.first)) }
  const known = findById(thread.replies, id)
  return known ? { ...thread, replies: upsert(thread.replies, change(known)) } : thread
}
