import { Avatar, Button, cn, SearchField, Menu, MenuContent, MenuItem, MenuTrigger, Sheet } from '@parley/ui'
import type { AdminGroup, Participant } from '@parley/sdk'
import { MoreHorizontal } from 'lucide-react'
import { useState } from 'react'
import { ask } from '../chat/confirm.ts'
import { More, useDelayed } from '../chat/panel.tsx'
import { forget, usePages } from '../lib/remote.ts'
import { relative } from '../lib/time.ts'
import { useEngine, useNow } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import { reason } from '../lib/reason.ts'
import { am } from './messages.ts'
import { bytes, count } from './figures.ts'
import { Page, td, th } from './shell.tsx'

/** All groups and channels: names and sizes, never what is said in them. */
export default function Groups() {
  const { rest } = useEngine()
  const now = useNow()
  const [query, setQuery] = useState('')
  const [error, setError] = useState('')
  const [handing, setHanding] = useState<AdminGroup | null>(null)
  const words = useDelayed(query.trim())
  const { items, error: failed, more, loading } = usePages(['admin groups', words], async (after, signal) => {
    const answer = await rest.list('/api/admin/conversations', { query: { limit: 50, ...(words ? { query: words } : {}), ...(after ? { after: String(after) } : {}) } as never, signal })
    const page = answer.page as { hasMore?: boolean; after?: number | string | null } | undefined
    return { items: answer.data as AdminGroup[], next: page?.hasMore ? (page.after as number) : undefined }
  })
  const run = (work: Promise<unknown>) => work.then(() => { setError(''); forget(['admin groups']) }, (e: Error) => setError(reason(e)))
  const remove = async (g: AdminGroup) => {
    if (await ask({ title: m.confirm_delete_group({ name: g.name }), text: am.confirm_delete_admin_text(), action: m.delete_for_everybody(), grave: true })) void run(rest.delete('/api/admin/conversations/{id}', { path: { id: g.id } }))
  }
  const tools = <SearchField value={query} onValue={setQuery} label={m.filter()} className="w-64" />
  return (
    <Page title={am.groups_and_channels()} tools={tools}>
      {(failed || error) && <p role="alert" className="rounded-lg bg-danger-soft px-3 py-2 text-sm text-danger-strong">{failed ? reason(failed) : error}</p>}
      <div className="scroll-thin relative overflow-x-auto rounded-xl border bg-card" tabIndex={0} role="region" aria-label={am.groups_and_channels()}>
        <table className="w-full min-w-208 border-collapse">
          <thead><tr>{[m.name(), am.type_column(), am.owner_column(), am.people_column(), am.messages_column(), am.files_column(), am.last_message()].map((label) => <th key={label} scope="col" className={th}>{label}</th>)}<th className={th}><span className="sr-only">{m.message_actions()}</span></th></tr></thead>
          <tbody>
            {items?.map((g) => (
              <tr key={g.id}>
                <td className={td}><span className="flex items-center gap-2.5"><Avatar name={g.name} src={g.avatarUrl} size={26} square /><b className="truncate font-medium"><bdi>{g.name}</bdi></b></span></td>
                <td className={td}>{g.type === 'CHANNEL' ? am.channel_() : am.group_()}</td>
                <td className={td}>{g.ownerName ?? <span className="text-muted-foreground">{am.nobody()}</span>}</td>
                <td className={cn(td, 'tabular-nums')}>{count(g.participantCount)}</td>
                <td className={cn(td, 'tabular-nums')}>{count(g.messageCount)}</td>
                <td className={cn(td, 'tabular-nums whitespace-nowrap')}>{bytes(g.fileBytes)}</td>
                <td className={cn(td, 'whitespace-nowrap text-muted-foreground')}>{g.lastMessageAt ? relative(g.lastMessageAt, now) : '–'}</td>
                <td className={cn(td, 'text-end')} aria-label={m.message_actions()}>
                  <Menu>
                    <Button asChild variant="ghost" size="icon" className="max-md:size-11"><MenuTrigger aria-label={m.actions_for({ name: g.name })}><MoreHorizontal /></MenuTrigger></Button>
                    <MenuContent align="end">
                      <MenuItem onSelect={() => setHanding(g)}>{am.hand_over_to()}</MenuItem>
                      <MenuItem destructive onSelect={() => void remove(g)}>{am.delete_group_admin()}</MenuItem>
                    </MenuContent>
                  </Menu>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {items?.length === 0 && <p className="p-5 text-center text-sm text-muted-foreground">{m.nothing_found()}</p>}
      </div>
      {more && <Button variant="outline" disabled={loading} onClick={more}>{m.show_more()}</Button>}
      {handing && <HandOver group={handing} onClose={() => setHanding(null)} onChoose={(userId) => { setHanding(null); void run(rest.put('/api/admin/conversations/{id}/owner', { path: { id: handing.id }, body: { userId } })) }} />}
    </Page>
  )
}

function HandOver({ group, onChoose, onClose }: { group: AdminGroup; onChoose(userId: number): void; onClose(): void }) {
  const { rest } = useEngine()
  const { items, error, more, loading } = usePages(['admin members', group.id], async (after, signal) => {
    const answer = await rest.list('/api/admin/conversations/{id}/participants', { path: { id: group.id }, query: { limit: 100, ...(after ? { after } : {}) } as never, signal })
    const page = answer.page as { hasMore?: boolean; after?: number | null } | undefined
    return { items: answer.data as Participant[], next: page?.hasMore ? (page.after ?? undefined) : undefined }
  })
  return (
    <Sheet open onOpenChange={(open) => !open && onClose()} title={am.hand_over_to()}>
      <ul className="scroll-thin min-h-0 overflow-y-auto px-3 pb-4">
        {error && <li role="alert" className="p-2 text-sm text-danger-strong">{reason(error)}</li>}
        {items?.filter((p) => p.userId !== group.ownerId).map((p) => (
          <li key={p.userId}><button type="button" onClick={() => onChoose(p.userId)} className="flex min-h-11 w-full items-center gap-3 rounded-md px-2 text-start text-sm font-medium hover:bg-muted"><Avatar name={p.name} src={p.avatarUrl} size={28} /><bdi>{p.name}</bdi></button></li>
        ))}
        <More more={more} loading={loading} />
      </ul>
    </Sheet>
  )
}
