// A message as the page shows it, and the order of messages.

export interface Attached {
  name: string
  type: string
  size: number
  width?: number
  height?: number
}

export type Body =
  | { kind: 'text'; text: string }
  | { kind: 'file'; file: Attached; fileId: string | null; own?: Blob }
  | { kind: 'unreadable' }

export interface Line {
  /** The same before and after it was sent. */
  key: string
  /** What its sender calls it; a ciphertext is bound to it. */
  clientId: string
  id: string
  /** Infinity: not sent yet. */
  seq: number
  seat: number
  mine: boolean
  at: number
  name: string
  body: Body
  /** The server could read it. */
  plain: boolean
  state: 'sending' | 'sent' | 'failed'
  trouble?: string
  /** The emoji of each side; '' is none. */
  ownReaction: string
  peerReaction: string
}

// One emoji as UTS #51 builds it: a flag, a keycap, a flag of tags, or one to four pictographs joined.
const pictograph = String.raw`\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?`
const emoji = new RegExp(String.raw`^(?:\p{Regional_Indicator}{2}|[0-9#*]\uFE0F?\u20E3|\u{1F3F4}[\u{E0020}-\u{E007E}]{1,8}\u{E007F}|${pictograph}(?:\u200D${pictograph}){0,3})$`, 'u')

/** The reaction in what the other side has sealed, which may be anything; '' is none. */
export function readReaction(json: string): string {
  try {
    const { react } = JSON.parse(json) as { react?: unknown }
    return typeof react === 'string' && emoji.test(react) ? react : ''
  } catch {
    return ''
  }
}

const reactionBytes = 96

/** What is sealed is always as long, so that its length tells nothing. */
export function writeReaction(react: string): string {
  const json = JSON.stringify({ react })
  return json + ' '.repeat(Math.max(0, reactionBytes - new TextEncoder().encode(json).length))
}

/** Puts a line where it belongs, in place of the one that it is, too. */
export function placed(lines: readonly Line[], line: Line): Line[] {
  const others = lines.filter((l) => l.key !== line.key)
  const before = others.findLastIndex((l) => l.seq <= line.seq)
  return others.toSpliced(before + 1, 0, line)
}

const picture = /^image\/(png|jpeg|webp|gif|avif)$/

/** Whether a file is shown as what it is: only kinds that run nothing. */
export const isPicture = (file: Attached) => picture.test(file.type)

/** What stands inside of a ciphertext. */
export type Inside = { name: string } & ({ text: string } | { file: Attached })

const text = (v: unknown, most: number): string | null => (typeof v === 'string' && v.length <= most ? v : null)
const size = (v: unknown): number => (typeof v === 'number' && Number.isFinite(v) && v >= 0 ? v : 0)

/** Reads what the other side has written, which may be anything. */
export function readInside(json: string): Inside | null {
  let v: Record<string, unknown> | null
  try {
    v = JSON.parse(json)
  } catch {
    return null
  }
  if (typeof v !== 'object' || v === null) return null
  const name = text(v['name'], 100) ?? ''
  const words = text(v['text'], 20_000)
  if (words !== null) return { name, text: words }
  const f = v['file'] as Record<string, unknown> | undefined
  const [called, type] = [text(f?.['name'], 255), text(f?.['type'], 100)]
  if (!f || called === null || type === null) return null
  return { name, file: { name: called, type, size: size(f['size']), width: size(f['width']), height: size(f['height']) } }
}
