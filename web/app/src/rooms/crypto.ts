// The encryption of rooms (docs/rooms.md): what leaves the page can be read only by
// who has the part of the link after #.

export interface Enc {
  v: 1
  iv: string
  ct: string
}

/** What a ciphertext belongs to; in another place it does not open. */
export interface Place {
  seat: number
  clientId: string
}

type Bytes = Uint8Array<ArrayBuffer>

const keyBytes = 32
const nonceBytes = 12
const utf8 = new TextEncoder()

export function toBase64url(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join('')).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** Null if it is not base64url. */
export function fromBase64url(text: string): Bytes | null {
  if (!/^[\w-]*$/.test(text)) return null
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
  } catch {
    return null
  }
}

/** Browsers encrypt only on pages that came over HTTPS, or from this machine. */
export const canEncrypt = (): boolean => globalThis.crypto?.subtle !== undefined

const random = (bytes: number): string => toBase64url(crypto.getRandomValues(new Uint8Array(bytes)))

export const newSecret = (): string => random(keyBytes)
export const newClientId = (): string => random(16)

/** The secret in the part of an address after #; null if none is there, or half of one. */
export function secretIn(hash: string): string | null {
  const text = new URLSearchParams(hash.replace(/^#/, '')).get('k')
  return text && fromBase64url(text)?.length === keyBytes ? text : null
}

/** What tells the right key from others without telling the key. */
export async function checkValue(secret: string): Promise<string> {
  const key = await crypto.subtle.importKey('raw', bytesOf(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  const mac = await crypto.subtle.sign('HMAC', key, utf8.encode('kcv'))
  return toBase64url(new Uint8Array(mac).subarray(0, 8))
}

function bytesOf(secret: string): Bytes {
  const bytes = fromBase64url(secret)
  if (bytes?.length !== keyBytes) throw new Error('not a key')
  return bytes
}

/** The key of one room, which cannot be read out again. */
export class RoomKey {
  private constructor(private readonly key: CryptoKey, private readonly roomId: string) {}

  static async of(secret: string, roomId: string): Promise<RoomKey> {
    const base = await crypto.subtle.importKey('raw', bytesOf(secret), 'HKDF', false, ['deriveKey'])
    const how = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: utf8.encode(roomId) }
    return new RoomKey(await crypto.subtle.deriveKey(how, base, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']), roomId)
  }

  /** What is no message says what it is, and does not open as one. */
  async seal(text: string, at: Place, ...kind: string[]): Promise<Enc> {
    const sealed = await this.encrypt(utf8.encode(text), this.aad(at, ...kind))
    return { v: 1, iv: toBase64url(sealed.subarray(0, nonceBytes)), ct: toBase64url(sealed.subarray(nonceBytes)) }
  }

  /** Throws if anything was changed, or comes from another room, seat or message. */
  async open(enc: Enc, at: Place, ...kind: string[]): Promise<string> {
    const [iv, ct] = [fromBase64url(enc.iv), fromBase64url(enc.ct)]
    if (enc.v !== 1 || iv?.length !== nonceBytes || !ct) throw new Error('not a message')
    return new TextDecoder('utf-8', { fatal: true }).decode(await this.decrypt(iv, ct, this.aad(at, ...kind)))
  }

  /** A file: the nonce, then the ciphertext. It does not open as a message, nor a message as a file. */
  sealFile(bytes: Bytes, at: Place): Promise<Bytes> {
    return this.encrypt(bytes, this.aad(at, 'file'))
  }

  openFile(sealed: Bytes, at: Place): Promise<ArrayBuffer> {
    return this.decrypt(sealed.subarray(0, nonceBytes), sealed.subarray(nonceBytes), this.aad(at, 'file'))
  }

  private aad({ seat, clientId }: Place, ...more: string[]): Bytes {
    return utf8.encode([this.roomId, seat, clientId, ...more].join('|'))
  }

  private async encrypt(bytes: Bytes, additionalData: Bytes): Promise<Bytes> {
    const iv = crypto.getRandomValues(new Uint8Array(nonceBytes))
    const ct = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, this.key, bytes)
    const out = new Uint8Array(nonceBytes + ct.byteLength)
    out.set(iv)
    out.set(new Uint8Array(ct), nonceBytes)
    return out
  }

  private decrypt(iv: Bytes, ct: Bytes, additionalData: Bytes): Promise<ArrayBuffer> {
    return crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData }, this.key, ct)
  }
}
