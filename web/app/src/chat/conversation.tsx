import type { Conversation, Message } from '@parley/sdk'
import { Avatar, Button, cn, Tip, type Spot } from '@parley/ui'
import { ChevronLeft, Hash, Lock, PanelRight, Pin, Search, Users } from 'lucide-react'
import { lazy, Suspense, useEffect, useMemo, useReducer, useRef, useState, type DragEvent } from 'react'
import { Link, useLocation } from 'wouter'
import { useHistoryState } from 'wouter/use-browser-location'
import { Boundary } from '../lib/boundary.tsx'
import { takeHanded } from '../lib/shared.ts'
import { useEngine, useLive } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import { reason } from '../lib/reason.ts'
import { findById } from '../store/timeline.ts'
import { Composer } from './composer.tsx'
import { NetworkLine } from './network-line.tsx'
import { dotOf, may, otherOf } from './people.ts'
import { PresenceLine } from './presence-line.tsx'
import { toggleReaction } from './reactions.tsx'
import { Timeline, type TimelineHandle } from './timeline.tsx'
import { ViewContext, type View } from './view.ts'

const Panel = lazy(() => import('./panel.tsx'))
const MessageSheet = lazy(() => import('./message-sheet.tsx'))
const Attach = lazy(() => import('./attach.tsx'))
const loadMenu = () => import('./message-menu.tsx')
const MessageMenu = lazy(loadMenu)
const EmojiPopover = lazy(() => import('../emoji/emoji-popover.tsx'))
const Viewer = lazy(() => import('./viewer.tsx'))
const NewPoll = lazy(() => import('./new-poll.tsx'))
const RemindMenu = lazy(() => import('./remind-menu.tsx'))

export type PanelName = { kind: 'details' } | { kind: 'thread'; root: number } | { kind: 'search' } | { kind: 'pins' }
export type SheetName = { kind: 'receipts' | 'reactions' | 'history'; id: number } | { kind: 'forward'; message: Message }

