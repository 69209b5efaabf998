import type { Conversation, Message } from '@parley/sdk'
import { Avatar, cn, hueOf, spotOf } from '@parley/ui'
import { AlarmClock, AlertCircle, Bookmark, Check, CheckCheck, Clock3, CornerDownRight, Pin, RotateCw } from 'lucide-react'
import { lazy, memo, Suspense, useState, type MouseEvent, type ReactNode } from 'react'
import { fullTime, marginTime, relative, timeOf } from '../lib/time.ts'
import { useEngine, useLive, useNow } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import type { Pending } from '../store/state.ts'
import { findById } from '../store/timeline.ts'
import { Markdown } from '../text/markdown.tsx'
import { inOneLine, mentionIn } from '../text/names.ts'
import { Actions, ActionsAtRest } from './actions.tsx'
import { Attachments, Uploads } from './attachments.tsx'
import { LinkCards } from './link-cards.tsx'
import { deliveryOf, isAdmin, may, mayPost } from './people.ts'
import { Reactions } from './reactions.tsx'
import type { ThreadSummary } from './threads.ts'
import { useView } from './view.ts'

const Poll = lazy(() => import('./poll.tsx'))

interface Shape {
  first: boolean
  last: boolean
  bubbles: boolean
}

/** One message: a row in groups and channels, a bubble in direct chats. */
export const MessageItem = memo(function MessageItem({ message, conversation: c, thread, first, last, bubbles }: { message: Message; conversation: Conversation; thread?: ThreadSummary | undefined } & Shape) {
  const engine = useEngine()
  const view = useView()
  const own = message.senderId === engine.me
  const reminded = useLive((s) => s.reminders.has(message.id))
  const mentionsMe = !own && (message.mentions.includes(engine.me) || message.mentionsAll === true)
  const label = m.message_from({ name: message.senderName, time: timeOf(message.createdAt) })
  const body = (
    <>
      {message.forwardedFrom && <p className={cn('mb-0.5 flex items-center gap-1 text-xs opacity-80')}><CornerDownRight className="size-3" />{m.forwarded_from({ name: message.forwardedFrom.senderName })}</p>}
      {message.parentMessageId && <Quote c={c} id={message.parentMessageId} own={bubbles && own} />}
      {message.isDeleted ? <p className="italic opacity-70">{m.deleted_message()}</p> : message.poll ? <Suspense fallback={<div className="h-40" />}><Poll message={message} c={c} own={bubbles && own} /></Suspense> : <Text message={message} c={c} own={bubbles && own} />}
      <Attachments message={message} own={bubbles && own} />
      <LinkCards message={message} />
    </>
  )
  const below = (
    <>
      <Reactions message={message} c={c} end={bubbles && own} />
      {message.replyCount > 0 && <ThreadLine message={message} thread={thread} end={bubbles && own} />}
    </>
  )
  const marks = (
    <>
      {message.isEdited && !message.isDeleted && (own || isAdmin(c) ? <button type="button" className="hover:underline" onClick={() => view.openHistory(message.id)}>{m.edited()}</button> : <span>{m.edited()}</span>)}
      {message.pinnedAt && <Pin className="size-3" aria-label={m.pinned()} />}
      {message.isBookmarked && <Bookmark className="size-3 fill-current" aria-label={m.bookmarked()} />}
      {reminded && <AlarmClock className="size-3" aria-label={m.reminder_set()} />}
    </>
  )
  const [near, setNear] = useState(false)
  const approach = { onPointerEnter: () => setNear(true), onFocus: () => setNear(true) }
  const touchable = message.isDeleted ? {} : {
    'data-held': '',
    ...(may(c, 'Reply') && mayPost(c) ? { 'data-swipes': 'end' } : {}),
    onContextMenu: (event: MouseEvent<HTMLElement>) => {
      // Where there is something of the browser's own to choose, its menu opens.
      const mouse = event.button === 2 && (event.nativeEvent as PointerEvent).pointerType !== 'touch'
      if (mouse && ((event.target as Element).closest('a, img') || getSelection()?.isCollapsed === false)) return
      event.preventDefault()
      view.openMenu(message, spotOf(event))
    },
  }
  const flash = view.flash === message.id && 'flash'

  if (bubbles) {
    return (
      <article id={`m${message.id}`} data-message={message.id} tabIndex={-1} aria-label={label} {...touchable} {...approach} className={cn('group swipe relative -outline-offset-2 flex flex-col px-5 max-sm:px-3', own ? 'items-end' : 'items-start', first ? 'pt-3' : 'pt-0.5', flash)}>
        <div className={cn('relative max-w-[min(85%,56ch)]')}>
          <Bubble own={own} first={first} last={last} mention={mentionsMe}>{body}</Bubble>
          {near ? <Actions message={message} c={c} side={own ? 'start' : 'end'} /> : <ActionsAtRest message={message} />}
        </div>
        {below}
        {(last || message.isEdited) && (
          <span className="mt-1 flex items-center gap-1 px-1 text-2xs text-muted-foreground tabular-nums">
            {marks}
            <time dateTime={message.createdAt} title={fullTime(message.createdAt)}>{timeOf(message.createdAt)}</time>
            {own && !message.isDeleted && <DeliveryMark message={message} c={c} text />}
          </span>
        )}
      </article>
    )
  }
  return (
    <article
      id={`m${message.id}`} data-message={message.id} tabIndex={-1} aria-label={label} {...touchable} {...approach}
      className={cn('group swipe relative -outline-offset-2 flex gap-3 px-5 pointing:hover:bg-row-hover typing:focus-within:bg-row-hover max-sm:px-4', first ? 'pt-3 pb-0.5 compact:pt-1' : 'py-0.5 compact:py-0', mentionsMe && 'bg-mention/45 before:absolute before:inset-y-0 before:start-0 before:w-0.5 before:bg-warning', flash)}
    >
      <div className="w-9 shrink-0">
        {first && <Avatar name={message.senderName} src={message.senderAvatarUrl} size={36} className="compact:hidden" />}
        <time dateTime={message.createdAt} className={cn('pt-0.5 text-end text-2xs leading-[1.35rem] text-muted-foreground tabular-nums', first ? 'hidden compact:block' : 'block opacity-0 group-hover:opacity-100 group-focus:opacity-100')}>{marginTime(message.createdAt)}</time>
      </div>
      <div className="flex min-w-0 max-w-[74ch] flex-1 flex-col items-start">
        {first && (
          <div className="flex items-baseline gap-2">
            <span className="msg-name text-[14.5px] font-semibold" style={{ ['--h' as string]: hueOf(message.senderName) }}><bdi>{message.senderName}</bdi></span>
            <time dateTime={message.createdAt} title={fullTime(message.createdAt)} className="text-xs text-muted-foreground tabular-nums compact:hidden">{timeOf(message.createdAt)}</time>
          </div>
        )}
        <div className="w-full text-msg break-words [&>p:last-of-type]:inline">
          {body}
          <span className="ms-2 inline-flex translate-y-0.5 items-center gap-1.5 text-2xs text-muted-foreground empty:hidden">
            {marks}
            {own && last && !message.isDeleted && <DeliveryMark message={message} c={c} />}
          </span>
        </div>
        {below}
      </div>
      {near ? <Actions message={message} c={c} side="row" /> : <ActionsAtRest message={message} />}
    </article>
  )
})

