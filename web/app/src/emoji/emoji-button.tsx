import { Button, Tip } from '@parley/ui'
import type { LucideIcon } from 'lucide-react'
import { lazy, Suspense, useRef, useState } from 'react'

const EmojiPopover = lazy(() => import('./emoji-popover.tsx'))

interface Props {
  icon: LucideIcon
  label: string
  /** Shown beside it, where the label says more than those need who see; the label if it is not given. */
  tip?: string | undefined
  small?: boolean | undefined
  /** Begin with the few that are used most. */
  few?: boolean | undefined
  /** Of skin, from 1 to 5; 0 is none. */
  tone?: number | undefined
  disabled?: boolean | undefined
  className?: string | undefined
  onPick(emoji: string): void
}

/** Opens the emoji, which are fetched when somebody wants one. */
export function EmojiButton({ icon: Icon, label, tip = label, small, few, tone, disabled = false, className, onPick }: Props) {
  const [open, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  return (
    <>
      <Tip label={tip}>
        <Button ref={button} variant="ghost" size={small ? 'icon-sm' : 'icon'} disabled={disabled} aria-label={label} aria-haspopup="dialog" aria-expanded={open || undefined} className={className} onClick={() => setOpen(!open)}>
          <Icon className={small ? 'size-4' : 'size-[18px]'} />
        </Button>
      </Tip>
      {open && <Suspense fallback={null}><EmojiPopover anchor={button} label={label} few={few} tone={tone} onPick={onPick} onClose={() => setOpen(false)} /></Suspense>}
    </>
  )
}
