import type { Enc } from './crypto.ts'

export interface Options {
  enabled: boolean
  membersOnly: boolean
  passRequired: boolean
  defaultTtl: number
  minTtl: number
  maxTtl: number
  maxLifetime: number
  maxFileBytes: number
  memoryOnly: boolean
  /** Bits of work that making a room takes; 0: none. */
  proofOfWork: number
  abuseContact?: string
}

export type Mode = 'idle' | 'fixed'

/** A room from outside. */
export interface Info {
  roomId: string
  full: boolean
  needsPass: boolean
  kcv?: string
  mode: Mode
  ttl: number
  cipher: boolean
  mine: boolean
  seat?: number
  files: boolean
}

export interface MyRoom {
  roomId: string
  mode: Mode
  createdAt: number
  ttl: number
  seat?: number
  creator: boolean
  /** The others in it, who have not left. */
  peers: number
  /** Also from elsewhere than a seat: by the account that made it. */
  mayDestroy: boolean
}

export interface RoomMessage {
  id: string
  sender: string
  text: string
  timestamp: number
  seq: number
  seat: number
  /** Whether it is the reader's own. The seat does not tell: it may have been somebody else's before. */
  mine: boolean
  clientId?: string
  enc?: Enc
  files?: { id: string; name: string; size: number; type: string }[]
  reactions?: Reacted[]
}

/** What one side has put under a message; neither `enc` nor `emoji`: nothing. */
export interface Reacted {
  seat: number
  enc?: Enc
  emoji?: string
}

/** A message as it is shown to the operator, by who picked it. */
export interface Excerpt {
  seat: number
  name: string
  text: string
  timestamp: number
}

/** What it takes to make a room where that takes work. */
export interface Work {
  challenge: string
  nonce: string
}

/** What the server said no to; status 0: it could not be reached. */
export class RoomError extends Error {
  constructor(readonly status: number, readonly code: string, message: string, readonly retryAfter = 0, readonly reason = '', readonly field = '') {
    super(message)
  }
}

async function ask(method: string, path: string, query: Record<string, string | number>, body?: unknown): Promise<Response> {
  const form = body instanceof FormData
  const response = await fetch(`${path}?${new URLSearchParams(Object.entries(query).map(([k, v]) => [k, String(v)]))}`, {
    method,
    cache: 'no-store',
    // No form, link or preview can send this header.
    headers: { 'X-Requested-With': 'parley', ...(body === undefined || form ? {} : { 'Content-Type': 'application/json' }) },
    ...(body === undefined ? {} : { body: form ? body : JSON.stringify(body) }),
  }).catch(() => {
    throw new RoomError(0, 'unreachable', 'The server cannot be reached')
  })
  if (response.ok) return response
  const told = (await response.json().catch(() => ({}))) as { error?: string; message?: string; reason?: string; field?: string }
  throw new RoomError(response.status, told.error ?? 'error', told.message ?? response.statusText, Number(response.headers.get('Retry-After')), told.reason, told.field)
}

async function json<T>(method: string, path: string, query: Record<string, string | number>, body?: unknown): Promise<T> {
  return (await ask(method, path, query, body)).json() as Promise<T>
}

export const options = () => json<Options>('GET', '/api/room/options', {})
export const info = (roomId: string) => json<Info>('GET', '/api/room/info', { roomId })
export const mine = async () => (await json<{ rooms: MyRoom[] }>('GET', '/api/room/mine', {})).rooms
export const create = (room: { ttl?: number; mode?: Mode; pass?: string; files?: boolean; kcv: string } & Partial<Work>) => json<{ roomId: string }>('POST', '/api/room/create', {}, room)
export const challenge = () => json<{ challenge: string; bits: number }>('GET', '/api/room/challenge', {})
export const react = (roomId: string, messageId: string, what: { enc?: Enc; emoji?: string }) => json<object>('POST', '/api/room/react', { roomId }, { messageId, ...what })
export const report = (roomId: string, note: string, messages: Excerpt[]) => json<{ reported: boolean }>('POST', '/api/room/report', { roomId }, { note, messages })
export const join = (roomId: string, pass: string) => json<{ seat: number; ttl: number; peers: number }>('POST', '/api/room/join', { roomId }, pass ? { pass } : {})
export const ttl = (roomId: string) => json<{ ttl: number }>('GET', '/api/room/ttl', { roomId })
export const destroy = (roomId: string) => json<{ destroyed: boolean }>('DELETE', '/api/room', { roomId })
export const leave = (roomId: string) => json<{ left: boolean }>('POST', '/api/room/leave', { roomId }, {})
export const freeSeat = (roomId: string, kcv: string) => json<{ freed: boolean }>('POST', '/api/room/free-seat', { roomId }, { kcv })
export const messages = async (roomId: string, after: number) => (await json<{ messages: RoomMessage[] }>('GET', '/api/messages', { roomId, after })).messages
export const say = (roomId: string, said: { sender: string; text: string; clientId: string; type?: string; enc?: Enc; fileIds?: number[] }) => json<RoomMessage>('POST', '/api/messages', { roomId }, said)
export const typing = (roomId: string, on: boolean) => json<object>('POST', '/api/room/typing', { roomId }, { typing: on })
export const read = (roomId: string) => json<object>('POST', '/api/room/read', { roomId }, {})
export const file = async (roomId: string, id: string) => (await ask('GET', `/api/room/files/${encodeURIComponent(id)}`, { roomId })).arrayBuffer()

/** Sends the bytes of a file. Its name and kind stay here. */
export async function upload(roomId: string, bytes: Uint8Array<ArrayBuffer>): Promise<number> {
  const form = new FormData()
  form.append('file', new Blob([bytes], { type: 'application/octet-stream' }), 'file')
  return Number((await json<{ id: string }>('POST', '/api/room/files', { roomId }, form)).id)
}
