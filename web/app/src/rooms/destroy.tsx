import { cn } from '@parley/ui'
import { Flame } from 'lucide-react'
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react'
import { rm } from './messages.ts'
import type { Talk } from './talk.ts'

const holdFor = 1_000
const toldFor = 5_000

/** Held for a second, by pointer or key: nobody ends a talk by a slip. The fill is how far it is. */
export function Destroy({ talk, compact }: { talk: Talk; compact?: boolean }) {
  const [held, setHeld] = useState(0)
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState(false)
  const [tooShort, setTooShort] = useState(false)
  const frame = useRef(0)
  const since = useRef(0)
  const hint = useId()
  const stop = () => {
    cancelAnimationFrame(frame.current)
    since.current = 0
    setHeld(0)
  }
  const letGo = () => {
    if (since.current > 0) setTooShort(true)
    stop()
  }
  useEffect(() => () => cancelAnimationFrame(frame.current), [])
  useEffect(() => {
    if (!tooShort) return
    const timer = setTimeout(() => setTooShort(false), toldFor)
    return () => clearTimeout(timer)
  }, [tooShort])

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
    setTooShort(false)
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
  const told = trouble ? rm.destroy_failed() : tooShort ? rm.hold_longer() : ''
  return (
    <div className={cn('relative', compact && 'shrink-0')}>
      <button
        type="button" disabled={busy} aria-describedby={hint}
        onPointerDown={(event) => event.button === 0 && start()} onPointerUp={letGo} onPointerLeave={letGo} onPointerCancel={stop} onContextMenu={(event) => event.preventDefault()}
        onKeyDown={onKey} onKeyUp={letGo} onBlur={stop}
        // A screen reader presses and lets go at once; it is asked instead.
        onClick={(event) => event.detail === 0 && confirm(rm.destroy_sure()) && destroy()}
        className={cn('relative flex touch-none items-center justify-center gap-2 overflow-hidden rounded-lg border border-destructive/45 bg-background text-[13.5px] font-semibold text-danger-strong select-none', compact ? 'h-11 px-3 whitespace-nowrap' : 'h-11 w-full')}
      >
        {held > 0 && <span className="absolute inset-y-0 start-0 bg-danger-soft" style={{ width: `${held * 100}%` }} />}
        {held > 0 && <span className="absolute start-0 bottom-0 h-[3px] bg-destructive" style={{ width: `${held * 100}%` }} />}
        <Flame className="relative size-4 shrink-0" />
        <span className="relative">{held > 0 ? rm.keep_holding() : rm.hold_to_destroy()}</span>
      </button>
      <p id={hint} className={compact || told ? 'sr-only' : 'mt-2 text-center text-xs text-muted-foreground'}>{rm.hold_hint()}</p>
      <p role="alert" className={!told ? 'sr-only' : compact ? 'absolute end-0 top-full z-10 mt-1.5 w-max max-w-[80vw] rounded-lg border bg-card px-3 py-2 text-xs text-danger-strong shadow-pop' : 'mt-2 text-center text-xs text-danger-strong'}>{told}</p>
    </div>
  )
}
