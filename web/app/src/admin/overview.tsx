import { Button, Choice } from '@parley/ui'
import { Download } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { useRemote } from '../lib/remote.ts'
import { timeOf } from '../lib/time.ts'
import { useEngine } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import { reason } from '../lib/reason.ts'
import { am } from './messages.ts'
import { Days, Lines, Spark } from './charts.tsx'
import { bytes, change, count, csv, download, millis, shortDay } from './figures.ts'
import { Card, Page } from './shell.tsx'

/** How the server is doing, in figures. */
export default function Overview() {
  const { rest } = useEngine()
  const [span, setSpan] = useState('30')
  const { data, error } = useRemote(['stats', Number(span)], () => rest.get('/api/admin/stats', { query: { days: Number(span) } }))
  const save = () => data && download(
    csv(['date', 'messages', 'active', 'active7', 'active30', 'p50ms', 'p99ms', 'databaseBytes', 'fileBytes', 'peakConnections'], data.days.map((d) => [d.date, d.messages, d.activeUsers, d.activeUsers7, d.activeUsers30, d.delivery.p50Ms, d.delivery.p99Ms, d.databaseBytes, d.fileBytes, d.peakConnections])),
    'parley.csv',
  )
  const tools = (
    <>
      <div className="[&_fieldset]:mt-0 [&_legend]:sr-only"><Choice label={am.overview()} value={span} onChange={setSpan} options={[{ value: '7', label: am.days_7() }, { value: '30', label: am.days_30() }, { value: '90', label: am.days_90() }]} /></div>
      <Button variant="outline" disabled={!data} onClick={save}><Download />{am.as_csv()}</Button>
    </>
  )
  if (error) return <Page title={am.overview()} tools={tools}><p role="alert" className="text-sm text-danger-strong">{reason(error)}</p></Page>
  if (!data) return <Page title={am.overview()} tools={tools}>{null}</Page>
  const { days, messages, activeUsers, delivery, connections, storage } = data
  const stored = storage.databaseBytes + storage.fileBytes
  const grown = change(messages.total, messages.before)
  return (
    <Page title={am.overview()} tools={tools}>
      <div className="grid grid-cols-5 gap-3 max-xl:grid-cols-3 max-md:grid-cols-2 max-[26rem]:grid-cols-1">
        <Figure label={am.messages_in_days({ n: days.length })} value={count(messages.total)} note={grown && <><b className="font-semibold text-primary">{grown}</b> {am.than_before()}</>} spark={days.map((d) => d.messages)} />
        <Figure label={am.active_in_week()} value={count(activeUsers.week)} note={<><b className="font-semibold">{count(activeUsers.month)}</b> {am.in_30_days()}</>} spark={days.map((d) => d.activeUsers7)} />
        <Figure label={am.delivery_median()} value={delivery.count > 0 ? am.ms({ n: millis(delivery.p50Ms) }) : '–'} note={delivery.count > 0 && am.p99_is({ value: am.ms({ n: millis(delivery.p99Ms) }) })} spark={days.filter((d) => d.delivery.count > 0).map((d) => d.delivery.p50Ms)} />
        <Figure label={am.open_connections()} value={count(connections.open)} note={connections.peakAt && am.peak_at({ n: count(connections.peak), when: timeOf(connections.peakAt) })} spark={data.last24Hours.map((s) => s.connections)} />
        <Figure label={m.storage()} value={bytes(stored)} spark={days.filter((d) => d.databaseBytes > 0).map((d) => d.databaseBytes + d.fileBytes)} />
      </div>
      <div className="grid grid-cols-[2fr_1fr] gap-4 max-lg:grid-cols-1">
        <Card title={am.messages_per_day()}><Days title={am.messages_per_day()} days={days.map((d) => ({ date: d.date, value: d.messages }))} /></Card>
        <Card title={am.storage_by_kind()} note={storage.diskTotalBytes ? `${bytes(stored)} / ${bytes(storage.diskTotalBytes)}` : bytes(stored)}><Storage storage={storage} /></Card>
      </div>
      <div className="grid grid-cols-2 gap-4 max-lg:grid-cols-1">
        <Card title={am.active_users()}>
          <Lines title={am.active_users()} rows={days.map((d) => ({ at: d.date, day: d.activeUsers, week: d.activeUsers7 }))} label={shortDay} series={[{ key: 'day', label: am.per_day(), colour: 'var(--chart-1)' }, { key: 'week', label: am.seven_days(), colour: 'var(--chart-2)' }]} />
        </Card>
        <Card title={am.delivery_latency()} note={am.last_24_hours()}>
          {data.last24Hours.some((s) => s.delivery.count > 0) ? (
            <Lines log title={am.delivery_latency()} rows={data.last24Hours.map((s) => ({ at: s.at, p50: s.delivery.count > 0 ? Math.max(0.1, s.delivery.p50Ms) : null, p99: s.delivery.count > 0 ? Math.max(0.1, s.delivery.p99Ms) : null }))} label={timeOf} say={(n) => am.ms({ n: millis(n) })} series={[{ key: 'p50', label: am.median(), colour: 'var(--chart-1)' }, { key: 'p99', label: am.percentile_99(), colour: 'var(--chart-2)' }]} />
          ) : <p className="text-sm text-muted-foreground">{am.no_figures_yet()}</p>}
        </Card>
      </div>
    </Page>
  )
}

