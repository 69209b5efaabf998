import { describe, expect, test } from 'vitest'
import { checkValue, fromBase64url, newSecret, RoomKey, secretIn, toBase64url } from '../src/rooms/crypto.ts'

// Worked out with another implementation (Python's hmac, hashlib and cryptography).
const secret = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'
const room = 'AAAAAAAAAAAAAAAAAAAAAA'
const at = { seat: 2, clientId: 'c-1' }
const known = { v: 1, iv: 'ZGVmZ2hpamtsbW5v', ct: 'zKFPYREUF9clCBKkHHLZ1VECnGDYjeXQ36-IHPJqt4iULF8-iC7SX8KpTihdyfI' } as const
const knownFile = 'ZGVmZ2hpamtsbW5v0epNZdp-wwOOf7NU6K1lWSBKdEM'

const flipped = (text: string, byte: number) => {
  const bytes = fromBase64url(text)!
  bytes[byte]! ^= 1
  return toBase64url(bytes)
}

describe('the key of a room', () => {
  test('is told from others by its check value', async () => {
    expect(await checkValue(secret)).toBe('pUvvc82pHZA')
    expect(await checkValue(flipped(secret, 31))).not.toBe('pUvvc82pHZA')
  })

  test('is 256 random bits in the part of the link after #', () => {
    const made = newSecret()
    expect(fromBase64url(made)).toHaveLength(32)
    expect(newSecret()).not.toBe(made)
    expect(secretIn(`#k=${made}`)).toBe(made)
    expect(secretIn(`k=${made}`)).toBe(made)
  })

  test.each(['', '#', '#k=', `#k=${secret.slice(1)}`, `#k=${secret}AAAA`, `#k=${secret.slice(0, -1)}*`, `#${secret}`])('is not there in %j', (hash) => {
    expect(secretIn(hash)).toBeNull()
  })

  test('opens what another implementation has sealed', async () => {
    const key = await RoomKey.of(secret, room)
    expect(await key.open(known, at)).toBe('{"name":"Sam","text":"Grüße"}')
    expect(new TextDecoder().decode(await key.openFile(fromBase64url(knownFile)!, at))).toBe('file')
  })

  test('seals the same text anew each time', async () => {
    const key = await RoomKey.of(secret, room)
    const [one, two] = [await key.seal('tide', at), await key.seal('tide', at)]
    expect(one.iv).not.toBe(two.iv)
    expect(one.ct).not.toBe(two.ct)
    expect(await key.open(one, at)).toBe('tide')
    expect(JSON.stringify(one)).not.toContain('tide')
  })
})

test('a reaction opens only as one, under its message, from its seat', async () => {
  const key = await RoomKey.of(secret, room)
  const under = { seat: 2, clientId: '17' }
  const sealed = await key.seal('{"react":"👍"}', under, 'reaction')
  expect(await key.open(sealed, under, 'reaction')).toBe('{"react":"👍"}')
  await expect(key.open(sealed, under)).rejects.toThrow()
  await expect(key.open(sealed, { ...under, clientId: '18' }, 'reaction')).rejects.toThrow()
  await expect(key.open(sealed, { ...under, seat: 1 }, 'reaction')).rejects.toThrow()
  await expect(key.open(known, at, 'reaction')).rejects.toThrow()
})

describe('what was tampered with does not open', () => {
  const refuses = async (open: (key: RoomKey) => Promise<unknown>, k = secret, id = room) => {
    const key = await RoomKey.of(k, id)
    await expect(open(key)).rejects.toThrow()
  }

  test.each(Array.from({ length: fromBase64url(known.ct)!.length }, (_, i) => i))('byte %i of the ciphertext', async (byte) => {
    await refuses((key) => key.open({ ...known, ct: flipped(known.ct, byte) }, at))
  })

  test('the nonce, or one that is too short', async () => {
    await refuses((key) => key.open({ ...known, iv: flipped(known.iv, 0) }, at))
    await refuses((key) => key.open({ ...known, iv: known.iv.slice(4) }, at))
  })

  test('the seat, the message, the room, the key, the version', async () => {
    await refuses((key) => key.open(known, { ...at, seat: 1 }))
    await refuses((key) => key.open(known, { ...at, clientId: 'c-2' }))
    await refuses((key) => key.open(known, at), secret, 'BAAAAAAAAAAAAAAAAAAAAA')
    await refuses((key) => key.open(known, at), flipped(secret, 0))
    await refuses((key) => key.open({ ...known, v: 2 as never }, at))
  })

  test('a file as a message, a message as a file, and half a file', async () => {
    const file = fromBase64url(knownFile)!
    await refuses((key) => key.open({ v: 1, iv: toBase64url(file.subarray(0, 12)), ct: toBase64url(file.subarray(12)) }, at))
    await refuses((key) => key.openFile(new Uint8Array([...fromBase64url(known.iv)!, ...fromBase64url(known.ct)!]), at))
    await refuses((key) => key.openFile(file.subarray(0, 20), at))
  })

  test.each(['', 'not base64', '====', 'é'])('nonsense: %j', async (ct) => {
    await refuses((key) => key.open({ ...known, ct }, at))
  })
})
