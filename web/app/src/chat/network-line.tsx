import { CloudOff, RefreshCw } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useEngine, useLive } from '../lib/use.ts'
import { m } from '../lib/messages.ts'

/** One quiet line about the network; nothing while all is well, or only for a moment not. */
export function NetworkLine() {
  const engine = useEngine()
  const { state } = useLive((s) => s.connection)
  const waiting = useLive((s) => s.pending.filter((p) => !p.failure).length)
  const [late, setLate] = useState(false)
  const well = state === 'live'
  useEffect(() => {
    if (well) {
      setLate(false)
      return
    }
    const timer = setTimeout(() => setLate(true), 1_000)
    return () => clearTimeout(timer)
  }, [well])
  if (well || !late) return null
  const offline = !navigator.onLine
  const text = offline ? m.offline() : state === 'catching-up' ? m.catching_up() : m.reconnecting()
  return (
    <div role="status" data-network={offline ? 'offline' : state} className="flex min-h-8 shrink-0 items-center gap-2 border-b bg-mention px-5 py-1 text-xs font-medium text-mention-foreground">
      {offline ? <CloudOff className="size-3.5" /> : <RefreshCw className="size-3.5" />}
      {text}
      {waiting > 0 && <span>{m.n_waiting({ n: waiting })}</span>}
      {state === 'waiting' && <button type="button" onClick={() => engine.hurry()} className="ms-auto font-semibold underline underline-offset-2">{m.try_now()}</button>}
    </div>
  )
}
