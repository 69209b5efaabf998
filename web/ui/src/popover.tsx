import { Popover as P } from 'radix-ui'
import type { ReactNode, RefObject } from 'react'
import { cn } from './cn.ts'
import { returnFocus } from './focus.ts'
import { pop } from './pop.ts'

/** Stands at the control that opened it, which has the focus again afterwards. */
export function PopoverAt({ anchor, label, className, onClose, children }: { anchor: RefObject<HTMLElement | null>; label: string; className?: string; onClose(): void; children: ReactNode }) {
  return (
    <P.Root open onOpenChange={(open) => !open && onClose()}>
      <P.Anchor virtualRef={anchor as RefObject<HTMLElement>} />
      <P.Portal>
        <P.Content
          aria-label={label} sideOffset={6} collisionPadding={8} className={cn(pop, className)}
          onInteractOutside={(event) => anchor.current?.contains(event.target as Node) && event.preventDefault()}
          onCloseAutoFocus={(event) => {
            event.preventDefault()
            returnFocus(anchor.current)
          }}
        >
          {children}
        </P.Content>
      </P.Portal>
    </P.Root>
  )
}
