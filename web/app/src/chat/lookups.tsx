import type { Conversation, Message } from '@parley/sdk'
import { Button, SearchField } from '@parley/ui'
import { Hash } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { jumpKey } from '../lib/keys.ts'
import { backwards, forget, numbered, usePages } from '../lib/remote.ts'
import { useEngine, useLive } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import { reason } from '../lib/reason.ts'
import { inOneLine } from '../text/names.ts'
import { closeDialog } from './dialogs.ts'
import { useOpen } from './new-conversation.tsx'
import { Hit, More, useDelayed } from './panel.tsx'

const renewedEvery = 1_000

export function Directory() {
  const engine = useEngine()
  const open = useOpen()
  const [query, setQuery] = useState('')
  const [failed, setFailed] = useState('')
  const words = useDelayed(query.trim(), 150)
  const { items, error, more, loading } = usePages(['channels', words], async (page = 0) => numbered(await engine.rest.list('/api/chat/channels', { query: { page, ...(words ? { query: words } : {}) } }), page))
  const join = (c: Conversation) => {
    if (c.myRole) open(c)
    else void engine.rest.post('/api/chat/conversations/{id}/join', { path: { id: c.id } }).then((joined) => { engine.putConversation(joined); open(joined) }, (e: Error) => setFailed(reason(e)))
  }
  return (
    <>
      <SearchField autoFocus value={query} onValue={setQuery} label={m.find_channels()} />
      {(error || failed) && <p role="alert" className="mt-2 text-sm text-danger-strong">{error ? reason(error) : failed}</p>}
      <ul className="mt-2">
        {items?.map((c) => (
          <li key={c.id} className="flex min-h-14 items-center gap-3">
            <Hash className="size-4 shrink-0 text-muted-foreground" />
            <span className="min-w-0 flex-1 leading-tight"><b className="block truncate text-sm font-medium"><bdi>{c.name}</bdi></b><span className="block truncate text-xs text-muted-foreground">{m.n_members({ n: c.participantCount })}{c.description && <> · <bdi>{c.description}</bdi></>}</span></span>
            <Button size="sm" variant={c.myRole ? 'outline' : 'default'} onClick={() => join(c)}>{c.myRole ? m.open() : m.join()}</Button>
          </li>
        ))}
        {items?.length === 0 && <li className="p-4 text-center text-sm text-muted-foreground">{m.no_channels()}</li>}
        <More more={more} loading={loading} />
      </ul>
    </>
  )
}

export function Bookmarks() {
  const { rest } = useEngine()
  const [, go] = useLocation()
  const conversations = useLive((s) => s.conversations)
  const { items, error, more, loading } = usePages(['bookmarks'], async (page = 0) => numbered(await rest.list('/api/chat/bookmarks', { query: { page } }), page))
  if (error) return <p role="alert" className="text-sm text-danger-strong">{reason(error)}</p>
  return (
    <ul>
      {items?.map((b) => <Hit key={b.id} message={b as unknown as Message} where={conversations.get(b.conversationId)?.name ?? ''} onClick={() => { closeDialog(); go(`/chat/${b.conversationId}/${b.id}`) }} />)}
      {items?.length === 0 && <li className="py-6 text-center text-sm text-muted-foreground">{m.no_bookmarks()}</li>}
      <More more={more} loading={loading} />
    </ul>
  )
}

/** Where one takes part in threads, the latest reply first; opening one opens its conversation with it. */
export function Threads() {
  const { rest } = useEngine()
  const [, go] = useLocation()
  const conversations = useLive((s) => s.conversations)
  const key = useKeyOfThreads()
  const { items, error, more, loading } = usePages(key, async (before, signal) => backwards(await rest.list('/api/chat/threads', { query: before ? { before } : {}, signal })))
  if (error) return <p role="alert" className="text-sm text-danger-strong">{reason(error)}</p>
  return (
    <ul>
      {items?.map((t) => (
        <Hit key={t.id} message={t as unknown as Message} where={conversations.get(t.conversationId)?.name ?? ''} onClick={() => { closeDialog(); go(`/chat/${t.conversationId}`, { state: { thread: t.id } }) }}>
          <span className="mt-1 flex items-center gap-2 text-xs text-muted-foreground">
            <b className="font-semibold text-primary">{m.n_replies({ n: t.replyCount })}</b>
            <span dir="auto" className="min-w-0 flex-1 truncate"><bdi>{t.lastReply.senderName}</bdi>: {inOneLine(t.lastReply, conversations.get(t.conversationId)) || t.lastReply.attachments[0]?.fileName}</span>
            {t.unreadReplies > 0 && <span className="rounded-full bg-primary-soft px-1.5 font-semibold text-primary-soft-foreground">{m.n_unread({ n: t.unreadReplies })}</span>}
          </span>
        </Hit>
      ))}
      {items?.length === 0 && <li className="py-6 text-center text-sm text-muted-foreground">{m.no_threads()}</li>}
      <More more={more} loading={loading} />
    </ul>
  )
}

/** What the list of threads is kept under: fetched when it is opened, and again, but not too often, when something changes it. */
function useKeyOfThreads(): readonly unknown[] {
  const changed = useLive((s) => s.threadsChanged)
  const [key] = useState(() => ['threads', changed])
  const shown = useRef({ changed, at: 0 })
  useEffect(() => {
    if (shown.current.changed === changed) return
    const timer = setTimeout(() => {
      shown.current = { changed, at: Date.now() }
      forget(key)
    }, Math.max(0, shown.current.at + renewedEvery - Date.now()))
    return () => clearTimeout(timer)
  }, [changed, key])
  return key
}

export function Keys() {
  const keys: [string, string][] = [
    [jumpKey, m.key_jump()], ['Alt ↑ ↓', m.key_next()], ['Shift Esc', m.key_read()], ['F6', m.key_regions()], ['↑ ↓', m.key_messages()],
    ['Shift F10', m.key_menu()], ['R', m.reply()], ['E', m.edit()], ['T', m.open_thread()], ['↑', m.key_edit_last()], ['Esc', m.cancel()], ['?', m.key_help()],
  ]
  return <dl className="grid grid-cols-[auto_1fr] gap-x-5 gap-y-2 text-sm">{keys.map(([key, what]) => <div key={key + what} className="contents"><dt><kbd className="rounded border bg-muted px-1.5 py-0.5 font-sans text-xs">{key}</kbd></dt><dd>{what}</dd></div>)}</dl>
}
