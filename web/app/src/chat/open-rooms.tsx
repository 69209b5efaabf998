import { DoorOpen, Plus } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { timeOf } from '../lib/time.ts'
import { useNow } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import { mine, type MyRoom } from '../rooms/api.ts'
import { roomPath } from '../rooms/secrets.ts'
import { span } from '../rooms/time.ts'

type Open = MyRoom & { deadline: number }

/** One's open rooms in the list, and where one is made; nothing where the operator has none. */
export default function OpenRooms() {
  const [at, go] = useLocation()
  const now = useNow(10_000)
  const [rooms, setRooms] = useState<Open[] | null>(null)
  // The room itself is a page of its own: who comes back from it comes here anew.
  const inRooms = at.startsWith('/rooms')
  useEffect(() => {
    let current = true
    void mine().then((list) => current && setRooms(list.map((r) => ({ ...r, deadline: Date.now() + r.ttl * 1000 }))), () => undefined)
    return () => {
      current = false
    }
  }, [inRooms])
  // Where one cannot be made at once, the page of rooms says why, or asks for what is missing.
  const make = () => import('../rooms/make.ts').then(({ makeRoom }) => makeRoom({})).then(go, () => go('/rooms'))
  if (!rooms) return null
  return (
    <section aria-label={m.disposable_rooms()}>
      <div className="mt-2 mb-1 flex items-center px-1 text-xs font-semibold text-muted-foreground">
        <h2 className="min-w-0 flex-1 px-1 py-0.5">{m.disposable_rooms()}</h2>
        <button type="button" aria-label={m.create_room()} onClick={() => void make()} className="grid size-6 place-items-center rounded hover:bg-sidebar-hover max-md:size-11"><Plus className="size-3.5" /></button>
      </div>
      <ul>
        {rooms.filter((r) => r.deadline > now).map((r) => (
          <li key={r.roomId}>
            <Link href={roomPath(r.roomId)} className="flex h-8 items-center gap-2 rounded-md px-2 text-[13.5px] text-muted-foreground hover:bg-sidebar-hover compact:h-7 max-md:h-11 max-md:text-[15px]">
              <DoorOpen className="mx-0.5 size-4 shrink-0 opacity-75" />
              <span className="min-w-0 flex-1 truncate">{m.room_from({ time: timeOf(new Date(r.createdAt).toISOString()) })}</span>
              <span className="text-2xs tabular-nums">{span(60 * Math.max(1, Math.round((r.deadline - now) / 60_000)), 'short')}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  )
}
