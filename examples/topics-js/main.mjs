// Prints what people say, as Parley publishes it on NATS: for servers with
// --topics.nats-prefix. It comes at least once; a program that must do its work only
// once remembers the ids it has seen.
//
//   npm ci
//   NATS_URL=nats://127.0.0.1:4222 TOPICS_PREFIX=parley node main.mjs
import { connect } from "@nats-io/transport-node";

const servers = process.env.NATS_URL ?? "nats://127.0.0.1:4222";
const prefix = process.env.TOPICS_PREFIX ?? "parley";

const nc = await connect({ servers });
// Several programs of one queue share the messages.
const messages = nc.subscribe(`${prefix}.chat.message.new`, { queue: "printers" });
await nc.flush();
console.log("listening");

for await (const m of messages) {
  const { conversation_id: conversation, message } = m.json();
  console.log(`${message.sender_name} in conversation ${conversation}: ${message.content}`);
}
