import type { Conversation, Message, OwnUser } from '@parley/sdk'
import { isQuiet } from './quiet.ts'

/** Whether nobody wants to hear anything now: quiet hours, or "do not disturb". */
export function undisturbed(me: OwnUser, now: Date): boolean {
  return me.presence.status === 'DND' || isQuiet(me.settings.quietHours, now)
}

/** Whether a message of somebody else is worth a sound and a notification, as its reader has set it. */
export function isNews(me: OwnUser, c: Conversation | undefined, message: Message, now: Date): boolean {
  if (!c || message.senderId === me.id || message.messageType === 'SYSTEM' || message.isDeleted) return false
  if ((c.lastReadMessageId ?? 0) >= message.id) return false
  switch (levelOf(c, now)) {
    case 'ALL':
      return true
    case 'MENTIONS':
      return message.mentions.includes(me.id) || Boolean(message.mentionsAll)
    default:
      return false
  }
}

/** The level that holds now: one with an end goes back to all. */
export function levelOf(c: Conversation, now: Date): string {
  const ended = c.notificationsUntil && new Date(c.notificationsUntil) <= now
  return ended ? 'ALL' : (c.notificationLevel as string)
}
