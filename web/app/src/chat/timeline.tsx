import type { Conversation } from '@parley/sdk'
import { cn } from '@parley/ui'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { Virtualizer, type VirtualizerHandle } from 'virtua'
import { dayName } from '../lib/time.ts'
import { useEngine, useLive, useNow } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import { findById, longest, pageSize } from '../store/timeline.ts'
import { MessageItem, PendingItem } from './message.tsx'
import { buildRows, type Row, type Unread } from './rows.ts'
import { systemText } from './system.ts'
import { summariseThreads } from './threads.ts'
import { useView } from './view.ts'

const nearEnd = 80
const nearStart = 800
/** The day stays above what is read while one scrolls: at rest it would cover a text. */
const dayShownFor = 1_200
const none: never[] = []

export interface TimelineHandle {
  scrollTo(messageId: number): void
  toEnd(): void
}

interface TimelineProps {
  conversation: Conversation
  unread: Unread | null
  handle: { current: TimelineHandle | null }
}

/** The messages of a conversation, of which only what is near the view is in the page. */
export function Timeline({ conversation: c, unread, handle }: TimelineProps) {
  const engine = useEngine()
  const view = useView()
  const timeline = useLive((s) => s.timelines.get(c.id))
  const pendingAll = useLive((s) => s.pending)
  const now = useNow()
  const messages = timeline?.messages ?? none
  const pending = useMemo(() => pendingAll.filter((p) => p.conversationId === c.id), [pendingAll, c.id])
  const rows = useMemo(() => buildRows(messages, pending, engine.me, unread, !(timeline?.hasOlder ?? true)), [messages, pending, engine, unread, timeline?.hasOlder])

  const latestRows = useRef(rows)
  latestRows.current = rows
  const threads = useMemo(() => (timeline?.hasNewer ? undefined : summariseThreads(messages)), [messages, timeline?.hasNewer])

  const scroller = useRef<HTMLDivElement>(null)
  const list = useRef<VirtualizerHandle>(null)
  const atEnd = useRef(true)
  const placed = useRef(false)
  const lastTop = useRef(0)
  const [far, setFar] = useState(false)
  const [topDay, setTopDay] = useState<string | null>(null)
  const seenUpTo = useRef(0)
  const resting = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(resting.current), [])

  // What is in view stays where it is in a render in which only the rows above it have changed.
  const [firstKey, lastKey] = [rows[0]?.key, rows.at(-1)?.key]
  const before = useRef<{ first: string | undefined; last: string | undefined }>({ first: undefined, last: undefined })
  const shifted = before.current.first !== undefined && firstKey !== before.current.first && lastKey === before.current.last
  useLayoutEffect(() => {
    before.current = { first: firstKey, last: lastKey }
  })

  // Let go of in a render of its own, for the same reason, and at the end that is further away.
  useEffect(() => {
    const box = scroller.current
    if (box && messages.length > longest + pageSize) engine.history.trim(c.id, atEnd.current || box.scrollTop > box.scrollHeight / 2 ? 'older' : 'newer')
  }, [engine, c.id, messages])

  const toEnd = useCallback(() => {
    const box = scroller.current
    if (box) box.scrollTop = box.scrollHeight
  }, [])

  useLayoutEffect(() => {
    if (rows.length === 0) return
    if (!placed.current) {
      placed.current = true
      const unread = rows.findIndex((r) => r.kind === 'unread')
      if (unread > 0) {
        list.current?.scrollToIndex(unread, { align: 'start', offset: -60 })
        atEnd.current = false
      } else {
        list.current?.scrollToIndex(rows.length - 1, { align: 'end' })
      }
      return
    }
    if (atEnd.current && !timeline?.hasNewer) list.current?.scrollToIndex(rows.length - 1, { align: 'end' })
  }, [rows, timeline?.hasNewer])

  // One's own message is always shown.
  const lastPending = pending.at(-1)?.tempId
  useLayoutEffect(() => {
    if (!lastPending) return
    atEnd.current = true
    void engine.history.latest(c.id)
    list.current?.scrollToIndex(rows.length - 1, { align: 'end' })
  }, [lastPending])

  // What grows in view (images, a larger composer) does not push the end away.
  useEffect(() => {
    const box = scroller.current
    if (!box) return
    const observer = new ResizeObserver(() => {
      if (atEnd.current) toEnd()
    })
    observer.observe(box)
    if (box.firstElementChild) observer.observe(box.firstElementChild)
    return () => observer.disconnect()
  }, [toEnd])

  useEffect(() => {
    const box = scroller.current
    const answer = (event: Event) => {
      const id = Number((event.target as HTMLElement).dataset['message'])
      const message = findById(engine.state.timelines.get(c.id), id)
      if (message) view.reply(message)
    }
    box?.addEventListener('swipe', answer)
    return () => box?.removeEventListener('swipe', answer)
  }, [engine, c.id, view])

  const see = useCallback(() => {
    if (!atEnd.current || document.visibilityState !== 'visible' || !document.hasFocus()) return
    if (engine.state.timelines.get(c.id)?.hasNewer) return
    engine.markRead(c.id)
    seenUpTo.current = engine.state.timelines.get(c.id)?.messages.at(-1)?.id ?? 0
  }, [engine, c.id])
  useEffect(see, [see, messages])
  useEffect(() => {
    addEventListener('focus', see)
    document.addEventListener('visibilitychange', see)
    return () => {
      removeEventListener('focus', see)
      document.removeEventListener('visibilitychange', see)
    }
  }, [see])

  const scrolled = () => {
    const box = scroller.current
    const handle = list.current
    if (!box || !handle) return
    const { scrollTop: offset, clientHeight: view } = box
    const below = box.scrollHeight - offset - view
    // Only scrolling up leaves the end; what is added below does not.
    if (below < nearEnd) atEnd.current = true
    else if (offset < lastTop.current - 1) atEnd.current = false
    lastTop.current = offset
    setFar(below > view || (timeline?.hasNewer ?? false))
    if (offset < nearStart) void engine.history.older(c.id).catch(() => undefined)
    if (below < nearStart) void engine.history.newer(c.id).catch(() => undefined)
    const top = handle.findItemIndex(offset)
    let line = top
    while (line >= 0 && rows[line]?.kind !== 'day') line--
    const passed = line < 0 || offset > handle.getItemOffset(line) + 44
    setTopDay(passed && offset > 0 ? dayOf(rows[top]) : null)
    clearTimeout(resting.current)
    resting.current = setTimeout(() => setTopDay(null), dayShownFor)
    see()
  }

  // Where there is nothing to scroll there is no scroll event either.
  useEffect(() => {
    if (placed.current) requestAnimationFrame(scrolled)
  }, [rows.length])

  useEffect(() => {
    handle.current = {
      scrollTo(messageId) {
        const index = rows.findIndex((r) => r.kind === 'message' && r.message.id === messageId)
        if (index >= 0) {
          atEnd.current = false
          list.current?.scrollToIndex(index, { align: 'center' })
        }
      },
      toEnd: () => list.current?.scrollToIndex(rows.length - 1, { align: 'end' }),
    }
  }, [handle, rows])

  const toFirstUnread = () => {
    atEnd.current = false
    const line = () => {
      const at = latestRows.current.findIndex((r) => r.kind === 'unread')
      list.current?.scrollToIndex(Math.max(0, at), { align: 'start', offset: -60 })
    }
    void engine.history.around(c.id, unread!.after + 1).then(() => requestAnimationFrame(() => requestAnimationFrame(line)), () => undefined)
  }

  const newBelow = far ? messages.filter((x) => x.id > seenUpTo.current && x.senderId !== engine.me && seenUpTo.current > 0).length : 0

  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      {unread && timeline?.fresh && !rows.some((r) => r.kind === 'unread') && (
        <button type="button" onClick={toFirstUnread} className="absolute top-2 left-1/2 z-20 flex h-8 -translate-x-1/2 items-center gap-1.5 rounded-full border bg-popover px-3 text-xs font-semibold whitespace-nowrap text-accent-strong shadow-pop pointer-coarse:h-11">
          <ArrowUp className="size-3.5" />
          {m.jump_to_unread({ n: unread.count })}
        </button>
      )}
      {topDay && (
        <div aria-hidden="true" className="pointer-events-none absolute inset-x-0 top-2 z-10 text-center">
          <span className="rounded-full border bg-background px-2.5 py-0.5 text-xs font-medium text-muted-foreground shadow-sm">{dayName(topDay, now)}</span>
        </div>
      )}
      <div
        // Before the list puts new rows into the page, after which asking for a size would lay it out once more.
        ref={scroller} role="log" aria-live="off" aria-label={m.messages_in({ name: c.name })} tabIndex={0} data-region="messages" onScrollCapture={scrolled} onKeyDown={rove(view, rows)}
        className="scroll-thin flex min-h-0 flex-1 flex-col overflow-y-auto pb-4 outline-offset-[-2px] [overflow-anchor:none]"
      >
        {timeline?.fresh && rows.length === 0 && <p className="m-auto text-sm text-muted-foreground">{m.no_messages()}</p>}
        {!timeline && <Skeleton />}
        <div className="mt-auto" />
        <Virtualizer ref={list} scrollRef={scroller} shift={shifted} bufferSize={320} itemSize={56}>
          {rows.map((row) => (
            <div key={row.key}>
              <RowView row={row} c={c} now={now} threads={threads} />
            </div>
          ))}
        </Virtualizer>
      </div>
      {far && (
        <button
          type="button"
          onClick={() => {
            atEnd.current = true
            void engine.history.latest(c.id).then(() => list.current?.scrollToIndex(Number.MAX_SAFE_INTEGER, { align: 'end' }))
            list.current?.scrollToIndex(rows.length - 1, { align: 'end' })
          }}
          aria-label={newBelow > 0 ? m.jump_to_latest_n({ n: newBelow }) : m.jump_to_latest()}
          className="absolute end-5 bottom-3 flex h-8 items-center gap-1.5 rounded-full border bg-popover px-2.5 text-xs font-semibold shadow-pop animate-in fade-in-0 max-md:end-3 max-md:h-11 max-md:px-3.5"
        >
          <ArrowDown className="size-3.5 text-primary" />
          {newBelow > 0 && m.n_new({ n: newBelow })}
        </button>
      )}
    </div>
  )
}

