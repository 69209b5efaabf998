import { Button, cn } from '@parley/ui'
import { useState } from 'react'
import { forget, useRemote } from '../lib/remote.ts'
import { fullTime, relative } from '../lib/time.ts'
import { useEngine, useNow } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import { reason } from '../lib/reason.ts'
import { am } from './messages.ts'
import { count } from './figures.ts'
import { Card, Page, td, th } from './shell.tsx'

/** Whether the log is whole, and what works behind it. */
export default function Health() {
  const { rest } = useEngine()
  const now = useNow()
  const [error, setError] = useState('')
  const { data, error: failed } = useRemote(['health'], () => rest.get('/api/admin/health'))
  const check = () => void rest.post('/api/admin/health/check').then(() => forget(['health']), (e: Error) => setError(reason(e)))
  const log = data?.logCheck
  return (
    <Page title={am.health()} tools={<Button variant="outline" onClick={check}>{am.check_now()}</Button>}>
      {(failed || error) && <p role="alert" className="text-sm text-danger-strong">{failed ? reason(failed) : error}</p>}
      {data && (
        <>
          {data.troubles.length > 0 && <ul role="alert" className="rounded-xl bg-danger-soft p-4 text-sm text-danger-strong">{data.troubles.map((t) => <li key={t}>{t}</li>)}</ul>}
          <Card title={am.log_of_events()}>
            <p className={cn('text-sm', log && log.wrong > 0 && 'text-danger-strong')}>{!log ? am.not_checked_yet() : log.wrong > 0 ? am.gaps_found({ n: count(log.wrong) }) : am.no_gaps({ n: count(log.checked) })}</p>
            {log?.finishedAt && <p className="text-xs text-muted-foreground">{am.checked_when({ when: fullTime(log.finishedAt) })}</p>}
            {log && log.examples.length > 0 && <ul className="mt-2 text-xs">{log.examples.map((x) => <li key={x.conversationId}>{x.conversationId}: {x.trouble}</li>)}</ul>}
          </Card>
          <Card title={am.last_backup()}>
            <p className={cn('text-sm', !data.lastBackup && 'text-muted-foreground')}>{data.lastBackup ? am.backup_when({ when: fullTime(data.lastBackup.at) }) : am.no_backup_known()}</p>
          </Card>
          <Card title={am.consumers()}>
            <ul className="text-sm">{data.followers.map((f) => <li key={f.name} className="flex h-9 items-center border-b last:border-b-0"><span className="flex-1">{f.name}</span><span className="text-muted-foreground tabular-nums">{am.positions_behind({ n: count(f.lag) })}</span></li>)}</ul>
          </Card>
          <Card title={am.jobs()}>
            <ul className="text-sm">
              {data.jobs.map((j) => <li key={j.kind} className="flex h-9 items-center gap-4 border-b last:border-b-0"><span className="flex-1">{j.kind}</span><span className="text-muted-foreground tabular-nums">{am.jobs_waiting()} {count(j.waiting + j.running + j.retrying)}</span><span className={cn('tabular-nums', j.failed > 0 ? 'font-semibold text-danger-strong' : 'text-muted-foreground')}>{am.jobs_failed()} {count(j.failed)}</span></li>)}
              {data.jobs.length === 0 && <li className="text-muted-foreground">–</li>}
            </ul>
          </Card>
          <Card title={am.nodes()} className="overflow-x-auto">
            <table className="w-full border-collapse">
              <thead className="sr-only"><tr><th className={th}>{m.name()}</th><th className={th}>{m.state()}</th><th className={th}>{am.open_connections()}</th></tr></thead>
              <tbody>{data.nodes.map((n) => (
                <tr key={n.name}>
                  <td className={td}><b className="font-medium">{n.name}</b> <span className="text-xs text-muted-foreground">{n.version}</span></td>
                  <td className={td}>{n.alive ? am.since_when({ when: relative(n.startedAt, now) }) : <span className="text-danger-strong">{am.silent()}</span>}</td>
                  <td className={cn(td, 'text-muted-foreground')}>{n.connections.map((c) => `${c.protocol} ${count(c.open)}`).join(', ') || '–'}</td>
                </tr>
              ))}</tbody>
            </table>
          </Card>
        </>
      )}
    </Page>
  )
}
