import { Button } from '@parley/ui'
import type { Report } from '@parley/sdk'
import { useState } from 'react'
import { ask } from '../chat/confirm.ts'
import { m } from '../lib/messages.ts'
import { reason } from '../lib/reason.ts'
import { backwards, forget, usePages } from '../lib/remote.ts'
import { fullTime } from '../lib/time.ts'
import { useEngine } from '../lib/use.ts'
import { am } from './messages.ts'
import { Page } from './shell.tsx'

/** What guests of disposable rooms have told the operator. */
export default function Reports() {
  const { rest } = useEngine()
  const [trouble, setTrouble] = useState('')
  const [ended, setEnded] = useState<ReadonlySet<string>>(new Set())
  const { items, error, more, loading } = usePages(['reports'], async (before, signal) =>
    backwards(await rest.list('/api/admin/reports', { query: { limit: 50, ...(before ? { before } : {}) }, signal })))
  const run = (work: Promise<unknown>, then: () => void) => void work.then(() => { setTrouble(''); then() }, (e: Error) => setTrouble(reason(e)))
  const end = (id: string) => void ask({ title: am.confirm_end_room(), text: am.confirm_end_room_text(), action: am.end_room(), grave: true })
    .then((yes) => yes && run(rest.delete('/api/admin/rooms/{id}', { path: { id } }), () => setEnded(new Set([...ended, id]))))
  const close = (id: number) => void ask({ title: am.confirm_close_report(), text: am.confirm_close_report_text(), action: am.close_report(), grave: true })
    .then((yes) => yes && run(rest.delete('/api/admin/reports/{id}', { path: { id: String(id) } }), () => forget(['reports'])))
  return (
    <Page title={am.reports()}>
      <p className="max-w-[70ch] text-sm text-muted-foreground">{am.reports_lead()}</p>
      {(error || trouble) && <p role="alert" className="rounded-lg bg-danger-soft px-3 py-2 text-sm text-danger-strong">{error ? reason(error) : trouble}</p>}
      <ul className="space-y-3">
        {(items as Report[] | undefined)?.map((r) => (
          <li key={r.id} className="rounded-xl border bg-card p-4">
            <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-muted-foreground">
              <time dateTime={r.at}>{fullTime(r.at)}</time>
              <span>{am.from_seat({ n: r.seat })}</span>
              <code dir="ltr" className="break-all">{r.roomId}</code>
            </p>
            {r.note && <p dir="auto" className="mt-2 text-sm break-words whitespace-pre-wrap">{r.note}</p>}
            {r.messages.length > 0 && (
              <ul className="mt-3 space-y-2 border-s-2 ps-3">
                {r.messages.map((said, i) => (
                  <li key={i} className="text-sm">
                    <span className="block text-xs text-muted-foreground"><bdi>{said.name || am.seat_n({ n: said.seat })}</bdi>{said.seat === r.seat && ` (${am.who_reports()})`} · <time dateTime={said.at}>{fullTime(said.at)}</time></span>
                    <span dir="auto" className="block break-words whitespace-pre-wrap">{said.text}</span>
                  </li>
                ))}
              </ul>
            )}
            <div className="mt-3 flex flex-wrap gap-2">
              <Button variant="outline" size="sm" className="max-md:h-11" disabled={ended.has(r.roomId)} onClick={() => end(r.roomId)}>{ended.has(r.roomId) ? am.room_ended() : am.end_room()}</Button>
              <Button variant="outline" size="sm" className="max-md:h-11" onClick={() => close(r.id)}>{am.close_report()}</Button>
            </div>
          </li>
        ))}
      </ul>
      {items?.length === 0 && <p className="text-sm text-muted-foreground">{am.no_reports()}</p>}
      {more && <Button variant="outline" disabled={loading} onClick={more}>{m.show_more()}</Button>}
    </Page>
  )
}
