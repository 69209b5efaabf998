import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const source = readFileSync(new URL('../page/model.js', import.meta.url));
const { Model, counts, rows, said } = await import(`data:text/javascript;base64,${source.toString('base64')}`);

const me = { id: 1, displayName: 'Ann' };
const at = (minute) => `2030-01-02T12:${String(minute).padStart(2, '0')}:00.000Z`;
const message = (id, senderId, minute, more = {}) => ({ id, senderId, senderName: senderId === 1 ? 'Ann' : 'Bob', content: `text ${id}`, createdAt: at(minute), messageType: 'TEXT', ...more });

function direct() {
  const model = new Model(me);
  const c = model.put({
    id: 7, type: 'DIRECT', name: 'Bob', createdAt: at(0), unreadCount: 0, lastReadMessageId: null, lastMessage: null,
    participants: [{ userId: 1, name: 'Ann', role: 'MEMBER' }, { userId: 2, name: 'Bob', role: 'MEMBER', status: 'ONLINE' }],
  });
  return { model, c };
}

test('a message that was written here is the one that comes back', () => {
  const { c } = direct();
  const draft = c.write({ tempId: 't1', content: 'hello' }, me);
  assert.equal(c.state(draft), 'sending');
  c.upsert(message(50, 2, 1));
  assert.deepEqual(c.messages.map((m) => m.id), [50, undefined], 'what is not sent yet comes last');
  c.upsert({ ...message(49, 1, 1), tempId: 't1' });
  c.upsert({ ...message(49, 1, 1), tempId: 't1', status: 'SENT' });
  assert.deepEqual(c.messages.map((m) => m.id), [49, 50]);
  assert.equal(c.messages[0].tempId, 't1');
});

test('the state of a message follows the others', () => {
  const { c } = direct();
  c.upsert(message(49, 1, 1));
  assert.equal(c.state(c.find(49)), 'sent');
  c.mark('delivered', 2, 49);
  assert.equal(c.state(c.find(49)), 'delivered');
  c.mark('read', 2, 48);
  assert.equal(c.state(c.find(49)), 'delivered');
  c.mark('read', 2, 60);
  assert.equal(c.state(c.find(49)), 'read');
});

test('a page replaces what is older, and keeps what came since', () => {
  const { c } = direct();
  c.upsert(message(10, 2, 1));
  c.upsert(message(60, 2, 5));
  c.write({ tempId: 't1', content: 'pending' }, me);
  c.load([message(40, 2, 2), message(50, 2, 3)], true);
  assert.deepEqual(c.messages.map((m) => m.id), [40, 50, 60, undefined]);
  c.load([message(20, 2, 1), message(40, 2, 2)], false, true);
  assert.deepEqual(c.messages.map((m) => m.id), [20, 40, 50, 60, undefined]);
});

test('what a stream leaves out stays', () => {
  const { c } = direct();
  c.upsert({ ...message(49, 2, 1), myReactions: ['👍'], reactionSummary: { '👍': 1 } });
  c.upsert({ ...message(49, 2, 1), content: 'edited', isEdited: true });
  assert.deepEqual(c.find(49).myReactions, ['👍']);
  c.reaction({ messageId: 49, userId: 1, emoji: '👍', add: false, reactionSummary: {} });
  assert.deepEqual([c.find(49).myReactions, c.find(49).reactionSummary], [[], {}]);
});

test('rows are grouped by sender, five minutes and day', () => {
  const { c } = direct();
  for (const m of [message(1, 2, 0), message(2, 2, 4), message(3, 2, 10), message(4, 1, 11), message(5, 1, 11, { messageType: 'SYSTEM' })]) c.upsert(m);
  c.upsert({ ...message(6, 1, 11), createdAt: '2030-01-04T12:11:00.000Z' });
  c.newFrom = 4;
  assert.deepEqual(rows(c).map((row) => (row.kind === 'message' ? `${row.message.id}${row.joined ? ' joined' : ''}${row.followed ? ' followed' : ''}` : row.kind)),
    ['day', '1 followed', '2 joined', '3', 'new', '4', '5', 'day', '6']);
});

test('what counts as unread', () => {
  assert.equal(counts(message(1, 2, 0), 1), true);
  assert.equal(counts(message(1, 1, 0), 1), false);
  assert.equal(counts(message(1, 2, 0, { messageType: 'SYSTEM' }), 1), false);
  assert.equal(counts(message(1, 2, 0, { isDeleted: true }), 1), false);
});

test('system messages get their subject', () => {
  assert.equal(said(message(1, 2, 0, { messageType: 'SYSTEM', content: 'created the conversation' })), 'Bob created the conversation');
});

test('typing ends by itself', () => {
  const { c } = direct();
  c.setTyping(2, true, 1_000);
  assert.deepEqual(c.typists(2_000), ['Bob']);
  assert.deepEqual(c.typists(9_000), []);
  c.setTyping(2, false, 2_000);
  assert.deepEqual(c.typists(2_000), []);
});
