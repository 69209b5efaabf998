import { reason } from '../lib/reason.ts'
import { RoomError } from './api.ts'
import { rm } from './messages.ts'

/** Why a room refused something, in the language that is shown; the server's own words where there are no others. */
export function whyNot(error: unknown): string {
  if (!(error instanceof RoomError)) return rm.went_wrong()
  if (error.status === 429) return rm.too_often()
  if (error.code === 'capacity') return rm.no_capacity()
  if (error.status === 0) return rm.unreachable()
  return reason(error) || rm.went_wrong()
}
