import { useStore } from 'zustand'
import { renew, renewal } from '../lib/installed.ts'
import { m } from '../lib/messages.ts'

/** Says that there is a newer version; it comes when one wants it. */
export function Renewal() {
  const waiting = useStore(renewal, (s) => s.waiting)
  if (!waiting) return null
  return (
    <p role="status" className="flex items-center justify-center gap-3 border-b bg-primary-soft px-4 py-1 text-xs text-primary-soft-foreground">
      {m.new_version()}
      <button type="button" className="font-semibold underline underline-offset-2 pointer-coarse:min-h-11" onClick={renew}>{m.renew()}</button>
    </p>
  )
}
