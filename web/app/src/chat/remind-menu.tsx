import type { Message } from '@parley/sdk'
import { MenuAt, MenuItem, MenuSeparator, type Spot } from '@parley/ui'
import { AlarmClock, AlarmClockOff } from 'lucide-react'
import { useState } from 'react'
import { fullTime } from '../lib/time.ts'
import { useEngine, useLive } from '../lib/use.ts'
import { m } from '../lib/messages.ts'

/** When somebody may want to be reminded, from now. */
export function times(now: Date): { label: string; at: Date }[] {
  const at = (days: number, hour: number) => {
    const then = new Date(now)
    then.setDate(then.getDate() + days)
    then.setHours(hour, 0, 0, 0)
    return then
  }
  const later = (minutes: number) => new Date(now.getTime() + minutes * 60_000)
  const toMonday = (8 - now.getDay()) % 7 || 7
  return [
    { label: m.in_20_minutes(), at: later(20) },
    { label: m.in_1_hour(), at: later(60) },
    { label: m.in_3_hours(), at: later(180) },
    { label: m.tomorrow_morning(), at: at(1, 9) },
    { label: m.next_week(), at: at(toMonday, 9) },
  ]
}

/** Chooses when to be reminded of a message. */
export default function RemindMenu({ message, spot, onClose }: { message: Message; spot: Spot; onClose(): void }) {
  const { rest } = useEngine()
  const set = useLive((s) => s.reminders.get(message.id))
  const [now] = useState(() => new Date())
  const path = { id: message.id }
  return (
    <MenuAt spot={spot} label={m.remind_me()} onClose={onClose}>
      {times(now).map(({ label, at }) => (
        <MenuItem key={label} onSelect={() => void rest.put('/api/chat/reminders/{id}', { path, body: { at: at.toISOString() } as never })}><AlarmClock />{label}</MenuItem>
      ))}
      {set?.remindAt && (
        <>
          <MenuSeparator />
          <MenuItem onSelect={() => void rest.delete('/api/chat/reminders/{id}', { path })}><AlarmClockOff />{m.remove_reminder({ when: fullTime(set.remindAt) })}</MenuItem>
        </>
      )}
    </MenuAt>
  )
}