function Figure({ label, value, note, spark }: { label: string; value: string; note?: ReactNode; spark: readonly number[] }) {
  return (
    <section aria-label={label} className="rounded-xl border bg-card p-3.5">
      <h3 className="text-xs text-muted-foreground">{label}</h3>
      <div className="flex min-h-10 items-end justify-between gap-2">
        <p className="text-2xl font-bold tracking-tight tabular-nums">{value}</p>
        <Spark values={spark} />
      </div>
      <p className="mt-0.5 min-h-4 text-xs text-muted-foreground">{note || null}</p>
    </section>
  )
}

/** What a kind of files is called, and its colour. */
const kinds = {
  image: [() => am.stored_image(), 'var(--chart-1)'],
  video: [() => am.stored_video(), 'var(--chart-3)'],
  voice: [() => am.stored_voice(), 'var(--chart-4)'],
  audio: [() => am.stored_audio(), 'color-mix(in oklch, var(--chart-4) 60%, var(--chart-3))'],
  file: [() => am.stored_file(), 'color-mix(in oklch, var(--chart-1) 50%, var(--chart-3))'],
  avatar: [() => am.stored_avatar(), 'color-mix(in oklch, var(--chart-1) 50%, var(--chart-2))'],
  preview: [() => am.stored_preview(), 'color-mix(in oklch, var(--chart-2) 50%, var(--chart-4))'],
} as const

function Storage({ storage: s }: { storage: { databaseBytes: number; fileBytes: number; filesByKind: { kind: keyof typeof kinds; bytes: number }[]; diskFreeBytes: number | null; diskTotalBytes: number | null } }) {
  const files = s.filesByKind.map(({ kind, bytes }): [string, number, string] => [kinds[kind][0](), bytes, kinds[kind][1]])
  const parts: [string, number, string][] = [...files.sort(([, a], [, b]) => b - a), [am.database(), s.databaseBytes, 'var(--chart-2)']]
  const whole = s.diskTotalBytes ?? s.fileBytes + s.databaseBytes
  return (
    <>
      <div aria-hidden className="my-3 flex h-3 overflow-hidden rounded-full bg-muted">{parts.map(([label, n, colour]) => <span key={label} style={{ width: `${whole > 0 ? Math.max(0.5, (n / whole) * 100) : 0}%`, background: colour }} />)}</div>
      <dl className="space-y-2 text-sm">
        {parts.map(([label, n, colour]) => <div key={label} className="flex items-center gap-2"><dt className="flex flex-1 items-center gap-2"><i className="size-3 rounded" style={{ background: colour }} />{label}</dt><dd className="tabular-nums">{bytes(n)}</dd></div>)}
        {s.diskFreeBytes !== null && <div className="flex text-muted-foreground"><dt className="flex-1">{am.free_space()}</dt><dd className="tabular-nums">{bytes(s.diskFreeBytes)}</dd></div>}
      </dl>
    </>
  )
}
