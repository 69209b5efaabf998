import { m } from './messages.ts'
import { kept, region } from './formats.ts'

const minute = 60_000
const day = 24 * 60 * minute

const styles = {
  clock: { hour: '2-digit', minute: '2-digit' },
  weekday: { weekday: 'short' },
  date: { day: 'numeric', month: 'short' },
  fullDay: { weekday: 'long', day: 'numeric', month: 'long' },
  withYear: { day: 'numeric', month: 'long', year: 'numeric' },
  full: { dateStyle: 'full', timeStyle: 'short' },
} satisfies Record<string, Intl.DateTimeFormatOptions>

const format = (style: keyof typeof styles) => kept(style, () => new Intl.DateTimeFormat(region, styles[style]))
const write = (style: keyof typeof styles, at: Date) => format(style).format(at)
const ago = (value: number, unit: Intl.RelativeTimeFormatUnit) => kept('ago', () => new Intl.RelativeTimeFormat(region, { numeric: 'auto' })).format(value, unit)

export const timeOf = (at: string) => write('clock', new Date(at))
/** As short as it goes, for the margin: without am and pm. */
export const marginTime = (at: string) =>
  format('clock').formatToParts(new Date(at)).filter((part) => part.type !== 'dayPeriod').map((part) => part.value).join('').trim()
export const fullTime = (at: string) => write('full', new Date(at))
export const dayKey = (at: string) => new Date(at).toDateString()

export function dayName(at: string, now: number): string {
  const then = new Date(at)
  const days = Math.round((new Date(now).setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / day)
  if (days <= 1) {
    const name = ago(-days, 'day')
    return name[0]!.toUpperCase() + name.slice(1)
  }
  return write(then.getFullYear() === new Date(now).getFullYear() ? 'fullDay' : 'withYear', then)
}

/** Short, for the list of conversations. */
export function shortTime(at: string, now: number): string {
  const age = now - Date.parse(at)
  if (age < minute) return m.now()
  if (age < 60 * minute) return m.minutes_short({ n: Math.floor(age / minute) })
  if (dayKey(at) === new Date(now).toDateString()) return timeOf(at)
  return write(age < 6 * day ? 'weekday' : 'date', new Date(at))
}

export function relative(at: string, now: number): string {
  const seconds = Math.round((Date.parse(at) - now) / 1000)
  if (seconds > -60) return m.just_now()
  if (seconds > -3600) return ago(Math.round(seconds / 60), 'minute')
  if (seconds > -86_400) return ago(Math.round(seconds / 3600), 'hour')
  return ago(Math.round(seconds / 86_400), 'day')
}

/** How long a sound is, or where in it: 1:05. */
export function clock(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
