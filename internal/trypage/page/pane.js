// One person at one side of the page: his session, his stream, his view.

import { avatar, h, icon, iconButton } from './dom.js';
import { Frames } from './frames.js';
import { Model, counts, said } from './model.js';
import { Api } from './rest.js';
import { Stream, newTempId } from './stream.js';
import { Timeline } from './timeline.js';

const PAGE = 50;
const TYPES_EVERY = 3_000;

export class Pane {
  constructor(root, side) {
    this.root = root;
    this.side = side;
    this.api = new Api();
    this.api.onTokens = (token) => this.stream?.renew(token);
    this.selected = null;
    this.draft = { reply: null, edit: null };
    this.typedAt = 0;
    this.signedOut();
  }

  // Signing in and out

  signedOut(problem = '') {
    this.stream?.close();
    this.stream = this.model = this.selected = null;
    const name = h('input', { id: `${this.side}-name`, name: 'username', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', required: true, minlength: 2, maxlength: 32 });
    const password = h('input', { id: `${this.side}-password`, name: 'password', type: 'password', autocomplete: 'off', required: true, minlength: 8, maxlength: 256 });
    const note = h('p', { class: 'problem', role: 'alert' }, problem);
    const enter = (how) => this.enter(() => how(name.value.trim(), password.value), note);
    this.root.replaceChildren(
      h('form', { class: 'sign-in', onsubmit: (event) => { event.preventDefault(); enter((n, p) => this.api.login(n, p)); } },
        h('h2', {}, this.side === 'left' ? 'Left person' : 'Right person'),
        h('p', { class: 'muted' }, 'Each side is a session of its own. Tokens stay in this page’s memory.'),
        h('label', { for: name.id }, 'Username'), name,
        h('label', { for: password.id }, 'Password'), password,
        note,
        h('div', { class: 'buttons' },
          h('button', { type: 'submit', class: 'primary' }, 'Log in'),
          h('button', { type: 'button', onclick: (event) => { if (event.target.form.reportValidity()) enter((n, p) => this.api.register({ username: n, password: p })); } }, 'Register'))));
  }

  async enter(how, note) {
    note.textContent = '';
    try {
      await this.begin(await how());
    } catch (error) {
      note.textContent = error.message;
    }
  }

  // begin shows the conversations of a user who has signed in.
  async begin(user) {
    this.stream?.close();
    this.me = user;
    this.loaded = false;
    this.awaited = [];
    this.model = new Model(user);
    this.build();
    const ready = new Promise((resolve, reject) => {
      this.opened = { resolve, reject };
    });
    this.stream = new Stream({
      url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/realtime`,
      device: 'web',
      token: () => this.api.token(),
      onUnauthorized: () => this.api.spoil(),
      onState: (state, detail) => this.connection(state, detail),
      onReady: () => this.reload().then(this.opened.resolve, this.opened.reject),
      onEvent: (frame) => this.event(frame),
      onGap: (frame) => this.gap(frame),
      onTyping: (frame) => this.typing(frame),
      onPresence: (frame) => this.presence(frame),
      onDelivered: (frame) => this.marked('delivered', frame.conversationId, frame.userId, frame.messageId),
      onDisorder: (kind, frame) => this.complain(new Error(`The server broke its order (${kind}, rev ${frame.rev}). This is a bug: please report it.`)),
      onProblem: (error) => this.complain(error),
      onFrame: (direction, text) => this.frames.add(direction, text),
    });
    this.stream.start();
    await ready;
  }

  async signOut() {
    this.stream.close();
    await this.api.logout().catch(() => {}); // the tokens are gone from here anyway
    this.signedOut();
  }

  // The view

  build() {
    this.plug = h('input', { type: 'checkbox', role: 'switch', checked: true, onchange: () => this.stream.plug(this.plug.checked) });
    this.state = h('span', { class: 'state-pill', role: 'status' });
    this.list = h('ul', { class: 'list' });
    this.title = h('h3', { tabindex: -1 });
    this.subtitle = h('span', { class: 'muted' });
    this.bar = h('div', { class: 'offline-bar', hidden: true });
    this.problem = h('div', { class: 'problem-bar', role: 'alert', hidden: true });
    this.log = h('div', { class: 'log', role: 'log', 'aria-live': 'off', 'aria-label': 'Messages' });
    this.announcer = h('div', { class: 'sr-only', 'aria-live': 'polite' });
    this.typingLine = h('div', { class: 'typing', 'aria-live': 'off' });
    const details = h('details', { class: 'raw' });
    const you = this.me.displayName || this.me.username;
    this.root.replaceChildren(
      h('header', { class: 'pane-head' },
        avatar(you, this.me.id),
        h('div', { class: 'who' }, h('h2', {}, you), h('span', { class: 'muted' }, `@${this.me.username}`)),
        this.state,
        h('label', { class: 'plug', title: 'Cut this side’s stream, and see it resume' }, this.plug, h('span', { class: 'track', 'aria-hidden': 'true' }), h('span', {}, 'Plugged in')),
        iconButton('close', `Sign out ${you}`, () => this.signOut())),
      this.bar, this.problem,
      h('div', { class: 'columns' },
        h('nav', { class: 'side', 'aria-label': `Conversations of ${you}` }, this.list),
        h('section', { class: 'talk', 'aria-label': `Conversation of ${you}` },
          h('header', { class: 'talk-head' }, this.title, this.subtitle),
          h('div', { class: 'log-frame' }, this.log),
          this.composer(), this.typingLine, this.announcer)),
      details);
    this.frames = new Frames(details);
    this.timeline = new Timeline(this.log, {
      react: (m, emoji) => this.react(m, emoji), reply: (m) => this.replyTo(m), edit: (m) => this.editOf(m),
      remove: (m) => this.try(this.stream.command('delete', { messageId: m.id })),
      retry: (m) => this.deliver(this.selected, m), discard: (m) => { this.selected.discard(m); this.refresh(); },
      older: () => this.older(), seen: () => this.read(),
    });
    this.refresh();
  }

  composer() {
    this.strip = h('div', { class: 'strip', hidden: true });
    this.input = h('textarea', {
      rows: 1, maxlength: 10_000, 'aria-label': 'Message', placeholder: 'Message', enterkeyhint: 'send',
      onkeydown: (event) => this.composerKey(event), oninput: () => this.typed(),
    });
    this.form = h('form', { class: 'composer', onsubmit: (event) => { event.preventDefault(); this.submit(); } },
      this.strip,
      h('div', { class: 'line' }, this.input, h('button', { type: 'submit', class: 'send', 'aria-label': 'Send', title: 'Send (Enter)' }, icon('send'))));
    return this.form;
  }

  // refresh draws once per frame, however much has changed.
  refresh() {
    this.scheduled ??= requestAnimationFrame(() => {
      this.scheduled = undefined;
      if (!this.model) return;
      this.drawList();
      this.drawTalk();
    });
  }

  drawList() {
    const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.id : null;
    const all = this.model.sorted();
    this.list.replaceChildren(...all.map((c) => this.listRow(c)));
    if (all.length === 0) this.list.append(h('li', { class: 'empty' }, 'No conversations yet.'));
    if (focused) this.list.querySelector(`[data-id="${focused}"]`)?.focus();
  }

  listRow(c) {
    const status = this.model.status(c);
    const preview = c.preview ? (c.preview.isDeleted ? 'Message deleted' : said(c.preview)) : '';
    return h('li', {}, h('button', {
      type: 'button', class: 'row', 'data-id': c.id, 'aria-current': c === this.selected ? 'true' : null, onclick: () => this.select(c.id),
    },
    c.type === 'DIRECT' ? avatar(c.name, c.other()?.userId ?? 0, status) : h('span', { class: 'avatar group' }, icon('group')),
    h('span', { class: 'row-text' },
      h('span', { class: 'row-name' }, c.name, status ? h('span', { class: 'sr-only' }, `, ${status.toLowerCase()}`) : null),
      h('span', { class: 'row-preview' }, preview)),
    c.unread > 0 ? h('span', { class: 'badge' }, c.unread > 99 ? '99+' : String(c.unread), h('span', { class: 'sr-only' }, ' unread')) : null));
  }

  drawTalk() {
    const c = this.selected;
    this.form.hidden = !c;
    this.title.textContent = c ? c.name : '';
    this.subtitle.textContent = c ? this.about(c) : '';
    this.input.placeholder = c ? `Message ${c.name}` : '';
    this.timeline.show(c);
    this.drawTyping();
  }

  about(c) {
    if (c.type !== 'DIRECT') return [...c.people.values()].map((p) => p.name).join(', ');
    return { ONLINE: 'Online', AWAY: 'Away', DND: 'Do not disturb', OFFLINE: 'Offline' }[this.model.status(c)] ?? '';
  }

  drawTyping() {
    const names = this.selected?.typists() ?? [];
    this.typingLine.textContent = names.length === 0 ? '' : names.length === 1 ? `${names[0]} is typing…` : `${names.join(', ')} are typing…`;
  }

  // connection shows how the stream is doing.
  connection(state, detail) {
    const [text, kind] = {
      connecting: ['Connecting', 'busy'], live: ['Live', 'good'], unplugged: ['Unplugged', 'bad'], ended: ['Ended', 'bad'],
      waiting: [`Reconnecting in ${Math.ceil((detail.retryIn ?? 0) / 1000)} s`, 'busy'],
    }[state];
    this.state.textContent = text;
    this.state.className = `state-pill ${kind}`;
    this.bar.hidden = state === 'live' || state === 'ended' || (state === 'connecting' && this.bar.hidden);
    this.bar.textContent = 'Offline. What you write is sent when the connection is back.';
    if (state !== 'ended') return;
    this.opened.reject(detail.error);
    if (detail.error?.status === 401) this.signedOut('The session has ended. Log in again.');
  }

  complain(error) {
    this.problem.textContent = error.message;
    this.problem.hidden = false;
    clearTimeout(this.problemTimer);
    this.problemTimer = setTimeout(() => { this.problem.hidden = true; }, 8_000);
  }

  async try(promise) {
    try {
      return await promise;
    } catch (error) {
      this.complain(error);
      return undefined;
    }
  }

  // What the server tells

  // reload takes over the list of conversations: at the beginning, and after a
  // gap in one's own stream.
  async reload() {
    if (this.loaded) return;
    this.loaded = true;
    this.model.list(await this.api.call('GET', '/api/chat/conversations?size=200'));
    this.refresh();
  }

  async gap(frame) {
    this.state.textContent = 'Reloading after a gap';
    this.state.className = 'state-pill busy';
    if (frame.conversationId === undefined) {
      this.loaded = false;
      await this.try(this.reload());
    } else {
      const c = this.model.conversations.get(frame.conversationId);
      if (c) c.loaded = false;
      await this.try(this.renewConversation(frame.conversationId));
    }
    this.connection(this.stream.state, {});
  }

  async renewConversation(id) {
    const c = this.model.put(await this.api.call('GET', `/api/chat/conversations/${id}`));
    if (c === this.selected) await this.load(c);
    this.refresh();
  }

  event(frame) {
    const c = this.model.conversations.get(frame.conversationId ?? frame.data.conversationId);
    const handle = EVENTS[frame.event];
    if (handle && !frame.data.hidden) handle(this, frame.data, c);
    this.awaited = this.awaited.filter(({ id, resolve }) => !this.model.conversations.has(id) || resolve());
    this.refresh();
  }

  // known waits until the stream has told of a conversation.
  known(id) {
    if (this.model.conversations.has(id)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.awaited.push({ id, resolve });
      setTimeout(() => reject(new Error('the stream did not tell of the new conversation')), 10_000);
    });
  }

  created(message, c) {
    if (!c) return;
    const known = c.find(message.id);
    c.upsert(message);
    c.setTyping(message.senderId, false);
    if (known || message.id <= c.countedTo || !counts(message, this.me.id)) return;
    c.countedTo = message.id;
    c.unread++;
    this.stream.command('delivered', { conversationId: c.id, messageId: message.id }).catch(() => {}); // the next one says it too
    if (c !== this.selected) return;
    this.announcer.textContent = `${message.senderName}: ${message.content}`;
    this.timeline.arrived();
    this.read();
  }

  isWatched() {
    return document.visibilityState === 'visible' && this.timeline.atEnd();
  }

  typing({ conversationId, userId, typing }) {
    this.model.conversations.get(conversationId)?.setTyping(userId, typing);
    this.drawTyping();
  }

  presence({ userId, status }) {
    this.model.presence.set(userId, status);
    this.refresh();
  }

  marked(kind, conversationId, userId, messageId) {
    this.model.conversations.get(conversationId)?.mark(kind, userId, messageId);
    this.refresh();
  }

  // What the person does

  async select(id) {
    const c = this.model.conversations.get(id);
    if (!c || c === this.selected) return;
    if (this.selected) this.selected.newFrom = 0;
    this.selected = c;
    this.cancelDraft();
    if (!c.loaded) await this.try(this.load(c));
    const firstUnread = c.messages.find((m) => m.id > (c.myRead ?? 0) && counts(m, this.me.id));
    c.newFrom = c.unread > 0 ? firstUnread?.id ?? 0 : 0;
    this.refresh();
    this.read();
  }

  async load(c) {
    const { data, page } = await this.api.whole('GET', `/api/chat/conversations/${c.id}/messages?limit=${PAGE}`);
    c.load(data, page.hasMore);
    for (const m of data) if (m.senderName && !c.people.has(m.senderId)) c.meet({ userId: m.senderId, name: m.senderName });
  }

  async older() {
    const c = this.selected;
    const oldest = c.messages.find((m) => m.id);
    const answer = await this.try(this.api.whole('GET', `/api/chat/conversations/${c.id}/messages?limit=${PAGE}&before=${oldest.id}`));
    if (answer) c.load(answer.data, answer.page.hasMore, true);
    this.refresh();
  }

  // read tells the server what is in view.
  read() {
    const c = this.selected;
    const newest = c?.messages.findLast((m) => m.id);
    if (!newest || newest.id <= (c.myRead ?? 0) || !this.isWatched()) return;
    c.myRead = newest.id;
    c.unread = 0;
    this.stream.command('read', { conversationId: c.id, messageId: newest.id }).catch(() => {}); // the next one says it too
    this.refresh();
  }

  async submit() {
    const content = this.input.value.trim();
    const c = this.selected;
    if (!content || !c) return;
    const { reply, edit } = this.draft;
    this.input.value = '';
    this.cancelDraft();
    this.typedAt = 0;
    if (edit) {
      await this.try(this.stream.command('edit', { messageId: edit.id, content }));
      return;
    }
    const message = c.write({ tempId: newTempId(), content, conversationId: c.id, parentMessageId: reply?.id }, this.me);
    this.refresh();
    requestAnimationFrame(() => this.timeline.toEnd());
    await this.deliver(c, message);
  }

  // deliver sends a message that is shown already; it stays there if that fails.
  async deliver(c, message) {
    message.failed = null;
    this.refresh();
    try {
      const { tempId, content, parentMessageId } = message;
      c.upsert(await this.stream.send({ conversationId: c.id, tempId, content, parentMessageId }));
    } catch (error) {
      const shown = c.messages.find((m) => m.tempId === message.tempId);
      if (shown && !shown.id) shown.failed = error.message;
    }
    this.refresh();
  }

  react(message, emoji) {
    const add = !message.myReactions?.includes(emoji);
    this.try(this.stream.command('react', { messageId: message.id, emoji, add }));
  }

  replyTo(message) {
    this.draft = { reply: message, edit: null };
    this.showStrip(`Replying to ${message.senderName}`, message.content);
  }

  editOf(message) {
    this.draft = { reply: null, edit: message };
    this.input.value = message.content;
    this.showStrip('Editing', message.content);
  }

  showStrip(title, text) {
    this.strip.replaceChildren(h('b', {}, title), h('span', {}, text), iconButton('close', 'Cancel', () => { this.cancelDraft(); this.input.focus(); }));
    this.strip.hidden = false;
    this.input.focus();
  }

  cancelDraft() {
    if (this.draft.edit) this.input.value = '';
    this.draft = { reply: null, edit: null };
    this.strip.hidden = true;
  }

  composerKey(event) {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.submit();
    } else if (event.key === 'Escape') {
      this.cancelDraft();
    } else if (event.key === 'ArrowUp' && this.input.value === '') {
      const last = this.selected?.messages.findLast((m) => m.id && m.senderId === this.me.id && !m.isDeleted && m.messageType !== 'SYSTEM');
      if (!last) return;
      event.preventDefault();
      this.editOf(last);
    }
  }

  typed() {
    if (!this.input.value || this.draft.edit || Date.now() - this.typedAt < TYPES_EVERY) return;
    this.typedAt = Date.now();
    this.stream.note('typing', { conversationId: this.selected.id, typing: true });
  }
}

const EVENTS = {
  'message.created': (pane, data, c) => pane.created(data, c),
  'message.updated': (pane, data, c) => { if (c?.find(data.id)) c.upsert(data); },
  'message.deleted': (pane, data, c) => { if (c?.find(data.id)) c.upsert(data); },
  'reaction.added': (pane, data, c) => c?.reaction(data),
  'reaction.removed': (pane, data, c) => c?.reaction(data),
  'read.marked': (pane, data) => pane.marked('read', data.conversationId, data.userId, data.lastReadMessageId),
  'read.moved': (pane, data, c) => {
    c?.mark('read', pane.me.id, data.lastReadMessageId);
    if (c) c.unread = c.messages.filter((m) => m.id > c.myRead && counts(m, pane.me.id)).length;
  },
  'participant.added': (pane, data, c) => c?.meet(data),
  'participant.updated': (pane, data, c) => c?.meet(data),
  'participant.removed': (pane, data, c) => c?.people.delete(data.userId),
  'conversation.updated': (pane, data, c) => { if (c && data.name) c.name = data.name; },
  'conversation.joined': (pane, data) => { if (data.conversation.type) pane.model.put(data.conversation); },
  'conversation.left': (pane, data, c) => {
    pane.model.conversations.delete(data.conversationId);
    if (c === pane.selected) pane.selected = null;
  },
};
