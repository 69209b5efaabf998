import { useEffect, useState } from 'react'
import { kept, region } from '../lib/formats.ts'

type Unit = 'hour' | 'minute' | 'second'

type Display = 'long' | 'short'

const unit = (n: number, unit: Unit, unitDisplay: Display = 'long') =>
  kept(`span ${unit} ${unitDisplay}`, () => new Intl.NumberFormat(region, { style: 'unit', unit, unitDisplay })).format(n)

/** A length of time in its largest whole unit: 10 minutes. */
export function span(seconds: number, display: Display = 'long'): string {
  if (seconds % 3600 === 0) return unit(seconds / 3600, 'hour', display)
  return seconds % 60 === 0 ? unit(seconds / 60, 'minute', display) : unit(seconds, 'second', display)
}

/** For those who hear it: 8 minutes, 41 seconds. */
export function spoken(seconds: number): string {
  const parts: [number, Unit][] = [[Math.floor(seconds / 3600), 'hour'], [Math.floor(seconds / 60) % 60, 'minute'], [seconds % 60, 'second']]
  const said = parts.filter(([n]) => n > 0).map(([n, u]) => unit(n, u))
  return kept('spans', () => new Intl.ListFormat(region, { type: 'unit' })).format(said.length ? said : [unit(0, 'second')])
}

/** For those who see it: 8:41, 1:00:00. */
export function clockOf(seconds: number): string {
  const two = (n: number) => String(n).padStart(2, '0')
  const [h, min, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return h > 0 ? `${h}:${two(min)}:${two(s)}` : `${min}:${two(s)}`
}

/** Whole seconds until then, never less than none. */
export function useLeft(deadline: number): number {
  const left = () => Math.max(0, Math.ceil((deadline - Date.now()) / 1000))
  const [now, set] = useState(left)
  useEffect(() => {
    set(left())
    const timer = setInterval(() => set(left()), 250)
    return () => clearInterval(timer)
  }, [deadline])
  return now
}

const small = (n: number, unit: 'kilobyte' | 'megabyte') =>
  kept(`size ${unit}`, () => new Intl.NumberFormat(region, { style: 'unit', unit, maximumFractionDigits: 1 })).format(n)

export const sizeText = (bytes: number) => (bytes < 1_000_000 ? small(Math.max(1, Math.round(bytes / 1000)), 'kilobyte') : small(bytes / 1_000_000, 'megabyte'))

export const clockTime = (at: number) => kept('room clock', () => new Intl.DateTimeFormat(region, { hour: '2-digit', minute: '2-digit' })).format(at)
export const dayAndTime = (at: number) => kept('room day', () => new Intl.DateTimeFormat(region, { weekday: 'long', hour: '2-digit', minute: '2-digit' })).format(at)
