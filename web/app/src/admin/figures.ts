import { kept, number, region } from '../lib/formats.ts'

/** A number as it is read at a glance: 1.16M. */
export const count = (n: number) => number('', n, n >= 100_000 ? { notation: 'compact', maximumFractionDigits: 2 } : {})

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

/** A size as people say it: 41.8 GB. */
export function bytes(n: number): string {
  let i = n === 0 ? 1 : 0 // "0 kB": there is no number for it in words
  while (n >= 1_000 && i < units.length - 1) {
    n /= 1_000
    i++
  }
  return number('', n, { style: 'unit', unit: units[i]!, unitDisplay: 'short', maximumFractionDigits: i === 0 || n >= 100 ? 0 : 1 })
}

/** Milliseconds: one figure behind the point while they are few. */
export const millis = (n: number) => number('', n, { maximumFractionDigits: n < 10 ? 1 : 0 })

/** By how much a figure differs from what it was; undefined where there was nothing. */
export function change(now: number, before: number): string | undefined {
  if (before === 0) return undefined
  return number('', (now - before) / before, { style: 'percent', signDisplay: 'exceptZero' })
}

export const shortDay = (date: string) => kept('day of UTC', () => new Intl.DateTimeFormat(region, { day: 'numeric', month: 'short', timeZone: 'UTC' })).format(new Date(date))

/** A table as a file that spreadsheets open. Cells that begin like formulas are quoted (OWASP, CSV injection). */
export function csv(head: readonly string[], rows: readonly (string | number)[][]): Blob {
  const cell = (value: string | number) => {
    const text = String(value)
    return `"${(typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`
  }
  return new Blob(['\uFEFF', [head, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')], { type: 'text/csv' })
}

export function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  Object.assign(document.createElement('a'), { href: url, download: name }).click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
