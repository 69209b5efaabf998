import type { Conversation, Draft, Message, OwnUser, Participant, PresenceStatus } from './types.ts'
import type { Revs } from './cursors.ts'

type Upsert<T, Personal extends keyof T> = Omit<T, Personal> & Partial<Pick<T, Personal>>
/** A resource as events carry it: without what differs from reader to reader. */
export type SharedMessage = Upsert<Message, 'myReactions' | 'status' | 'myVotes'> & { hidden?: false }
export type ConversationChange = Partial<Conversation> & { id: number }

export interface ReactionChange {
  messageId: number
  conversationId: number
  userId: number
  emoji: string
  add: boolean
  reactionSummary: Record<string, number>
}
export interface ReadMark {
  conversationId: number
  userId: number
  lastReadMessageId: number | null
}
export interface ParticipantChange extends Participant {
  conversationId: number
  reason?: string
  by?: number
}
export interface PersonalSettings {
  conversationId: number
  isMuted: boolean
  mutedUntil: string | null
  isPinned: boolean
  isArchived: boolean
  pinnedAt: string | null
  notificationLevel: Conversation['notificationLevel']
  notificationsUntil: string | null
  draft: Draft | null
}

export interface ReminderChange {
  messageId: number
  conversationId: number
  remindAt: string | null
  isDue: boolean
}

interface Payloads {
  'message.created': SharedMessage
  'message.updated': SharedMessage
  'message.deleted': SharedMessage
  'reaction.added': ReactionChange
  'reaction.removed': ReactionChange
  'read.marked': ReadMark
  'read.moved': ReadMark
  'participant.added': ParticipantChange
  'participant.updated': ParticipantChange
  'participant.removed': ParticipantChange
  'conversation.updated': ConversationChange
  'conversation.deleted': { conversationId: number }
  'conversation.joined': { conversation: Conversation; head: number }
  'conversation.left': { conversationId: number; reason: string | null }
  'conversation.settings': PersonalSettings
  'bookmark.added': { messageId: number; conversationId: number; bookmarkedAt: string | null }
  'bookmark.removed': { messageId: number; conversationId: number; bookmarkedAt: null }
  'reminder.set': ReminderChange
  'reminder.removed': ReminderChange
  'reminder.due': ReminderChange
  'poll.voted': { messageId: number; conversationId: number; options: number[] }
  'user.updated': OwnUser
}

export type EventName = keyof Payloads
export type EventFrame = {
  [E in EventName]: { type: 'event'; conversationId?: number; rev: number; event: E; at: string; actorId: number; data: Payloads[E] }
}[EventName]

export interface ReadyFrame {
  type: 'ready'
  userId: number
  sessionId: string
  heads: Revs
  serverTime: string
  limits: { maxMessageLength: number; maxFileSizeMb: number; typingTtlMs: number }
}
export interface GapFrame { type: 'gap'; conversationId: number; head: number }
export interface TypingFrame { type: 'typing'; conversationId: number; userId: number; typing: boolean }
export interface PresenceFrame { type: 'presence'; userId: number; status: PresenceStatus; lastSeenAt: string | null; statusMessage?: string | null; emoji?: string | null; clearAt?: string | null }
export interface DeliveredFrame { type: 'delivered'; conversationId: number; userId: number; messageId: number }
export interface AckFrame { type: 'ack'; id: string; data: unknown }
export interface ErrorFrame { type: 'error'; id?: string; code: string; error: string; retryAfter?: number }
export interface ByeFrame { type: 'bye'; code: string; reason: string; reconnect: boolean; afterMs?: number }

/** What changes the picture that a client has: this is what the store is fed with. */
export type Update = EventFrame | GapFrame | TypingFrame | PresenceFrame | DeliveredFrame
export type Frame = Update | ReadyFrame | AckFrame | ErrorFrame | ByeFrame
