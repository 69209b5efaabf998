import { openDB, deleteDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { Conversation, Message, OwnUser, Revs } from '@parley/sdk'
import type { Pending } from './state.ts'

interface CachedTimeline {
  conversationId: number
  messages: Message[]
  hasOlder: boolean
}

interface Schema extends DBSchema {
  facts: { key: string; value: unknown }
  conversations: { key: number; value: Conversation }
  timelines: { key: number; value: CachedTimeline }
  outbox: { key: string; value: Pending; indexes: { createdAt: string } }
}

const kept = 60 // messages of a conversation that can be read without a network

export interface Snapshot {
  me: OwnUser | undefined
  cursors: Revs | undefined
  conversations: Conversation[]
  outbox: Pending[]
}

/** What one person's browser remembers. A browser that cannot store still chats. */
export class Cache {
  private constructor(private readonly db: IDBPDatabase<Schema>) {}

  static async open(userId: number): Promise<Cache> {
    const db = await openDB<Schema>(nameOf(userId), 1, {
      upgrade(made) {
        made.createObjectStore('facts')
        made.createObjectStore('conversations', { keyPath: 'id' })
        made.createObjectStore('timelines', { keyPath: 'conversationId' })
        made.createObjectStore('outbox', { keyPath: 'tempId' }).createIndex('createdAt', 'createdAt')
      },
      blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
    })
    return new Cache(db)
  }

  async load(): Promise<Snapshot> {
    const tx = this.db.transaction(['facts', 'conversations', 'outbox'])
    const [me, cursors, conversations, outbox] = await Promise.all([
      tx.objectStore('facts').get('me'),
      tx.objectStore('facts').get('cursors'),
      tx.objectStore('conversations').getAll(),
      tx.objectStore('outbox').index('createdAt').getAll(),
    ])
    return { me: me as OwnUser | undefined, cursors: cursors as Revs | undefined, conversations, outbox }
  }

  async timeline(conversationId: number): Promise<CachedTimeline | undefined> {
    return this.db.get('timelines', conversationId)
  }

  /** Writes what changed and the cursors that belong to it, or none of it. */
  async save(change: {
    me: OwnUser
    cursors: Revs
    conversations: readonly Conversation[]
    removed: readonly number[]
    timelines: readonly CachedTimeline[]
  }): Promise<void> {
    const tx = this.db.transaction(['facts', 'conversations', 'timelines'], 'readwrite')
    const facts = tx.objectStore('facts')
    const conversations = tx.objectStore('conversations')
    const timelines = tx.objectStore('timelines')
    await Promise.all([
      facts.put(change.me, 'me'),
      facts.put(change.cursors, 'cursors'),
      ...change.conversations.map((c) => conversations.put(c)),
      ...change.removed.flatMap((id) => [conversations.delete(id), timelines.delete(id)]),
      ...change.timelines.map((t) => timelines.put({ ...t, messages: t.messages.slice(-kept), hasOlder: t.hasOlder || t.messages.length > kept })),
      tx.done,
    ])
  }

  async saveTimeline(t: CachedTimeline): Promise<void> {
    await this.db.put('timelines', { ...t, messages: t.messages.slice(-kept), hasOlder: t.hasOlder || t.messages.length > kept })
  }

  async outbox(): Promise<Pending[]> {
    return this.db.getAllFromIndex('outbox', 'createdAt')
  }
  async pending(tempId: string): Promise<Pending | undefined> {
    return this.db.get('outbox', tempId)
  }
  /** Changes what is still there, and reports whether it was. */
  async changePending(tempId: string, change: (p: Pending) => Pending): Promise<boolean> {
    const tx = this.db.transaction('outbox', 'readwrite')
    const p = await tx.store.get(tempId)
    if (p) await tx.store.put(change(p))
    await tx.done
    return p !== undefined
  }
  async putPending(p: Pending): Promise<void> {
    await this.db.put('outbox', p)
  }
  async deletePending(tempId: string): Promise<void> {
    await this.db.delete('outbox', tempId)
  }

  close(): void {
    this.db.close()
  }

  static async erase(userId: number): Promise<void> {
    await deleteDB(nameOf(userId))
  }
}

function nameOf(userId: number): string {
  return `parley-${userId}`
}
