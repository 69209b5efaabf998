import type { Settings } from '@parley/sdk'

/** Whether it is a time when one wants to be told of nothing. */
export function isQuiet({ on, from, to, timeZone }: Settings['quietHours'], now: Date): boolean {
  if (!on || from === to) return false
  const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone }).format(now)
  return from < to ? clock >= from && clock < to : clock >= from || clock < to
}
