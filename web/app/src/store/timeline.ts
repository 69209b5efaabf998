import type { Message, SharedMessage } from '@parley/sdk'
import type { Timeline } from './state.ts'

export const pageSize = 50
/** About so much is kept of a conversation; what is further away is loaded again. */
export const longest = 600
const mostUntrimmed = 2 * longest
const mostUnseen = 2 * pageSize

/** Where a seq is, or would be, in a list that is ordered by seq. */
export function place(messages: readonly Message[], seq: number): number {
  let low = 0
  let high = messages.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (messages[middle]!.seq < seq) low = middle + 1
    else high = middle
  }
  return low
}

export function findById(timeline: Timeline | undefined, id: number): Message | undefined {
  const messages = timeline?.messages
  if (!messages) return undefined
  let low = 0
  let high = messages.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const m = messages[middle]!
    if (m.id === id) return m
    if (m.id < id) low = middle + 1
    else high = middle - 1
  }
  return undefined
}

/** Takes what an event says of a message, and keeps what only the reader knows. */
export function merge(known: Message | undefined, news: SharedMessage | Message): Message {
  if (!known) return { ...news, myReactions: news.myReactions ?? [], status: news.status ?? null } as Message
  const merged = { ...known, ...news } as Message
  merged.myReactions = news.isDeleted ? [] : (news.myReactions ?? known.myReactions)
  merged.status = news.status ?? known.status
  const votes = news.myVotes ?? known.myVotes
  if (votes) merged.myVotes = votes
  if (!('pinnedAt' in news)) delete merged.pinnedAt
  if (!merged.tempId && known.tempId) merged.tempId = known.tempId
  return merged
}

/** Adds or replaces one message; one that does not touch the window is left out. */
export function upsert(timeline: Timeline, news: SharedMessage | Message): Timeline {
  const { messages } = timeline
  const at = place(messages, news.seq)
  const known = messages[at]
  if (known && known.seq === news.seq) return withMessages(timeline, messages.toSpliced(at, 1, merge(known, news)))
  if (at === messages.length) {
    return timeline.hasNewer ? timeline : withMessages(timeline, [...messages, merge(undefined, news)])
  }
  if (at === 0) return timeline.hasOlder ? timeline : withMessages(timeline, [merge(undefined, news), ...messages])
  return withMessages(timeline, messages.toSpliced(at, 0, merge(undefined, news)))
}

/** Joins a page to the window. Both are ordered; on an overlap the page is newer. */
export function join(timeline: Timeline, page: readonly Message[]): Timeline {
  if (page.length === 0) return timeline
  const bySeq = new Map(timeline.messages.map((m) => [m.seq, m]))
  for (const m of page) bySeq.set(m.seq, merge(bySeq.get(m.seq), m))
  return withMessages(timeline, [...bySeq.values()].sort((a, b) => a.seq - b.seq))
}

export function prepend(timeline: Timeline, page: readonly Message[], hasOlder: boolean): Timeline {
  return { ...join(timeline, page), hasOlder }
}

export function append(timeline: Timeline, page: readonly Message[], hasNewer: boolean): Timeline {
  return { ...join(timeline, page), hasNewer }
}

/** Lets go of what is too much, at the end that is not read. */
export function trim(timeline: Timeline, end: 'older' | 'newer'): Timeline {
  if (end === 'older') return lastOf(timeline, longest)
  if (timeline.messages.length <= longest) return timeline
  return { ...timeline, messages: timeline.messages.slice(0, longest), hasNewer: true }
}

/** Bounds what grows while nobody looks at it; who does, trims it where he does not look. */
export function bounded(timeline: Timeline, looked: boolean): Timeline {
  const { length } = timeline.messages
  if (looked) return length > mostUntrimmed ? lastOf(timeline, longest) : timeline
  return length > mostUnseen ? lastOf(timeline, pageSize) : timeline
}

export function lastOf(timeline: Timeline, n: number): Timeline {
  const extra = timeline.messages.length - n
  if (extra <= 0) return timeline
  return { ...timeline, messages: timeline.messages.slice(extra), hasOlder: true }
}

export function same(a: Timeline, b: Timeline): boolean {
  if (a.hasOlder !== b.hasOlder || a.messages.length !== b.messages.length) return false
  return a.messages === b.messages || a.messages.every((m, i) => m === b.messages[i])
}

function withMessages(timeline: Timeline, messages: Message[]): Timeline {
  return { ...timeline, messages }
}
