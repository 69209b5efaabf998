import type { Excerpt } from './api.ts'
import type { Line } from './lines.ts'

// What the server takes; see docs/rooms.md. Of the body it takes 256 KiB.
export const mostExcerpts = 20
const longestText = 10_000
const longestName = 100
const mostBytes = 200_000

/** What a line says that can be picked; a file says only that it was one, and its name. */
export const saidIn = ({ body }: Line) => (body.kind === 'text' ? body.text : body.kind === 'file' ? `📎 ${body.file.name}` : '')

/**
 * What was picked as the server takes it. Where it is too much together, the longest
 * are cut: to the same length, so that what is short stays whole.
 */
export function excerptsOf(note: string, picked: readonly Line[]): Excerpt[] {
  const all = picked.slice(0, mostExcerpts).map((l) => ({ seat: l.seat, name: begin(l.name, longestName), timestamp: l.at, text: begin(saidIn(l), longestText) }))
  const rest = bytesOf({ note, messages: all.map((e) => ({ ...e, text: '' })) })
  const most = share(all.map((e) => bytesOf(e.text)), mostBytes - rest)
  return all.map((e) => ({ ...e, text: fitting(e.text, most) }))
}

/** How many bytes it takes as JSON. */
const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).length

/** The first characters of a text; the server counts them in NFC. */
const begin = (text: string, most: number) => Array.from(text.normalize('NFC')).slice(0, most).join('')

/** How much each may take, so that all together take no more than there is. */
function share(sizes: number[], there: number): number {
  const sorted = sizes.toSorted((a, b) => a - b)
  for (const [i, size] of sorted.entries()) {
    const each = Math.floor(there / (sorted.length - i))
    if (size > each) return each
    there -= size
  }
  return Infinity
}

function fitting(text: string, most: number): string {
  if (bytesOf(text) <= most) return text
  const characters = Array.from(text)
  let [fits, over] = [0, characters.length]
  while (over - fits > 1) {
    const half = (fits + over) >> 1
    if (bytesOf(characters.slice(0, half).join('')) <= most) fits = half
    else over = half
  }
  return characters.slice(0, fits).join('')
}