function dayOf(row: Row | undefined): string | null {
  switch (row?.kind) {
    case 'day':
      return row.at
    case 'message':
    case 'system':
      return row.message.createdAt
    case 'pending':
      return row.pending.createdAt
    default:
      return null
  }
}

function RowView({ row, c, now, threads }: { row: Row; c: Conversation; now: number; threads: ReturnType<typeof summariseThreads> | undefined }) {
  const bubbles = c.type === 'DIRECT'
  switch (row.kind) {
    case 'day':
      return <Divider label={dayName(row.at, now)} />
    case 'unread':
      return <Divider label={m.n_new_messages({ n: row.count })} unread />
    case 'system':
      return <p className="px-5 py-2 text-center text-xs text-muted-foreground">{systemText(row.message, c)}</p>
    case 'message':
      return <MessageItem message={row.message} conversation={c} thread={threads?.get(row.message.id)} first={row.first} last={row.last} bubbles={bubbles} />
    case 'pending':
      return <PendingItem pending={row.pending} first={row.first} last={row.last} bubbles={bubbles} />
  }
}

function Divider({ label, unread }: { label: string; unread?: boolean }) {
  return (
    <div role="separator" aria-label={label} className={cn('flex items-center gap-3 px-5 py-3 text-xs font-semibold', unread ? 'text-accent-strong' : 'text-muted-foreground')}>
      <span className={cn('h-px flex-1', unread ? 'bg-accent/60' : 'bg-border')} />
      <span className={cn('rounded-full px-2.5 py-0.5', unread ? 'bg-accent-soft' : 'border bg-background font-medium')}>{label}</span>
      <span className={cn('h-px flex-1', unread ? 'bg-accent/60' : 'bg-border')} />
    </div>
  )
}

