import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { beforeEach, mock, test } from 'node:test';

// The files are served as modules; here they have no package that says so.
const source = readFileSync(new URL('../page/stream.js', import.meta.url));
const { Cursors, Stream } = await import(`data:text/javascript;base64,${source.toString('base64')}`);

// FakeSocket is a WebSocket whose server is the test.
class FakeSocket {
  static made = [];

  constructor(url, protocol) {
    Object.assign(this, { url, protocol, sent: [], closed: false });
    FakeSocket.made.push(this);
  }

  send(text) { this.sent.push(JSON.parse(text)); }

  close() { this.closed = true; }

  open(heads) {
    this.onopen();
    this.say({ type: 'ready', userId: 1, heads });
  }

  say(...frames) {
    for (const frame of frames) this.onmessage({ data: JSON.stringify(frame) });
  }

  drop(code = 1006) { this.onclose({ code }); }
}

globalThis.WebSocket = FakeSocket;
globalThis.addEventListener ??= () => {};
globalThis.removeEventListener ??= () => {};

const settled = () => new Promise((resolve) => { setImmediate(resolve); });
const said = (conversationId, rev) => ({ type: 'event', event: 'message.created', conversationId, rev, data: { id: rev } });
const own = (rev, event, data) => ({ type: 'event', event, rev, data });

let told;
async function begin(options = {}) {
  told = [];
  FakeSocket.made = [];
  const stream = new Stream({
    url: 'ws://here/api/realtime',
    token: async () => 'a token',
    onState: (state) => told.push(state),
    onEvent: (frame) => told.push(`${frame.conversationId ?? 'user'}/${frame.rev}`),
    onGap: (frame) => told.push(`gap ${frame.conversationId ?? 'user'} ${frame.head}`),
    onDisorder: (kind) => told.push(kind),
    ...options,
  });
  stream.start();
  await settled();
  return stream;
}

async function reconnected() {
  mock.timers.tick(20_000);
  await settled();
  return FakeSocket.made.at(-1);
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout'] });
});

test('goes on where it was', async () => {
  await begin();
  const [first] = FakeSocket.made;
  assert.equal(first.url, 'ws://here/api/realtime?token=a%20token');
  assert.equal(first.protocol, 'parley.v1');
  first.open({ user: 3, 7: 10 });
  first.say(said(7, 11), said(7, 12));
  first.drop();
  const second = await reconnected();
  second.open({ user: 3, 7: 13 });
  assert.deepEqual(second.sent[0], { type: 'hello', id: 'hello', cursors: { user: 3, 7: 12 } });
  second.say(said(7, 13));
  assert.deepEqual(told, ['connecting', 'live', '7/11', '7/12', 'waiting', 'connecting', 'live', '7/13']);
});

test('says when the order is broken, and goes on', async () => {
  await begin();
  const [socket] = FakeSocket.made;
  socket.open({ user: 3, 7: 10 });
  socket.say(said(7, 10), said(7, 13), said(7, 14));
  assert.deepEqual(told.slice(2), ['repeat', 'ahead', 'gap 7 12', '7/13', '7/14']);
});

test('sends what was not answered again, with the same tempId', async () => {
  const stream = await begin();
  const [first] = FakeSocket.made;
  first.open({ user: 1 });
  const answers = [stream.send({ conversationId: 7, content: 'one' }), stream.send({ conversationId: 7, content: 'two' })];
  first.drop();
  const second = await reconnected();
  second.open({ user: 1 });
  assert.deepEqual(second.sent.slice(1), first.sent.slice(1));
  assert.equal(second.sent[1].tempId.length, 20);
  second.say({ type: 'ack', id: '1', data: { id: 51 } }, { type: 'error', id: '2', code: 'blocked', error: 'No' });
  assert.deepEqual(await answers[0], { id: 51 });
  await assert.rejects(answers[1], { name: 'RefusedError', code: 'blocked', message: 'No' });
});

test('what is written while unplugged is sent later', async () => {
  const stream = await begin();
  FakeSocket.made[0].open({ user: 1 });
  stream.plug(false);
  assert.equal(FakeSocket.made[0].closed, true);
  const answer = stream.send({ conversationId: 7, content: 'later' });
  stream.note('typing', { conversationId: 7, typing: true });
  mock.timers.tick(60_000);
  await settled();
  assert.equal(FakeSocket.made.length, 1);
  stream.plug(true);
  await settled();
  const second = FakeSocket.made[1];
  second.open({ user: 1 });
  assert.deepEqual(second.sent.map((frame) => frame.type), ['hello', 'send']);
  second.say({ type: 'ack', id: '1', data: { id: 9 } });
  assert.deepEqual(await answer, { id: 9 });
});

test('a connection that answers nothing is given up', async () => {
  const stream = await begin();
  FakeSocket.made[0].open({ user: 1 });
  stream.send({ conversationId: 7, content: 'hello?' });
  mock.timers.tick(10_000);
  assert.equal(told.at(-1), 'waiting');
  assert.equal(FakeSocket.made[0].closed, true);
});

test('waits as long as the server asks', async () => {
  await begin();
  FakeSocket.made[0].open({ user: 1 });
  FakeSocket.made[0].say({ type: 'bye', code: 'shutdown', reason: 'restarting', reconnect: true, afterMs: 4_000 });
  mock.timers.tick(3_999);
  await settled();
  assert.equal(FakeSocket.made.length, 1);
  mock.timers.tick(300);
  await settled();
  assert.equal(FakeSocket.made.length, 2);
});

test('asks for a new token when the server refuses the old one', async () => {
  let spoiled = 0;
  await begin({ onUnauthorized: () => { spoiled++; }, token: async () => `token-${spoiled}` });
  FakeSocket.made[0].open({ user: 1 });
  FakeSocket.made[0].drop(4401);
  assert.match((await reconnected()).url, /token-1$/);
});

test('ends with its session', async () => {
  const stream = await begin();
  FakeSocket.made[0].open({ user: 1 });
  const answer = stream.send({ conversationId: 7, content: 'x' });
  stream.options.token = async () => { throw Object.assign(new Error('gone'), { status: 401 }); };
  FakeSocket.made[0].say({ type: 'bye', code: 'unauthorized', reason: 'ended', reconnect: false });
  const failed = assert.rejects(answer, { message: 'gone' });
  await reconnected();
  await failed;
  assert.equal(stream.state, 'ended');
});

test('joined and left conversations', () => {
  const c = new Cursors();
  c.ready({ user: 3, 7: 10 });
  assert.equal(c.take(own(4, 'conversation.joined', { conversation: { id: 9 }, head: 2 })), '');
  assert.equal(c.take(said(9, 3)), '');
  assert.equal(c.take(own(5, 'conversation.left', { conversationId: 7 })), '');
  assert.deepEqual(c.toJSON(), { user: 5, 9: 3 });
  assert.equal(c.take({ type: 'event', event: 'conversation.left', data: { conversationId: 9 } }), '');
  assert.deepEqual(c.toJSON(), { user: 5 });
});

test('what was joined while away counts from where one’s own stream says', () => {
  const c = new Cursors({ user: 3 });
  c.ready({ user: 4, 9: 5 });
  assert.deepEqual(c.toJSON(), { user: 3 }, 'claims nothing yet');
  c.take(own(4, 'conversation.joined', { conversation: { id: 9 }, head: 3 }));
  assert.deepEqual(c.toJSON(), { user: 4, 9: 3 });
  assert.equal(c.take(said(9, 4)), '');
});
