import { cn } from '@parley/ui'
import { Flame } from 'lucide-react'
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react'
import { rm } from './messages.ts'
import type { Talk } from './talk.ts'

const holdFor = 1_000

/** Held for a second, by pointer or key: nobody ends a talk by a slip. The fill is how far it is. */
export function Destroy({ talk, compact }: { talk: Talk; compact?: boolean }) {
  const [held, setHeld] = useState(0)
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState(false)
  const frame = useRef(0)
  const since = useRef(0)
  const hint = useId()
  const stop = () => {
    cancelAnimationFrame(frame.current)
    since.current = 0
    setHeld(0)
  }
  useEffect(() => () => cancelAnimationFrame(frame.current), [])

  const destroy = () => {
    setBusy(true)
    setTrouble(false)
    void talk.destroy().catch(() => {
      setTrouble(true)
      setBusy(false)
    })
  }
  const start = () => {
    if (since.current || busy) return
    since.current = performance.now()
    const step = () => {
      const part = (performance.now() - since.current) / holdFor
      if (part < 1) {
        setHeld(Math.max(part, 0.01))
        frame.current = requestAnimationFrame(step)
        return
      }
      stop()
      destroy()
    }
    step()
  }
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== ' ' && event.key !== 'Enter') return
    event.preventDefault()
    if (!event.repeat) start()
  }
  return (
    <>
      <button
        type="button" disabled={busy} aria-describedby={hint}
        onPointerDown={(event) => event.button === 0 && start()} onPointerUp={stop} onPointerLeave={stop} onPointerCancel={stop} onContextMenu={(event) => event.preventDefault()}
        onKeyDown={onKey} onKeyUp={stop} onBlur={stop}
        // A screen reader presses and lets go at once; it is asked instead.
        onClick={(event) => event.detail === 0 && confirm(rm.destroy_sure()) && destroy()}
        className={cn('relative flex touch-none items-center justify-center gap-2 overflow-hidden rounded-lg border border-destructive/45 bg-background text-[13.5px] font-semibold text-danger-strong select-none', compact ? 'h-11 shrink-0 px-3 whitespace-nowrap' : 'h-11 w-full')}
      >
        {held > 0 && <span className="absolute inset-y-0 start-0 bg-danger-soft" style={{ width: `${held * 100}%` }} />}
        {held > 0 && <span className="absolute start-0 bottom-0 h-[3px] bg-destructive" style={{ width: `${held * 100}%` }} />}
        <Flame className="relative size-4 shrink-0" />
        <span className="relative">{held > 0 ? rm.keep_holding() : rm.hold_to_destroy()}</span>
      </button>
      <p id={hint} role={trouble ? 'alert' : undefined} className={cn('mt-2 text-center text-xs text-muted-foreground', compact && !trouble && 'sr-only', trouble && 'text-danger-strong')}>{trouble ? rm.destroy_failed() : rm.hold_hint()}</p>
    </>
  )
}
