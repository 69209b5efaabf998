/** A part of an image, in parts of its width and height: 0 to 1. */
export interface Region {
  x: number
  y: number
  width: number
  height: number
}

export interface Point {
  x: number
  y: number
}

/** One thing done to an image, after those before it. */
export type Edit =
  | { kind: 'turn' } // a quarter to the right
  | { kind: 'mirror' }
  | { kind: 'crop'; region: Region }
  | { kind: 'stroke'; colour: string; /** in parts of the shorter side */ width: number; points: readonly Point[] }
  | { kind: 'light'; brightness: number; contrast: number } // 1: as it is

const longest = 4_096

/** The size of an image after its edits. */
export function sizeAfter(width: number, height: number, edits: readonly Edit[]): { width: number; height: number } {
  for (const edit of edits) {
    if (edit.kind === 'turn') [width, height] = [height, width]
    else if (edit.kind === 'crop') [width, height] = [Math.max(1, Math.round(width * edit.region.width)), Math.max(1, Math.round(height * edit.region.height))]
  }
  return { width, height }
}

/** Draws an image with its edits, no larger than most on its longer side. */
export function render(source: ImageBitmap, edits: readonly Edit[], most = longest): HTMLCanvasElement {
  const scale = Math.min(1, most / Math.max(source.width, source.height))
  let canvas = fresh(source.width * scale, source.height * scale, (paint, { width, height }) => paint.drawImage(source, 0, 0, width, height))
  for (const edit of edits) canvas = applied(canvas, edit)
  return canvas
}

function applied(from: HTMLCanvasElement, edit: Edit): HTMLCanvasElement {
  const { width: w, height: h } = from
  switch (edit.kind) {
    case 'turn':
      return fresh(h, w, (paint) => {
        paint.translate(h, 0)
        paint.rotate(Math.PI / 2)
        paint.drawImage(from, 0, 0)
      })
    case 'mirror':
      return fresh(w, h, (paint) => {
        paint.translate(w, 0)
        paint.scale(-1, 1)
        paint.drawImage(from, 0, 0)
      })
    case 'crop': {
      const { x, y, width, height } = edit.region
      return fresh(w * width, h * height, (paint, to) => paint.drawImage(from, x * w, y * h, w * width, h * height, 0, 0, to.width, to.height))
    }
    case 'light':
      return fresh(w, h, (paint) => {
        paint.filter = filterOf(edit)
        paint.drawImage(from, 0, 0)
      })
    case 'stroke':
      stroke(from.getContext('2d')!, w, h, edit)
      return from
  }
}

export const filterOf = ({ brightness, contrast }: { brightness: number; contrast: number }) => `brightness(${brightness}) contrast(${contrast})`

export function stroke(paint: CanvasRenderingContext2D, w: number, h: number, { colour, width, points }: { colour: string; width: number; points: readonly Point[] }): void {
  const [first, ...others] = points
  if (!first) return
  paint.strokeStyle = colour
  paint.lineWidth = Math.max(1, width * Math.min(w, h))
  paint.lineCap = paint.lineJoin = 'round'
  paint.beginPath()
  paint.moveTo(first.x * w, first.y * h)
  for (const p of others.length > 0 ? others : [first]) paint.lineTo(p.x * w, p.y * h)
  paint.stroke()
}

function fresh(width: number, height: number, draw: (paint: CanvasRenderingContext2D, canvas: HTMLCanvasElement) => void): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(width))
  canvas.height = Math.max(1, Math.round(height))
  draw(canvas.getContext('2d')!, canvas)
  return canvas
}

/** Moves an edge or the whole of a region by a distance, and keeps it within the image. */
export function moved(region: Region, what: string, dx: number, dy: number, least = 0.05): Region {
  let { x, y, width, height } = region
  if (what === 'all') {
    x = clamp(x + dx, 0, 1 - width)
    y = clamp(y + dy, 0, 1 - height)
  }
  if (what.includes('e')) width = clamp(width + dx, least, 1 - x)
  if (what.includes('s')) height = clamp(height + dy, least, 1 - y)
  if (what.includes('w')) {
    const to = clamp(x + dx, 0, x + width - least)
    width += x - to
    x = to
  }
  if (what.includes('n')) {
    const to = clamp(y + dy, 0, y + height - least)
    height += y - to
    y = to
  }
  return { x, y, width, height }
}

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value))
