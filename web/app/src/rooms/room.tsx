import { Button, Field, Mark } from '@parley/ui'
import { DoorOpen, FileX2, KeyRound, Lock, LockOpen, Timer, WifiOff } from 'lucide-react'
import { useEffect, useState, type FormEvent, type ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import { useStore } from 'zustand'
import { spoken } from '../lib/language.ts'
import { secretIn } from './crypto.ts'
import { JoinByLink } from './create.tsx'
import { Inside } from './inside.tsx'
import { rm } from './messages.ts'
import { Talk, type Trouble } from './talk.ts'
import { span } from './time.ts'

/** A room, from the invitation to its end. Opening it takes nothing: entering is a click. */
export function RoomPage({ roomId }: { roomId: string }) {
  const [, go] = useLocation()
  const [talk, setTalk] = useState<Talk | null>(null)
  useEffect(() => {
    const made = new Talk(roomId, secretIn(location.hash), (path) => go(path, { replace: true }))
    setTalk(made)
    void made.look()
    const live = new AbortController()
    const { signal } = live
    // Another key was put into the address.
    addEventListener('hashchange', () => location.reload(), { signal })
    // Whoever goes back here finds the room by asking, not in the browser's memory.
    addEventListener('pagehide', () => made.forget(), { signal })
    addEventListener('pageshow', (event) => event.persisted && location.reload(), { signal })
    return () => {
      live.abort()
      made.forget()
    }
  }, [roomId, go])
  return talk && <Phases talk={talk} />
}

function Phases({ talk }: { talk: Talk }) {
  const phase = useStore(talk.store, (s) => s.phase)
  const trouble = useStore(talk.store, (s) => s.trouble)
  const language = useStore(spoken, (s) => s.language)
  useEffect(() => {
    document.title = rm.private_room()
  }, [language])
  switch (phase) {
    case 'in':
      return <Inside key={language} talk={talk} />
    case 'invited':
    case 'entering':
      return <Invitation key={language} talk={talk} />
    case 'no-key':
      return <Closed title={rm.no_key_title()} text={rm.no_key_text()} />
    case 'wrong-key':
      return <Closed title={rm.wrong_key_title()} text={rm.wrong_key_text()} />
    case 'no-crypto':
      return <Closed title={rm.no_crypto_title()} text={rm.no_crypto()} />
    case 'unreachable':
      return (
        <Frame icon={<WifiOff />} title={rm.unreachable_title()} text={troubleText(trouble)}>
          <Button className="h-12 w-full rounded-xl text-[15px] font-semibold" onClick={() => void talk.look()}>{rm.try_again()}</Button>
        </Frame>
      )
    default:
      return null
  }
}

const troubleText = (trouble: Trouble | null) => (trouble === 'too-often' ? rm.too_often() : trouble === 'error' ? rm.went_wrong() : rm.unreachable())

function Frame({ icon, title, text, children }: { icon: ReactNode; title: string; text: string; children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex h-14 shrink-0 items-center gap-2.5 px-4"><Mark size={30} /><span className="text-[15px] font-bold tracking-tight">{rm.parley_rooms()}</span></header>
      <main className="mx-auto flex w-full max-w-[420px] flex-1 flex-col justify-center px-5 pb-[max(3.5rem,env(safe-area-inset-bottom))]">
        <span className="mx-auto grid size-16 place-items-center rounded-2xl bg-primary-soft text-primary-soft-foreground [&_svg]:size-7">{icon}</span>
        <h1 className="mt-5 text-center text-[26px] leading-8 font-bold tracking-tight text-balance">{title}</h1>
        <p className="mt-2 mb-7 text-center text-[15px] leading-[22px] text-balance text-muted-foreground">{text}</p>
        {children}
      </main>
    </div>
  )
}

function Invitation({ talk }: { talk: Talk }) {
  const { info, phase, trouble } = useStore(talk.store)
  const [name, setName] = useState('')
  const [pass, setPass] = useState('')
  const enter = (event: FormEvent) => {
    event.preventDefault()
    void talk.enter(name.trim(), pass)
  }
  const told = trouble && trouble !== 'wrong-pass' ? troubleText(trouble) : ''
  const encrypted = info?.cipher && talk.keyed
  return (
    <Frame icon={<DoorOpen />} title={rm.invited_title()} text={rm.invited_text()}>
      <form onSubmit={enter} autoComplete="off">
        <Field label={rm.name_optional()} hint={talk.keyed ? rm.name_hint() : rm.name_hint_clear()} value={name} maxLength={100} onChange={(e) => setName(e.target.value)} autoComplete="off" />
        {info?.needsPass && <Field className="mt-4" type="password" label={rm.pass_phrase()} error={trouble === 'wrong-pass' ? rm.wrong_pass() : undefined} value={pass} maxLength={256} required autoFocus onChange={(e) => setPass(e.target.value)} autoComplete="off" />}
        {told && <p role="alert" className="mt-4 text-sm text-danger-strong">{told}</p>}
        <Button type="submit" disabled={phase === 'entering'} className="mt-5 h-12 w-full rounded-xl text-[15px] font-semibold">{rm.enter()}</Button>
      </form>
      <ul className="mt-5 space-y-1.5 text-xs text-muted-foreground [&_svg]:size-3.5 [&_svg]:shrink-0">
        <li className="flex items-center justify-center gap-1.5">{encrypted ? <><Lock />{rm.encrypted()}</> : <><LockOpen />{rm.not_encrypted()}</>}</li>
        {info && <li className="flex items-center justify-center gap-1.5"><Timer />{info.mode === 'idle' ? rm.ends_idle({ span: span(info.ttl, 'short') }) : rm.ends_fixed({ span: span(info.ttl, 'short') })}</li>}
        {info?.files === false && <li className="flex items-center justify-center gap-1.5"><FileX2 />{rm.files_off()}</li>}
      </ul>
    </Frame>
  )
}

/** Without the right key nothing is entered: no seat is taken for nothing. */
function Closed({ title, text }: { title: string; text: string }) {
  return (
    <Frame icon={<KeyRound />} title={title} text={text}>
      <JoinByLink />
      <Button asChild variant="outline" className="mt-3 h-12 w-full rounded-xl text-[15px]"><Link href="/rooms">{rm.back_to_start()}</Link></Button>
    </Frame>
  )
}
