import { Button, Field } from '@parley/ui'
import { useState } from 'react'
import { forget, useRemote } from '../lib/remote.ts'
import { fullTime } from '../lib/time.ts'
import { useEngine } from '../lib/use.ts'
import { reason } from '../lib/reason.ts'
import { am } from './messages.ts'
import { Secret } from './secret.tsx'
import { Card, Page } from './shell.tsx'

/** Lets people in who have a link. */
export default function Invitations() {
  const { rest } = useEngine()
  const [uses, setUses] = useState(1)
  const [days, setDays] = useState(7)
  const [made, setMade] = useState('')
  const [error, setError] = useState('')
  const { data, error: failed } = useRemote(['invitations'], () => rest.get('/api/admin/invitations'))
  const run = (work: Promise<unknown>) => void work.then(() => { setError(''); forget(['invitations']); forget(['stats']) }, (e: Error) => setError(reason(e)))
  return (
    <Page title={am.invitations()}>
      {(failed || error) && <p role="alert" className="rounded-lg bg-danger-soft px-3 py-2 text-sm text-danger-strong">{failed ? reason(failed) : error}</p>}
      {made && <Secret label={am.invitation_link()} value={made} onClose={() => setMade('')} />}
      <Card title={am.new_invitation()}>
        <form
          className="flex flex-wrap items-end gap-3"
          onSubmit={(event) => {
            event.preventDefault()
            run(rest.post('/api/admin/invitations', { body: { uses, days } as never }).then((i) => setMade(new URL(i.url, location.origin).href)))
          }}
        >
          <Field className="w-32" label={am.uses()} type="number" min={1} max={1000} required value={uses} onChange={(e) => setUses(Number(e.target.value))} />
          <Field className="w-32" label={am.valid_days()} type="number" min={1} max={365} required value={days} onChange={(e) => setDays(Number(e.target.value))} />
          <Button type="submit" className="h-10">{am.create()}</Button>
        </form>
      </Card>
      <Card>
        <ul>
          {data?.map((i) => (
            <li key={i.id} className="flex min-h-11 flex-wrap items-center gap-x-4 border-b text-sm last:border-b-0">
              <b className="font-medium tabular-nums">{am.uses_left({ n: i.usesLeft })}</b>
              <span className="flex-1 text-muted-foreground">{am.expires_when({ when: fullTime(i.expiresAt) })}{i.createdBy === null ? ` · ${am.by_operator()}` : ''}</span>
              <Button variant="outline" size="sm" className="max-md:h-11" onClick={() => run(rest.delete('/api/admin/invitations/{id}', { path: { id: i.id } }))}>{am.revoke()}</Button>
            </li>
          ))}
          {data?.length === 0 && <li className="text-sm text-muted-foreground">{am.no_invitations()}</li>}
        </ul>
      </Card>
    </Page>
  )
}
