import 'fake-indexeddb/auto'
import type { Conversation, Message, OwnUser } from '@parley/sdk'
import { expect, test } from 'vitest'
import { Cache } from '../src/store/cache.ts'

test('the cache gives back what was saved with its cursors, and the outbox in order', async () => {
  const cache = await Cache.open(1)
  const me = { id: 1 } as OwnUser
  const messages = Array.from({ length: 80 }, (_, i) => ({ id: i + 1, seq: i + 1 }) as Message)
  await cache.save({ me, cursors: { user: 2, '7': 5 }, conversations: [{ id: 7 } as Conversation], removed: [], timelines: [{ conversationId: 7, messages, hasOlder: false }] })
  for (const [tempId, createdAt] of [['b', '2'], ['a', '1']] as const) {
    await cache.putPending({ tempId, conversationId: 7, content: tempId, parentMessageId: null, uploads: [], createdAt, failure: null })
  }
  expect(await cache.load()).toMatchObject({ cursors: { '7': 5 }, conversations: [{ id: 7 }], outbox: [{ tempId: 'a' }, { tempId: 'b' }] })
  const t = await cache.timeline(7)
  expect(t!.messages).toHaveLength(60)
  expect(t!.hasOlder).toBe(true)
  await cache.save({ me, cursors: {}, conversations: [], removed: [7], timelines: [] })
  expect(await cache.timeline(7)).toBeUndefined()
  cache.close()
  await Cache.erase(1)
})
