import { DropdownMenu as M } from 'radix-ui'
import { createContext, useContext, useEffect, useRef, useState, type ComponentProps, type ReactNode, type RefObject } from 'react'
import { cn } from './cn.ts'
import { pop } from './pop.ts'
import { returnFocus } from './focus.ts'
import type { Spot } from './spot.ts'

const item =
  'flex cursor-default items-center gap-2.5 rounded-md px-2 py-1.5 text-sm outline-none data-disabled:opacity-50 data-highlighted:bg-muted pointer-coarse:min-h-11 pointer-coarse:px-3 [&_svg]:size-4 [&_svg]:text-muted-foreground'
const danger = 'text-danger-strong [&_svg]:text-danger-strong'

// Menus carry a direction of their own.
const direction = () => (document.dir === 'rtl' ? 'rtl' : 'ltr')

export const Menu = (props: ComponentProps<typeof M.Root>) => <M.Root dir={direction()} {...props} />
export const MenuTrigger = M.Trigger

const Chosen = createContext<RefObject<(() => void) | undefined>>({ current: undefined })

/**
 * What is chosen happens when the menu is gone and what opened it has the focus again: an
 * open menu takes the focus back from wherever it is put.
 */
export function MenuContent({ className, children, onCloseAutoFocus, ...props }: ComponentProps<typeof M.Content>) {
  const chosen = useRef<() => void>(undefined)
  return (
    <M.Portal>
      <M.Content
        sideOffset={4} collisionPadding={8} className={cn(pop, 'scroll-thin max-h-(--radix-dropdown-menu-content-available-height) min-w-48 overflow-y-auto p-1', className)}
        onCloseAutoFocus={(event) => {
          onCloseAutoFocus?.(event)
          if (chosen.current) queueMicrotask(chosen.current)
          chosen.current = undefined
        }}
        {...props}
      >
        <Chosen value={chosen}>{children}</Chosen>
      </M.Content>
    </M.Portal>
  )
}
interface MenuItemProps extends Omit<ComponentProps<typeof M.Item>, 'onSelect'> {
  destructive?: boolean
  onSelect(): void
}
export function MenuItem({ className, destructive, onSelect, ...props }: MenuItemProps) {
  const chosen = useContext(Chosen)
  return <M.Item className={cn(item, destructive && danger, className)} onSelect={() => { chosen.current = onSelect }} {...props} />
}
export const MenuSeparator = () => <M.Separator className="my-1 h-px bg-border" />

/** A menu that is opened by something which is not part of it. */
export function MenuAt({ spot, label, onClose, children }: { spot: Spot; label: string; onClose(): void; children: ReactNode }) {
  const { left, top, width, height } = spot.rect
  // It has to be there before it opens, or it has nothing to stand at.
  const [open, setOpen] = useState(false)
  useEffect(() => setOpen(true), [])
  return (
    <M.Root dir={direction()} open={open} onOpenChange={(now) => !now && onClose()}>
      <M.Trigger asChild>
        <span aria-hidden="true" className="pointer-events-none fixed overflow-hidden opacity-0" style={{ left, top, width, height }}>{label}</span>
      </M.Trigger>
      <MenuContent
        align={width > 0 ? 'end' : 'start'}
        onCloseAutoFocus={(event) => {
          event.preventDefault()
          returnFocus(spot.origin)
        }}
      >
        {children}
      </MenuContent>
    </M.Root>
  )
}
