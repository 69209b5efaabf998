// The page: two panes, and a button that fills both.

import { Pane } from './pane.js';

const left = new Pane(document.getElementById('left'), 'left');
const right = new Pane(document.getElementById('right'), 'right');

const button = document.getElementById('quick-start');
const problem = document.getElementById('problem');

const NAMES = ['Ada', 'Bruno', 'Chidi', 'Dana', 'Emre', 'Freya', 'Goran', 'Hana', 'Ines', 'Jonas', 'Kofi', 'Lena', 'Mei', 'Nils', 'Oona', 'Priya'];

function random(bytes) {
  return [...crypto.getRandomValues(new Uint8Array(bytes))];
}

function someone(names) {
  const name = names.splice(random(1)[0] % names.length, 1)[0];
  const tail = random(4).map((b) => (b % 36).toString(36)).join('');
  const password = random(16).map((b) => b.toString(16).padStart(2, '0')).join('');
  return { displayName: name, username: `${name.toLowerCase()}-${tail}`, password };
}

// quickStart makes two people who have a direct conversation and a group.
async function quickStart() {
  const names = [...NAMES];
  for (const pane of [left, right]) await pane.begin(await pane.api.register(someone(names)));
  const direct = await left.api.call('POST', `/api/chat/conversations/direct/${right.me.id}`);
  await left.api.call('POST', '/api/chat/conversations', { name: 'Harbour crew', participantIds: [right.me.id] });
  await left.stream.send({ conversationId: direct.id, content: `Hello ${right.me.displayName}! Each of us has a stream of our own.` });
  for (const pane of [left, right]) {
    await pane.known(direct.id);
    await pane.select(direct.id);
  }
}

button.addEventListener('click', async () => {
  button.disabled = true;
  problem.textContent = '';
  try {
    await quickStart();
    button.hidden = true;
  } catch (error) {
    problem.textContent = `Quick start did not work: ${error.message}`;
    button.disabled = false;
  }
});

document.addEventListener('visibilitychange', () => {
  for (const pane of [left, right]) if (pane.model) pane.read();
});

setInterval(() => {
  for (const pane of [left, right]) if (pane.model) pane.drawTyping();
}, 1_000);
