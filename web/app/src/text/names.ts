import type { Conversation, Message } from '@parley/sdk'
import { bare } from '../lib/bidi.ts'
import { handles, plain, type Mentioned } from './plain.ts'

/** Whom a message means by a handle. The server resolved whom it mentions; here only the handles are found again. */
export function mentionIn(message: Pick<Message, 'mentions' | 'mentionsAll'>, c: Conversation, handle: string): Mentioned | undefined {
  const name = handle.toLowerCase()
  if (name === 'all' && message.mentionsAll) return 'all'
  const who = c.participants.find((p) => p.username.toLowerCase() === name)
  return who && message.mentions.includes(who.userId) ? who : undefined
}

/** A message's text in one line, without its marks and with the names of those it mentions. */
export function inOneLine(message: Pick<Message, 'content' | 'mentions' | 'mentionsAll'>, c: Conversation | undefined): string {
  if (!c) return plain(message.content)
  const named = message.content.replace(handles, (written, handle: string) => {
    const who = mentionIn(message, c, handle)
    return who && who !== 'all' ? `@${bare(who.name)}` : written
  })
  return plain(named)
}
