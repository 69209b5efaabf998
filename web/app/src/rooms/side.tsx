import { Avatar, Button, cn } from '@parley/ui'
import { Link2, Pencil, Plus, UserX } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { useStore } from 'zustand'
import { m } from '../lib/messages.ts'
import { Destroy } from './destroy.tsx'
import { ReportButton, SaveCopy } from './keep.tsx'
import { rm } from './messages.ts'
import { useOptions } from './options.ts'
import { Qr } from './qr.tsx'
import type { Talk } from './talk.ts'
import { clockOf, dayAndTime, span, spoken } from './time.ts'
import { CopyLink } from './waiting.tsx'

/** Beside the talk, where there is room for it. */
export function Side({ talk, left, onName }: { talk: Talk; left: number; onName(): void }) {
  const peer = useStore(talk.store, (s) => s.peer)
  return (
    <aside aria-label={rm.room()} className="hidden w-80 shrink-0 flex-col border-s bg-sidebar md:flex">
      <div className="min-h-0 flex-1 overflow-y-auto scroll-thin">
        <TimeLeft talk={talk} left={left} />
        <Seats talk={talk} onName={onName} />
        {peer && <RoomLink talk={talk} />}
        {peer && (
          <section aria-label={rm.save_copy()} className="px-4 py-3.5">
            <p className="mb-2 text-xs leading-[17px] text-muted-foreground">{rm.save_hint()}</p>
            <SaveCopy talk={talk} className="h-9 w-full text-[13px]" />
            <ReportButton talk={talk} className="mt-1 h-9 w-full text-[13px]" />
          </section>
        )}
      </div>
      <div className="border-t px-4 py-3"><Destroy talk={talk} /></div>
    </aside>
  )
}

function Section({ title, note, children }: { title: string; note?: ReactNode; children: ReactNode }) {
  return (
    <section className="border-b px-4 py-3.5">
      <h2 className="mb-2 flex text-xs font-semibold text-muted-foreground">{title}<span className="ms-auto font-normal">{note}</span></h2>
      {children}
    </section>
  )
}

function TimeLeft({ talk, left }: { talk: Talk; left: number }) {
  const { info, about } = useStore(talk.store)
  const options = useOptions()
  const total = info?.ttl ?? 600
  const latest = about && options && about.createdAt + options.maxLifetime * 1000
  return (
    <Section title={rm.time_left_title()}>
      <div className="flex items-center gap-4">
        <div role="timer" aria-label={rm.time_left({ time: spoken(left) })} className="relative grid size-[92px] shrink-0 place-items-center">
          <Ring part={Math.min(1, left / total)} low={left <= 60} />
          <span aria-hidden="true" className="relative text-center">
            <b className="block text-xl leading-6 font-semibold tabular-nums">{clockOf(left)}</b>
            <span className="text-2xs text-muted-foreground">{rm.of_time({ time: clockOf(total) })}</span>
          </span>
        </div>
        <p className="text-[13px] leading-[19px] text-muted-foreground">
          {info?.mode === 'fixed' ? rm.ends_fixed_long({ span: span(total) }) : rm.ends_idle_long({ span: span(total) })}
          {info?.mode === 'idle' && latest && <> {rm.at_the_latest({ when: dayAndTime(latest) })}</>}
        </p>
      </div>
    </Section>
  )
}

function Ring({ part, low }: { part: number; low: boolean }) {
  const around = 2 * Math.PI * 46
  return (
    <svg viewBox="0 0 100 100" className="absolute inset-0 -rotate-90" aria-hidden="true">
      <circle cx="50" cy="50" r="46" fill="none" stroke="var(--border)" strokeWidth="6" />
      <circle cx="50" cy="50" r="46" fill="none" stroke={low ? 'var(--destructive)' : 'var(--primary)'} strokeWidth="6" strokeLinecap="round" strokeDasharray={`${around * part} ${around}`} />
    </svg>
  )
}

