import type { Conversation, Message, User } from '@parley/sdk'
import { Avatar, cn, inputClass } from '@parley/ui'
import { CornerDownLeft, Hash, MessageSquare } from 'lucide-react'
import { useEffect, useMemo, useState, type KeyboardEvent, type ReactNode } from 'react'
import { useLocation } from 'wouter'
import { backwards, usePages, useRemote } from '../lib/remote.ts'
import { fullTime } from '../lib/time.ts'
import { useEngine, useLive } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import { reason } from '../lib/reason.ts'
import { fold } from '../text/fold.ts'
import { inOneLine } from '../text/names.ts'
import { type Marks } from '../text/plain.ts'
import { commands } from './commands.ts'
import { closeDialog } from './dialogs.ts'
import { marked, useDelayed } from './panel.tsx'
import { sortConversations } from './people.ts'
import { parseQuery } from './query.ts'

/** One line of the palette, whatever it leads to. */
interface Line {
  key: string
  icon: ReactNode
  label: ReactNode
  note?: ReactNode
  run(): void
}

interface Section {
  title: string
  lines: Line[]
}

/** Jumps to conversations, people and messages, and does what can be done, without leaving the keyboard. */
export function Palette() {
  const engine = useEngine()
  const [, go] = useLocation()
  const conversations = useLive((s) => s.conversations)
  const [query, setQuery] = useState('')
  const [selected, setSelected] = useState(0)
  const words = useDelayed(query.trim())
  const onlyCommands = query.startsWith('>')
  const people = usePeople(onlyCommands ? '' : words)
  const found = useMessages(onlyCommands ? '' : words, conversations)
  const to = (path: string) => {
    closeDialog()
    go(path)
  }
  const named = useMemo(() => matching(sortConversations(conversations), (c) => c.name, query).slice(0, 8), [conversations, query])
  const meet = (u: User) => {
    const known = [...conversations.values()].find((c) => c.type === 'DIRECT' && c.participants.some((p) => p.userId === u.id))
    if (known) to(`/chat/${known.id}`)
    else void engine.rest.post('/api/chat/conversations/direct/{userId}', { path: { userId: u.id } }).then((d) => { engine.putConversation(d as Conversation); to(`/chat/${d.id}`) }, () => undefined)
  }
  const todo = matching(commands(engine, go), (c) => c.label, query.replace(/^>/, ''))
  const sections: Section[] = [
    { title: m.conversations(), lines: onlyCommands ? [] : named.map((c) => ({ key: `c${c.id}`, icon: <Face c={c} />, label: <bdi>{c.name}</bdi>, run: () => to(`/chat/${c.id}`) })) },
    { title: m.people(), lines: people.map((u) => ({ key: `u${u.id}`, icon: <Avatar name={u.displayName} src={u.avatarUrl} size={28} />, label: <bdi>{u.displayName}</bdi>, note: <bdi dir="ltr">@{u.username}</bdi>, run: () => meet(u) })) },
    { title: m.commands(), lines: (query ? todo.slice(0, onlyCommands ? 20 : 5) : todo.slice(0, 4)).map((c) => ({ key: c.key, icon: <c.icon className="mx-1.5 size-4 text-muted-foreground" />, label: c.label, run: () => { closeDialog(); c.run() } })) },
    {
      title: m.messages(),
      lines: [
        ...found.hits.map((hit) => ({ key: `m${hit.id}`, icon: <MessageSquare className="mx-1.5 size-4 text-muted-foreground" />, label: <HitText hit={hit} />, note: <><bdi>{hit.senderName}</bdi> · <bdi>{conversations.get(hit.conversationId)?.name}</bdi> · {fullTime(hit.createdAt)}</>, run: () => to(`/chat/${hit.conversationId}/${hit.id}`) })),
        ...(found.more ? [{ key: 'more', icon: <CornerDownLeft className="mx-1.5 size-4 text-muted-foreground" />, label: m.show_more(), run: found.more }] : []),
      ],
    },
  ].filter((s) => s.lines.length > 0)
  const lines = sections.flatMap((s) => s.lines)
  const at = Math.min(selected, lines.length - 1)
  useEffect(() => {
    void document.getElementById(`palette-${at}`)?.scrollIntoView({ block: 'nearest' })
  }, [at])

  const onKeyDown = (event: KeyboardEvent) => {
    const go = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 8, PageUp: at - 8 }[event.key]
    if (go !== undefined) setSelected(event.key.startsWith('Page') ? Math.max(0, Math.min(go, lines.length - 1)) : (go + lines.length) % lines.length)
    else if (event.key === 'Enter') lines[at]?.run()
    else return
    event.preventDefault()
  }
  let index = -1
  return (
    <div className="flex min-h-0 flex-col pt-5">
      <input
        autoFocus value={query} role="combobox" aria-expanded="true" aria-controls="palette" aria-autocomplete="list" aria-activedescendant={lines.length > 0 ? `palette-${at}` : undefined}
        aria-label={m.search_or_jump()} placeholder={m.search_or_jump()} className={inputClass} onChange={(e) => { setQuery(e.target.value); setSelected(0) }} onKeyDown={onKeyDown}
      />
      {found.error && <p role="alert" className="mt-2 text-sm text-danger-strong">{reason(found.error)}</p>}
      <div id="palette" role="listbox" aria-label={m.results()} className="scroll-thin mt-2 max-h-[55dvh] overflow-y-auto">
        {sections.map((section) => (
          <div key={section.title} role="group" aria-label={section.title}>
            <p aria-hidden className="mt-2 mb-1 px-2 text-xs font-semibold text-muted-foreground">{section.title}</p>
            {section.lines.map((line) => {
              const i = ++index
              return (
                <div key={line.key} id={`palette-${i}`} role="option" tabIndex={-1} aria-selected={i === at} onClick={line.run} className={cn('flex min-h-11 cursor-pointer items-center gap-3 rounded-md px-2 py-1 text-sm', i === at ? 'bg-muted' : 'hover:bg-muted')}>
                  <span className="shrink-0">{line.icon}</span>
                  <span className="min-w-0 flex-1 leading-tight"><span className="line-clamp-2 font-medium break-words">{line.label}</span>{line.note && <span className="block truncate text-xs text-muted-foreground">{line.note}</span>}</span>
                </div>
              )
            })}
          </div>
        ))}
      </div>
      <p role="status" className="mt-2 border-t pt-2 text-xs text-muted-foreground">{lines.length === 0 && !found.loading && !found.error ? m.nothing_found() : m.search_hint()}</p>
    </div>
  )
}

