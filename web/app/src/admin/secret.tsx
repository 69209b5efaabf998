import { Button } from '@parley/ui'

import { m } from '../lib/messages.ts'
import { am } from './messages.ts'

/** Something that is shown once, to be copied. */
export function Secret({ label, value, onClose }: { label: string; value: string; onClose(): void }) {
  return (
    <div role="status" className="flex flex-wrap items-center gap-3 rounded-xl border border-primary bg-primary-soft p-3 text-sm text-primary-soft-foreground">
      <span>{label}</span>
      <code className="rounded bg-card px-2 py-1 break-all text-foreground">{value}</code>
      <Button size="sm" variant="outline" className="text-foreground" onClick={() => void navigator.clipboard.writeText(value)}>{am.copy()}</Button>
      <Button size="sm" variant="ghost" className="ms-auto text-inherit" onClick={onClose}>{m.close()}</Button>
    </div>
  )
}
