// The native event stream of Parley over a WebSocket, for browsers: one
// connection that comes back by itself, goes on where it was, and sends each
// message exactly once. It knows nothing of pages; take the file as it is.
//
//   const stream = new Stream({
//     url: 'wss://chat.example.org/api/realtime',
//     token: async () => 'a valid access token',
//     onEvent: (event) => { ... },
//   });
//   stream.start();
//   const message = await stream.send({ conversationId: 7, content: 'Hello' });

const OWN = 'user'; // the user's own stream, among cursors
const ANSWER_WITHIN = 10_000; // else the connection is taken for dead
const LONGEST_WAIT = 15_000;
const UNAUTHORIZED = 4401; // close code

export class RefusedError extends Error {
  constructor({ code, error, field, retryAfter }) {
    super(error || code);
    this.name = 'RefusedError';
    this.code = code;
    this.field = field;
    this.retryAfter = retryAfter;
  }
}

// Cursors hold the last rev of each stream and notice at once when the server
// leaves one out or repeats one.
export class Cursors {
  constructor(revs = {}) {
    this.revs = new Map(Object.entries(revs));
    // Streams that ready named and that we do not know. While our own stream is
    // behind, it may still tell how they were joined, and where they begin.
    this.assumed = new Map();
    this.settledAt = 0;
  }

  toJSON() {
    return Object.fromEntries(this.revs);
  }

  ready(heads) {
    this.assumed.clear();
    for (const [stream, head] of Object.entries(heads)) {
      if (!this.revs.has(stream)) this.assumed.set(stream, head);
    }
    this.settledAt = heads[OWN] ?? 0;
    if (this.assumed.has(OWN)) this.jump(OWN, this.assumed.get(OWN));
    this.settle();
  }

  settle() {
    if ((this.revs.get(OWN) ?? 0) < this.settledAt) return;
    for (const [stream, head] of this.assumed) this.revs.set(stream, head);
    this.assumed.clear();
  }

  jump(stream, rev) {
    this.revs.set(stream, rev);
    this.assumed.delete(stream);
    if (stream === OWN) this.settle();
  }

  forget(conversationId) {
    this.revs.delete(String(conversationId));
    this.assumed.delete(String(conversationId));
  }

  // take moves on by an event. It returns '' if that was the next one, 'repeat'
  // if it was there before, and 'ahead' if some are missing before it.
  take(event) {
    if (event.event === 'conversation.left' && !event.rev) {
      this.forget(event.data.conversationId);
      return '';
    }
    const stream = String(event.conversationId ?? OWN);
    const had = this.revs.get(stream) ?? this.assumed.get(stream) ?? -1;
    if (event.rev <= had) return 'repeat';
    const verdict = event.rev === had + 1 ? '' : 'ahead';
    if (event.event === 'conversation.joined' && event.data.conversation) {
      this.jump(String(event.data.conversation.id), event.data.head);
    }
    this.jump(stream, event.rev);
    if (event.event === 'conversation.left') this.forget(event.data.conversationId);
    return verdict;
  }
}

export class Stream {
  // Options: url, token() → Promise of an access token, cursors (of an earlier
  // stream), device, and what to tell: onState(state, detail), onReady(frame),
  // onEvent(frame), onGap(frame), onTyping, onPresence, onDelivered(frame),
  // onDisorder(kind, frame), onProblem(error), onUnauthorized() before the token
  // is asked for again, onFrame(direction, text).
  //
  // States: connecting, live, waiting (detail.retryIn, in ms), unplugged, ended
  // (detail.error).
  constructor(options) {
    this.options = options;
    this.cursors = new Cursors(options.cursors);
    this.state = 'ended';
    this.plugged = true;
    this.socket = null;
    this.failures = 0;
    this.lastId = 0;
    this.waiting = new Map(); // commands without an answer, by id, in order
    this.timers = {};
  }

  start() {
    if (this.state !== 'ended') return;
    addEventListener('online', this.hurry);
    this.connect();
  }

  // hurry does not wait when the browser says that there is a network again.
  hurry = () => {
    if (this.state === 'waiting') this.connect();
  };

  // close ends the stream for good; what was not answered fails.
  close() {
    this.end(new Error('The stream was closed'));
  }

  // plug(false) cuts the connection and stays away until plug(true).
  plug(connected) {
    this.plugged = connected;
    if (this.state === 'ended') return;
    if (connected) {
      this.failures = 0;
      this.connect();
    } else {
      this.drop();
      this.become('unplugged');
    }
  }

  // send sends a message once, over as many connections as it takes.
  send(draft) {
    return this.command('send', { ...draft, tempId: draft.tempId ?? newTempId() });
  }

  // command asks something and gives a promise of the answer. All commands may be
  // repeated, so those without an answer are asked again over a new connection.
  command(type, args) {
    if (this.state === 'ended') return Promise.reject(new Error('The stream has ended'));
    const id = String(++this.lastId);
    return new Promise((resolve, reject) => {
      const text = JSON.stringify({ type, id, ...args });
      this.waiting.set(id, { text, resolve, reject });
      this.write(text);
      if (this.waiting.size === 1) this.watch();
    });
  }