/** One that is not acknowledged yet. */
export function PendingItem({ pending, first, last, bubbles }: { pending: Pending } & Shape) {
  const me = useLive((s) => s.me)
  const state = <PendingState pending={pending} />
  const body = (
    <>
      {pending.content && <Foldable text={pending.content}><Markdown text={pending.content} own={bubbles} /></Foldable>}
      <Uploads tempId={pending.tempId} uploads={pending.uploads} />
    </>
  )
  const label = m.message_from({ name: me.displayName, time: timeOf(pending.createdAt) })
  if (bubbles) {
    return (
      <article data-temp={pending.tempId} aria-label={label} className={cn('flex flex-col items-end px-5 max-sm:px-3', first ? 'pt-3' : 'pt-0.5')}>
        <div className="max-w-[min(85%,56ch)]"><Bubble own first={first} last={last}>{body}</Bubble></div>
        {(last || pending.failure) && <span className="mt-1 px-1 text-2xs text-muted-foreground">{state}</span>}
      </article>
    )
  }
  return (
    <article data-temp={pending.tempId} aria-label={label} className={cn('flex gap-3 px-5 max-sm:px-4', first ? 'pt-3 pb-0.5 compact:pt-1' : 'py-0.5 compact:py-0')}>
      <div className="w-9 shrink-0">{first && <Avatar name={me.displayName} src={me.avatarUrl} size={36} className="compact:hidden" />}</div>
      <div className="min-w-0 max-w-[74ch] flex-1">
        {first && (
          <div className="flex items-baseline gap-2">
            <span className="msg-name text-[14.5px] font-semibold" style={{ ['--h' as string]: hueOf(me.displayName) }}><bdi>{me.displayName}</bdi></span>
            <time className="text-xs text-muted-foreground tabular-nums">{timeOf(pending.createdAt)}</time>
          </div>
        )}
        <div className="text-msg break-words">{body}</div>
        <span className="text-2xs text-muted-foreground">{state}</span>
      </div>
    </article>
  )
}

function PendingState({ pending }: { pending: Pending }) {
  const engine = useEngine()
  const wait = useLive((s) => s.waits.get(pending.tempId))
  if (!pending.failure) return <span className="inline-flex items-center gap-1"><Clock3 className="size-3" />{wait ? <Countdown until={wait} conversationId={pending.conversationId} /> : m.sending()}{pending.uploads.length > 0 && <button type="button" className="ms-1 underline underline-offset-2" onClick={() => void engine.writing.discard(pending.tempId)}>{m.cancel()}</button>}</span>
  return (
    <span role="alert" className="mt-1 flex flex-wrap items-center gap-2 text-xs text-danger-strong">
      <AlertCircle className="size-3.5" />
      {m.not_sent({ why: pending.failure })}
      <button type="button" className="font-semibold underline underline-offset-2" onClick={() => void engine.writing.retry(pending.tempId)}><RotateCw className="me-1 inline size-3" />{m.retry()}</button>
      <button type="button" className="underline underline-offset-2" onClick={() => void engine.writing.discard(pending.tempId)}>{m.delete_()}</button>
    </span>
  )
}

