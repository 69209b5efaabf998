import { createStore } from 'zustand/vanilla'
import { chime } from '../lib/chime.ts'
import * as api from './api.ts'
import { RoomError, type Info, type MyRoom, type Reacted, type RoomMessage } from './api.ts'
import { canEncrypt, checkValue, newClientId, newSecret, RoomKey, type Enc } from './crypto.ts'
import { ending, placeOf, type Ending } from './ending.ts'
import { excerptsOf } from './excerpts.ts'
import { placed, readInside, readReaction, writeReaction, type Attached, type Body, type Inside, type Line } from './lines.ts'
import { dropSecret, keepSecret } from './secrets.ts'
import { Stream } from './stream.ts'

export type Trouble = 'wrong-pass' | 'too-often' | 'unreachable' | 'error'

export interface TalkState {
  phase: 'looking' | 'no-key' | 'wrong-key' | 'no-crypto' | 'invited' | 'entering' | 'in' | 'over' | 'unreachable'
  info: Info | null
  trouble: Trouble | null
  name: string
  seat: number
  peer: boolean
  peerName: string
  peerOnline: boolean
  peerLeft: boolean
  peerTyping: boolean
  peerReadId: string
  /** When the room ends, by this browser's clock. */
  deadline: number
  cipher: boolean
  online: boolean
  loaded: boolean
  knocked: number
  /** What only those who sit in it hear of. */
  about: MyRoom | null
  lines: readonly Line[]
}

const nothing: TalkState = {
  phase: 'looking', info: null, trouble: null, name: '', seat: 0, peer: false, peerName: '', peerOnline: false, peerLeft: false, peerTyping: false,
  peerReadId: '0', deadline: 0, cipher: true, online: false, loaded: false, knocked: 0, about: null, lines: [],
}

/** Something of one's own on its way. Sealed once, so that trying again sends the same. */
interface Outgoing {
  key: string
  clientId: string
  inside: Inside
  own?: Blob
  fileId?: number
  enc?: Enc
}

const typingLasts = 6_000
const typingEvery = 3_000
const againAfter = 3_000

/** Each side numbers its own messages: neither can take the place of the other's. */
const keyOf = (seat: number, clientId: string) => `${seat}.${clientId}`

const isGone = (error: unknown): boolean => error instanceof RoomError && (error.status === 404 || error.status === 410)

/** Where it leads to find a room gone that one was not in. */
const placeOfGone = (error: unknown) => (error instanceof RoomError && error.reason === 'restart' ? placeOf('restart') : '/?error=room-not-found')

/** One room as this page knows it. All of it is in memory and goes with `forget`. */
export class Talk {
  readonly store = createStore<TalkState>(() => nothing)
  private key: RoomKey | null = null
  private stream: Stream | null = null
  private outbox: Outgoing[] = []
  private sending = false
  private hearing: Promise<unknown> = Promise.resolve()
  private lastSeq = 0
  private peerSeq = 0
  private readSeq = 0
  private typedAt = 0
  private quiet: ReturnType<typeof setTimeout> | undefined
  private reported = false
  private over = false

  constructor(readonly roomId: string, private secret: string | null, private readonly elsewhere: (path: string) => void) {}

  get state(): TalkState {
    return this.store.getState()
  }

  /** Without a key the server reads along. */
  get keyed(): boolean {
    return this.secret !== null
  }

  get link(): string {
    return `${location.origin}/room/${this.roomId}${this.secret ? `#k=${this.secret}` : ''}`
  }

  /** Looks at the room from outside, which changes nothing, and enters if it is one's own. */
  async look(): Promise<void> {
    try {
      const info = await api.info(this.roomId)
      if (this.over) return
      this.set({ info, cipher: info.cipher })
      if (info.full && !info.mine) return this.elsewhere('/?error=room-full')
      if (this.secret && !canEncrypt()) return this.set({ phase: 'no-crypto' })
      if (info.kcv && !this.secret) return this.set({ phase: 'no-key' })
      if (info.kcv && (await checkValue(this.secret!)) !== info.kcv) return this.set({ phase: 'wrong-key' })
      if (this.secret) {
        this.key = await RoomKey.of(this.secret, this.roomId)
        keepSecret(this.roomId, this.secret)
      }
      if (info.seat) this.sit(info.seat, info.full, (await api.ttl(this.roomId)).ttl)
      else if (info.mine) await this.enter('', '')
      else this.set({ phase: 'invited' })
    } catch (error) {
      this.failed(error)
    }
  }