function Seats({ talk, onName }: { talk: Talk; onName(): void }) {
  const { peer, peerName, peerOnline, peerLeft, name, seat, about } = useStore(talk.store)
  const other = 3 - seat
  return (
    <Section title={peer ? rm.two_people() : rm.two_seats()} note={rm.no_third_seat()}>
      <ul className="grid grid-cols-2 gap-2">
        <li className="relative flex min-w-0 items-center gap-2.5 rounded-xl border bg-card p-2.5 [--av-ring:var(--card)]">
          <Avatar name={name || m.you()} size={32} presence="online" />
          <Seat name={name || m.you()} note={rm.seat_n({ n: seat })} />
          <button type="button" onClick={onName} aria-label={rm.your_name()} className="absolute end-1 top-1 grid size-7 place-items-center rounded-md text-muted-foreground hover:bg-muted hover:text-foreground"><Pencil className="size-3.5" /></button>
        </li>
        {peer ? (
          <li className="flex min-w-0 items-center gap-2.5 rounded-xl border bg-card p-2.5 [--av-ring:var(--card)]">
            <Avatar name={peerName || rm.other_side()} size={32} presence={peerOnline ? 'online' : 'offline'} />
            <Seat name={peerName || rm.other_side()} note={peerLeft ? rm.peer_left_short() : peerOnline ? rm.seat_n({ n: other }) : rm.peer_away_short()} />
          </li>
        ) : (
          <li className="flex items-center gap-2.5 rounded-xl border border-dashed border-input p-2.5">
            <span className="grid size-8 shrink-0 place-items-center rounded-full border border-dashed border-input text-muted-foreground"><Plus className="size-4" /></span>
            <Seat name={rm.free()} note={rm.seat_n({ n: other })} />
          </li>
        )}
      </ul>
      {peer && about?.creator && <FreeSeat talk={talk} />}
    </Section>
  )
}

function Seat({ name, note }: { name: string; note: string }) {
  return (
    <span className="min-w-0 leading-tight">
      <b dir="auto" className="block truncate text-[13.5px] font-semibold">{name}</b>
      <span className="block truncate text-xs text-muted-foreground">{note}</span>
    </span>
  )
}

/** Shows the other out; the link they know opens nothing after that. */
function FreeSeat({ talk }: { talk: Talk }) {
  const [asked, ask] = useState(false)
  const [trouble, setTrouble] = useState(false)
  if (!asked) return <Button variant="ghost" size="sm" className="mt-1 w-full text-[13px]" onClick={() => ask(true)}><UserX />{rm.free_seat()}</Button>
  return (
    <div role="group" aria-label={rm.free_seat()} className="mt-3 rounded-xl border bg-card p-3">
      <p className={cn('text-xs leading-[17px] text-muted-foreground', trouble && 'text-danger-strong')}>{trouble ? rm.went_wrong() : rm.free_seat_hint()}</p>
      <div className="mt-2.5 flex gap-2">
        <Button size="sm" variant="outline" className="flex-1 text-[13px]" onClick={() => ask(false)}>{m.cancel()}</Button>
        <Button size="sm" variant="danger" className="flex-1 text-[13px]" autoFocus onClick={() => void talk.freeSeat().catch(() => setTrouble(true))}>{rm.free_seat()}</Button>
      </div>
    </div>
  )
}

function RoomLink({ talk }: { talk: Talk }) {
  const { link } = talk
  return (
    <Section title={rm.room_link()}>
      <div dir="ltr" className="flex h-9 items-center rounded-lg border border-input bg-card px-2.5 text-[13px]"><Link2 className="size-4 shrink-0 text-muted-foreground" /><span className="ms-2 truncate">{link.replace(/^https?:\/\//, '')}</span></div>
      <div className="mt-2 flex gap-3.5">
        <Qr text={link} size={96} />
        <div className="flex min-w-0 flex-1 flex-col">
          <p className="text-xs leading-[17px] text-muted-foreground">{rm.link_brings_back()}</p>
          <CopyLink link={link} small className="mt-auto w-full text-[13px]" />
        </div>
      </div>
    </Section>
  )
}
