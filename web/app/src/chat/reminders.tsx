import type { Message, ReminderChange } from '@parley/sdk'
import { Button } from '@parley/ui'
import { AlarmClock } from 'lucide-react'
import { useLocation } from 'wouter'
import { useRemote } from '../lib/remote.ts'
import { useEngine, useLive } from '../lib/use.ts'
import { m } from '../lib/messages.ts'
import { inOneLine } from '../text/names.ts'

const anHour = 60 * 60_000

/** Messages whose time has come, until they are done or put off. */
export default function DueReminders({ due }: { due: readonly ReminderChange[] }) {
  return (
    <section aria-label={m.reminders()} className="fixed end-4 bottom-20 z-40 grid w-80 max-w-[calc(100vw-2rem)] gap-2">
      {due.slice(0, 3).map((r) => <Due key={r.messageId} reminder={r} />)}
    </section>
  )
}

function Due({ reminder: { messageId, conversationId } }: { reminder: ReminderChange }) {
  const { rest } = useEngine()
  const [, go] = useLocation()
  const { data } = useRemote(['message', messageId], () => rest.get('/api/chat/messages/{id}', { path: { id: messageId } }) as Promise<Message>)
  const c = useLive((s) => s.conversations.get(conversationId))
  const path = { id: messageId }
  const done = () => rest.delete('/api/chat/reminders/{id}', { path }).catch(() => undefined)
  const later = () => rest.put('/api/chat/reminders/{id}', { path, body: { at: new Date(Date.now() + anHour).toISOString() } as never }).catch(() => undefined)
  return (
    <div role="alert" className="rounded-xl border bg-popover p-3 text-popover-foreground shadow-panel">
      <p className="flex items-center gap-2 text-xs font-semibold text-accent-strong"><AlarmClock className="size-4" />{m.reminder()}</p>
      <p className="mt-1 text-sm"><b className="font-semibold"><bdi>{data?.senderName}</bdi></b> <span className="line-clamp-3"><bdi>{data && (inOneLine(data, c) || data.attachments.map((a) => a.fileName).join(', '))}</bdi></span></p>
      <div className="mt-2 flex gap-1.5">
        <Button size="sm" onClick={() => { void done(); go(`/chat/${conversationId}/${messageId}`) }}>{m.open()}</Button>
        <Button size="sm" variant="outline" onClick={() => void later()}>{m.in_1_hour()}</Button>
        <Button size="sm" variant="ghost" className="ms-auto" onClick={() => void done()}>{m.done()}</Button>
      </div>
    </div>
  )
}
