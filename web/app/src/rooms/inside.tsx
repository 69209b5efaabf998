import { Avatar, Button, cn, Field, Mark, Sheet } from '@parley/ui'
import { CircleHelp, Lock, LockOpen, LogOut, MoreHorizontal, Pencil, Plus, Timer, TriangleAlert, WifiOff } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import { session } from '../lib/session.ts'
import { m } from '../lib/messages.ts'
import { Composer } from './composer.tsx'
import { Destroy } from './destroy.tsx'
import { More } from './keep.tsx'
import { HowRooms } from './lobby.tsx'
import { Log } from './log.tsx'
import { rm } from './messages.ts'
import { Side } from './side.tsx'
import type { Talk } from './talk.ts'
import { clockOf, spoken, useLeft } from './time.ts'
import { Waiting } from './waiting.tsx'

const warnAt = 60

/** A room in which one sits. */
export function Inside({ talk }: { talk: Talk }) {
  const peer = useStore(talk.store, (s) => s.peer)
  const online = useStore(talk.store, (s) => s.online)
  const knocked = useStore(talk.store, (s) => s.knocked)
  const deadline = useStore(talk.store, (s) => s.deadline)
  const signedIn = useStore(session, (s) => s.phase === 'in')
  const left = useLeft(deadline)
  const [how, setHow] = useState(false)
  const [naming, setNaming] = useState(false)
  const [more, setMore] = useState(false)
  const leave = () => void talk.leave(signedIn ? '/rooms' : '/')
  return (
    <div className="flex h-dvh flex-col overflow-hidden">
      <header className="flex h-14 shrink-0 items-center gap-2.5 border-b px-4 max-md:px-3 pt-[env(safe-area-inset-top)] box-content">
        <span className="max-sm:hidden"><Mark size={30} /></span>
        <div className="min-w-0 leading-tight">
          <h1 className="truncate text-[15px] font-bold tracking-tight">{rm.private_room()}</h1>
          <Secrecy talk={talk} />
        </div>
        <span className="ms-auto flex items-center gap-1">
          <Button variant="ghost" size="sm" className="text-[13px] max-md:hidden" onClick={() => setHow(true)}><CircleHelp />{rm.how_rooms_work()}</Button>
          <span role="timer" aria-label={rm.time_left({ time: spoken(left) })} className={cn('inline-flex h-9 items-center gap-1.5 rounded-full bg-primary-soft px-3 text-sm font-semibold text-primary-soft-foreground tabular-nums md:hidden', left <= warnAt && 'bg-danger-soft text-danger-strong')}><Timer className="size-4" />{clockOf(left)}</span>
          {peer && <Button variant="ghost" aria-label={m.more_actions()} aria-haspopup="dialog" className="size-11 p-0 md:hidden" onClick={() => setMore(true)}><MoreHorizontal className="size-5" /></Button>}
          <Button variant="outline" size="sm" aria-label={rm.leave()} className="text-[13px] max-md:size-11 max-md:border-0 max-md:p-0" onClick={leave}><LogOut className="rtl:-scale-x-100" /><span className="max-md:hidden">{rm.leave()}</span></Button>
        </span>
      </header>
      {!online && <p role="status" className="flex shrink-0 items-center justify-center gap-2 bg-muted px-4 py-1.5 text-center text-[13px] text-muted-foreground"><WifiOff className="size-4 shrink-0" />{rm.reconnecting()}</p>}
      <div className="flex min-h-0 flex-1">
        <main className="flex min-w-0 flex-1 flex-col">
          <Strip talk={talk} onName={() => setNaming(true)} />
          <Clear talk={talk} />
          <Knock times={knocked} />
          <LastMinute talk={talk} left={left} />
          {peer ? <Log talk={talk} /> : <Waiting talk={talk} />}
          <Composer talk={talk} />
        </main>
        <Side talk={talk} left={left} onName={() => setNaming(true)} />
      </div>
      <More talk={talk} open={more} onOpenChange={setMore} onHow={() => setHow(true)} />
      <HowRooms open={how} onOpenChange={setHow} />
      <YourName talk={talk} open={naming} onOpenChange={setNaming} />
    </div>
  )
}

/** What can be said of who reads along. */
function Secrecy({ talk }: { talk: Talk }) {
  const cipher = useStore(talk.store, (s) => s.cipher)
  const sealed = cipher && talk.keyed
  return (
    <p className={cn('flex items-center gap-1 truncate text-xs text-muted-foreground [&_svg]:size-3 [&_svg]:shrink-0', !sealed && 'font-semibold text-danger-strong')}>
      {sealed ? <Lock /> : <LockOpen />}
      {sealed ? rm.encrypted() : <><span className="max-sm:hidden">{rm.not_encrypted()}</span><span className="sm:hidden">{rm.not_encrypted_short()}</span></>}
    </p>
  )
}