export function ConversationView({ id, message }: { id: number; message: number | null }) {
  const engine = useEngine()
  const c = useLive((s) => s.conversations.get(id))
  const [, go] = useLocation()
  const wanted = useHistoryState<{ thread?: number } | null>()
  const [panel, setPanel] = useState<PanelName | null>(null)
  useEffect(() => {
    if (wanted?.thread) setPanel({ kind: 'thread', root: wanted.thread })
  }, [wanted])
  const [sheet, setSheet] = useState<SheetName | null>(null)
  const [reply, setReply] = useState<Message | null>(null)
  const [editing, setEditing] = useState<Message | null>(null)
  const [called, call] = useReducer((times: number) => times + 1, 0)
  const [flash, setFlash] = useState<number | null>(null)
  const [begun] = useState(() => takeHanded(id))
  const [attached, attach] = useState<{ files: File[]; parent: number | null }>({ files: begun?.files ?? [], parent: null })
  const attachHere = (files: File[]) => attach({ files, parent: reply?.id ?? null })
  const [asking, setAsking] = useState(false)
  const [reminding, setReminding] = useState<{ message: Message; spot: Spot } | null>(null)
  const [image, setImage] = useState<{ message: Message; id: number } | null>(null)
  const [menu, setMenu] = useState<{ message: Message; spot: Spot } | null>(null)
  const [picking, setPicking] = useState<{ message: Message; near: HTMLElement } | null>(null)
  const [dropping, setDropping] = useState(false)
  const [error, setError] = useState('')
  // Otherwise the line about the network says it.
  const live = useLive((s) => s.connection.state === 'live')
  const tone = useLive((s) => s.me.settings.emojiSkinTone)
  const handle = useRef<TimelineHandle | null>(null)
  // The line of new messages stays where it was when the conversation was opened.
  const [unread] = useState(() => {
    const now = engine.state.conversations.get(id)
    return now && now.unreadCount > 0 ? { after: now.lastReadMessageId ?? 0, count: now.unreadCount } : null
  })

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const load = () => engine.history.open(id).then(
      () => setError(''),
      (problem: unknown) => {
        setError(reason(problem))
        timer = setTimeout(load, 3_000)
      },
    )
    void load()
    return () => clearTimeout(timer)
  }, [engine, id])

  const jumpTo = (messageId: number) => {
    void engine.history.around(id, messageId).then(
      () => {
        setFlash(null)
        requestAnimationFrame(() => {
          setFlash(messageId)
          requestAnimationFrame(() => handle.current?.scrollTo(messageId))
        })
      },
      (problem: unknown) => setError(reason(problem)),
    )
  }
  useEffect(() => {
    if (message !== null) void engine.history.open(id).then(() => jumpTo(message), () => undefined)
  }, [message])

  const view = useMemo<View>(
    () => ({
      flash,
      editing: editing?.id ?? null,
      jumpTo,
      reply: (target) => {
        setEditing(null)
        setReply(target)
        call()
      },
      edit: (target) => {
        if (target && target.senderId !== engine.me) return
        setReply(null)
        setEditing(target)
        call()
      },
      openThread: (root) => setPanel({ kind: 'thread', root }),
      openHistory: (of) => setSheet({ kind: 'history', id: of }),
      openReceipts: (of) => setSheet({ kind: 'receipts', id: of }),
      openReactions: (of) => setSheet({ kind: 'reactions', id: of }),
      openImage: (of, attachmentId) => setImage({ message: of, id: attachmentId }),
      openMenu: (of, spot) => setMenu({ message: of, spot }),
      pickReaction: (of, near) => setPicking({ message: of, near }),
      remind: (of, spot) => setReminding({ message: of, spot }),
      attach: (files, parent) => attach({ files, parent }),
      forward: (of) => setSheet({ kind: 'forward', message: of }),
    }),
    [flash, editing, engine],
  )

  if (!c) return null
  const editLast = () => {
    const last = engine.state.timelines.get(id)?.messages.findLast((x) => x.senderId === engine.me && !x.isDeleted && x.messageType === 'TEXT')
    if (!last) return
    setEditing(last)
    call()
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setDropping(false)
    if (may(c, 'Upload')) attachHere([...event.dataTransfer.files])
  }
  return (
    <ViewContext value={view}>
      <main
        className={cn('relative flex min-w-0 flex-1 flex-col', panel && 'max-xl:hidden')}
        onDragOver={(event) => {
          if (!event.dataTransfer.types.includes('Files')) return
          event.preventDefault()
          setDropping(true)
        }}
        onDragLeave={(event) => !event.currentTarget.contains(event.relatedTarget as Node | null) && setDropping(false)}
        onDrop={drop}
      >
        <Header c={c} panel={panel} setPanel={setPanel} onBack={() => go('/chat')} />
        <NetworkLine />
        {error && live && <p role="alert" className="border-b bg-danger-soft px-5 py-1.5 text-xs text-danger-strong">{error}</p>}
        <Boundary><Timeline conversation={c} unread={unread} handle={handle} /></Boundary>
        <Composer conversation={c} reply={reply} editing={editing && (findById(engine.state.timelines.get(id), editing.id) ?? editing)} onReply={setReply} onEdit={setEditing} onEditLast={editLast} onFiles={attachHere} onPoll={() => setAsking(true)} begun={begun?.text} called={called} />
        {dropping && <div className="pointer-events-none absolute inset-3 z-30 grid place-content-center rounded-2xl border-2 border-dashed border-ring bg-primary-soft/85 font-semibold text-primary-soft-foreground">{m.drop_here()}</div>}
      </main>
      <Suspense fallback={null}>
        {panel && <Boundary key={panel.kind}><Panel c={c} panel={panel} onClose={() => setPanel(null)} /></Boundary>}
        {sheet && <MessageSheet c={c} sheet={sheet} onClose={() => setSheet(null)} />}
        {attached.files.length > 0 && <Attach c={c} files={attached.files} parent={attached.parent} onClose={() => attach({ files: [], parent: null })} onSent={() => attached.parent === reply?.id && setReply(null)} />}
        {asking && <NewPoll c={c} onClose={() => setAsking(false)} />}
        {reminding && <RemindMenu message={reminding.message} spot={reminding.spot} onClose={() => setReminding(null)} />}
        {menu && <MessageMenu c={c} message={findById(engine.state.timelines.get(id), menu.message.id) ?? menu.message} spot={menu.spot} onClose={() => setMenu(null)} />}
        {picking && <EmojiPopover anchor={{ current: picking.near }} label={m.add_reaction()} tone={tone} onClose={() => setPicking(null)} onPick={(emoji) => void toggleReaction(engine, picking.message, emoji)} />}
        {image && <Viewer c={c} start={image.id} message={image.message} onClose={() => setImage(null)} />}
      </Suspense>
    </ViewContext>
  )
}