  // note sends what is of no use later: without a connection it is dropped.
  note(type, args) {
    this.write(JSON.stringify({ type, ...args }));
  }

  // renew gives the server a fresh token, so that the connection stays.
  renew(token) {
    this.note('auth', { token });
  }

  become(state, detail = {}) {
    this.state = state;
    this.options.onState?.(state, detail);
  }

  write(text) {
    if (this.state !== 'live') return;
    this.socket.send(text);
    this.options.onFrame?.('up', text);
  }

  // watch gives up a connection over which commands are not answered. A page does
  // not see the server's pings, so this is how it notices that nobody is there.
  watch() {
    clearTimeout(this.timers.answer);
    if (this.state !== 'live' || this.waiting.size === 0) return;
    this.timers.answer = setTimeout(() => this.retry(), ANSWER_WITHIN);
  }

  async connect() {
    this.drop();
    this.become('connecting');
    const attempt = (this.attempt = Symbol('attempt'));
    let token;
    try {
      token = await this.options.token();
    } catch (error) {
      if (attempt !== this.attempt) return;
      if (error.status === 401) this.end(error);
      else this.retry();
      return;
    }
    if (attempt !== this.attempt) return;
    const socket = new WebSocket(`${this.options.url}?token=${encodeURIComponent(token)}`, 'parley.v1');
    this.socket = socket;
    const mine = (handle) => (event) => {
      if (socket === this.socket) handle(event);
    };
    socket.onopen = mine(() => {
      const hello = JSON.stringify({ type: 'hello', id: 'hello', cursors: this.cursors, device: this.options.device });
      socket.send(hello);
      this.options.onFrame?.('up', hello);
    });
    socket.onmessage = mine((event) => this.receive(event.data));
    socket.onclose = mine((event) => this.retry(event.code === UNAUTHORIZED ? { unauthorized: true } : {}));
  }

  // drop lets go of the connection, whatever it is doing.
  drop() {
    this.attempt = null;
    clearTimeout(this.timers.retry);
    clearTimeout(this.timers.answer);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  // retry connects again after a while: the longer the more often it failed, at
  // least as long as the server asked for, and never all clients at once.
  retry({ afterMs = 0, unauthorized = false } = {}) {
    this.drop();
    if (unauthorized) this.options.onUnauthorized?.();
    const most = Math.min(200 * 2 ** this.failures++, LONGEST_WAIT);
    const retryIn = Math.round(afterMs + most / 2 + (Math.random() * most) / 2);
    this.become('waiting', { retryIn });
    this.timers.retry = setTimeout(() => this.connect(), retryIn);
  }

  end(error) {
    removeEventListener('online', this.hurry);
    this.drop();
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
    if (this.state !== 'ended') this.become('ended', { error });
  }

  receive(text) {
    this.options.onFrame?.('down', text);
    const frame = JSON.parse(text);
    switch (frame.type) {
      case 'ready':
        return this.ready(frame);
      case 'event':
        return this.event(frame);
      case 'gap':
        this.cursors.jump(String(frame.conversationId ?? OWN), frame.head);
        return this.options.onGap?.(frame);
      case 'ack':
        return this.answer(frame.id, ({ resolve }) => resolve(frame.data));
      case 'error':
        return this.refused(frame);
      case 'bye':
        return this.bye(frame);
      case 'typing':
        return this.options.onTyping?.(frame);
      case 'presence':
        return this.options.onPresence?.(frame);
      case 'delivered':
        return this.options.onDelivered?.(frame);
    }
  }

  ready(frame) {
    this.cursors.ready(frame.heads);
    this.failures = 0;
    this.become('live');
    this.options.onReady?.(frame);
    for (const { text } of this.waiting.values()) this.write(text);
    this.watch();
  }

  event(frame) {
    const verdict = this.cursors.take(frame);
    if (verdict) this.options.onDisorder?.(verdict, frame);
    if (verdict === 'repeat') return;
    if (verdict === 'ahead') this.options.onGap?.({ conversationId: frame.conversationId, head: frame.rev - 1 });
    this.options.onEvent?.(frame);
  }

  answer(id, settle) {
    const command = this.waiting.get(id);
    if (!command) return;
    this.waiting.delete(id);
    this.watch();
    settle(command);
  }

  refused(frame) {
    if (frame.id === 'hello') this.end(new RefusedError(frame));
    else if (frame.id) this.answer(frame.id, ({ reject }) => reject(new RefusedError(frame)));
    else this.options.onProblem?.(new RefusedError(frame));
  }

  bye(frame) {
    if (frame.code === 'unauthorized') this.retry({ unauthorized: true });
    else if (frame.reconnect) this.retry(frame);
    else this.end(new Error(frame.reason));
  }
}

// newTempId names a message before the server has. crypto.randomUUID is missing
// on plain http.
export function newTempId() {
  const bytes = crypto.getRandomValues(new Uint8Array(15));
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_');
}
