/** Gives the focus back to what had it, unless something else has taken it meanwhile. */
export function returnFocus(to: HTMLElement | null): void {
  const { activeElement } = document
  if (to?.isConnected && (!activeElement || activeElement === document.body)) to.focus({ preventScroll: true })
}

/** What is said of the page: whether its reader points or types, so that one of both shows what can be done where. */
export function followHand(signal: AbortSignal): void {
  const page = document.documentElement
  const by = (hand: 'pointer' | 'keys') => () => {
    if (page.dataset['by'] !== hand) page.dataset['by'] = hand
  }
  addEventListener('pointermove', by('pointer'), { signal, passive: true })
  addEventListener('pointerdown', by('pointer'), { signal, passive: true, capture: true })
  addEventListener('keydown', by('keys'), { signal, capture: true })
  signal.addEventListener('abort', () => delete page.dataset['by'])
}

/** Whether something was opened with a mouse, and what is written next needs no keyboard on the screen. */
export const byMouse = (): boolean => document.documentElement.dataset['by'] === 'pointer' && matchMedia('(hover: hover) and (pointer: fine)').matches
