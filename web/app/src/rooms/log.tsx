import { Avatar, cn } from '@parley/ui'
import { Check, CheckCheck, Clock, DoorOpen, LockOpen, RotateCcw, ShieldCheck, ShieldAlert, SmilePlus, X, type LucideIcon } from 'lucide-react'
import { Fragment, memo, useEffect, useId, useLayoutEffect, useRef, type ReactNode } from 'react'
import { useStore } from 'zustand'
import { EmojiButton } from '../emoji/emoji-button.tsx'
import { m } from '../lib/messages.ts'
import { FileView } from './file.tsx'
import type { Line } from './lines.ts'
import { rm } from './messages.ts'
import type { Talk } from './talk.ts'
import { clockTime } from './time.ts'

const together = 3 * 60_000
const nearEnd = 80

export function Log({ talk }: { talk: Talk }) {
  const { lines, seat, peerReadId, peerName, peerTyping, cipher, loaded } = useStore(talk.store)
  const box = useRef<HTMLDivElement>(null)
  const inner = useRef<HTMLDivElement>(null)
  const stuck = useRef(true)
  const toEnd = () => {
    if (stuck.current && box.current) box.current.scrollTop = box.current.scrollHeight
  }
  useLayoutEffect(() => {
    if (lines.at(-1)?.state === 'sending') stuck.current = true
    toEnd()
  }, [lines, peerTyping])
  useEffect(() => {
    // Images arrive and keyboards open; the last line stays in sight.
    const observer = new ResizeObserver(toEnd)
    observer.observe(box.current!)
    observer.observe(inner.current!)
    return () => observer.disconnect()
  }, [])
  useEffect(() => {
    const see = () => document.visibilityState === 'visible' && talk.see()
    see()
    document.addEventListener('visibilitychange', see)
    return () => document.removeEventListener('visibilitychange', see)
  }, [talk, lines])
  const seen = lines.findLast((l) => l.mine && l.state === 'sent' && Number(l.id) <= Number(peerReadId))?.seq ?? 0
  return (
    <div
      ref={box} role="log" aria-label={rm.messages()} aria-live="polite" aria-busy={!loaded} tabIndex={0}
      onScroll={({ currentTarget: at }) => (stuck.current = at.scrollHeight - at.scrollTop - at.clientHeight < nearEnd)}
      className="flex min-h-0 flex-1 flex-col overflow-y-auto overscroll-contain scroll-thin"
    >
      <div ref={inner} className="mx-auto mt-auto w-full max-w-[760px] px-4 pb-3 max-md:px-3">
        <Opening talk={talk} />
        <Told icon={cipher ? ShieldCheck : LockOpen}>{cipher ? rm.both_here_encrypted() : rm.both_here_clear()}</Told>
        {lines.map((line, i) => {
          const joins = (other: Line | undefined) => other?.mine === line.mine && other.seat === line.seat && Math.abs(other.at - line.at) < together && other.name === line.name
          return <Bubble key={line.key} line={line} talk={talk} first={!joins(lines[i - 1])} last={!joins(lines[i + 1])} seen={line.seq <= seen} face={(line.seat !== seat && peerName) || rm.other_side()} />
        })}
        <div aria-live="off">
          {peerTyping && (
            <div className="mt-3 flex items-end gap-2">
              <Avatar name={peerName || rm.other_side()} size={28} />
              <span className="grid h-9 place-items-center rounded-2xl bg-bubble-other px-4"><Dots /><span className="sr-only">{rm.is_typing()}</span></span>
            </div>
          )}
        </div>
        <Absence talk={talk} />
      </div>
    </div>
  )
}

function Opening({ talk }: { talk: Talk }) {
  const about = useStore(talk.store, (s) => s.about)
  return about?.creator ? <Told icon={DoorOpen}>{rm.you_made({ time: clockTime(about.createdAt) })}</Told> : null
}

function Absence({ talk }: { talk: Talk }) {
  const { peerLeft, peerOnline, loaded } = useStore(talk.store)
  if (!loaded || peerOnline) return null
  return <Told icon={DoorOpen}>{peerLeft ? rm.peer_left() : rm.peer_away()}</Told>
}

function Told({ icon: Icon, children }: { icon: LucideIcon; children: ReactNode }) {
  return <p className="mt-3 flex items-center justify-center gap-1.5 text-center text-xs text-muted-foreground"><Icon className="size-3.5 shrink-0" />{children}</p>
}

export function Dots() {
  return (
    <span aria-hidden="true" className="flex gap-1">
      {[0, 160, 320].map((delay) => <i key={delay} className="size-1.5 animate-pulse rounded-full bg-muted-foreground" style={{ animationDelay: `${delay}ms` }} />)}
    </span>
  )
}

interface BubbleProps {
  line: Line
  talk: Talk
  first: boolean
  last: boolean
  seen: boolean
  face: string
}

