import { expect, test } from 'vitest'
import { isQuiet } from '../src/lib/quiet.ts'

test('quiet hours go over midnight, by the clock of their own zone', () => {
  const night = { on: true, from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' }
  const at = (time: string) => new Date(`2026-01-15T${time}:00Z`)
  expect(isQuiet(night, at('20:59'))).toBe(false)
  expect(isQuiet(night, at('21:00'))).toBe(true)
  expect(isQuiet(night, at('23:30'))).toBe(true)
  expect(isQuiet(night, at('05:59'))).toBe(true)
  expect(isQuiet(night, at('06:00'))).toBe(false)
  expect(isQuiet({ ...night, on: false }, at('23:30'))).toBe(false)
  const noon = { on: true, from: '12:00', to: '13:00', timeZone: 'UTC' }
  expect([at('11:59'), at('12:00'), at('13:00')].map((t) => isQuiet(noon, t))).toEqual([false, true, false])
})
