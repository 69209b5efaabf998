/** Parts of a text, counted in code points. */
export type Marks = readonly { start: number; end: number }[]

/** Who is meant by a handle: somebody with his name, or all. */
export type Mentioned = { userId: number; name: string } | 'all'

/** What may be a handle, without its sign. */
export const handles = /@([\p{L}\p{N}._-]*[\p{L}\p{N}_])/gu

/** The text without its marks, for one line of preview. */
export function plain(text: string): string {
  return text
    .replace(/```\w*\n?/g, '')
    .replace(/(\*\*|__|~~|`)/g, '')
    .replace(/\s+/g, ' ')
    .trim()
}

const [begins, ends] = ['\uE000', '\uE001'] // stand for nothing

/** The same in parts, of which every second one is marked. */
export function plainWithMarks(text: string, marks: Marks): string[] {
  const points = [...text.replace(/[\uE000\uE001]/g, ' ')]
  for (const { start, end } of marks.toReversed()) points.splice(start, end - start, begins, ...points.slice(start, end), ends)
  return plain(points.join('')).split(/[\uE000\uE001]/)
}
