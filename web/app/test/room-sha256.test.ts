import { expect, test } from 'vitest'
import { sha256, zeros } from '../src/rooms/sha256.ts'

const hex = (hash: Int32Array) => Array.from(hash, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('')

test('hashes as the browser does, whatever the length', async () => {
  expect(hex(sha256('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  for (let length = 0; length < 200; length++) {
    const text = 'ä'.repeat(length % 3) + 'x'.repeat(length)
    const known = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
    expect(hex(sha256(text))).toBe(Array.from(known, (byte) => byte.toString(16).padStart(2, '0')).join(''))
  }
})

test('bits are counted from the first', () => {
  const of = (...words: number[]) => zeros(Int32Array.of(...words, ...Array.from({ length: 8 - words.length }, () => 0)))
  expect([of(), of(-1), of(1), of(0, 1), of(0, -1), of(0x00ffffff)]).toEqual([256, 0, 31, 63, 32, 8])
})