const Bubble = memo(function Bubble({ line, talk, first, last, seen, face }: BubbleProps) {
  const { mine, body } = line
  const isFile = body.kind === 'file'
  const id = useId()
  const who = mine ? m.you() : line.name || face
  return (
    <div role="article" aria-labelledby={`${id}-who ${id}-said ${id}-mark`} className={cn('group flex items-end gap-2', first ? 'mt-3' : 'mt-0.5', mine && 'flex-row-reverse')}>
      {!mine && (last ? <Avatar name={line.name || face} size={28} className="mb-6" /> : <span className="w-7 shrink-0" />)}
      <div className={cn('flex min-w-0 max-w-[85%] flex-col', mine ? 'items-end' : 'items-start')}>
        <span id={`${id}-who`} className="sr-only">{who}: </span>
        <div
          id={`${id}-said`}
          className={cn(
            'max-w-full rounded-[18px] text-msg break-words whitespace-pre-wrap', isFile ? 'p-1.5' : 'px-3.5 py-[7px]',
            mine ? 'bg-bubble-own text-bubble-own-foreground' : 'bg-bubble-other',
            !first && (mine ? 'rounded-se-[6px]' : 'rounded-ss-[6px]'), !last && (mine ? 'rounded-ee-[6px]' : 'rounded-es-[6px]'),
          )}
        >
          {body.kind === 'text' && <span dir="auto" className="block"><Words text={body.text} /></span>}
          {body.kind === 'file' && <FileView line={line} talk={talk} />}
          {body.kind === 'unreadable' && <span className="flex items-center gap-1.5 italic"><ShieldAlert className="size-4 shrink-0" />{rm.unreadable()}</span>}
        </div>
        <Reactions line={line} talk={talk} />
        {line.plain && line.state === 'sent' && <p className="mt-0.5 flex items-center gap-1 px-1 text-2xs font-semibold text-danger-strong"><LockOpen className="size-3" />{rm.not_encrypted()}</p>}
        {line.state === 'failed' ? <Failed line={line} talk={talk} /> : last && <Mark id={`${id}-mark`} line={line} seen={seen} />}
      </div>
      {line.state === 'sent' && (
        <EmojiButton
          icon={SmilePlus} few label={rm.react_to({ excerpt: excerptOf(body) })} tip={m.add_reaction()} onPick={(emoji) => void talk.react(line, emoji)}
          className={cn('size-8 shrink-0 self-center text-muted-foreground opacity-0 group-hover:opacity-100 focus-visible:opacity-100 aria-expanded:opacity-100 pointer-coarse:size-11 pointer-coarse:opacity-60', last && 'mb-5')}
        />
      )}
    </div>
  )
})

const excerptLength = 40

/** So much of a message that one knows which it is. */
function excerptOf(body: Line['body']): string {
  const all = body.kind === 'text' ? body.text : body.kind === 'file' ? body.file.name : rm.unreadable()
  const signs = [...all.replace(/\s+/g, ' ')]
  return signs.length > excerptLength ? `${signs.slice(0, excerptLength).join('')}…` : signs.join('')
}

/** One of each side, at most; a press on one's own takes it away. */
function Reactions({ line, talk }: { line: Line; talk: Talk }) {
  const { ownReaction: own, peerReaction: peer } = line
  if (!own && !peer) return null
  const chip = 'inline-flex h-7 items-center rounded-full border bg-background px-2 text-[15px] max-md:h-8'
  return (
    <div className="relative z-1 -mt-1.5 flex gap-1 px-2">
      {own && <button type="button" aria-pressed="true" aria-label={rm.your_reaction({ emoji: own })} onClick={() => void talk.react(line, own)} className={cn(chip, 'border-ring/60 bg-primary-soft')}>{own}</button>}
      {peer && <span role="img" aria-label={rm.their_reaction({ emoji: peer })} className={chip}>{peer}</span>}
    </div>
  )
}

function Mark({ id, line, seen }: { id: string; line: Line; seen: boolean }) {
  const [Icon, text] = line.state === 'sending' ? [Clock, rm.sending()] as const : seen ? [CheckCheck, rm.seen()] as const : [Check, rm.sent()] as const
  return (
    <p id={id} className="mt-1 flex items-center gap-1 px-1 text-2xs text-muted-foreground">
      <time dateTime={new Date(line.at).toISOString()}>{clockTime(line.at)}</time>
      {line.mine && <><Icon className={cn('size-3.5', seen && 'text-primary')} />{text}</>}
    </p>
  )
}

function Failed({ line, talk }: { line: Line; talk: Talk }) {
  const why = line.trouble === '413' ? rm.failed_large() : line.trouble === '429' ? rm.too_often() : rm.failed()
  return (
    <p role="alert" className="mt-1 flex flex-wrap items-center gap-x-2 px-1 text-xs text-danger-strong">
      {why}
      <button type="button" onClick={() => talk.retry(line.key)} className="flex min-h-6 items-center gap-1 font-semibold underline underline-offset-2"><RotateCcw className="size-3" />{m.retry()}</button>
      <button type="button" onClick={() => talk.drop(line.key)} className="flex min-h-6 items-center gap-1 underline underline-offset-2"><X className="size-3" />{rm.drop()}</button>
    </p>
  )
}

const address = /(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'])/g

/** Text as it was written; addresses can be followed, and are told nothing of this room. */
function Words({ text }: { text: string }) {
  return text.split(address).map((part, i) => (
    <Fragment key={i}>{i % 2 ? <a href={part} target="_blank" rel="noreferrer noopener" className="underline underline-offset-2">{part}</a> : part}</Fragment>
  ))
}
