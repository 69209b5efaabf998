import type { Conversation } from '@parley/sdk'
import { Avatar, Button, cn, dotColour, spotOf, Tip, type Spot } from '@parley/ui'
import { Archive, AtSign, BellOff, Bookmark, CheckCheck, ChevronDown, ChevronRight, Compass, Hash, Inbox, Lock, MessageSquareReply, Pin, PinOff, Plus, Search, AlertCircle, Users } from 'lucide-react'
import { lazy, memo, Suspense, useCallback, useDeferredValue, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { Virtualizer } from 'virtua'
import { Link } from 'wouter'
import { useStore } from 'zustand'
import type { SwipeEvent } from '../lib/gestures.ts'
import { bare } from '../lib/bidi.ts'
import { jumpKey } from '../lib/keys.ts'
import { shortTime } from '../lib/time.ts'
import { useEngine, useLive, useNow } from '../lib/use.ts'
import { unreadThreads } from '../store/followed.ts'
import { m } from '../lib/messages.ts'
import { inOneLine } from '../text/names.ts'
import { plain } from '../text/plain.ts'
import { dotOf, otherOf, sectionOf, sections, sortConversations } from './people.ts'
import { openDialog } from './dialogs.ts'
import { systemText } from './system.ts'
import { listView, showPart, type Filter } from './list-view.ts'

const ConversationMenu = lazy(() => import('./conversation-menu.tsx'))
const OpenRooms = lazy(() => import('./open-rooms.tsx'))

type Line = { kind: 'head'; key: string; title: string; count: number; add: () => void } | { kind: 'item'; key: string; conversation: Conversation }

/** All conversations, in sections, the latest first. */
export function Sidebar({ selected, className }: { selected: number | null; className?: string }) {
  const engine = useEngine()
  const conversations = useLive((s) => s.conversations)
  const listed = useLive((s) => s.listed)
  const threads = useLive(unreadThreads)
  const shown = useDeferredValue(conversations)
  const filter = useStore(listView, (s) => s.filter)
  const [menu, setMenu] = useState<{ id: number; spot: Spot } | null>(null)
  const openMenu = useCallback((c: Conversation, spot: Spot) => setMenu({ id: c.id, spot }), [])
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set())
  const scroller = useRef<HTMLDivElement>(null)

  const sorted = useMemo(() => sortConversations(shown), [shown])
  const unread = sorted.filter((c) => c.unreadCount > 0 && !c.isMuted && !c.isArchived).length
  const mentions = sorted.filter((c) => c.mentionCount > 0 && !c.isArchived).length
  const lines = useMemo(() => linesOf(sorted, filter, folded), [sorted, filter, folded])

  useEffect(() => {
    const box = scroller.current
    const keep = (event: Event) => {
      const c = engine.state.conversations.get(Number((event.target as HTMLElement).dataset['row']))
      if (!c) return
      if ((event as SwipeEvent).detail === 'end') void engine.personal.pin(c, !c.isPinned)
      else void engine.personal.archive(c, !c.isArchived)
    }
    box?.addEventListener('swipe', keep)
    return () => box?.removeEventListener('swipe', keep)
  }, [engine])

  const fold = (key: string) =>
    setFolded((was) => {
      const now = new Set(was)
      if (!now.delete(key)) now.add(key)
      return now
    })
  return (
    <nav aria-label={m.conversations()} data-region="list" className={cn('flex w-67 shrink-0 flex-col border-e bg-sidebar max-md:w-full max-md:border-e-0', className)}>
      <div className="flex h-13 shrink-0 items-center gap-2 px-4 max-md:h-15 max-md:pe-3">
        <span className="text-[15px] font-bold tracking-tight max-md:text-xl">{filter === 'unread' ? m.inbox() : m.chats()}</span>
        {filter === 'unread' && unread > 0 && (
          <Tip label={m.key_read()} kbd="Shift Esc" side="bottom">
            <Button variant="ghost" size="icon-sm" className="ms-auto max-md:size-11" aria-label={m.key_read()} onClick={() => engine.markAllRead()}><CheckCheck /></Button>
          </Tip>
        )}
        <Tip label={m.new_message()} side="bottom">
          <Button size="icon-sm" className={cn('rounded-lg max-md:size-11', (filter !== 'unread' || unread === 0) && 'ms-auto')} aria-label={m.new_message()} onClick={() => openDialog('new')}>
            <Plus />
          </Button>
        </Tip>
      </div>
      <div className="px-3 pb-3">
        <button
          type="button"
          onClick={() => openDialog('jump')}
          className="flex h-8 w-full items-center gap-2 rounded-lg border border-input bg-background px-2.5 text-[13px] text-muted-foreground hover:border-ring max-md:h-10"
        >
          <Search className="size-3.5" />
          {m.search_or_jump()}
          <kbd className="ms-auto rounded border bg-muted px-1 font-sans text-2xs max-md:hidden">{jumpKey}</kbd>
        </button>
      </div>
      <div ref={scroller} className="scroll-thin min-h-0 flex-1 overflow-y-auto px-2 pb-3">
        <ul className="mb-3 space-y-px max-md:flex max-md:gap-2 max-md:space-y-0 max-md:overflow-x-auto max-md:px-1 max-md:pb-1">
          <FilterRow narrow={false} icon={<Inbox />} label={m.unreads()} count={unread} on={filter === 'unread'} onClick={() => showPart(filter === 'unread' ? 'all' : 'unread')} />
          <FilterRow icon={<AtSign />} label={m.mentions()} count={mentions} on={filter === 'mentions'} onClick={() => showPart(filter === 'mentions' ? 'all' : 'mentions')} />
          <FilterRow icon={<MessageSquareReply className="rtl:-scale-x-100" />} label={m.threads()} count={threads} on={false} onClick={() => openDialog('threads')} />
          <FilterRow icon={<Bookmark />} label={m.bookmarks()} count={0} on={false} onClick={() => openDialog('bookmarks')} />
          <FilterRow icon={<Compass />} label={m.directory()} count={0} on={false} onClick={() => openDialog('directory')} />
          <FilterRow icon={<Archive />} label={m.archived()} count={0} on={filter === 'archived'} onClick={() => showPart(filter === 'archived' ? 'all' : 'archived')} />
        </ul>
        {listed && lines.length === 0 && (
          <p className="px-3 py-6 text-center text-sm text-muted-foreground">
            {filter === 'all' ? m.no_conversations() : filter === 'unread' ? m.inbox_empty() : m.nothing_here()}
            {filter === 'all' && (
              <Button className="mx-auto mt-3 flex" size="sm" onClick={() => openDialog('new')}>
                {m.start_one()}
              </Button>
            )}
          </p>
        )}
        <Virtualizer scrollRef={scroller} startMargin={213} as="ul" item="li">
          {lines.map((line) =>
            line.kind === 'head' ? (
              <SectionHead key={line.key} line={line} folded={folded.has(line.key)} fold={() => fold(line.key)} />
            ) : (
              <Item key={line.key} c={line.conversation} on={line.conversation.id === selected} onMenu={openMenu} />
            ),
          )}
        </Virtualizer>
        {filter === 'all' && <Suspense fallback={null}><OpenRooms /></Suspense>}
      </div>
      {menu && conversations.has(menu.id) && <Suspense fallback={null}><ConversationMenu c={conversations.get(menu.id)!} spot={menu.spot} onClose={() => setMenu(null)} /></Suspense>}
    </nav>
  )
}

