import { Button, Sheet } from '@parley/ui'
import { Check, CircleHelp, Download, Flag } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { useStore } from 'zustand'
import { m } from '../lib/messages.ts'
import { save } from './file.tsx'
import { rm } from './messages.ts'
import type { Talk } from './talk.ts'

const Report = lazy(() => import('./report.tsx'))

/** Keeps what was said on this device. */
export function SaveCopy({ talk, className }: { talk: Talk; className?: string }) {
  const empty = useStore(talk.store, (s) => !s.lines.some((l) => l.state === 'sent'))
  const [busy, setBusy] = useState(false)
  const [told, tell] = useState<'saved' | 'failed' | ''>('')
  const keep = () => {
    setBusy(true)
    tell('')
    import('./save.ts').then(({ copyOf }) => copyOf(talk)).then((copy) => save(copy, `room-${new Date().toISOString().slice(0, 16).replaceAll(':', '')}.html`))
      .then(() => tell('saved'), () => tell('failed')).finally(() => setBusy(false))
  }
  return (
    <>
      <Button variant="outline" disabled={empty || busy} className={className} onClick={keep}><Download />{rm.save_copy()}</Button>
      <p role="status" className={told === 'failed' ? 'text-xs text-danger-strong' : told ? 'mt-1.5 flex items-center gap-1.5 text-xs text-muted-foreground' : 'sr-only'}>{told === 'failed' ? rm.went_wrong() : told === 'saved' && <><Check className="size-3.5" />{rm.copy_saved()}</>}</p>
    </>
  )
}

export function ReportButton({ talk, className, onOpen }: { talk: Talk; className?: string; onOpen?: () => void }) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button variant="ghost" className={className} onClick={() => (onOpen ? onOpen() : setOpen(true))}><Flag />{rm.report()}</Button>
      {open && <Suspense fallback={null}><Report talk={talk} onClose={() => setOpen(false)} /></Suspense>}
    </>
  )
}

/** What stands beside the talk where there is room, for those who have none. */
export function More({ talk, open, onOpenChange, onHow }: { talk: Talk; open: boolean; onOpenChange(open: boolean): void; onHow(): void }) {
  const [reporting, report] = useState(false)
  const go = (to: () => void) => () => {
    onOpenChange(false)
    to()
  }
  return (
    <>
      <Sheet open={open} onOpenChange={onOpenChange} title={m.more_actions()}>
        <div className="flex flex-col gap-2 px-5 pb-5">
          <SaveCopy talk={talk} className="h-12 justify-start" />
          <p className="px-1 text-xs text-muted-foreground">{rm.save_hint()}</p>
          <ReportButton talk={talk} className="h-12 justify-start" onOpen={go(() => report(true))} />
          <Button variant="ghost" className="h-12 justify-start" onClick={go(onHow)}><CircleHelp />{rm.how_rooms_work()}</Button>
        </div>
      </Sheet>
      {reporting && <Suspense fallback={null}><Report talk={talk} onClose={() => report(false)} /></Suspense>}
    </>
  )
}
