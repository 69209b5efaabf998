// The messages of one conversation as a list that keeps its place.

import { avatar, dayName, h, icon, iconButton, timeOf } from './dom.js';
import { rows, said } from './model.js';

const QUICK = ['👍', '❤️', '🎉'];
const NEAR = 80; // pixels from the end that still count as being there

const STATES = {
  sending: ['clock', 'Sending'],
  sent: ['check', 'Sent'],
  delivered: ['checks', 'Delivered'],
  read: ['checks', 'Read'],
};

export class Timeline {
  // actions: react(message, emoji), reply(message), edit(message), remove(message),
  // retry(message), discard(message), older(), seen().
  constructor(log, actions) {
    this.log = log;
    this.actions = actions;
    this.conversation = null;
    this.elements = new Map(); // by key, with what they were made of
    this.focused = null; // key of the message that Tab goes to
    this.newBelow = 0;
    this.older = h('button', { type: 'button', class: 'quiet', onclick: () => actions.older() }, 'Show earlier messages');
    this.jump = h('button', { type: 'button', class: 'jump', hidden: true, onclick: () => this.toEnd() }, icon('down'), h('span', {}));
    log.after(this.jump);
    log.addEventListener('keydown', (event) => this.key(event));
    log.addEventListener('focusin', (event) => this.focus(event));
    log.addEventListener('scroll', () => this.scrolled(), { passive: true });
  }

  show(conversation) {
    if (conversation !== this.conversation) {
      this.conversation = conversation;
      this.elements.clear();
      this.focused = null;
      this.newBelow = 0;
      this.log.replaceChildren();
      this.render(true);
      return;
    }
    this.render(false);
  }

  atEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR;
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
    this.scrolled();
  }

  scrolled() {
    if (this.atEnd()) {
      this.newBelow = 0;
      this.actions.seen();
    }
    this.jump.hidden = this.atEnd();
    this.jump.lastChild.textContent = this.newBelow > 0 ? `${this.newBelow} new` : 'Newest';
  }

  // arrived notes a message that came in below what is in view.
  arrived() {
    if (!this.atEnd()) this.newBelow++;
  }

  render(opened) {
    const c = this.conversation;
    if (!c) {
      this.log.replaceChildren();
      this.jump.hidden = true;
      return;
    }
    const stay = !opened && !this.atEnd();
    const height = this.log.scrollHeight;
    const top = this.log.scrollTop;
    const first = this.log.querySelector('.message')?.dataset.key;
    const active = this.log.contains(document.activeElement) ? document.activeElement.closest('.message')?.dataset.key : null;

    const list = rows(c);
    const wanted = list.map((row) => this.element(row));
    if (c.hasMore) wanted.unshift(this.older);
    if (list.length === 0 && c.loaded) wanted.push(h('p', { class: 'empty' }, 'Nothing was said yet. Write the first message.'));
    this.log.replaceChildren(...wanted);
    this.forget(new Set(list.map((row) => row.key)));

    if (active) this.elements.get(active)?.element.focus({ preventScroll: true });
    const prepended = first && this.log.querySelector('.message')?.dataset.key !== first;
    if (!stay) this.toEnd();
    else this.log.scrollTop = prepended ? top + this.log.scrollHeight - height : top;
    this.scrolled();
  }

  forget(keys) {
    for (const key of this.elements.keys()) {
      if (!keys.has(key)) this.elements.delete(key);
    }
    if (!keys.has(this.focused)) {
      this.focused = [...this.elements.keys()].filter((key) => this.elements.get(key).focusable).at(-1) ?? null;
    }
    for (const [key, { element, focusable }] of this.elements) {
      if (focusable) element.tabIndex = key === this.focused ? 0 : -1;
    }
  }

  // element makes a row, or returns the one that looks the same.
  element(row) {
    const c = this.conversation;
    const made = JSON.stringify([row, row.message && this.look(row.message)]);
    const known = this.elements.get(row.key);
    if (known?.made === made) return known.element;
    const element = row.kind === 'message' ? this.message(row, c) : divider(row, c);
    if (row.kind === 'message') element.dataset.key = row.key;
    this.elements.set(row.key, { made, element, focusable: row.kind === 'message' });
    return element;
  }

  // look is what a message's row depends on beside the message itself.
  look(message) {
    const c = this.conversation;
    const parent = c.find(message.parentMessageId);
    return [c.type, message.senderId === c.meId && c.state(message), parent?.content, parent?.isDeleted, c.nameOf(message.senderId)];
  }

  message(row, c) {
    const { message } = row;
    if (message.messageType === 'SYSTEM') return h('div', { class: 'message system', tabindex: -1 }, said(message));
    const own = message.senderId === c.meId;
    const bubbles = c.type === 'DIRECT';
    const name = message.senderName ?? c.nameOf(message.senderId);
    const time = h('time', { datetime: message.createdAt }, timeOf(message.createdAt));
    const kind = ['message', bubbles ? 'bubbles' : 'rows', own && 'own', row.joined && 'joined', row.followed && 'followed'].filter(Boolean).join(' ');
    return h('div', { class: kind, tabindex: -1 },
      bubbles ? null : h('div', { class: 'gutter' }, row.joined ? time : avatar(name, message.senderId)),
      h('div', { class: 'body' },
        bubbles || row.joined ? null : h('div', { class: 'head' }, h('span', { class: `name hue-${message.senderId % 12}` }, name), time),
        h('div', { class: 'said' },
          bubbles ? h('span', { class: 'sr-only' }, own ? 'You: ' : `${name}: `) : null,
          this.quote(message, c),
          message.isDeleted ? h('em', { class: 'gone' }, 'This message was deleted') : h('span', { class: 'text' }, message.content),
          message.isEdited && !message.isDeleted ? h('span', { class: 'edited' }, ' (edited)') : null),
        this.chips(message),
        this.meta(row, own, bubbles, c)),
      message.id && !message.isDeleted ? this.toolbar(message, own) : null);
  }

  quote(message, c) {
    if (!message.parentMessageId) return null;
    const parent = c.find(message.parentMessageId);
    const text = !parent ? 'an earlier message' : parent.isDeleted ? 'a deleted message' : parent.content;
    return h('div', { class: 'quote' }, h('span', { class: 'sr-only' }, 'In reply to '),
      parent ? h('b', {}, parent.senderName ?? c.nameOf(parent.senderId)) : null, h('span', {}, text));
  }

  chips(message) {
    const counts = Object.entries(message.reactionSummary ?? {});
    if (counts.length === 0) return null;
    return h('div', { class: 'chips' }, counts.map(([emoji, count]) => {
      const mine = message.myReactions?.includes(emoji);
      return h('button', {
        type: 'button', class: 'chip', tabindex: -1, 'aria-pressed': String(Boolean(mine)),
        'aria-label': `${emoji}, ${count}${mine ? ', yours' : ''}`,
        onclick: () => this.actions.react(message, emoji),
      }, h('span', {}, emoji), h('span', { class: 'count' }, String(count)));
    }));
  }

  // meta is the time of a bubble and the state of one's own message.
  meta(row, own, bubbles, c) {
    const { message } = row;
    const state = own && !message.isDeleted ? c.state(message) : null;
    if (state === 'failed') {
      return h('div', { class: 'meta failed' }, icon('alert'), h('span', {}, `Not sent – ${message.failed}`),
        h('button', { type: 'button', class: 'link', onclick: () => this.actions.retry(message) }, 'Retry'),
        h('button', { type: 'button', class: 'link', onclick: () => this.actions.discard(message) }, 'Delete'));
    }
    if (row.followed && state !== 'sending') return null;
    if (!bubbles && !state) return null;
    const [name, label] = STATES[state] ?? [];
    return h('div', { class: `meta ${state ?? ''}` },
      bubbles ? h('time', { datetime: message.createdAt }, timeOf(message.createdAt)) : null,
      state ? h('span', { class: 'state' }, icon(name), label) : null);
  }

  toolbar(message, own) {
    const { actions } = this;
    return h('div', { class: 'toolbar', role: 'group', 'aria-label': 'Message actions' },
      QUICK.map((emoji) => h('button', { type: 'button', class: 'icon-button', 'aria-label': `React with ${emoji}`, onclick: () => actions.react(message, emoji) }, emoji)),
      iconButton('reply', 'Reply', () => actions.reply(message)),
      own ? iconButton('edit', 'Edit', () => actions.edit(message)) : null,
      own ? iconButton('trash', 'Delete', () => actions.remove(message)) : null);
  }

  focus(event) {
    const key = event.target.closest('.message')?.dataset.key;
    if (!key || key === this.focused) return;
    const before = this.elements.get(this.focused)?.element;
    if (before) before.tabIndex = -1;
    this.focused = key;
    this.elements.get(key).element.tabIndex = 0;
  }

  key(event) {
    const row = event.target.closest('.message');
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = [...this.log.querySelectorAll('.message')];
    const at = all.indexOf(row);
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) {
      all[to]?.focus();
      event.preventDefault();
      return;
    }
    const message = this.conversation.messages.find((m) => (m.tempId ?? `m${m.id}`) === row.dataset.key);
    if (event.target !== row || !message?.id || message.isDeleted) return;
    const own = message.senderId === this.conversation.meId;
    const act = { r: () => this.actions.reply(message), e: own && (() => this.actions.edit(message)), Delete: own && (() => this.actions.remove(message)) }[event.key];
    if (act) {
      act();
      event.preventDefault();
    }
  }
}

function divider(row, c) {
  if (row.kind === 'day') return h('div', { class: 'day' }, h('span', {}, dayName(row.at)));
  const count = c.messages.filter((m) => m.id >= c.newFrom && m.senderId !== c.meId).length;
  return h('div', { class: 'new-line', role: 'separator' }, h('span', {}, `${count} new ${count === 1 ? 'message' : 'messages'}`));
}
