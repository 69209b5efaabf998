/**
 * What fingers do with rows. An element says with data-swipes which ways it may be
 * drawn aside; when it is let go far enough out, it gets an event named swipe. A long
 * press is told as contextmenu, as the browsers do that know it.
 */
/** Towards where the lines end (right, where they are read from left to right), or where they start. */
export type SwipeDirection = 'start' | 'end'
export type SwipeEvent = CustomEvent<SwipeDirection>

const slop = 10
const enough = 64
const longPress = 500

interface Touch {
  id: number
  x: number
  y: number
  target: Element
  row: HTMLElement | null
  swiping: boolean
  timer: ReturnType<typeof setTimeout> | undefined
}

let touch: Touch | null = null

export function followFingers(signal: AbortSignal): void {
  const options = { signal, passive: true }
  addEventListener('pointerdown', begin, options)
  addEventListener('pointermove', move, options)
  addEventListener('pointerup', (event) => end(event, true), options)
  addEventListener('pointercancel', (event) => end(event, false), options)
  addEventListener('contextmenu', () => clearTimeout(touch?.timer), { ...options, capture: true })
}

function begin(event: PointerEvent): void {
  if (event.pointerType !== 'touch' || !event.isPrimary) return
  const target = event.target as Element
  const held = target.closest('[data-held]')
  touch = { id: event.pointerId, x: event.clientX, y: event.clientY, target, row: target.closest('pre, input, textarea') ? null : target.closest('[data-swipes]'), swiping: false, timer: undefined }
  if (held) touch.timer = setTimeout(() => press(target, event), longPress)
}

function press(target: Element, { clientX, clientY }: PointerEvent): void {
  swallowClick()
  target.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true, clientX, clientY }))
  settle()
  touch = null
}

function move(event: PointerEvent): void {
  if (!touch || event.pointerId !== touch.id) return
  const dx = event.clientX - touch.x
  const dy = event.clientY - touch.y
  if (Math.hypot(dx, dy) > slop) clearTimeout(touch.timer)
  const { row } = touch
  if (!row) return
  const way: SwipeDirection = dx > 0 === (document.dir !== 'rtl') ? 'end' : 'start'
  const allowed = row.dataset['swipes']!.split(' ').includes(way)
  if (!touch.swiping) {
    if (Math.abs(dx) < slop || Math.abs(dx) < Math.abs(dy) * 1.5 || !allowed) return
    touch.swiping = true
  }
  const out = allowed ? Math.min(Math.abs(dx) - slop, enough * 1.4) : 0
  row.dataset['swipe'] = way
  row.toggleAttribute('data-enough', out >= enough)
  row.style.setProperty('--swipe', `${dx > 0 ? out : -out}px`)
}

function end(event: PointerEvent, done: boolean): void {
  if (!touch || event.pointerId !== touch.id) return
  clearTimeout(touch.timer)
  const { row, swiping } = touch
  if (row && swiping) {
    swallowClick()
    const detail = row.dataset['swipe'] as SwipeDirection
    const far = row.hasAttribute('data-enough')
    settle()
    if (done && far) row.dispatchEvent(new CustomEvent('swipe', { bubbles: true, detail }))
  }
  touch = null
}

function settle(): void {
  const row = touch?.row
  if (!row) return
  row.style.removeProperty('--swipe')
  row.removeAttribute('data-enough')
  delete row.dataset['swipe']
}

// The finger that is lifted after a gesture does not press what is below it.
function swallowClick(): void {
  const swallow = (event: Event) => {
    event.preventDefault()
    event.stopPropagation()
  }
  addEventListener('click', swallow, { capture: true, once: true })
  addEventListener('pointerdown', () => removeEventListener('click', swallow, true), { capture: true, once: true })
}
