import { Avatar, Button, Choice, SearchField, Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger, cn } from '@parley/ui'
import { MoreHorizontal } from 'lucide-react'
import { useState } from 'react'
import { ask } from '../chat/confirm.ts'
import { useDelayed } from '../chat/panel.tsx'
import { forget, usePages } from '../lib/remote.ts'
import { relative } from '../lib/time.ts'
import { useEngine, useNow } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import { reason } from '../lib/reason.ts'
import { am } from './messages.ts'
import { bytes, count } from './figures.ts'
import { Page, td, th } from './shell.tsx'
import { Secret } from './secret.tsx'
import type { AdminUser } from '@parley/sdk'

/** All accounts, and what can be done with them. */
export default function People() {
  const { rest, me } = useEngine()
  const now = useNow()
  const [query, setQuery] = useState('')
  const [state, setState] = useState('')
  const [error, setError] = useState('')
  const [secret, setSecret] = useState<{ name: string; password: string } | null>(null)
  const words = useDelayed(query.trim())
  const { items, error: failed, more, loading } = usePages(['admin users', words, state], async (after, signal) => {
    const answer = await rest.list('/api/admin/users', { query: { limit: 50, ...(words ? { query: words } : {}), ...(state ? { state: state as never } : {}), ...(after ? { after: String(after) } : {}) } as never, signal })
    const page = answer.page as { hasMore?: boolean; after?: number | string | null } | undefined
    return { items: answer.data as AdminUser[], next: page?.hasMore ? (page.after as number) : undefined }
  })
  const run = (work: Promise<unknown>) => work.then(() => { setError(''); forget(['admin users']); forget(['stats']) }, (e: Error) => setError(reason(e)))
  const one = (u: AdminUser) => ({ path: { id: u.id } })
  const disable = async (u: AdminUser) => {
    if (await ask({ title: am.confirm_disable({ name: u.displayName }), text: am.confirm_disable_text(), action: am.disable_user(), grave: true })) void run(rest.post('/api/admin/users/{id}/disable', one(u)))
  }
  const erase = async (u: AdminUser) => {
    if (await ask({ title: am.confirm_erase({ name: u.displayName }), text: am.confirm_erase_text({ name: u.displayName }), action: am.erase_user(), grave: true })) void run(rest.delete('/api/admin/users/{id}', one(u)))
  }
  const tools = <SearchField value={query} onValue={setQuery} label={am.name_or_email()} className="w-64" />
  return (
    <Page title={am.users()} tools={tools}>
      <div className="[&_fieldset]:mt-0 [&_legend]:sr-only max-w-md"><Choice label={m.state()} value={state} onChange={setState} options={[{ value: '', label: m.all() }, { value: 'active', label: am.active_state() }, { value: 'disabled', label: am.disabled_state() }]} /></div>
      {(failed || error) && <p role="alert" className="rounded-lg bg-danger-soft px-3 py-2 text-sm text-danger-strong">{failed ? reason(failed) : error}</p>}
      {secret && <Secret label={am.password_shown_once({ name: secret.name })} value={secret.password} onClose={() => setSecret(null)} />}
      <div className="scroll-thin relative overflow-x-auto rounded-xl border bg-card" tabIndex={0} role="region" aria-label={am.users()}>
        <table className="w-full min-w-208 border-collapse">
          <thead><tr>{[m.name(), am.role(), am.last_seen_column(), am.devices_column(), am.messages_30_days(), am.files_(), m.state()].map((label) => <th key={label} scope="col" className={th}>{label}</th>)}<th className={th}><span className="sr-only">{m.message_actions()}</span></th></tr></thead>
          <tbody>
            {items?.map((u) => (
              <tr key={u.id}>
                <td className={td}><span className="flex items-center gap-2.5"><Avatar name={u.displayName} src={u.avatarUrl} size={26} /><span className="min-w-0 leading-tight"><b className="block truncate font-medium"><bdi>{u.displayName}</bdi></b><span className="block truncate text-xs text-muted-foreground">@{u.username}{u.email ? ` · ${u.email}` : ''}</span></span></span></td>
                <td className={td}>{roleOf(u)}</td>
                <td className={cn(td, 'whitespace-nowrap')}>{u.online ? <span className="flex items-center gap-1.5"><i className="size-2 rounded-full bg-success" />{am.now_online()}</span> : <span className="text-muted-foreground">{u.lastSeenAt ? relative(u.lastSeenAt, now) : am.never_seen()}</span>}</td>
                <td className={cn(td, 'tabular-nums')}>{count(u.sessions)}</td>
                <td className={cn(td, 'tabular-nums')}>{count(u.messages)}</td>
                <td className={cn(td, 'tabular-nums whitespace-nowrap')}>{bytes(u.fileBytes)}</td>
                <td className={td}><span className={cn('rounded-full px-2 py-0.5 text-xs font-medium', u.state === 'active' ? 'bg-primary-soft text-primary-soft-foreground' : 'bg-danger-soft text-danger-strong')}>{{ active: am.active_state(), disabled: am.disabled_state(), deleted: am.deleted_state() }[u.state]}</span></td>
                <td className={cn(td, 'text-end')}>
                  {u.state !== 'deleted' && (
                    <Menu>
                      <Button asChild variant="ghost" size="icon" className="max-md:size-11"><MenuTrigger aria-label={m.actions_for({ name: u.displayName })}><MoreHorizontal /></MenuTrigger></Button>
                      <MenuContent align="end">
                        {u.roles.includes('admin')
                          ? <MenuItem onSelect={() => void run(rest.delete('/api/admin/users/{id}/roles/{role}', { path: { id: u.id, role: 'admin' } }))}>{am.take_administrator()}</MenuItem>
                          : <MenuItem onSelect={() => void run(rest.put('/api/admin/users/{id}/roles/{role}', { path: { id: u.id, role: 'admin' } }))}>{am.make_administrator()}</MenuItem>}
                        <MenuItem onSelect={() => void run(rest.post('/api/admin/users/{id}/password', one(u)).then(({ password }) => setSecret({ name: u.displayName, password })))}>{am.new_password_for()}</MenuItem>
                        <MenuItem onSelect={() => void run(rest.delete('/api/admin/users/{id}/sessions', one(u)))}>{am.end_all_sessions()}</MenuItem>
                        {u.id !== me && <MenuSeparator />}
                        {u.id !== me && (u.state === 'disabled' ? <MenuItem onSelect={() => void run(rest.post('/api/admin/users/{id}/enable', one(u)))}>{am.enable_user()}</MenuItem> : <MenuItem destructive onSelect={() => void disable(u)}>{am.disable_user()}</MenuItem>)}
                        {u.id !== me && <MenuItem destructive onSelect={() => void erase(u)}>{am.erase_user()}</MenuItem>}
                      </MenuContent>
                    </Menu>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {items?.length === 0 && <p className="p-5 text-center text-sm text-muted-foreground">{m.nobody_found()}</p>}
      </div>
      {more && <Button variant="outline" disabled={loading} onClick={more}>{m.show_more()}</Button>}
    </Page>
  )
}

const roleOf = (u: AdminUser) => (u.roles.includes('admin') ? m.admin() : u.roles.includes('supervisor') ? am.supervisor() : u.roles.includes('agent') ? am.agent() : am.member())