function linesOf(sorted: readonly Conversation[], filter: Filter, folded: ReadonlySet<string>): Line[] {
  if (filter !== 'all') {
    const fits = { unread: (c: Conversation) => c.unreadCount > 0, mentions: (c: Conversation) => c.mentionCount > 0, archived: (c: Conversation) => c.isArchived }[filter]
    return sorted.filter((c) => fits(c) && (filter === 'archived' || !c.isArchived)).map((c) => ({ kind: 'item', key: String(c.id), conversation: c }))
  }
  const current = sorted.filter((c) => !c.isArchived)
  const heads = {
    pinned: [m.pinned(), () => openDialog('new')],
    channels: [m.channels(), () => openDialog('new-channel')],
    groups: [m.groups(), () => openDialog('new-group')],
    direct: [m.direct_messages(), () => openDialog('new')],
  } as const
  return sections.flatMap((key): Line[] => {
    const [title, add] = heads[key]
    const items = current.filter((c) => sectionOf(c) === key)
    if (items.length === 0) return []
    const head: Line = { kind: 'head', key, title, count: items.length, add }
    return folded.has(key) ? [head] : [head, ...items.map((c): Line => ({ kind: 'item', key: String(c.id), conversation: c }))]
  })
}

function FilterRow({ icon, label, count, on, narrow = true, onClick }: { narrow?: boolean; icon: ReactNode; label: string; count: number; on: boolean; onClick(): void }) {
  return (
    <li className={cn(!narrow && 'max-md:hidden')}>
      <button
        type="button" aria-pressed={on} onClick={onClick}
        className={cn('flex h-8 w-full items-center gap-2 rounded-md px-2 text-start compact:h-7 text-[13.5px] text-muted-foreground hover:bg-sidebar-hover max-md:h-11 max-md:w-auto max-md:rounded-full max-md:border max-md:bg-background max-md:px-3.5 max-md:whitespace-nowrap [&_svg]:mx-0.5 [&_svg]:size-4', on && 'bg-sidebar-active text-foreground')}
      >
        {icon}
        {label}
        {count > 0 && <span className="ms-auto text-2xs font-semibold tabular-nums">{count}</span>}
      </button>
    </li>
  )
}

