import type { Conversation, Message, OwnUser, PresenceStatus, ReminderChange, StreamState } from '@parley/sdk'
import type { FollowedThread } from './followed.ts'

/** A contiguous part of a conversation's messages, in the order of seq. */
export interface Timeline {
  messages: Message[]
  hasOlder: boolean
  hasNewer: boolean
  /** False while it shows what an earlier visit left in the cache. */
  fresh: boolean
}

export interface Upload {
  id: string
  file: Blob
  fileName: string
  mimeType: string
  width: number | null
  height: number | null
  attachmentId?: number
  /** Of a voice message: how long it is, and how loud in 48 parts. */
  voice?: { durationMs: number; peaks: readonly number[] }
}

/** A thread that is looked at: the message that began it, and the replies. */
export interface Thread {
  conversationId: number
  root: number
  first: Message | null
  replies: Timeline
}

/** A message that is written and not yet acknowledged. */
export interface Pending {
  tempId: string
  conversationId: number
  content: string
  parentMessageId: number | null
  uploads: Upload[]
  createdAt: string
  failure: string | null
}

export interface Presence {
  status: PresenceStatus
  lastSeenAt: string | null
  statusMessage: string | null
  emoji?: string | null
}

export interface Connection {
  state: StreamState | 'catching-up'
  retryAt: number | null
}

export interface State {
  me: OwnUser
  conversations: ReadonlyMap<number, Conversation>
  timelines: ReadonlyMap<number, Timeline>
  /** The conversation that is looked at. */
  looking: number | null
  thread: Thread | null
  pending: readonly Pending[]
  /** Progress of uploads, 0 to 1, by the upload's id. */
  progress: ReadonlyMap<string, number>
  /** Until when the server asked to wait with a message, in milliseconds of the epoch, by tempId. */
  waits: ReadonlyMap<string, number>
  /** Of others. How one wants to be seen oneself is in `me`: who is idle, or was not connected when a list was read, has not chosen that. */
  presence: ReadonlyMap<number, Presence>
  /** Who is typing in a conversation, and until when at the latest. */
  typing: ReadonlyMap<number, ReadonlyMap<number, number>>
  /** Up to which message each of the others in a conversation has got everything. */
  delivered: ReadonlyMap<number, ReadonlyMap<number, number>>
  /** The pinned messages of conversations that were looked at. */
  pins: ReadonlyMap<number, ReadonlySet<number>>
  /** Messages that one wants to be reminded of, by their ids. */
  reminders: ReadonlyMap<number, ReminderChange>
  /** Threads in which one takes part and others have replied, by the message each began with. */
  threads: ReadonlyMap<number, FollowedThread>
  /** Grows with each change of what the list of threads shows. */
  threadsChanged: number
  /** Whom one has blocked. */
  blocked: ReadonlySet<number>
  connection: Connection
  /** Whether the list of conversations is known at all. */
  listed: boolean
}

export function initialState(me: OwnUser): State {
  return {
    me,
    conversations: new Map(),
    timelines: new Map(),
    looking: null,
    thread: null,
    pending: [],
    progress: new Map(),
    waits: new Map(),
    presence: new Map(),
    typing: new Map(),
    delivered: new Map(),
    pins: new Map(),
    reminders: new Map(),
    threads: new Map(),
    threadsChanged: 0,
    blocked: new Set(),
    connection: { state: 'connecting', retryAt: null },
    listed: false,
  }
}
