/** Where a menu opens, and what has the focus again when it is closed. */
export interface Spot {
  rect: { left: number; top: number; width: number; height: number }
  origin: HTMLElement
}

/** The spot of a click with the other button, of the menu key, or of a long press. */
export function spotOf(event: { clientX: number; clientY: number; currentTarget: HTMLElement }): Spot {
  return { rect: { left: event.clientX, top: event.clientY, width: 0, height: 0 }, origin: event.currentTarget }
}
export function spotBelow(origin: HTMLElement): Spot {
  return { rect: origin.getBoundingClientRect(), origin }
}