/** What stands there while the first messages are on their way, if that takes long. */
function Skeleton() {
  return (
    <div aria-hidden="true" className="mt-auto space-y-5 px-5 pb-4 opacity-0 [animation:fade-in_200ms_200ms_forwards]">
      {[64, 40, 52].map((w) => (
        <div key={w} className="flex gap-3">
          <span className="size-9 rounded-full bg-muted" />
          <span className="h-9 rounded-lg bg-muted" style={{ width: `${w}%` }} />
        </div>
      ))}
    </div>
  )
}

/** The arrow keys walk over the messages; letters do something with the one at hand. */
function rove(view: ReturnType<typeof useView>, rows: readonly Row[]) {
  return (event: KeyboardEvent<HTMLDivElement>) => {
    const target = event.target as HTMLElement
    if (target.closest('input, textarea, [role=menu]') || event.metaKey || event.ctrlKey || event.altKey) return
    const current = target.closest<HTMLElement>('[data-message]')
    const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-message]')]
    if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      const at = current ? items.indexOf(current) + (event.key === 'ArrowUp' ? -1 : 1) : items.length - 1
      const next = items[at]
      if (next) {
        event.preventDefault()
        next.focus()
        next.scrollIntoView({ block: 'nearest' })
      }
      return
    }
    if (!current || target !== current) return
    const id = Number(current.dataset['message'])
    const row = rows.find((r) => r.kind === 'message' && r.message.id === id)
    if (row?.kind !== 'message') return
    if (event.key === 'r' || event.key === 'R') {
      event.preventDefault()
      view.reply(row.message)
    }
    if (event.key === 'e' || event.key === 'E') {
      event.preventDefault()
      view.edit(row.message)
    }
    if (event.key === 't' || event.key === 'Enter') view.openThread(row.message.parentMessageId ?? row.message.id)
  }
}
