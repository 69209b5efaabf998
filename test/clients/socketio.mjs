// Runs every event of Socket.IO with the client from npm. Called by
// socketio_npm_test.go with the server, the people and the transports to use:
// polling, websocket, or upgrade for both.
import assert from "node:assert/strict";
import { io } from "socket.io-client";

const { url, second, ann, bob, eve, group, mode } = JSON.parse(process.argv[2]);
const transports = { polling: ["polling"], websocket: ["websocket"], upgrade: ["polling", "websocket"] }[mode];
const sockets = [];

function connect(address, options = {}) {
  const socket = io(address, { transports, forceNew: true, reconnection: false, ...options });
  socket.heard = [];
  socket.onAny((name, ...args) => {
    socket.heard.push({ name, args });
    socket.notify?.();
  });
  sockets.push(socket);
  return socket;
}

const once = (emitter, name) => new Promise((resolve) => emitter.once(name, resolve));
const ask = (socket, name, data) => socket.timeout(15000).emitWithAck(name, data);

// next takes the next event of the name that was heard, whenever that was.
async function next(socket, name, fits = () => true) {
  const deadline = Date.now() + 15000;
  for (;;) {
    const at = socket.heard.findIndex((e) => e.name === name && fits(e.args[0]));
    if (at >= 0) return socket.heard.splice(at, 1)[0].args[0];
    const left = deadline - Date.now();
    assert.ok(left > 0, `no ${name} came, but ${JSON.stringify(socket.heard)}`);
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, left);
      socket.notify = () => { clearTimeout(timer); resolve(); };
    });
    socket.notify = undefined;
  }
}

const count = (socket, name) => socket.heard.filter((e) => e.name === name).length;

async function ready(socket, who) {
  assert.deepEqual(await next(socket, "authenticated"), { user_id: who.id });
}

// Ann has her token in the handshake, Bob authenticates afterwards.
const a = connect(url, { auth: { token: ann.token } });
await ready(a, ann);
const b = connect(second);
await once(b, "connect");
assert.deepEqual(await ask(b, "send-message", { conversation_id: group, content: "too early" }), {
  ok: false, error: "Not authenticated", code: "unauthenticated",
});
assert.deepEqual(await ask(b, "authenticate", { user_id: bob.id, token: bob.token }), { ok: true, user_id: bob.id });
await ready(b, bob);
if (mode === "upgrade") {
  for (const s of [a, b]) {
    if (s.io.engine.transport.name !== "websocket") await once(s.io.engine, "upgrade");
  }
}
assert.equal(a.io.engine.transport.name, mode === "polling" ? "polling" : "websocket");