function SectionHead({ line, folded, fold }: { line: Extract<Line, { kind: 'head' }>; folded: boolean; fold(): void }) {
  const Icon = folded ? ChevronRight : ChevronDown
  return (
    <div className="mt-2 mb-1 flex items-center px-1 text-xs font-semibold text-muted-foreground">
      <h2 className="min-w-0 flex-1">
        <button type="button" aria-expanded={!folded} onClick={fold} className="flex items-center gap-1 rounded px-1 py-0.5 max-md:min-h-11">
          <Icon className="size-3" />
          {line.title}
        </button>
      </h2>
      {line.key !== 'pinned' && (
        <button type="button" aria-label={m.add_to({ section: line.title })} onClick={line.add} className="grid size-6 place-items-center rounded hover:bg-sidebar-hover max-md:size-11">
          <Plus className="size-3.5" />
        </button>
      )}
    </div>
  )
}

const Item = memo(function Item({ c, on, onMenu }: { c: Conversation; on: boolean; onMenu(c: Conversation, spot: Spot): void }) {
  const engine = useEngine()
  const me = engine.me
  const other = otherOf(c, me)
  const presence = useLive((s) => (other ? s.presence.get(other.userId) : undefined))
  const typing = useLive((s) => (s.typing.get(c.id)?.size ?? 0) > 0)
  const failed = useLive((s) => s.pending.some((p) => p.conversationId === c.id && p.failure !== null))
  const now = useNow()
  const bold = c.unreadCount > 0 && !c.isMuted && !on
  const last = c.lastMessage
  const preview = c.draft && !on ? plain(c.draft.content) : last ? previewOf(last, me, c) : ''
  const name = c.type === 'DIRECT' && !other ? m.saved_messages() : c.name
  const label = [
    bare(name),
    c.mentionCount > 0 && m.n_mentions({ n: c.mentionCount }),
    c.unreadCount > 0 && m.n_unread({ n: c.unreadCount }),
    c.isMuted && m.muted(),
    c.draft && m.draft(),
  ].filter(Boolean).join(', ')
  return (
    <div
      data-held data-swipes="start end" data-row={c.id} className="group/row relative overflow-hidden rounded-md"
      onContextMenu={(event) => {
        event.preventDefault()
        onMenu(c, { ...spotOf(event), origin: event.currentTarget.querySelector('a')! })
      }}
    >
      <span aria-hidden="true" className="absolute inset-0 hidden items-center gap-2 bg-primary-soft px-4 text-sm font-semibold text-primary-soft-foreground group-data-[swipe=end]/row:flex group-data-enough/row:bg-primary group-data-enough/row:text-primary-foreground">
        {c.isPinned ? <PinOff className="size-5" /> : <Pin className="size-5" />}
        {c.isPinned ? m.unpin() : m.pin()}
      </span>
      <span aria-hidden="true" className="absolute inset-0 hidden items-center justify-end gap-2 bg-muted px-4 text-sm font-semibold group-data-[swipe=start]/row:flex group-data-enough/row:bg-foreground group-data-enough/row:text-background">
        {c.isArchived ? m.unarchive() : m.archive()}
        <Archive className="size-5" />
      </span>
      <Link
        href={`/chat/${c.id}`} aria-label={label} aria-current={on ? 'page' : undefined} data-conversation={c.id}
        className={cn(
          'swipe relative flex h-8 compact:h-7 items-center gap-2 rounded-md bg-sidebar px-2 text-[13.5px] [--av-ring:var(--sidebar)] max-md:h-16 max-md:gap-3 max-md:text-[15px]',
          on ? 'bg-sidebar-active font-medium text-foreground [--av-ring:var(--sidebar-active)]' : 'hover:bg-sidebar-hover',
          !on && (bold ? 'font-semibold text-foreground' : 'text-muted-foreground'),
        )}
      >
        <span className="grid w-5 shrink-0 place-items-center max-md:w-11">
          <Face c={c} presence={presence && other ? dotOf(presence.status) : undefined} name={name} />
        </span>
        <span className="min-w-0 flex-1">
          <span className="block truncate max-md:font-semibold max-md:text-foreground"><bdi>{name}</bdi></span>
          <span className="hidden truncate text-[13px] font-normal text-muted-foreground max-md:block"><bdi>{preview}</bdi></span>
        </span>
        <span className="flex shrink-0 items-center gap-1.5">
          {last && <time className="hidden text-2xs font-normal tabular-nums max-md:inline">{shortTime(last.createdAt, now)}</time>}
          {typing && <TypingDots />}
          {failed && <AlertCircle className="size-3.5 text-danger-strong" aria-hidden="true" />}
          {c.draft && !on && <span className="text-2xs font-medium text-accent-strong">{m.draft()}</span>}
          {c.isMuted && <BellOff className="size-3.5 opacity-60" aria-hidden="true" />}
          <Badge c={c} />
        </span>
      </Link>
    </div>
  )
})

