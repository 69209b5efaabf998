import type { Conversation, User } from '@parley/sdk'
import { fold } from '../text/fold.ts'

/** Turns from:, in:, has:, before: and after: of a query into the server's filters. */
export async function parseQuery(text: string, conversations: ReadonlyMap<number, Conversation>, findUser: (query: string) => Promise<User[]>, me: number): Promise<Record<string, string | number>> {
  const filters: Record<string, string | number> = { limit: 30 }
  const words: string[] = []
  for (const part of text.match(/\w+:"[^"]*"|\S+/g) ?? []) {
    const [, name, quoted] = /^(from|in|has|before|after):(.+)$/i.exec(part) ?? []
    const value = quoted?.replace(/^"|"$/g, '').replace(/^[@#]/, '')
    if (!name || !value) {
      words.push(part)
      continue
    }
    switch (name.toLowerCase()) {
      case 'from':
        filters['senderId'] = value === 'me' ? me : ((await findUser(value))[0]?.id ?? 0)
        break
      case 'in':
        filters['in'] = [...conversations.values()].find((c) => fold(c.name).startsWith(fold(value)))?.id ?? 0
        break
      case 'has':
        filters['has'] = value
        break
      case 'before':
        filters['to'] = day(value)
        break
      case 'after':
        filters['from'] = day(value)
    }
  }
  if (words.length > 0) filters['query'] = words.join(' ')
  return filters
}

function day(value: string): string {
  const at = new Date(value)
  return Number.isNaN(at.getTime()) ? value : at.toISOString()
}
