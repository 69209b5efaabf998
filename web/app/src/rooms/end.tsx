import { Button, Mark } from '@parley/ui'
import { Plus } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { useStore } from 'zustand'
import { session } from '../lib/session.ts'
import { canEncrypt } from './crypto.ts'
import { forgetEnding, type Ending } from './ending.ts'
import { makeRoom } from './make.ts'
import { rm } from './messages.ts'
import { useOptions } from './options.ts'
import { whyNot } from './refused.ts'
import { clockTime } from './time.ts'

function reasonOf({ reason, by, at }: Ending): string {
  const time = clockTime(at)
  if (reason === 'expired') return rm.end_expired({ time })
  if (reason === 'operator') return rm.end_operator({ time })
  if (reason === 'restart') return rm.end_restart({ time })
  if (reason === 'shown-out') return rm.end_shown_out({ time })
  return by === 'you' ? rm.end_by_you({ time }) : by === 'peer' ? rm.end_by_peer({ time }) : rm.end_by_somebody({ time })
}

/** What is left of a room: why it ended, and nothing else. */
export function End({ how }: { how: Ending }) {
  const [, go] = useLocation()
  const signedIn = useStore(session, (s) => s.phase === 'in')
  const options = useOptions()
  const [trouble, setTrouble] = useState('')
  const title = useRef<HTMLHeadingElement>(null)
  const shownOut = how.reason === 'shown-out'
  useEffect(() => {
    document.title = 'Parley'
    title.current?.focus()
  }, [])
  const may = options?.enabled && canEncrypt() && !options.passRequired && (signedIn || !options.membersOnly)
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex h-14 shrink-0 items-center gap-2.5 px-4"><Mark size={30} /><span className="text-[15px] font-bold tracking-tight">{rm.parley_rooms()}</span></header>
      <main className="mx-auto flex w-full max-w-[420px] flex-1 flex-col px-5 pb-[max(1.5rem,env(safe-area-inset-bottom))]">
        <div className="flex flex-1 flex-col items-center justify-center py-8 text-center">
          <Gone />
          <h1 ref={title} tabIndex={-1} className="mt-4 text-[26px] leading-8 font-bold tracking-tight outline-none">{shownOut ? rm.end_title_out() : rm.end_title()}</h1>
          <p className="mt-2 max-w-[34ch] text-[15px] leading-[22px] text-balance text-muted-foreground">{reasonOf(how)} {shownOut ? rm.end_forgotten() : rm.end_nothing_left()}{how.reported && ` ${rm.end_reported()}`}</p>
        </div>
        {trouble && <p role="alert" className="mb-3 text-center text-sm text-danger-strong">{trouble}</p>}
        <div className="space-y-2.5 pt-4">
          {may && <Button className="h-12 w-full rounded-xl text-[15px] font-semibold" onClick={() => void makeRoom({}).then(go, (error: unknown) => setTrouble(whyNot(error)))}><Plus />{rm.new_room()}</Button>}
          <Button asChild variant="outline" className="h-12 w-full rounded-xl text-[15px]"><Link href={signedIn ? '/rooms' : '/'} onClick={forgetEnding}>{rm.back_to_start()}</Link></Button>
        </div>
      </main>
    </div>
  )
}

/** Two bubbles that dissolve; decoration. */
function Gone() {
  return (
    <svg viewBox="0 0 160 112" className="w-40" aria-hidden="true">
      <g fill="none" strokeWidth="3" strokeLinejoin="round" strokeLinecap="round">
        <path d="M46 22h44a9 9 0 0 1 9 9v22a9 9 0 0 1-9 9H63L50 73V62h-4a9 9 0 0 1-9-9V31a9 9 0 0 1 9-9z" stroke="var(--primary)" strokeDasharray="5 7" />
        <path d="M107 42h6a9 9 0 0 1 9 9v21a9 9 0 0 1-9 9h-3v10L98 81H82a9 9 0 0 1-8-5" stroke="var(--ring)" strokeDasharray="2 8" opacity=".7" />
      </g>
      <g fill="var(--primary)">
        {[[112, 24, 3, 0.8], [126, 14, 2.4, 0.55], [130, 32, 2, 0.45], [140, 22, 1.6, 0.3], [120, 6, 1.6, 0.3]].map(([x, y, r, opacity]) => <circle key={x} cx={x} cy={y} r={r} opacity={opacity} />)}
      </g>
    </svg>
  )
}