function Countdown({ until, conversationId }: { until: number; conversationId: number }) {
  const slow = useLive((s) => (s.conversations.get(conversationId)?.slowModeSeconds ?? 0) > 0)
  const n = Math.ceil((until - useNow(1_000)) / 1_000)
  if (n <= 0) return m.sending()
  return slow ? m.slow_mode_waits({ n }) : m.rate_waits({ n })
}

function Bubble({ own, first, last, mention, children }: { own: boolean; first: boolean; last: boolean; mention?: boolean; children: ReactNode }) {
  return (
    <div
      className={cn(
        'rounded-2xl px-3 py-1.5 text-msg break-words',
        own ? 'bg-bubble-own text-bubble-own-foreground' : 'bg-bubble-other',
        own ? [!last && 'rounded-ee-sm', !first && 'rounded-se-sm'] : [!last && 'rounded-es-sm', !first && 'rounded-ss-sm'],
        mention && 'ring-1 ring-warning',
      )}
    >
      {children}
    </div>
  )
}

function ThreadLine({ message, thread, end }: { message: Message; thread: ThreadSummary | undefined; end: boolean }) {
  const view = useView()
  const now = useNow()
  return (
    <button type="button" onClick={() => view.openThread(message.id)} className={cn('mt-1.5 mb-1 flex items-center gap-2 rounded-md py-0.5 pe-2 text-xs font-semibold text-primary pointer-coarse:min-h-11 [--av-ring:var(--background)]', end && 'self-end')}>
      {thread && <span className="flex -space-x-1.5 compact:hidden">{thread.faces.map((f) => <Avatar key={f.id} name={f.name} src={f.src} size={20} className="ring-2 ring-background" />)}</span>}
      <span className="hover:underline">{m.n_replies({ n: message.replyCount })}</span>
      {thread && <span className="font-normal text-muted-foreground">{m.last_reply({ when: relative(thread.lastAt, now) })}</span>}
    </button>
  )
}

function Text({ message, c, own }: { message: Message; c: Conversation; own: boolean }) {
  const { me } = useEngine()
  if (!message.content) return null
  const some = message.mentions.length > 0 || message.mentionsAll
  return <Foldable text={message.content}><Markdown text={message.content} me={me} own={own} mentioned={some ? (handle) => mentionIn(message, c, handle) : undefined} /></Foldable>
}

const isLong = (text: string) => text.length > 3_000 || text.split('\n').length > 40

/** Of a very long message only the beginning, until somebody wants all of it. */
function Foldable({ text, children }: { text: string; children: ReactNode }) {
  const [open, setOpen] = useState(false)
  if (!isLong(text)) return children
  return (
    <>
      <div className={cn(!open && 'max-h-80 overflow-hidden [mask-image:linear-gradient(black_70%,transparent)]')}>{children}</div>
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)} className="my-1 text-xs font-semibold underline underline-offset-2 pointer-coarse:min-h-11">{open ? m.show_less() : m.show_more()}</button>
    </>
  )
}

function Quote({ c, id, own }: { c: Conversation; id: number; own: boolean }) {
  const parent = useLive((s) => findById(s.timelines.get(c.id), id))
  const view = useView()
  return (
    <button type="button" onClick={() => view.jumpTo(id)} className={cn('mb-1 block max-w-full truncate rounded-md border-s-3 px-2 py-1 text-start text-xs', own ? 'border-white/60 bg-black/15' : 'border-primary bg-primary-soft/60')}>
      <b className="font-semibold"><bdi>{parent?.senderName ?? m.earlier_message()}</bdi></b>{' '}
      <bdi>{parent ? (parent.isDeleted ? m.deleted_message() : inOneLine(parent, c).slice(0, 140) || parent.attachments[0]?.fileName) : ''}</bdi>
    </button>
  )
}

function DeliveryMark({ message, c, text }: { message: Message; c: Conversation; text?: boolean }) {
  const { me } = useEngine()
  const state = useLive((s) => deliveryOf(message, c, s.delivered, me))
  const view = useView()
  const name = { SENT: m.sent(), DELIVERED: m.delivered(), READ: m.read() }[state]
  const icon = state === 'SENT' ? <Check className="size-3.5" /> : <CheckCheck className={cn('size-3.5', state === 'READ' && 'text-primary')} />
  return (
    <button type="button" onClick={() => view.openReceipts(message.id)} className="flex items-center gap-1" data-delivery={state} aria-label={name}>
      {icon}
      {text && <span aria-hidden="true">{name}</span>}
    </button>
  )
}
