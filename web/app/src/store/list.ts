import type { Conversation, Rest } from '@parley/sdk'

const page = 500

/** All conversations, the archived ones too. */
export async function everyConversation(rest: Rest): Promise<Conversation[]> {
  const all: Conversation[] = []
  for (let n = 0; ; n++) {
    const answer = await rest.list('/api/chat/conversations', { query: { page: n, size: page, archived: 'all' } })
    all.push(...answer.data)
    if (!answer.page?.hasMore) return all
  }
}