function Header({ c, panel, setPanel, onBack }: { c: Conversation; panel: PanelName | null; setPanel(p: PanelName | null): void; onBack(): void }) {
  const toggle = (kind: 'details' | 'search' | 'pins') => setPanel(panel?.kind === kind ? null : { kind })
  const { me } = useEngine()
  const other = otherOf(c, me)
  const name = c.type === 'DIRECT' && !other ? m.saved_messages() : c.name
  const Icon = c.visibility === 'PUBLIC' ? Hash : Lock
  const on = (kind: string) => panel?.kind === kind && 'bg-muted text-foreground'
  return (
    <header className="flex h-13 shrink-0 items-center gap-2.5 border-b px-4 max-md:px-2">
      <Button asChild variant="ghost" size="icon" className="size-11 md:hidden"><Link href="/chat" aria-label={m.back()} onClick={onBack}><ChevronLeft className="size-5 rtl:-scale-x-100" /></Link></Button>
      {c.type === 'CHANNEL' ? <Icon className="size-[18px] shrink-0 text-muted-foreground" /> : <HeaderFace c={c} other={other?.userId} name={name} />}
      <div className={cn('min-w-0 leading-tight', !other && 'lg:flex lg:items-baseline lg:gap-3')}>
        <h1 className="truncate text-[15px] font-bold tracking-tight"><bdi>{name}</bdi></h1>
        {other ? <PresenceLine userId={other.userId} /> : c.description && <p className="truncate text-[13px] text-muted-foreground max-sm:hidden lg:border-s lg:ps-3"><bdi>{c.description}</bdi></p>}
      </div>
      <div className="ms-auto flex items-center gap-0.5">
        <Pins c={c} open={panel?.kind === 'pins'} onClick={() => toggle('pins')} />
        {c.type !== 'DIRECT' && <Button variant="ghost" size="sm" className="max-md:h-11" aria-label={m.n_members({ n: c.participantCount })} onClick={() => toggle('details')}><Users />{c.participantCount}</Button>}
        <Tip label={m.search_here()} side="bottom"><Button variant="ghost" size="icon" className={cn('max-md:size-11', on('search'))} aria-label={m.search_here()} aria-pressed={panel?.kind === 'search'} onClick={() => toggle('search')}><Search /></Button></Tip>
        <Tip label={m.details()} side="bottom"><Button variant="ghost" size="icon" className={cn('max-md:size-11', on('details'))} aria-label={m.details()} aria-pressed={panel?.kind === 'details'} onClick={() => toggle('details')}><PanelRight className="rtl:-scale-x-100" /></Button></Tip>
      </div>
    </header>
  )
}

function Pins({ c, open, onClick }: { c: Conversation; open: boolean; onClick(): void }) {
  const engine = useEngine()
  const count = useLive((s) => s.pins.get(c.id)?.size ?? 0)
  const live = useLive((s) => s.connection.state === 'live')
  useEffect(() => {
    if (!live) return
    void engine.history.pins(c.id).catch(() => undefined)
    void engine.meet(c.id).catch(() => undefined)
  }, [engine, c.id, live])
  return (
    <Tip label={m.pins()} side="bottom">
      <Button variant="ghost" size={count > 0 ? 'sm' : 'icon'} className={cn('tabular-nums', count === 0 && 'max-sm:hidden', 'max-md:h-11', open && 'bg-muted text-foreground')} aria-label={count > 0 ? m.n_pins({ n: count }) : m.pins()} aria-pressed={open} onClick={onClick}>
        <Pin />
        {count > 0 && count}
      </Button>
    </Tip>
  )
}

function HeaderFace({ c, other, name }: { c: Conversation; other: number | undefined; name: string }) {
  const presence = useLive((s) => (other ? s.presence.get(other) : undefined))
  return <Avatar name={name} src={c.avatarUrl} size={32} square={c.type === 'GROUP'} presence={presence && dotOf(presence.status)} />
}