  async enter(name: string, pass: string): Promise<void> {
    this.set({ phase: 'entering', trouble: null, name })
    try {
      const { seat, ttl, peers } = await api.join(this.roomId, pass)
      if (this.over) return
      this.sit(seat, peers > 0, ttl)
    } catch (error) {
      if (this.over) return
      const e = error instanceof RoomError ? error : null
      if (e?.status === 409) return this.elsewhere('/?error=room-full')
      if (isGone(e)) return this.elsewhere(placeOfGone(e))
      this.set({ phase: 'invited', trouble: e?.code === 'wrong-pass' ? 'wrong-pass' : e?.status === 429 ? 'too-often' : e?.status === 0 ? 'unreachable' : 'error' })
    }
  }

  /** Listens, in a seat that is one's own. */
  private sit(seat: number, peer: boolean, ttl: number): void {
    if (this.over) return
    this.set({ phase: 'in', seat, peer, deadline: Date.now() + ttl * 1000 })
    this.stream = new Stream(this.roomId, (name, data) => this.hear(name, data), (online) => this.connected(online), () => void this.probe())
    void api.mine().then((rooms) => this.set({ about: rooms.find((r) => r.roomId === this.roomId) ?? null }), () => undefined)
  }

  private failed(error: unknown): void {
    if (this.over) return
    const status = error instanceof RoomError ? error.status : 0
    if (isGone(error)) this.elsewhere(placeOfGone(error))
    else this.set({ phase: 'unreachable', trouble: status === 429 ? 'too-often' : status === 0 ? 'unreachable' : 'error' })
  }

  rename(name: string): void {
    this.set({ name: name.trim().slice(0, 100) })
  }

  say(text: string): void {
    this.put({ name: this.state.name, text })
    this.typedAt = 0
  }

  attach(file: Attached, bytes: Blob): void {
    this.put({ name: this.state.name, file }, bytes)
  }

  retry(key: string): void {
    const line = this.state.lines.find((l) => l.key === key)
    if (!line || !this.outbox.some((o) => o.key === key)) return
    this.show({ ...line, state: 'sending', trouble: '' })
    void this.flush()
  }

  drop(key: string): void {
    this.outbox = this.outbox.filter((o) => o.key !== key)
    this.set({ lines: this.state.lines.filter((l) => l.key !== key) })
  }

  /** Puts a reaction under a message, or takes it away if it is there. */
  async react(line: Line, emoji: string): Promise<void> {
    const before = line.ownReaction
    const react = emoji === before ? '' : emoji
    this.mark(line.id, { ownReaction: react })
    try {
      const sealed = await this.key?.seal(writeReaction(react), { seat: this.state.seat, clientId: line.id }, 'reaction')
      await api.react(this.roomId, line.id, sealed ? { enc: sealed } : { emoji: react })
    } catch {
      this.mark(line.id, { ownReaction: before })
    }
  }

  /** Tells the operator what was picked. */
  async report(note: string, picked: readonly Line[]): Promise<void> {
    await api.report(this.roomId, note, excerptsOf(note, picked))
    this.reported = true
  }

  /** Tells the other that something is being written, now and then. */
  type(): void {
    const now = Date.now()
    if (!this.state.peer || now - this.typedAt < typingEvery) return
    this.typedAt = now
    void api.typing(this.roomId, true).catch(() => undefined)
  }

  /** Tells the other that everything was seen. */
  see(): void {
    if (this.peerSeq <= this.readSeq || this.over) return
    const before = this.readSeq
    this.readSeq = this.peerSeq
    void api.read(this.roomId).catch(() => (this.readSeq = before))
  }

  async destroy(): Promise<void> {
    await api.destroy(this.roomId).catch((error: unknown) => {
      if (!isGone(error)) throw error
    })
    this.end({ reason: 'destroyed', by: 'you', at: Date.now() })
  }

  async leave(to: string): Promise<void> {
    await api.leave(this.roomId).catch(() => undefined)
    this.forget()
    this.elsewhere(to)
  }

  /** Shows the other out. The link that is known to them opens nothing any more. */
  async freeSeat(): Promise<void> {
    const secret = newSecret()
    await api.freeSeat(this.roomId, await checkValue(secret))
    this.secret = secret
    this.key = await RoomKey.of(secret, this.roomId)
    keepSecret(this.roomId, secret)
    history.replaceState(history.state, '', `/room/${this.roomId}#k=${secret}`)
    this.set({ peer: false, peerName: '', peerLeft: false, peerOnline: false, peerReadId: '0', knocked: 0 })
  }

  async fileOf(line: Line): Promise<Blob> {
    if (line.body.kind !== 'file') throw new Error('not a file')
    const { own, fileId, file } = line.body
    if (own) return own
    if (!fileId) throw new Error('there is no file')
    const sealed = new Uint8Array(await api.file(this.roomId, fileId))
    const bytes = line.plain || !this.key ? sealed : await this.key.openFile(sealed, { seat: line.seat, clientId: line.clientId })
    return new Blob([bytes], { type: file.type })
  }

