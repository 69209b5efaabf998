import type { Conversation, Message } from '@parley/sdk'
import { Button, SearchField } from '@parley/ui'
import { X } from 'lucide-react'
import { useEffect, useState, type ReactNode } from 'react'
import { backwards, usePages, useRemote } from '../lib/remote.ts'
import { fullTime } from '../lib/time.ts'
import { useEngine, useLive } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import { reason } from '../lib/reason.ts'
import { inOneLine } from '../text/names.ts'
import { plainWithMarks, type Marks } from '../text/plain.ts'
import type { PanelName } from './conversation.tsx'
import { Details } from './details.tsx'
import { Thread } from './thread.tsx'
import { useView } from './view.ts'

/** What stands beside a conversation; in its place where there is no room. */
export default function Panel({ c, panel, onClose }: { c: Conversation; panel: PanelName; onClose(): void }) {
  const title = { details: m.details(), thread: m.thread(), search: m.search_here(), pins: m.pins() }[panel.kind]
  return (
    <aside aria-label={title} data-region="panel" className="flex w-80 shrink-0 flex-col border-s max-xl:w-auto max-xl:min-w-0 max-xl:flex-1 max-xl:border-s-0">
      <div className="flex h-13 shrink-0 items-center gap-2 border-b px-4">
        <h2 className="text-[15px] font-semibold">{title}</h2>
        <Button variant="ghost" size="icon-sm" className="ms-auto max-md:size-11" aria-label={m.close()} onClick={onClose}><X /></Button>
      </div>
      {panel.kind === 'thread' && <Thread key={panel.root} c={c} root={panel.root} />}
      {panel.kind === 'details' && <Details c={c} />}
      {panel.kind === 'search' && <Search c={c} />}
      {panel.kind === 'pins' && <Pins c={c} />}
    </aside>
  )
}

export function Hit({ message, highlight, where, onClick, children }: { message: Message; highlight?: Marks; where?: string; onClick(): void; children?: ReactNode }) {
  const c = useLive((s) => s.conversations.get(message.conversationId))
  return (
    <li>
      <button type="button" onClick={onClick} className="w-full rounded-lg px-3 py-2 text-start hover:bg-muted">
        <span className="flex items-baseline gap-2 text-[13px]"><b className="max-w-3/5 shrink-0 truncate font-semibold"><bdi>{message.senderName}</bdi></b><span className="truncate text-xs text-muted-foreground">{where && <><bdi>{where}</bdi> · </>}{fullTime(message.createdAt)}</span></span>
        <span dir="auto" className="line-clamp-3 text-sm wrap-anywhere">{message.isDeleted ? <i className="text-muted-foreground">{m.deleted_message()}</i> : highlight ? marked(message.content, highlight) : inOneLine(message, c) || message.attachments.map((a) => a.fileName).join(', ')}</span>
        {children}
      </button>
    </li>
  )
}

/** A line of preview with what was found in it. */
export function marked(text: string, marks: Marks): ReactNode[] {
  return plainWithMarks(text, marks).map((part, i) => (i % 2 === 1 ? <mark key={i} className="rounded-sm bg-mention text-mention-foreground">{part}</mark> : part))
}

export function useDelayed<T>(value: T, ms = 250): T {
  const [late, set] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => set(value), ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return late
}

/** Goes on where a list has ended so far. */
export function More({ more, loading }: { more: (() => void) | undefined; loading: boolean }) {
  return more && <li className="py-2 text-center"><Button variant="ghost" size="sm" disabled={loading} onClick={more}>{m.show_more()}</Button></li>
}

function Search({ c }: { c: Conversation }) {
  const { rest } = useEngine()
  const view = useView()
  const [query, setQuery] = useState('')
  const words = useDelayed(query.trim())
  const { items, error, more, loading } = usePages(['search', c.id, words], async (before, signal) => {
    if (!words) return { items: [], next: undefined }
    return backwards(await rest.list('/api/chat/conversations/{id}/messages/search', { path: { id: c.id }, query: { query: words, limit: 50, ...(before ? { before } : {}) }, signal }))
  })
  return (
    <>
      <div className="p-3"><SearchField autoFocus value={query} onValue={setQuery} label={m.search_here()} /></div>
      {error && <p role="alert" className="px-4 text-sm text-danger-strong">{reason(error)}</p>}
      <ul className="scroll-thin min-h-0 flex-1 overflow-y-auto px-1" aria-label={m.results()}>
        {items?.map((hit) => <Hit key={hit.id} message={hit as Message} highlight={hit.highlight} onClick={() => view.jumpTo(hit.id)} />)}
        {words && items?.length === 0 && !more && <li className="p-4 text-center text-sm text-muted-foreground">{m.nothing_found()}</li>}
        <More more={more} loading={loading} />
      </ul>
    </>
  )
}

function Pins({ c }: { c: Conversation }) {
  const { rest } = useEngine()
  const view = useView()
  const version = useLive((s) => [...(s.pins.get(c.id) ?? [])].join())
  const { data, error } = useRemote(['pins', c.id, version], () => rest.get('/api/chat/conversations/{id}/pins', { path: { id: c.id } }))
  if (error) return <p role="alert" className="p-4 text-sm text-danger-strong">{reason(error)}</p>
  return (
    <ul className="scroll-thin min-h-0 flex-1 overflow-y-auto p-1">
      {data?.map((x) => <Hit key={x.id} message={x as Message} onClick={() => view.jumpTo(x.id)} />)}
      {data?.length === 0 && <li className="p-4 text-center text-sm text-muted-foreground">{m.no_pins()}</li>}
    </ul>
  )
}
