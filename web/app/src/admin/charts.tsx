import { Area, AreaChart, Bar, BarChart, CartesianGrid, Cell, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts'
import { am } from './messages.ts'
import { count, shortDay } from './figures.ts'

const axis = { stroke: 'var(--muted-foreground)', tick: { fill: 'var(--muted-foreground)', fontSize: 11 }, tickLine: false, axisLine: false } as const
const tip = { contentStyle: { background: 'var(--popover)', border: '1px solid var(--border)', borderRadius: 8, color: 'var(--popover-foreground)', fontSize: 12 }, labelStyle: { color: 'var(--muted-foreground)' }, isAnimationActive: false } as const

/** What a chart says, for who does not see it. */
function Summary({ title, values, say = count }: { title: string; values: readonly number[]; say?: ((n: number) => string) | undefined }) {
  if (values.length === 0) return null
  return <p className="sr-only">{am.chart_summary({ title, low: say(Math.min(...values)), high: say(Math.max(...values)), last: say(values.at(-1)!) })}</p>
}

/** A bar a day: weekends paler, today not over yet. */
export function Days({ title, days }: { title: string; days: readonly { date: string; value: number }[] }) {
  const weekend = (date: string) => [0, 6].includes(new Date(date).getUTCDay())
  return (
    <figure aria-label={title}>
      <Summary title={title} values={days.map((d) => d.value)} />
      <ResponsiveContainer width="100%" height={180}>
        <BarChart data={[...days]} margin={{ top: 4, right: 0, bottom: 0, left: -16 }} accessibilityLayer={false}>
          <defs><pattern id="today" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="2.5" height="5" fill="var(--chart-1)" /></pattern></defs>
          <CartesianGrid vertical={false} stroke="var(--border)" strokeDasharray="3 3" />
          <XAxis dataKey="date" tickFormatter={shortDay} minTickGap={28} {...axis} />
          <YAxis tickFormatter={(n: number) => count(n)} allowDecimals={false} {...axis} />
          <Tooltip {...tip} cursor={{ fill: 'var(--muted)' }} labelFormatter={(date) => shortDay(String(date))} formatter={(n) => [count(Number(n)), title]} />
          <Bar dataKey="value" radius={[3, 3, 0, 0]} isAnimationActive={false}>
            {days.map((d, i) => <Cell key={d.date} fill={i === days.length - 1 ? 'url(#today)' : 'var(--chart-1)'} fillOpacity={weekend(d.date) ? 0.55 : 0.92} />)}
          </Bar>
        </BarChart>
      </ResponsiveContainer>
    </figure>
  )
}

interface Series {
  key: string
  label: string
  colour: string
}

/** Lines over time, in different dashes too; on a log scale where figures differ a lot. */
export function Lines({ title, rows, series, label, log, say }: { title: string; rows: readonly Record<string, string | number | null>[]; series: readonly Series[]; label(at: string): string; log?: boolean; say?: (n: number) => string }) {
  const shown = say ?? count
  const values = (key: string) => rows.map((r) => r[key]).filter((v): v is number => typeof v === 'number')
  return (
    <figure aria-label={title}>
      {series.map((s) => <Summary key={s.key} title={`${title}, ${s.label}`} values={values(s.key)} say={shown} />)}
      <figcaption aria-hidden className="mb-1 flex flex-wrap gap-4 text-xs text-muted-foreground">
        {series.map((s) => <span key={s.key} className="flex items-center gap-1.5"><i className="h-0.5 w-3.5" style={{ background: s.colour }} />{s.label} <b className="font-semibold text-foreground tabular-nums">{values(s.key).length > 0 && shown(values(s.key).at(-1)!)}</b></span>)}
      </figcaption>
      <ResponsiveContainer width="100%" height={160}>
        <LineChart data={[...rows]} margin={{ top: 4, right: 8, bottom: 0, left: -16 }} accessibilityLayer={false}>
          <CartesianGrid vertical={false} stroke="var(--border)" strokeDasharray="3 3" />
          <XAxis dataKey="at" tickFormatter={label} minTickGap={40} {...axis} />
          <YAxis scale={log ? 'log' : 'auto'} domain={log ? [(low: number) => 10 ** Math.floor(Math.log10(Math.max(low, 0.1))), (high: number) => 10 ** Math.ceil(Math.log10(Math.max(high, 1)))] : [0, 'auto']} allowDataOverflow={false} tickFormatter={(n: number) => shown(n)} {...axis} />
          <Tooltip {...tip} labelFormatter={(at) => label(String(at))} formatter={(n, name) => [shown(Number(n)), name]} />
          {series.map((s, i) => <Line key={s.key} dataKey={s.key} name={s.label} stroke={s.colour} strokeWidth={2} {...(i > 0 ? { strokeDasharray: '5 3' } : {})} dot={false} isAnimationActive={false} connectNulls />)}
        </LineChart>
      </ResponsiveContainer>
    </figure>
  )
}

/** The shape of a figure over time, without words: they stand beside it. */
export function Spark({ values }: { values: readonly number[] }) {
  if (values.length < 2) return null
  return (
    <div aria-hidden className="h-9 w-20">
      <ResponsiveContainer width="100%" height="100%">
        <AreaChart data={values.map((value) => ({ value }))} margin={{ top: 2, right: 2, bottom: 0, left: 0 }} accessibilityLayer={false}>
          <Area dataKey="value" stroke="var(--chart-1)" strokeWidth={1.6} fill="var(--primary-soft)" isAnimationActive={false} />
        </AreaChart>
      </ResponsiveContainer>
    </div>
  )
}
