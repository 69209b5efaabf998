import { Button, cn, Sheet } from '@parley/ui'
import { useId, useState, type FormEvent } from 'react'
import { useStore } from 'zustand'
import { m } from '../lib/messages.ts'
import { mostExcerpts as most, saidIn } from './excerpts.ts'
import { rm } from './messages.ts'
import { useOptions } from './options.ts'
import { whyNot } from './refused.ts'
import type { Talk } from './talk.ts'
import { clockTime } from './time.ts'

const longest = 2_000

/** Tells the operator of abuse: what is written here and what is picked, and nothing else. */
export default function Report({ talk, onClose }: { talk: Talk; onClose(): void }) {
  const lines = useStore(talk.store, (s) => s.lines)
  const contact = useOptions()?.abuseContact
  const [note, setNote] = useState('')
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set())
  const [state, setState] = useState<'writing' | 'sending' | 'sent'>('writing')
  const [trouble, setTrouble] = useState('')
  const id = useId()
  const readable = lines.filter((l) => l.state === 'sent' && l.body.kind !== 'unreadable')
  const chosen = readable.filter((l) => picked.has(l.key))
  const pick = (key: string, on: boolean) => setPicked(new Set(on ? [...picked, key] : [...picked].filter((k) => k !== key)))
  const send = (event: FormEvent) => {
    event.preventDefault()
    setState('sending')
    setTrouble('')
    talk.report(note.trim(), chosen).then(() => setState('sent'), (error: unknown) => {
      setState('writing')
      setTrouble(whyNot(error))
    })
  }
  return (
    <Sheet open onOpenChange={(open) => !open && onClose()} title={rm.report()}>
      {state === 'sent' ? (
        <div className="px-5 pb-5">
          <p role="status" className="text-[15px] leading-6">{rm.report_sent()}</p>
          <Button className="mt-4 h-11 w-full" onClick={onClose}>{m.close()}</Button>
        </div>
      ) : (
        <form onSubmit={send} autoComplete="off" className="flex min-h-0 flex-col gap-3 overflow-y-auto px-5 pb-5 scroll-thin">
          <p className="text-sm leading-5 text-muted-foreground">{rm.report_lead()}</p>
          <label htmlFor={id} className="text-sm font-medium">{rm.report_note()}</label>
          <textarea id={id} dir="auto" rows={3} maxLength={longest} value={note} onChange={(e) => setNote(e.target.value)} className="-mt-1.5 w-full shrink-0 rounded-lg border border-input bg-background px-3 py-2 text-[15px] outline-none focus:border-ring focus:ring-3 focus:ring-ring/15" />
          {readable.length > 0 && (
            <fieldset className="min-w-0">
              <legend className="mb-1.5 text-sm font-medium">{rm.report_pick({ n: most })}</legend>
              <ul className="max-h-52 overflow-y-auto rounded-lg border scroll-thin">
                {readable.map((line) => (
                  <li key={line.key} className="border-b last:border-0">
                    <label className={cn('grid min-h-11 grid-cols-[auto_minmax(0,1fr)] items-center gap-x-2.5 px-3 py-1.5 text-sm leading-5', picked.has(line.key) && 'bg-primary-soft')}>
                      <input type="checkbox" className="row-span-2 size-[18px] accent-primary" checked={picked.has(line.key)} disabled={!picked.has(line.key) && chosen.length >= most} onChange={(e) => pick(line.key, e.target.checked)} />
                      <span className="text-xs text-muted-foreground"><bdi>{line.mine ? m.you() : line.name || rm.other_side()}</bdi> · {clockTime(line.at)}</span>
                      <span dir="auto" className="truncate">{saidIn(line)}</span>
                    </label>
                  </li>
                ))}
              </ul>
            </fieldset>
          )}
          {contact && <p className="text-xs break-words text-muted-foreground">{rm.report_abuse({ contact })}</p>}
          {trouble && <p role="alert" className="text-sm text-danger-strong">{trouble}</p>}
          <Button type="submit" disabled={state === 'sending' || (!note.trim() && chosen.length === 0)} className="h-11 w-full shrink-0">{rm.report_send()}</Button>
        </form>
      )}
    </Sheet>
  )
}
