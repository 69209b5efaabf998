import { ApiError } from '@parley/sdk'
import { Button, Field } from '@parley/ui'
import { lazy, Suspense, useEffect, useState, type FormEvent } from 'react'
import { Link, useLocation, useSearchParams } from 'wouter'
import { registration, signUp } from '../lib/session.ts'
import { m } from '../lib/messages.ts'
import { reason } from '../lib/reason.ts'
import { Entrance } from './entrance.tsx'
import { Strength } from './strength.tsx'

const AvatarPicker = lazy(() => import('../chat/avatar-picker.tsx').then((part) => ({ default: part.AvatarPicker })))

export default function SignUp() {
  const [search] = useSearchParams()
  const [invite, setInvite] = useState(search.get('invite') ?? undefined)
  const [mode, setMode] = useState<Awaited<ReturnType<typeof registration>> | null>(null)
  const [displayName, setDisplayName] = useState('')
  const [username, setUsername] = useState('')
  const [named, setNamed] = useState(false)
  const [password, setPassword] = useState('')
  const [picture, setPicture] = useState<{ file: Blob; url: string } | null>(null)
  const [problem, setProblem] = useState<{ field: string; text: string } | null>(null)
  const [busy, setBusy] = useState(false)
  const [, go] = useLocation()

  useEffect(() => {
    registration(invite).then(setMode, () => undefined)
  }, [invite])

  async function submit(event: FormEvent) {
    event.preventDefault()
    setBusy(true)
    setProblem(null)
    try {
      await signUp({ displayName, username, password, ...(invite ? { invite } : {}) }, picture?.file)
      go('/chat', { replace: true })
    } catch (error) {
      const field = error instanceof ApiError ? (error.field ?? (error.code === 'already_exists' ? 'username' : '')) : ''
      setProblem({ field, text: reason(error) })
    } finally {
      setBusy(false)
    }
  }

  const shut = mode && (mode.mode === 'closed' || (mode.mode === 'invite' && !mode.inviteValid))
  if (shut && !mode.firstAccount) {
    return (
      <Entrance title={mode.mode === 'invite' ? m.sign_up_title() : m.sign_up_shut_title()} lead={mode.mode === 'closed' ? m.sign_up_closed() : m.sign_up_by_invitation()}>
        {mode.mode === 'invite' && <Invitation code={invite ?? ''} onCode={setInvite} />}
        <Button asChild size="lg" variant={mode.mode === 'invite' ? 'outline' : 'default'} className="w-full"><Link href="/sign-in">{m.sign_in()}</Link></Button>
      </Entrance>
    )
  }
  const of = (field: string) => (problem?.field === field ? problem.text : undefined)
  return (
    <Entrance title={m.sign_up_title()} lead={mode?.firstAccount ? m.sign_up_first() : m.sign_up_lead()}>
      <form className="space-y-4" onSubmit={(event) => void submit(event)}>
        <div className="flex items-center gap-4">
          <Suspense fallback={<span className="size-18 rounded-full bg-muted" />}>
            <AvatarPicker name={displayName || '?'} src={picture?.url ?? null} onPick={async (file) => setPicture({ file, url: URL.createObjectURL(file) })} />
          </Suspense>
          <p className="text-sm text-muted-foreground">{m.picture_hint()}</p>
        </div>
        <Field
          label={m.display_name()} autoComplete="name" autoFocus required maxLength={64} value={displayName} error={of('displayName')}
          onChange={(e) => {
            setDisplayName(e.target.value)
            if (!named) setUsername(suggest(e.target.value))
          }}
        />
        <Field
          label={m.username()} hint={m.username_hint()} autoComplete="username" autoCapitalize="none" spellCheck={false} required minLength={2} maxLength={32}
          value={username} error={of('username')}
          onChange={(e) => {
            setNamed(true)
            setUsername(e.target.value)
          }}
        />
        <div>
          <Field label={m.password()} type="password" autoComplete="new-password" required minLength={8} maxLength={256} hint={m.password_short()} value={password} error={of('password')} onChange={(e) => { setPassword(e.target.value); setProblem(null) }} />
          {!of('password') && <Strength password={password} username={username} />}
        </div>
        {problem && !['displayName', 'username', 'password'].includes(problem.field) && <p role="alert" className="text-sm text-danger-strong">{problem.text}</p>}
        <Button type="submit" size="lg" className="w-full" disabled={busy}>{m.create_account()}</Button>
      </form>
      <p className="mt-6 text-sm text-muted-foreground">
        {m.have_account()} <Link href="/sign-in" className="font-semibold text-primary underline-offset-4 hover:underline">{m.sign_in()}</Link>
      </p>
    </Entrance>
  )
}

/** Where an invitation is put in that somebody has told, or sent as a link. */
function Invitation({ code, onCode }: { code: string; onCode(code: string): void }) {
  const [text, setText] = useState(code)
  const given = /[?&]invite=([^&#\s]+)/.exec(text)?.[1] ?? text.trim()
  return (
    <form className="mb-3 space-y-3" onSubmit={(event) => { event.preventDefault(); onCode(decodeURIComponent(given)) }}>
      <Field label={m.invitation_code()} autoFocus required autoComplete="off" autoCapitalize="none" spellCheck={false} maxLength={500} value={text} error={code && text === code ? m.invite_invalid() : undefined} onChange={(e) => setText(e.target.value)} />
      <Button type="submit" size="lg" className="w-full">{m.continue_()}</Button>
    </form>
  )
}

function suggest(name: string): string {
  return name.normalize('NFKD').toLowerCase().replace(/[^a-z0-9]+/g, '.').replace(/^\.+|\.+$/g, '').slice(0, 32)
}
