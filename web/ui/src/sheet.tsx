import { X } from 'lucide-react'
import { Dialog as D } from 'radix-ui'
import { useState, type ComponentProps, type ReactNode } from 'react'
import { cn } from './cn.ts'
import { returnFocus } from './focus.ts'
import { texts } from './texts.ts'

interface SheetProps {
  open: boolean
  onOpenChange(open: boolean): void
  title: string
  /** Read out with the title; shown unless it is only for the screen reader. */
  description?: ReactNode
  hideTitle?: boolean
  /** A question that has to be answered. */
  alert?: boolean
  /** What may need the key itself prevents that it closes. */
  onEscape?(event: KeyboardEvent): void
  className?: string
  children: ReactNode
}

/** A dialog; on a phone it fills the width and comes from below. */
export function Sheet({ open, onOpenChange, title, description, hideTitle, alert, onEscape, className, children }: SheetProps) {
  return (
    <D.Root open={open} onOpenChange={onOpenChange}>
      <D.Portal>
        <D.Overlay className="fixed inset-0 z-50 bg-black/35 data-[state=open]:animate-in data-[state=open]:fade-in-0" />
        <Content
          {...(description ? {} : { 'aria-describedby': undefined })}
          {...(onEscape ? { onEscapeKeyDown: onEscape } : {})}
          {...(alert ? { role: 'alertdialog' } : {})}
          className={cn(
            'fixed top-1/2 left-1/2 z-50 flex max-h-[min(90dvh,46rem)] w-[min(30rem,calc(100vw-2rem))] -translate-1/2 flex-col rounded-xl border bg-popover text-popover-foreground shadow-panel outline-none',
            'max-sm:top-auto max-sm:bottom-0 max-sm:left-0 max-sm:max-h-[92dvh] max-sm:w-full max-sm:translate-0 max-sm:rounded-b-none max-sm:pb-[env(safe-area-inset-bottom)]',
            'data-[state=open]:animate-in data-[state=open]:fade-in-0 data-[state=open]:zoom-in-97 duration-150',
            className,
          )}
        >
          <div className={cn('flex items-center gap-2 px-5 pt-4 pb-2', hideTitle && 'sr-only')}>
            <D.Title className="text-base font-semibold tracking-tight">{title}</D.Title>
            <D.Close aria-label={texts.close()} hidden={alert} className="-me-1.5 ms-auto grid size-8 max-sm:size-11 cursor-pointer place-items-center rounded-md text-muted-foreground hover:bg-muted">
              <X className="size-4" />
            </D.Close>
          </div>
          {description && <D.Description className="px-5 pb-2 text-sm whitespace-pre-line text-muted-foreground">{description}</D.Description>}
          {children}
        </Content>
      </D.Portal>
    </D.Root>
  )
}

/** It is there only while it is open, so that it knows what had the focus before. */
function Content(props: ComponentProps<typeof D.Content>) {
  const [before] = useState(() => document.activeElement as HTMLElement | null)
  return (
    <D.Content
      onCloseAutoFocus={(event) => {
        event.preventDefault()
        returnFocus(before)
      }}
      {...props}
    />
  )
}
