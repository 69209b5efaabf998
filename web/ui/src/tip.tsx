import { Slot } from 'radix-ui'
import { useEffect, useRef, useState, type ReactElement } from 'react'

/** Right is where the text goes: left, where that is read from right to left. */
type Side = 'top' | 'right' | 'bottom'

/** A word about a control while the pointer rests on it; its name is its own. */
export function Tip({ label, kbd, side = 'top', children }: { label: string; kbd?: string | undefined; side?: Side; children: ReactElement }) {
  return <Slot.Root data-tip={label} data-tip-kbd={kbd} data-tip-side={side}>{children}</Slot.Root>
}

interface Shown {
  label: string
  kbd: string | undefined
  side: Side
  rect: DOMRect
}

const rest = 350
const gap = 6
const margin = 8

/** Shows the tips of the whole page, one at a time; of what has data-tip-press, also when it is pressed. */
export function Tips() {
  const [shown, setShown] = useState<Shown | null>(null)
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let over: Element | null = null
    const hide = () => {
      clearTimeout(timer)
      over = null
      setShown(null)
    }
    const consider = (event: Event) => {
      const target = (event.target as Element).closest?.<HTMLElement>('[data-tip]') ?? null
      if (target === over) return
      hide()
      const pressed = event.type === 'click'
      if (!target || (pressed ? target.dataset['tipPress'] === undefined : event instanceof PointerEvent && event.pointerType === 'touch')) return
      if (event.type === 'focusin' && !target.matches(':focus-visible')) return
      over = target
      timer = setTimeout(() => {
        const { tip, tipKbd, tipSide } = target.dataset
        if (target.isConnected) setShown({ label: tip!, kbd: tipKbd, side: tipSide as Side, rect: target.getBoundingClientRect() })
      }, pressed ? 0 : rest)
    }
    const live = new AbortController()
    const options = { signal: live.signal, capture: true, passive: true }
    for (const type of ['pointerover', 'focusin', 'click']) document.addEventListener(type, consider, options)
    for (const type of ['pointerdown', 'keydown', 'scroll', 'focusout']) document.addEventListener(type, hide, options)
    return () => {
      live.abort()
      clearTimeout(timer)
    }
  }, [])
  useEffect(() => {
    const tip = box.current
    if (!tip || !shown) return
    const { rect, side } = shown
    const beside = document.dir === 'rtl' ? rect.left - gap - tip.offsetWidth : rect.right + gap
    const left = side === 'right' ? beside : rect.left + (rect.width - tip.offsetWidth) / 2
    const above = rect.top - tip.offsetHeight - gap
    const top = side === 'right' ? rect.top + (rect.height - tip.offsetHeight) / 2 : side === 'top' && above > margin ? above : rect.bottom + gap
    tip.style.left = `${Math.max(margin, Math.min(left, innerWidth - tip.offsetWidth - margin))}px`
    tip.style.top = `${top}px`
    tip.style.visibility = 'visible'
  }, [shown])
  if (!shown) return null
  return (
    <div ref={box} key={`${shown.label} ${shown.rect.x} ${shown.rect.y}`} role="tooltip" className="pointer-events-none invisible fixed z-60 flex items-center gap-2 rounded-md bg-foreground px-2 py-1 text-xs font-medium text-background animate-in fade-in-0">
      {shown.label}
      {shown.kbd && <kbd className="rounded border border-background/25 px-1 font-sans text-2xs">{shown.kbd}</kbd>}
    </div>
  )
}
