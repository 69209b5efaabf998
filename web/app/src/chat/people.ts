import type { Conversation, Message, Participant } from '@parley/sdk'
import type { PresenceDot } from '@parley/ui'
import type { State } from '../store/state.ts'

/** The other side of a direct conversation; nobody in one with oneself. */
export function otherOf(c: Conversation, me: number): Participant | undefined {
  return c.type === 'DIRECT' ? c.participants.find((p) => p.userId !== me) : undefined
}

export function dotOf(status: string): PresenceDot {
  return status === 'ONLINE' ? 'online' : status === 'AWAY' ? 'away' : status === 'DND' ? 'dnd' : 'offline'
}

export function sortConversations(all: ReadonlyMap<number, Conversation>): Conversation[] {
  const at = (c: Conversation) => c.lastMessageAt ?? c.createdAt
  return [...all.values()].sort((a, b) => {
    if (a.isPinned !== b.isPinned) return a.isPinned ? -1 : 1
    const [x, y] = [at(a), at(b)]
    return x === y ? b.id - a.id : x < y ? 1 : -1
  })
}

/** The sections of the list, in the order in which they stand. */
export const sections = ['pinned', 'channels', 'groups', 'direct'] as const

export function sectionOf(c: Conversation): (typeof sections)[number] {
  if (c.isPinned) return 'pinned'
  return c.type === 'CHANNEL' ? 'channels' : c.type === 'GROUP' ? 'groups' : 'direct'
}

/** The conversations as the list shows them, from the top down. */
export function asListed(all: ReadonlyMap<number, Conversation>): Conversation[] {
  const current = sortConversations(all).filter((c) => !c.isArchived)
  return sections.flatMap((section) => current.filter((c) => sectionOf(c) === section))
}

export type Delivery = 'SENT' | 'DELIVERED' | 'READ'

/** How far a message of one's own has come, of what the others have confirmed. */
export function deliveryOf(message: Message, c: Conversation, delivered: State['delivered'], me: number): Delivery {
  const others = c.participants.filter((p) => p.userId !== me)
  if (others.length === 0) return 'SENT'
  if (others.length + 1 >= c.participantCount && others.every((p) => (p.lastReadMessageId ?? 0) >= message.id)) return 'READ'
  if (message.status === 'READ') return 'READ'
  const marks = delivered.get(c.id)
  const got = (p: Participant) => Math.max(p.lastReadMessageId ?? 0, marks?.get(p.userId) ?? 0) >= message.id
  return message.status === 'DELIVERED' || others.every(got) ? 'DELIVERED' : 'SENT'
}

export function mayPost(c: Conversation): boolean {
  return c.myRole !== null && (c.whoMayPost !== 'ADMINS' || isAdmin(c))
}
export function may(c: Conversation, what: 'React' | 'Reply' | 'Upload' | 'Invite'): boolean {
  const allowed = { React: c.allowReactions, Reply: c.allowReplies, Upload: c.allowFileUploads, Invite: c.type !== 'DIRECT' }[what]
  return allowed && (isAdmin(c) || c.type === 'DIRECT' || c[`whoMay${what}`] !== 'ADMINS')
}
export function mayDelete(message: Message, c: Conversation, me: number): boolean {
  if (message.senderId === me) return true
  return c.type !== 'DIRECT' && (c.myRole === 'OWNER' || (isAdmin(c) && c.participants.find((p) => p.userId === message.senderId)?.role === 'MEMBER'))
}
export function isAdmin(c: Conversation): boolean {
  return c.myRole === 'OWNER' || c.myRole === 'ADMIN'
}