// A message, acknowledged and heard, also by its sender.
const { ok, message } = await ask(a, "send-message", { conversation_id: group, content: "hello <b>you</b><script>x</script>", client_id: `c-${mode}` });
assert.equal(ok, true);
assert.equal(typeof message.id, "string");
const expected = {
  id: message.id, conversation_id: group, sender_id: ann.id, content: "hello <b>you</b>", type: "text", encrypted_content: null,
  file_url: null, file_name: null, file_size: null, metadata: {}, reactions: {}, reply_to_id: null, is_edited: false, is_deleted: false,
  is_flagged: false, edited_at: null, deleted_at: null, created_at: message.created_at, seq: message.seq, sender_name: ann.name,
};
assert.deepEqual(await next(b, "new-message"), expected);
assert.deepEqual(await next(a, "new-message"), { ...expected, client_id: `c-${mode}` });
assert.match(message.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

assert.deepEqual(await ask(b, "mark-delivered", { message_id: message.id }), { ok: true });
assert.deepEqual(await next(a, "message-delivered"), { message_id: message.id, user_id: bob.id, conversation_id: group });

// The same client_id again is the same message, and nobody else hears it.
const again = await ask(a, "send-message", { conversation_id: group, content: "hello again", client_id: `c-${mode}` });
assert.equal(again.message.id, message.id);
assert.equal(again.duplicate, true);

// Typing comes once, and not to the typist.
a.emit("typing", { conversation_id: group, is_typing: true });
assert.deepEqual(await next(b, "user-typing"), { user_id: ann.id, is_typing: true, conversation_id: group });
assert.deepEqual(await ask(a, "typing", { conversation_id: group, is_typing: false }), { ok: true });
assert.deepEqual(await next(b, "user-typing"), { user_id: ann.id, is_typing: false, conversation_id: group });

// What happens to a message.
const reply = await ask(b, "send-message", { conversation_id: group, content: "hi", reply_to_id: message.id, metadata: { x: [1] } });
assert.equal(reply.message.reply_to_id, message.id);
assert.deepEqual(reply.message.metadata, { x: [1] });
await next(a, "new-message", (m) => m.id === reply.message.id);
const reacted = await ask(b, "react", { message_id: message.id, emoji: "👍", add: true });
assert.deepEqual(reacted, { ok: true, added: true, reactions: { "👍": [bob.id] } });
assert.deepEqual(await next(a, "reaction"), {
  message_id: message.id, conversation_id: group, user_id: bob.id, emoji: "👍", add: true, reactions: { "👍": [bob.id] },
});
assert.equal((await ask(a, "edit-message", { message_id: message.id, content: "hello" })).message.is_edited, true);
const updated = await next(b, "message-updated");
assert.equal(updated.content, "hello");
assert.deepEqual(updated.reactions, { "👍": [bob.id] });
assert.equal((await ask(b, "mark-read", { message_id: message.id })).ok, true);
const read = await next(a, "message-read", (r) => r.user_id === bob.id);
assert.equal(read.conversation_id, group);
assert.match(read.read_at, /Z$/);

// The history, and what happened since.
const page = await ask(b, "history", { conversation_id: group, limit: 2 });
assert.deepEqual(page.messages.map((m) => m.id), [message.id, reply.message.id]);
const synced = await ask(b, "sync", { conversation_id: group, after_rev: 0 });
assert.ok(synced.events.some((e) => e.event === "new-message" && e.data.id === message.id));
assert.equal((await ask(a, "delete-message", { message_id: message.id })).ok, true);
assert.equal((await next(b, "message-deleted")).message_id, message.id);

// Leaving a conversation on this socket, and coming back. Another socket of Bob's
// tells when a message has come to his node.
const other = connect(second, { auth: { token: bob.token } });
await ready(other, bob);
assert.equal((await ask(b, "leave-conversation", { conversation_id: group })).ok, true);
const unheard = await ask(a, "send-message", { conversation_id: group, content: "is anybody there?" });
await next(other, "new-message", (m) => m.id === unheard.message.id);
assert.equal((await ask(b, "join-conversation", { conversation_id: group })).conversation.id, group);
const heard = await ask(a, "send-message", { conversation_id: group, content: "welcome back" });
await next(b, "new-message", (m) => m.id === heard.message.id);
assert.ok(!b.heard.some((e) => e.name === "new-message" && e.args[0].id === unheard.message.id));

// Presence.
assert.deepEqual(await ask(a, "set-presence", { status: "away" }), { ok: true });
assert.equal((await next(b, "user-presence", (p) => p.user_id === ann.id && p.status === "away")).status, "away");

// Nobody who is no member hears or says anything.
const e = connect(url, { auth: { token: eve.token } });
await ready(e, eve);
for (const [name, data] of [
  ["join-conversation", { conversation_id: group }],
  ["send-message", { conversation_id: group, content: "let me in" }],
  ["typing", { conversation_id: group, is_typing: true }],
  ["history", { conversation_id: group }],
  ["sync", { conversation_id: group, after_rev: 0 }],
]) {
  assert.deepEqual(await ask(e, name, data), { ok: false, error: "User not authorized", code: "not_participant" }, name);
}
e.emit("join-conversation", { conversation_id: group });
assert.deepEqual(await next(e, "error"), { message: "User not authorized", code: "not_participant", event: "join-conversation" });
assert.equal(count(e, "new-message"), 0);

// Binary data is refused politely.
assert.equal((await ask(a, "send-message", { conversation_id: group, content: Buffer.from("bytes") })).code, "binary_not_supported");
assert.equal(count(a, "user-typing"), 0);

// Who lies about himself is sent away, and stays away.
const liar = connect(url);
await once(liar, "connect");
const away = once(liar, "disconnect");
liar.emit("authenticate", { user_id: ann.id, token: eve.token });
assert.equal((await next(liar, "error")).message, "Authentication failed");
assert.equal(await away, "io server disconnect");
const stranger = connect(url, { auth: { token: "nonsense" } });
const refusal = await once(stranger, "connect_error");
assert.equal(refusal.message, "Authentication failed");
assert.deepEqual(refusal.data, { code: "token_invalid" });
const elsewhere = connect(`${url}/other`);
assert.equal((await once(elsewhere, "connect_error")).message, "Invalid namespace");

for (const s of sockets) s.disconnect();
console.log("every event was answered");
