// A cut, and connection state recovery with the client from npm: what was said
// meanwhile comes once, and in order.
import assert from "node:assert/strict";
import { io } from "socket.io-client";

const { url, other, ann, bob, group, transports } = JSON.parse(process.argv[2]);
const once = (emitter, name) => new Promise((resolve) => emitter.once(name, resolve));
const options = { transports, forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 200 };

const b = io(url, { ...options, auth: { token: bob.token } });
const heard = [];
b.on("new-message", (m) => heard.push(m.content));
await once(b, "authenticated");
assert.equal(b.recovered, false);
const a = io(other, { ...options, auth: { token: ann.token } });
await once(a, "authenticated");

const said = [];
for (let round = 0; round < 3; round++) {
  const gone = once(b, "disconnect");
  b.io.engine.close();
  await gone;
  for (let i = 0; i < 5; i++) {
    said.push(`${round}.${i}`);
    assert.equal((await a.timeout(10000).emitWithAck("send-message", { conversation_id: group, content: said.at(-1) })).ok, true);
  }
  if (!b.connected) b.connect();
  if (!b.connected) await once(b, "connect");
  assert.equal(b.recovered, true, `round ${round}`);
  while (heard.length < said.length) await once(b, "new-message");
  assert.deepEqual(heard, said);
}
a.disconnect();
b.disconnect();