/** Told to both as soon as one of them writes what the server can read. */
function Clear({ talk }: { talk: Talk }) {
  const cipher = useStore(talk.store, (s) => s.cipher)
  if (cipher && talk.keyed) return null
  return (
    <p role="alert" className="flex shrink-0 items-start gap-2 border-b border-note-border bg-note px-4 py-2.5 text-[13.5px] leading-5 text-note-foreground">
      <TriangleAlert className="mt-0.5 size-4 shrink-0" />
      {talk.keyed ? rm.in_clear() : rm.keyless()}
    </p>
  )
}

/** Whoever made the room hears that a third person stood before it. */
function Knock({ times }: { times: number }) {
  const [shown, show] = useState(false)
  useEffect(() => {
    if (times === 0) return show(false)
    show(true)
    const timer = setTimeout(() => show(false), 12_000)
    return () => clearTimeout(timer)
  }, [times])
  return <p role="status" className={shown ? 'shrink-0 bg-muted px-4 py-2 text-center text-[13px] text-muted-foreground' : 'sr-only'}>{shown && rm.knocked()}</p>
}

/** Said once, not each second. */
function LastMinute({ talk, left }: { talk: Talk; left: number }) {
  const idle = useStore(talk.store, (s) => s.info?.mode === 'idle')
  if (left > warnAt) return null
  return (
    <div className="flex shrink-0 items-center gap-2 border-b bg-danger-soft px-4 py-2.5 text-[13.5px] leading-5 font-medium text-danger-strong">
      <Timer className="size-4 shrink-0" />
      <p role="alert" className="min-w-0 flex-1">{idle ? rm.last_minute_idle() : rm.last_minute_fixed()}</p>
      <span aria-hidden="true" className="tabular-nums">{clockOf(left)}</span>
      <p role="alert" className="sr-only">{left <= 10 && left > 0 ? rm.last_seconds() : ''}</p>
    </div>
  )
}

/** On a phone the seats and the way out stand above the talk. */
function Strip({ talk, onName }: { talk: Talk; onName(): void }) {
  const { peer, name, peerName } = useStore(talk.store)
  return (
    <div className="flex shrink-0 items-center gap-3 border-b bg-sidebar px-3 py-3 md:hidden">
      <button type="button" onClick={onName} aria-label={rm.your_name()} className="flex shrink-0 -space-x-1 rounded-full py-1.5">
        <Avatar name={name || m.you()} size={32} className="ring-2 ring-sidebar" />
        {peer ? <Avatar name={peerName || rm.other_side()} size={32} className="ring-2 ring-sidebar" /> : <span className="grid size-8 place-items-center rounded-full border border-dashed border-muted-foreground bg-sidebar text-muted-foreground"><Plus className="size-4" /></span>}
      </button>
      <p className="min-w-0 flex-1 leading-tight">
        <b className="block truncate text-[13.5px] font-semibold">{peer ? rm.you_and({ name: peerName || rm.other_side_inside() }) : rm.only_you()}</b>
        <PeerState talk={talk} />
      </p>
      <Destroy talk={talk} compact />
    </div>
  )
}

function PeerState({ talk }: { talk: Talk }) {
  const { peer, peerOnline, peerLeft } = useStore(talk.store)
  return <span className="text-xs text-muted-foreground">{!peer ? rm.one_seat_taken() : peerLeft ? rm.peer_left_short() : peerOnline ? rm.both_seats_taken() : rm.peer_away_short()}</span>
}

function YourName({ talk, open, onOpenChange }: { talk: Talk; open: boolean; onOpenChange(open: boolean): void }) {
  const name = useStore(talk.store, (s) => s.name)
  return (
    <Sheet open={open} onOpenChange={onOpenChange} title={rm.your_name()}>
      <form
        className="space-y-4 px-5 pb-5" autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault()
          talk.rename(String(new FormData(event.currentTarget).get('name') ?? ''))
          onOpenChange(false)
        }}
      >
        <Field name="name" label={rm.name_optional()} hint={talk.keyed ? rm.name_hint() : rm.name_hint_clear()} defaultValue={name} maxLength={100} autoFocus autoComplete="off" />
        <Button type="submit" className="h-11 w-full"><Pencil />{m.save()}</Button>
      </form>
    </Sheet>
  )
}
