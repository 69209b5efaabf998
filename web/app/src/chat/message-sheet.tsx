import type { Conversation, Message } from '@parley/sdk'
import { Avatar, Button, Sheet } from '@parley/ui'
import { useMemo, useState } from 'react'
import { useRemote } from '../lib/remote.ts'
import { fullTime } from '../lib/time.ts'
import { useEngine, useLive } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import { reason } from '../lib/reason.ts'
import { fold } from '../text/fold.ts'
import { Markdown } from '../text/markdown.tsx'
import type { SheetName } from './conversation.tsx'
import { tell } from './notice.tsx'
import { mayPost, otherOf, sortConversations } from './people.ts'

/** What there is to know about one message, and where it may go. */
export default function MessageSheet({ c, sheet, onClose }: { c: Conversation; sheet: SheetName; onClose(): void }) {
  const title = { receipts: m.read_by(), reactions: m.reactions(), history: m.edit_history(), forward: m.forward() }[sheet.kind]
  return (
    <Sheet open onOpenChange={(open) => !open && onClose()} title={title}>
      <div className="scroll-thin min-h-24 overflow-y-auto px-5 pb-5">
        {sheet.kind === 'receipts' && <Receipts id={sheet.id} c={c} />}
        {sheet.kind === 'reactions' && <Reactions id={sheet.id} />}
        {sheet.kind === 'history' && <History id={sheet.id} />}
        {sheet.kind === 'forward' && <Forward message={sheet.message} onClose={onClose} />}
      </div>
    </Sheet>
  )
}

export function Person({ name, src, note, children }: { name: string; src?: string | null; note?: string; children?: React.ReactNode }) {
  return (
    <li className="flex min-h-11 items-center gap-3 py-1">
      <Avatar name={name} src={src ?? null} size={32} />
      <span className="min-w-0 flex-1 truncate text-sm font-medium"><bdi>{name}</bdi></span>
      {note && <span className="text-xs text-muted-foreground">{note}</span>}
      {children}
    </li>
  )
}

/** Who has read it and when, whom it has reached, and whom not yet. */
function Receipts({ id, c }: { id: number; c: Conversation }) {
  const { rest, me } = useEngine()
  const reached = useLive((s) => s.delivered.get(c.id))
  const marks = c.participants.map((p) => p.lastReadMessageId ?? 0).join()
  const { data, error } = useRemote(['receipts', id, marks], () => rest.get('/api/chat/messages/{id}/read-receipts', { path: { id } }))
  if (error) return <p role="alert" className="text-sm text-danger-strong">{reason(error)}</p>
  if (!data) return null
  const read = new Map(data.map((r) => [r.userId, r]))
  const others = c.participants.filter((p) => p.userId !== me && !read.has(p.userId))
  const delivered = others.filter((p) => (reached?.get(p.userId) ?? 0) >= id)
  const open = others.filter((p) => !delivered.includes(p))
  const faceOf = (userId: number) => c.participants.find((p) => p.userId === userId)?.avatarUrl ?? null
  return (
    <>
      {data.length === 0 && <p className="pb-2 text-sm text-muted-foreground">{m.read_by_nobody()}</p>}
      <Group title={m.read()}>{data.map((r) => <Person key={r.userId} name={r.userName} src={faceOf(r.userId)} note={fullTime(r.readAt)} />)}</Group>
      <Group title={m.delivered()}>{delivered.map((p) => <Person key={p.userId} name={p.name} src={p.avatarUrl} />)}</Group>
      <Group title={m.sent()}>{open.map((p) => <Person key={p.userId} name={p.name} src={p.avatarUrl} />)}</Group>
    </>
  )
}

function Group({ title, children }: { title: string; children: React.ReactElement[] }) {
  if (children.length === 0) return null
  return (
    <section>
      <h3 className="mt-2 text-xs font-semibold text-muted-foreground">{m.title_and_count({ title, n: children.length })}</h3>
      <ul aria-label={title}>{children}</ul>
    </section>
  )
}

function Reactions({ id }: { id: number }) {
  const { rest } = useEngine()
  const { data } = useRemote(['reactions', id], () => rest.get('/api/chat/messages/{id}/reactions', { path: { id } }))
  return <ul>{data?.map((r) => <Person key={r.id} name={r.userName} note={r.emoji} />)}</ul>
}

function History({ id }: { id: number }) {
  const { rest } = useEngine()
  const { data, error } = useRemote(['history', id], () => rest.get('/api/chat/messages/{id}/history', { path: { id } }))
  if (error) return <p role="alert" className="text-sm text-danger-strong">{reason(error)}</p>
  return (
    <ol className="space-y-3">
      {data?.map((v) => (
        <li key={v.version} className="rounded-lg border p-3 text-sm">
          <time className="text-xs text-muted-foreground">{fullTime(v.createdAt)}</time>
          <Markdown text={v.content} />
        </li>
      ))}
    </ol>
  )
}

function Forward({ message, onClose }: { message: Message; onClose(): void }) {
  const { rest, me } = useEngine()
  const conversations = useLive((s) => s.conversations)
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set())
  const [query, setQuery] = useState('')
  const [error, setError] = useState('')
  const all = useMemo(() => sortConversations(conversations).filter((c) => mayPost(c) && fold(c.name).includes(fold(query))).slice(0, 50), [conversations, query])
  const toggle = (id: number) => setChosen((was) => { const now = new Set(was); if (!now.delete(id)) now.add(id); return now })
  const named = (c: Conversation) => (c.type === 'DIRECT' && !otherOf(c, me) ? m.saved_messages() : c.name)
  const forward = () => {
    const where = [...chosen].flatMap((id) => conversations.get(id) ?? []).map(named).join(', ')
    const done = () => {
      onClose()
      tell(m.forwarded_to({ where }))
    }
    void rest.post('/api/chat/messages/{id}/forward', { path: { id: message.id }, body: { conversationIds: [...chosen] } }).then(done, (e: Error) => setError(reason(e)))
  }
  return (
    <>
      <input autoFocus value={query} onChange={(e) => setQuery(e.target.value)} aria-label={m.filter()} placeholder={m.filter()} className="mb-2 h-10 w-full rounded-lg border border-input bg-background px-3 text-sm" />
      <ul className="scroll-thin max-h-72 overflow-y-auto">
        {all.map((c) => (
          <li key={c.id}>
            <label className="flex min-h-11 items-center gap-3 text-sm">
              <input type="checkbox" className="size-4 accent-primary" checked={chosen.has(c.id)} onChange={() => toggle(c.id)} />
              <Avatar name={c.name} src={c.avatarUrl} size={28} square={c.type !== 'DIRECT'} />
              <bdi className="truncate">{named(c)}</bdi>
            </label>
          </li>
        ))}
      </ul>
      {error && <p role="alert" className="text-sm text-danger-strong">{error}</p>}
      <Button className="mt-3 w-full" disabled={chosen.size === 0} onClick={forward}>{m.forward()}</Button>
    </>
  )
}