  /** Leaves nothing of the room in this page. */
  forget(): void {
    this.over = true
    this.stream?.close()
    this.stream = null
    this.key = null
    this.secret = null
    this.outbox = []
    clearTimeout(this.quiet)
    this.store.setState({ ...nothing, phase: 'over' }, true)
  }

  private end(how: Ending): void {
    if (this.over) return
    dropSecret(this.roomId)
    const { reported } = this
    this.forget()
    ending.setState({ now: { ...how, reported } })
    this.elsewhere(placeOf(how.reason))
  }

  private set(change: Partial<TalkState>): void {
    if (!this.over) this.store.setState(change)
  }

  private mark(id: string, change: Partial<Line>): void {
    this.set({ lines: this.state.lines.map((l) => (l.id === id ? { ...l, ...change } : l)) })
  }

  private show(line: Line): void {
    this.set({ lines: placed(this.state.lines, line) })
  }

  // What comes in.

  private connected(online: boolean): void {
    this.set({ online, ...(online ? {} : { peerTyping: false }) })
    if (!online) return
    // What was said before the stream began, or while it was away.
    this.hearing = this.hearing.then(() => this.catchUp()).catch(() => undefined)
    void this.flush()
  }

  private async catchUp(): Promise<void> {
    for (const message of await api.messages(this.roomId, this.lastSeq)) await this.take(message)
    this.set({ loaded: true })
  }

  /** The stream was refused: the room is over, or only the line is. */
  private async probe(): Promise<void> {
    try {
      const { ttl } = await api.ttl(this.roomId)
      this.set({ deadline: Date.now() + ttl * 1000 })
    } catch (error) {
      if (!(error instanceof RoomError)) return
      if (error.status === 401) this.end({ reason: 'shown-out', by: 'peer', at: Date.now() })
      else if (isGone(error)) {
        // Who comes back late is told no reason; then it is the clock that knows.
        const why = (error.reason as Ending['reason']) || (Date.now() >= this.state.deadline - 2_000 ? 'expired' : 'destroyed')
        this.end({ reason: why, by: null, at: Date.now() })
      }
    }
  }

  private hear(event: string, data: Record<string, unknown>): void {
    const mine = data['mine'] === true
    switch (event) {
      case 'message':
        this.hearing = this.hearing.then(() => this.take(data as unknown as RoomMessage)).catch(() => undefined)
        break
      case 'reaction':
        this.hearing = this.hearing.then(() => this.takeReaction(String(data['messageId']), data as unknown as Reacted)).catch(() => undefined)
        break
      case 'ttl':
        this.set({ deadline: Date.now() + Number(data['ttl']) * 1000 })
        break
      case 'presence':
        this.set({ peer: true, peerOnline: data['online'] === true, ...(data['online'] === true ? {} : { peerTyping: false }) })
        break
      case 'join':
        if (mine) break
        if (!this.state.peer || this.state.peerLeft) chime()
        this.set({ peer: true, peerLeft: false, peerOnline: true })
        break
      case 'leave':
        if (mine && data['kicked'] === true) this.end({ reason: 'shown-out', by: 'peer', at: Date.now() })
        else if (!mine && data['kicked'] === true) this.set({ peer: false, peerName: '', peerOnline: false, peerLeft: false, peerTyping: false, peerReadId: '0' })
        else if (!mine) this.set({ peerLeft: true, peerOnline: false, peerTyping: false })
        break
      case 'typing':
        clearTimeout(this.quiet)
        this.set({ peerTyping: data['typing'] === true })
        this.quiet = setTimeout(() => this.set({ peerTyping: false }), typingLasts)
        break
      case 'read':
        // What is told when a stream begins may be newer than what is told again after it.
        if (!mine && Number(data['messageId']) > Number(this.state.peerReadId)) this.set({ peerReadId: String(data['messageId']) })
        break
      case 'cipher':
        this.set({ cipher: data['cipher'] === true })
        break
      case 'knock':
        this.set({ knocked: this.state.knocked + 1 })
        break
      case 'reload':
        this.lastSeq = 0
        this.connected(true)
        break
      case 'destroy':
        this.end({ reason: (data['reason'] as Ending['reason']) ?? 'destroyed', by: (data['by'] as Ending['by']) ?? null, at: Date.now() })
    }
  }

