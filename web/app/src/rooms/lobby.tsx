import { Avatar, Button, Mark, Sheet } from '@parley/ui'
import { ArrowLeft, ArrowRight, CircleHelp, Flame, KeyRound, MessagesSquare, Timer, Users } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Link, useSearch } from 'wouter'
import { useStore } from 'zustand'
import { session } from '../lib/session.ts'
import { m } from '../lib/messages.ts'
import { Harbour } from '../screens/entrance.tsx'
import Landing from '../screens/landing.tsx'
import { CreateRoom, JoinByLink } from './create.tsx'
import { rm } from './messages.ts'
import { Notice, noticeOf } from './notice.tsx'
import { useOptions } from './options.ts'

/** Where rooms are made and found, and where those are sent who cannot be shown one. */
export function Lobby() {
  const options = useOptions()
  const told = noticeOf(new URLSearchParams(useSearch()))
  const [how, setHow] = useState(false)
  useEffect(() => {
    document.title = 'Parley'
    // Browsers carry the key of a room along when they are sent here from it.
    if (location.hash) history.replaceState(history.state, '', location.pathname + location.search)
  }, [])
  if (options === undefined) return null
  if (!told && !options?.enabled) return <Landing />
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="mx-auto flex h-18 w-full max-w-[1200px] shrink-0 items-center gap-2.5 px-8 max-md:h-14 max-md:px-4">
        <Mark size={34} />
        <span className="text-lg font-bold tracking-tight">Parley</span>
        <Button variant="ghost" className="ms-6 max-md:ms-auto max-md:size-11 max-md:p-0" aria-label={rm.how_rooms_work()} onClick={() => setHow(true)}>
          <CircleHelp className="md:hidden max-md:size-5" />
          <span className="max-md:hidden">{rm.how_rooms_work()}</span>
        </Button>
        <Doors className="md:ms-auto" />
      </header>
      <main className="mx-auto grid w-full max-w-[1200px] flex-1 items-center gap-16 px-8 py-6 max-lg:content-start max-md:gap-6 max-md:px-5 max-md:pt-2 lg:grid-cols-[1.06fr_1fr]">
        <div className="min-w-0">
          <Notice className="mb-6" />
          <div className="mb-6 h-33 overflow-hidden rounded-2xl sm:h-64 lg:hidden"><Harbour className="h-[136%] w-full" /></div>
          <h1 className="text-[3.375rem] leading-[1.06] font-bold tracking-[-0.03em] text-balance max-md:text-[2.125rem]">{rm.lobby_title()}</h1>
          <p className="mt-5 max-w-[46ch] text-[17px] leading-[1.6] text-muted-foreground max-md:mt-3 max-md:text-[15.5px]">{rm.lobby_lead()}</p>
          {options && <CreateRoom options={options} className="mt-8 max-md:mt-6" />}
          <JoinByLink className="mt-9 max-w-[460px] max-md:mt-7" />
          <ul className="mt-9 flex flex-wrap gap-x-6 gap-y-2 text-[13px] text-muted-foreground max-md:hidden [&_svg]:size-4 [&_svg]:text-primary">
            <li className="flex items-center gap-2"><Users />{rm.fact_seats()}</li>
            <li className="flex items-center gap-2"><KeyRound />{rm.fact_key()}</li>
            <li className="flex items-center gap-2"><Flame />{rm.fact_end()}</li>
          </ul>
        </div>
        <Picture />
      </main>
      <Footer abuseContact={options?.abuseContact} />
      <HowRooms open={how} onOpenChange={setHow} />
    </div>
  )
}

/** The ways to one's account, or into it. */
function Doors({ className }: { className?: string }) {
  const signedIn = useStore(session, (s) => s.phase === 'in')
  return (
    <Button asChild variant="outline" className={`${className ?? ''} max-md:h-11`}>
      {signedIn ? <Link href="/chat"><ArrowLeft className="rtl:-scale-x-100" />{rm.back_to_chats()}</Link> : <Link href="/sign-in">{m.sign_in()}</Link>}
    </Button>
  )
}

function Picture() {
  return (
    <div aria-hidden="true" className="relative h-[600px] overflow-hidden rounded-[32px] max-lg:hidden">
      <Harbour className="size-full" />
      <div className="absolute inset-x-7 top-7 rounded-2xl bg-card p-4 shadow-panel">
        <p className="flex items-center gap-2.5">
          <span className="flex -space-x-1"><Avatar name={m.you()} size={28} className="ring-2 ring-card" /><Avatar name="Sam" size={28} className="ring-2 ring-card" /></span>
          <b className="text-[13.5px] font-semibold">{rm.you_and({ name: 'Sam' })}</b>
          <span className="ms-auto inline-flex h-7 items-center gap-1.5 rounded-full bg-primary-soft px-2.5 text-[13px] font-semibold text-primary-soft-foreground tabular-nums"><Timer className="size-3.5" />8:41</span>
        </p>
        <p className="mt-3 w-fit rounded-2xl bg-bubble-other px-3 py-1.5 text-msg">{rm.picture_one()}</p>
        <p className="mt-2 ms-auto w-fit rounded-2xl bg-bubble-own px-3 py-1.5 text-msg text-bubble-own-foreground">{rm.picture_two()}</p>
      </div>
    </div>
  )
}

function Footer({ abuseContact }: { abuseContact: string | undefined }) {
  const signedIn = useStore(session, (s) => s.phase === 'in')
  return (
    <footer className="border-t bg-sidebar pb-[env(safe-area-inset-bottom)]">
      <div className="mx-auto flex max-w-[1200px] items-center gap-4 px-8 py-5 max-md:flex-wrap max-md:px-5 max-md:py-4">
        <span className="grid size-10 shrink-0 place-items-center rounded-xl bg-primary-soft text-primary-soft-foreground"><MessagesSquare className="size-5" /></span>
        <p className="min-w-0 flex-1 text-sm leading-5">
          <b className="block font-semibold">{rm.footer_title()}</b>
          <span className="text-muted-foreground">{rm.footer_text()}</span>
          {abuseContact && <span className="mt-1 block break-words text-muted-foreground">{rm.report_abuse({ contact: abuseContact })}</span>}
        </p>
        {!signedIn && (
          <span className="flex gap-2 max-md:w-full">
            <Button asChild variant="outline" className="bg-background max-md:h-11 max-md:flex-1"><Link href="/sign-in">{m.sign_in()}</Link></Button>
            <Button asChild variant="outline" className="bg-background max-md:h-11 max-md:flex-1"><Link href="/sign-up">{m.create_account()}<ArrowRight className="text-primary rtl:-scale-x-100" /></Link></Button>
          </span>
        )}
      </div>
    </footer>
  )
}

export function HowRooms({ open, onOpenChange }: { open: boolean; onOpenChange(open: boolean): void }) {
  const options = useOptions()
  return (
    <Sheet open={open} onOpenChange={onOpenChange} title={rm.how_rooms_work()}>
      <ul className="list-disc space-y-2 overflow-y-auto px-5 pb-5 ps-10 text-[15px] leading-6">
        {[rm.how_link(), rm.how_seats(), rm.how_key(), rm.how_server(), ...(options?.memoryOnly ? [rm.how_memory()] : []), rm.how_end()].map((line) => <li key={line}>{line}</li>)}
      </ul>
    </Sheet>
  )
}
