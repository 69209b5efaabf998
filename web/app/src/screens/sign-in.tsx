import { ApiError } from '@parley/sdk'
import { Button, Field } from '@parley/ui'
import { useState, type FormEvent } from 'react'
import { Link, useLocation, useSearchParams } from 'wouter'
import { useStore } from 'zustand'
import { session, signIn } from '../lib/session.ts'
import { m } from '../lib/messages.ts'
import { reason } from '../lib/reason.ts'
import { Entrance } from './entrance.tsx'

export default function SignIn() {
  const [login, setLogin] = useState('')
  const [password, setPassword] = useState('')
  const [error, setError] = useState('')
  const [busy, setBusy] = useState(false)
  const [, go] = useLocation()
  const [search] = useSearchParams()
  const erased = useStore(session, (s) => s.phase === 'out' && s.erased)

  async function submit(event: FormEvent) {
    event.preventDefault()
    setBusy(true)
    setError('')
    try {
      await signIn(login, password)
      const to = search.get('to')
      go(to && /^\/(chat|rooms)/.test(to) ? to : '/chat', { replace: true })
    } catch (problem) {
      const status = problem instanceof ApiError ? problem.status : 0
      setError(status === 401 ? m.wrong_password() : status === 403 ? m.account_disabled() : reason(problem))
    } finally {
      setBusy(false)
    }
  }

  return (
    <Entrance title={m.sign_in_title()} lead={m.sign_in_lead()}>
      {erased && <p role="status" className="mb-5 rounded-lg bg-primary-soft px-3 py-2.5 text-sm text-primary-soft-foreground">{m.account_deleted()}</p>}
      <form className="space-y-4" onSubmit={(event) => void submit(event)}>
        <Field label={m.username()} autoComplete="username" autoCapitalize="none" spellCheck={false} autoFocus required value={login} onChange={(e) => setLogin(e.target.value)} />
        <Field label={m.password()} type="password" autoComplete="current-password" required value={password} onChange={(e) => setPassword(e.target.value)} error={error} />
        <Button type="submit" size="lg" className="w-full" disabled={busy}>
          {m.sign_in()}
        </Button>
      </form>
      <p className="mt-6 text-sm text-muted-foreground">
        {m.no_account()} <Link href="/sign-up" className="font-semibold text-primary underline-offset-4 hover:underline">{m.create_account()}</Link>
      </p>
    </Entrance>
  )
}