  /** Shows a message once, however often it comes. */
  private async take(message: RoomMessage): Promise<void> {
    const { mine } = message
    const clientId = message.clientId ?? ''
    const key = keyOf(message.seat, clientId || message.id)
    const shown = this.state.lines.find((l) => l.key === key)
    if (shown?.state === 'sent') return this.takeReactions(message)
    const [name, body] = shown && mine ? [shown.name, this.arrived(shown.body, message)] : await this.read(message)
    if (this.over) return
    this.show({ key, clientId, id: message.id, seq: message.seq, seat: message.seat, mine, at: message.timestamp, name, body, plain: !message.enc, state: 'sent', ownReaction: '', peerReaction: '' })
    this.outbox = this.outbox.filter((o) => o.key !== key)
    this.lastSeq = Math.max(this.lastSeq, message.seq)
    if (mine) {
      // After a refresh, one's name is what one signed with.
      if (name && !this.state.name) this.set({ name })
      return this.takeReactions(message)
    }
    this.peerSeq = Math.max(this.peerSeq, message.seq)
    if (!message.enc) this.set({ cipher: false })
    // Who had this seat before is not the one beside it.
    if (message.seat !== this.state.seat) this.set({ peer: true, peerTyping: false, ...(name ? { peerName: name } : {}) })
    await this.takeReactions(message)
  }

  private async takeReactions(message: RoomMessage): Promise<void> {
    for (const reacted of message.reactions ?? []) await this.takeReaction(message.id, reacted)
  }

  private async takeReaction(messageId: string, { seat, enc, emoji }: Reacted): Promise<void> {
    const json = enc ? await this.key?.open(enc, { seat, clientId: messageId }, 'reaction').catch(() => '') : JSON.stringify({ react: emoji ?? '' })
    const react = readReaction(json ?? '')
    this.mark(messageId, seat === this.state.seat ? { ownReaction: react } : { peerReaction: react })
  }

  private arrived(body: Body, message: RoomMessage): Body {
    return body.kind === 'file' ? { ...body, fileId: message.files?.[0]?.id ?? null } : body
  }

  private async read(message: RoomMessage): Promise<[string, Body]> {
    const file = message.files?.[0]
    if (!message.enc) {
      const body: Body = file ? { kind: 'file', file: { name: file.name, type: file.type, size: file.size }, fileId: file.id } : { kind: 'text', text: message.text }
      return [message.sender === String(message.seat) ? '' : message.sender, body]
    }
    const inside = await this.key?.open(message.enc, { seat: message.seat, clientId: message.clientId ?? '' }).then(readInside, () => null)
    if (!inside) return ['', { kind: 'unreadable' }]
    return [inside.name, 'text' in inside ? { kind: 'text', text: inside.text } : { kind: 'file', file: inside.file, fileId: file?.id ?? null }]
  }

  // What goes out, one after the other.

  private put(inside: Inside, own?: Blob): void {
    const clientId = newClientId()
    const key = keyOf(this.state.seat, clientId)
    const body: Body = 'text' in inside ? { kind: 'text', text: inside.text } : { kind: 'file', file: inside.file, fileId: null, ...(own ? { own } : {}) }
    this.outbox.push({ key, clientId, inside, ...(own ? { own } : {}) })
    this.show({ key, clientId, id: '', seq: Infinity, seat: this.state.seat, mine: true, at: Date.now(), name: inside.name, body, plain: !this.key, state: 'sending', ownReaction: '', peerReaction: '' })
    void this.flush()
  }

  private async flush(): Promise<void> {
    if (this.sending) return
    this.sending = true
    try {
      for (;;) {
        const next = this.outbox.find((o) => this.state.lines.some((l) => l.key === o.key && l.state === 'sending'))
        if (!next || this.over) return
        try {
          const sent = await this.send(next)
          this.outbox = this.outbox.filter((o) => o !== next)
          await this.take(sent)
        } catch (error) {
          if (!(error instanceof RoomError) || error.status === 0 || error.status === 503) {
            setTimeout(() => void this.flush(), againAfter)
            return
          }
          if (error.status === 401 || isGone(error)) return void this.probe()
          const line = this.state.lines.find((l) => l.key === next.key)
          if (line) this.show({ ...line, state: 'failed', trouble: String(error.status) })
        }
      }
    } finally {
      this.sending = false
    }
  }

  private async send(out: Outgoing): Promise<RoomMessage> {
    const { seat, name } = this.state
    const place = { seat, clientId: out.clientId }
    if (out.own && out.fileId === undefined) {
      const bytes = new Uint8Array(await out.own.arrayBuffer())
      out.fileId = await api.upload(this.roomId, this.key ? await this.key.sealFile(bytes, place) : bytes)
    }
    if (this.key) out.enc ??= await this.key.seal(JSON.stringify(out.inside), place)
    return api.say(this.roomId, {
      clientId: out.clientId,
      sender: out.enc ? '' : name || String(seat),
      text: out.enc || !('text' in out.inside) ? '' : out.inside.text,
      ...(out.enc ? { enc: out.enc } : {}),
      ...(out.fileId === undefined ? {} : { fileIds: [out.fileId], type: 'file' }),
    })
  }
}
