import { Button, cn } from '@parley/ui'
import type { Deed } from '@parley/sdk'
import { useState } from 'react'
import { backwards, usePages } from '../lib/remote.ts'
import { fullTime } from '../lib/time.ts'
import { useEngine } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import { reason } from '../lib/reason.ts'
import { am } from './messages.ts'
import { Page, td, th } from './shell.tsx'

const actions = ['user.created', 'user.roles', 'user.disabled', 'user.enabled', 'user.password', 'user.erased', 'session.opened', 'session.ended', 'invitation.created', 'invitation.revoked', 'apikey.created', 'apikey.revoked', 'setting.changed', 'conversation.handed_over', 'conversation.deleted', 'room.ended', 'report.closed', 'log.checked', 'backup.made', 'file.accessed'] as const

/** Who did what, the newest first. */
export default function Audit() {
  const { rest } = useEngine()
  const [action, setAction] = useState('')
  const { items, error, more, loading } = usePages(['audit', action], async (before, signal) =>
    backwards(await rest.list('/api/admin/audit', { query: { limit: 50, ...(action ? { action: action as never } : {}), ...(before ? { before } : {}) }, signal })))
  const tools = (
    <select aria-label={am.action()} value={action} onChange={(e) => setAction(e.target.value)} className="h-10 rounded-md border border-input bg-background px-2 text-sm">
      <option value="">{am.any_action()}</option>
      {actions.map((a) => <option key={a} value={a}>{a}</option>)}
    </select>
  )
  return (
    <Page title={am.audit_log()} tools={tools}>
      {error && <p role="alert" className="text-sm text-danger-strong">{reason(error)}</p>}
      <div className="scroll-thin relative overflow-x-auto rounded-xl border bg-card" tabIndex={0} role="region" aria-label={am.audit_log()}>
        <table className="w-full min-w-176 border-collapse max-md:min-w-150">
          <thead><tr>{[am.when_column(), am.actor(), am.action(), am.target()].map((label) => <th key={label} scope="col" className={th}>{label}</th>)}</tr></thead>
          <tbody>{(items as Deed[] | undefined)?.map((d) => (
            <tr key={d.id}>
              <td className={cn(td, 'text-muted-foreground md:whitespace-nowrap max-md:w-32 max-md:py-2')}><time dateTime={d.at}>{fullTime(d.at)}</time></td>
              <td className={td}>{d.actorName ? <bdi>{d.actorName}</bdi> : (d.apiKeyId ? `API #${d.apiKeyId}` : am.the_operator())}</td>
              <td className={td}><code className="text-xs">{d.action}</code></td>
              <td className={td}>{d.targetName ?? `${d.targetType}${d.targetId ? ` ${d.targetId}` : ''}`} <span className="text-xs text-muted-foreground">{told(d.detail)}</span></td>
            </tr>
          ))}</tbody>
        </table>
        {items?.length === 0 && <p className="p-5 text-center text-sm text-muted-foreground">{am.no_entries()}</p>}
      </div>
      {more && <Button variant="outline" disabled={loading} onClick={more}>{m.show_more()}</Button>}
    </Page>
  )
}

function told(detail: unknown): string {
  return Object.entries((detail ?? {}) as Record<string, unknown>).map(([key, value]) => `${key}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`).join(', ')
}
