import { crc32, deflateSync } from 'node:zlib'

/** A picture of a sunset, as a PNG. */
export function picture(width: number, height: number): Buffer {
  const raw = Buffer.alloc((width * 3 + 1) * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * (width * 3 + 1) + 1 + x * 3
      const t = y / height
      const sun = Math.hypot(x - width * 0.68, y - height * 0.55) < height * 0.14
      const sea = y > height * (0.68 + 0.04 * Math.sin(x / 60))
      raw.set(sun && !sea ? [253, 236, 190] : sea ? [18, 66, 78] : [60 + 170 * t, 110 + 50 * t, 140 - 40 * t], at)
    }
  }
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data])
    const frame = Buffer.alloc(8 + body.length)
    frame.writeUInt32BE(data.length, 0)
    body.copy(frame, 4)
    frame.writeUInt32BE(crc32(body), 4 + body.length)
    return frame
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', head), chunk('IDAT', deflateSync(raw)), chunk('IEND', Buffer.alloc(0))])
}