export function Face({ c, presence, name }: { c: Conversation; presence?: ReturnType<typeof dotOf> | undefined; name: string }) {
  const narrow = 'hidden max-md:inline-grid'
  if (c.type === 'CHANNEL' && !c.avatarUrl) {
    const Icon = c.visibility === 'PUBLIC' ? Hash : Lock
    return (
      <>
        <Icon className="size-4 opacity-75 max-md:hidden" />
        <span className={cn(narrow, 'size-11 place-items-center rounded-xl bg-muted')}><Icon className="size-5" /></span>
      </>
    )
  }
  return (
    <>
      <span className="hidden compact:md:block">{presence ? <i data-presence={presence} className={cn('block size-2 rounded-full', dotColour[presence])} /> : c.type === 'GROUP' && <Users className="size-4 opacity-75" />}</span>
      <span className="compact:hidden max-md:hidden"><Avatar name={name} src={c.avatarUrl} size={20} presence={presence} square={c.type === 'GROUP'} /></span>
      <Avatar name={name} src={c.avatarUrl} size={44} presence={presence} className={narrow} square={c.type === 'GROUP'} />
    </>
  )
}

export function Badge({ c }: { c: Conversation }) {
  const shape = 'grid h-[18px] min-w-[18px] place-items-center rounded-full px-1.5 text-2xs tabular-nums'
  if (c.mentionCount > 0) return <span data-badge="mention" className={cn(shape, 'bg-accent-strong font-bold text-white dark:text-[oklch(0.18_0.03_30)]')}>{c.mentionCount}</span>
  if (c.unreadCount === 0) return null
  return <span data-badge="unread" className={cn(shape, 'font-semibold', c.isMuted ? 'text-muted-foreground' : 'bg-primary-soft text-primary-soft-foreground')}>{c.unreadCount > 999 ? '999+' : c.unreadCount}</span>
}

export function TypingDots({ large }: { large?: boolean }) {
  return (
    <span className="flex gap-0.5" aria-hidden="true">
      {[0, 160, 320].map((delay) => (
        <i key={delay} className={cn('rounded-full', large ? 'size-1.5 animate-bounce bg-muted-foreground' : 'size-1 animate-pulse bg-primary')} style={{ animationDelay: `${delay}ms` }} />
      ))}
    </span>
  )
}

export function previewOf(last: NonNullable<Conversation['lastMessage']>, me: number, c: Conversation): string {
  if (last.isDeleted) return m.deleted_message()
  const text = inOneLine(last, c) || last.attachments[0]?.fileName || ''
  if (last.messageType === 'SYSTEM') return systemText(last, c)
  if (last.senderId === me) return m.you_said({ text })
  return c.type === 'DIRECT' ? text : m.from_and_text({ name: last.senderName, text })
}
