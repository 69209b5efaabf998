import { cn } from '@parley/ui'
import { useEffect, useState } from 'react'
import { m } from '../lib/messages.ts'
import { loadCommon, strength } from '../lib/password.ts'

/** How good a new password is; what the server would refuse is never called good. */
export function Strength({ password, username }: { password: string; username: string }) {
  const [common, setCommon] = useState<ReadonlySet<string>>()
  useEffect(() => void loadCommon().then(setCommon, () => undefined), [])
  const level = common ? strength(password, username, common) : 0
  if (level === 0) return null // the hint of the field says so
  const text = { 1: m.password_weak(), 2: m.password_good(), 3: m.password_strong() }[level]
  return (
    <div className="mt-2 flex items-center gap-2 text-xs text-muted-foreground" role="status">
      <span aria-hidden="true" className="flex flex-1 gap-1">
        {[1, 2, 3].map((i) => (
          <i key={i} className={cn('h-1 flex-1 rounded-full bg-input', level >= i && (level === 1 ? 'bg-destructive' : level === 2 ? 'bg-warning' : 'bg-success'))} />
        ))}
      </span>
      {text}
    </div>
  )
}
