import { Button, inputClass } from '@parley/ui'
import type { ServerSetting } from '@parley/sdk'
import { useState } from 'react'
import { forget, useRemote } from '../lib/remote.ts'
import { useEngine } from '../lib/use.ts'
import { reason } from '../lib/reason.ts'
import { am } from './messages.ts'
import { Card, Page } from './shell.tsx'

const names: Record<string, () => string> = {
  registration: am.setting_registration, 'chat.members-can-invite': am.setting_members_invite, 'chat.edit-window-minutes': am.setting_edit_window, 'chat.user-quota-mb': am.setting_quota, 'presence.scope': am.setting_presence,
}
const values: Record<string, () => string> = { open: am.setting_open, invite: am.setting_invite, closed: am.setting_closed, shared: am.setting_shared, all: am.setting_everybody, true: am.yes, false: am.no }

/** What holds on all nodes at once, without a restart. */
export default function ServerSettings() {
  const { rest } = useEngine()
  const { data, error } = useRemote(['server settings'], () => rest.get('/api/admin/settings'))
  return (
    <Page title={am.server_settings()}>
      {error && <p role="alert" className="text-sm text-danger-strong">{reason(error)}</p>}
      <Card><ul>{data?.map((s) => <Setting key={`${s.name} ${s.value}`} setting={s} />)}</ul></Card>
    </Page>
  )
}

function Setting({ setting: s }: { setting: ServerSetting }) {
  const { rest } = useEngine()
  const [value, setValue] = useState(s.value)
  const [error, setError] = useState('')
  const path = { name: s.name }
  const run = (work: Promise<unknown>) => void work.then(() => forget(['server settings']), (e: Error) => setError(reason(e)))
  const put = (to: string) => run(rest.put('/api/admin/settings/{name}', { path, body: { value: to } }))
  const label = names[s.name]?.() ?? s.description
  return (
    <li className="flex min-h-14 flex-wrap items-center gap-x-4 gap-y-1 border-b py-2 text-sm last:border-b-0">
      <label className="flex min-w-64 flex-1 items-center gap-4">
        <span className="min-w-0 flex-1"><span className="block font-medium">{label}</span><span className="text-xs text-muted-foreground">{s.pinned ? am.pinned_by_operator() : s.changed ? am.changed_here() : am.from_configuration()}</span></span>
        {s.values?.length ? (
          <select disabled={s.pinned} value={value} onChange={(e) => { setValue(e.target.value); put(e.target.value) }} className="h-10 w-56 rounded-md border border-input bg-background px-2">
            {s.values.map((v) => <option key={v} value={v}>{values[v]?.() ?? v}</option>)}
          </select>
        ) : (
          <input type="number" disabled={s.pinned} min={s.minimum ?? undefined} max={s.maximum ?? undefined} value={value} onChange={(e) => setValue(e.target.value)} onBlur={() => value !== s.value && put(value)} onKeyDown={(e) => e.key === 'Enter' && value !== s.value && put(value)} className={`${inputClass} w-56`} />
        )}
      </label>
      {s.changed && !s.pinned && <Button variant="ghost" size="sm" onClick={() => run(rest.delete('/api/admin/settings/{name}', { path }))}>{am.back_to_configuration()}</Button>}
      {error && <p role="alert" className="w-full text-xs text-danger-strong">{error}</p>}
    </li>
  )
}