function usePeople(words: string): User[] {
  const { rest, me } = useEngine()
  const { data } = useRemote(['palette people', words], async () => (words ? rest.get('/api/users', { query: { query: words, limit: 5 } }) : []))
  return (data ?? []).filter((u) => u.id !== me)
}

function useMessages(words: string, conversations: ReadonlyMap<number, Conversation>) {
  const { rest, me } = useEngine()
  const { items, error, more, loading } = usePages(['search', words], async (before, signal) => {
    if (words.length < 2) return { items: [], next: undefined }
    const filters = await parseQuery(words, conversations, (q) => rest.get('/api/users', { query: { query: q, limit: 1 }, signal }), me)
    return backwards(await rest.list('/api/chat/search', { query: { ...filters, ...(before ? { before } : {}) } as never, signal }))
  })
  return { hits: (items ?? []) as (Message & { highlight?: Marks })[], error, more, loading }
}

function HitText({ hit }: { hit: Message & { highlight?: Marks } }) {
  const c = useLive((s) => s.conversations.get(hit.conversationId))
  return hit.highlight ? <>{marked(hit.content, hit.highlight)}</> : <>{inOneLine(hit, c) || hit.attachments.map((a) => a.fileName).join(', ')}</>
}

function Face({ c }: { c: Conversation }) {
  return c.type === 'CHANNEL' ? <Hash className="mx-1.5 size-4" /> : <Avatar name={c.name} src={c.avatarUrl} size={28} square={c.type === 'GROUP'} />
}

/** Those of which each word of the query begins a word, the better ones first. */
function matching<T>(all: readonly T[], textOf: (one: T) => string, query: string): T[] {
  const words = fold(query.trim()).split(/\s+/)
  const begins = (text: string) => words.every((w) => text.startsWith(w) || text.includes(` ${w}`))
  const within = (text: string) => words.every((w) => text.includes(w))
  const texts = new Map(all.map((one) => [one, fold(textOf(one))]))
  return [...all.filter((one) => begins(texts.get(one)!)), ...all.filter((one) => !begins(texts.get(one)!) && within(texts.get(one)!))]
}
