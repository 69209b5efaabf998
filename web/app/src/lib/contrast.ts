import type { OwnTheme } from '@parley/sdk'

/** Colours that text and its ground make, and how far apart they must be (WCAG 2.2, 1.4.3). */
export const pairs = [
  ['foreground', 'background'], ['foreground', 'sidebar'], ['muted-foreground', 'background'], ['primary-foreground', 'primary'], ['bubble-own-foreground', 'bubble-own'], ['foreground', 'bubble-other'], ['rail-foreground', 'rail'],
] as const
export const least = 4.5

let paint: CanvasRenderingContext2D | null = null

/** Red, green and blue of any colour that the browser knows; undefined if it does not. */
export function rgb(colour: string): [number, number, number] | undefined {
  if (!CSS.supports('color', colour)) return undefined
  paint ??= Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true })!
  paint.fillStyle = colour
  paint.fillRect(0, 0, 1, 1)
  const [r, g, b] = paint.getImageData(0, 0, 1, 1).data
  return [r!, g!, b!]
}

export function hex(colour: string): string {
  return '#' + (rgb(colour) ?? [0, 0, 0]).map((part) => part.toString(16).padStart(2, '0')).join('')
}

function luminance([r, g, b]: [number, number, number]): number {
  const [R, G, B] = [r, g, b].map((part) => {
    const c = part / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * R! + 0.7152 * G! + 0.0722 * B!
}

/** From 1, the same, to 21, black on white. */
export function ratio(a: [number, number, number], b: [number, number, number]): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (high! + 0.05) / (low! + 0.05)
}

export interface Poor {
  text: string
  ground: string
  ratio: number
}

/** Which texts of a theme could not be read. */
export function poorPairs(theme: OwnTheme, basic: (name: string) => string): Poor[] {
  const tokens = theme.tokens as Record<string, string>
  const of = (name: string) => rgb(tokens[name] ?? basic(name)) ?? [0, 0, 0]
  return pairs.map(([text, ground]) => ({ text, ground, ratio: ratio(of(text), of(ground)) })).filter((p) => p.ratio < least)
}
