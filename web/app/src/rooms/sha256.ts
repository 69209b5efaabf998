// SHA-256, for many short texts one after the other: asking the browser for each takes
// many times as long. Whatever has to stay secret is the browser's to hash.

const primes: number[] = []
for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p !== 0)) primes.push(n)

const fraction = (x: number) => Math.floor((x % 1) * 2 ** 32)
const constants = Int32Array.from(primes, (p) => fraction(Math.cbrt(p)))
const begin = Int32Array.from(primes.slice(0, 8), (p) => fraction(Math.sqrt(p)))

const block = 64
const words = new Int32Array(64)
const utf8 = new TextEncoder()

const turned = (x: number, by: number) => (x >>> by) | (x << (32 - by))

function mix(state: Int32Array, from: DataView, at: number): void {
  for (let i = 0; i < 16; i++) words[i] = from.getInt32(at + 4 * i)
  for (let i = 16; i < 64; i++) {
    const early = words[i - 15]!, late = words[i - 2]!
    const s0 = turned(early, 7) ^ turned(early, 18) ^ (early >>> 3)
    const s1 = turned(late, 17) ^ turned(late, 19) ^ (late >>> 10)
    words[i] = (words[i - 16]! + s0 + words[i - 7]! + s1) | 0
  }
  let a = state[0]!, b = state[1]!, c = state[2]!, d = state[3]!, e = state[4]!, f = state[5]!, g = state[6]!, h = state[7]!
  for (let i = 0; i < 64; i++) {
    const s1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)
    const one = (h + s1 + ((e & f) ^ (~e & g)) + constants[i]! + words[i]!) | 0
    const s0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + one) | 0
    d = c
    c = b
    b = a
    a = (one + two) | 0
  }
  state[0] = (state[0]! + a) | 0
  state[1] = (state[1]! + b) | 0
  state[2] = (state[2]! + c) | 0
  state[3] = (state[3]! + d) | 0
  state[4] = (state[4]! + e) | 0
  state[5] = (state[5]! + f) | 0
  state[6] = (state[6]! + g) | 0
  state[7] = (state[7]! + h) | 0
}

/** The hash as eight numbers of 32 bits. */
export function sha256(text: string): Int32Array {
  const bytes = utf8.encode(text)
  const padded = new DataView(new ArrayBuffer(Math.ceil((bytes.length + 9) / block) * block))
  new Uint8Array(padded.buffer).set(bytes)
  padded.setUint8(bytes.length, 0x80)
  padded.setUint32(padded.byteLength - 4, bytes.length * 8)
  const state = begin.slice()
  for (let at = 0; at < padded.byteLength; at += block) mix(state, padded, at)
  return state
}

/** How many bits a hash begins with that are zero. */
export function zeros(hash: Int32Array): number {
  const first = hash.findIndex((word) => word !== 0)
  return first < 0 ? hash.length * 32 : first * 32 + Math.clz32(hash[first]!)
}
