import { Button } from '@parley/ui'
import { DoorOpen, Flame, KeyRound, Users } from 'lucide-react'
import { useCallback, useEffect, useState } from 'react'
import { Link } from 'wouter'
import * as api from './api.ts'
import { CreateRoom, JoinByLink } from './create.tsx'
import { rm } from './messages.ts'
import { Notice } from './notice.tsx'
import { useOptions } from './options.ts'
import { dropSecret, hasSecret, roomPath } from './secrets.ts'
import { clockOf, clockTime, useLeft } from './time.ts'

type Listed = api.MyRoom & { deadline: number }

/** Beside the chats of who is signed in: rooms are made here, and those found that are open. */
export default function Mine() {
  const options = useOptions()
  const [rooms, setRooms] = useState<Listed[] | null>()
  // The server says how long is left: clocks differ.
  const load = useCallback(() => void api.mine().then((list) => setRooms(list.map((room) => ({ ...room, deadline: Date.now() + room.ttl * 1000 }))), () => setRooms(null)), [])
  useEffect(() => {
    load()
    const timer = setInterval(load, 15_000)
    return () => clearInterval(timer)
  }, [load])
  if (options === undefined) return <main className="flex-1" />
  return (
    <main data-region="rooms" className="min-h-0 min-w-0 flex-1 overflow-y-auto scroll-thin">
      <div className="mx-auto max-w-[640px] px-8 py-10 max-md:px-5 max-md:py-6">
        <Notice className="mb-6" />
        <h1 className="text-[28px] leading-9 font-bold tracking-tight">{rm.rooms()}</h1>
        <p className="mt-2 max-w-[52ch] text-[15px] leading-6 text-muted-foreground">{rm.lobby_lead()}</p>
        {options ? <CreateRoom options={options} className="mt-6" /> : <p role="alert" className="mt-6 text-sm text-danger-strong">{rm.unreachable()}</p>}
        <JoinByLink className="mt-8 max-w-[460px]" />
        <section className="mt-10">
          <h2 className="mb-3 text-sm font-semibold">{rm.open_rooms()}</h2>
          {rooms === null && <p role="alert" className="text-sm text-danger-strong">{rm.unreachable()}</p>}
          {rooms?.length === 0 && <p className="text-sm text-muted-foreground">{rm.no_open_rooms()}</p>}
          {rooms && rooms.length > 0 && <ul className="space-y-2">{rooms.map((room) => <Row key={room.roomId} room={room} onGone={load} />)}</ul>}
        </section>
      </div>
    </main>
  )
}

function Row({ room, onGone }: { room: Listed; onGone(): void }) {
  const left = useLeft(room.deadline)
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState('')
  const inside = (room.seat ? 1 : 0) + room.peers
  // Without the key it leads nowhere; whoever made it can end it all the same.
  const lost = !hasSecret(room.roomId)
  const destroy = () => {
    if (!confirm(rm.destroy_sure())) return
    setBusy(true)
    api.destroy(room.roomId).then(() => {
      dropSecret(room.roomId)
      onGone()
    }, () => setTrouble(rm.destroy_failed())).finally(() => setBusy(false))
  }
  return (
    <li className="flex items-center gap-3 rounded-xl border bg-card p-3">
      <span className="grid size-10 shrink-0 place-items-center rounded-xl bg-primary-soft text-primary-soft-foreground"><DoorOpen className="size-5" /></span>
      <p className="min-w-0 flex-1 text-sm leading-5">
        <b className="block truncate font-semibold">{room.creator ? rm.made_at({ time: clockTime(room.createdAt) }) : rm.joined_room()}</b>
        <span className="flex items-center gap-1.5 text-xs text-muted-foreground"><Users className="size-3.5 shrink-0" />{inside > 1 ? rm.both_seats_taken() : inside > 0 ? rm.one_seat_taken() : rm.nobody_there()}</span>
        {lost && <span className="flex items-center gap-1.5 text-xs text-muted-foreground"><KeyRound className="size-3.5 shrink-0" />{rm.needs_link()}</span>}
        {trouble && <span role="alert" className="block text-xs text-danger-strong">{trouble}</span>}
      </p>
      <span className="text-sm font-semibold tabular-nums">{clockOf(left)}</span>
      {lost && room.mayDestroy ? (
        <Button variant="outline" disabled={busy} className="text-danger-strong max-md:h-11" onClick={destroy}><Flame />{rm.destroy_now()}</Button>
      ) : (
        <Button asChild variant="outline" className="max-md:h-11"><Link href={roomPath(room.roomId)}>{rm.open()}</Link></Button>
      )}
    </li>
  )
}
