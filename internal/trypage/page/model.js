// What one person knows of his conversations. It is made from REST answers and
// stream events, and knows nothing of the page.

const TYPING_MS = 6_000; // the server says after 5 s that somebody has stopped

export class Model {
  constructor(me) {
    this.me = me;
    this.conversations = new Map();
    this.presence = new Map(); // by user
  }

  // list replaces all conversations but keeps messages that were loaded.
  list(views) {
    const before = this.conversations;
    this.conversations = new Map();
    for (const view of views) {
      const known = before.get(view.id);
      if (known) this.conversations.set(view.id, known);
      this.put(view);
    }
  }

  // put takes over a conversation as REST shows it.
  put(view) {
    let c = this.conversations.get(view.id);
    if (!c) {
      c = new Conversation(view.id, this.me.id);
      this.conversations.set(view.id, c);
    }
    c.show(view);
    for (const p of view.participants ?? []) {
      if (p.status) this.presence.set(p.userId, p.status);
    }
    return c;
  }

  sorted() {
    return [...this.conversations.values()].sort((a, b) => b.lastAt.localeCompare(a.lastAt) || b.id - a.id);
  }

  // status is the other side's in a direct conversation.
  status(conversation) {
    return conversation.type === 'DIRECT' ? this.presence.get(conversation.other()?.userId) ?? 'OFFLINE' : null;
  }
}

export class Conversation {
  constructor(id, meId) {
    this.id = id;
    this.meId = meId;
    this.people = new Map(); // by user: userId, name, role, read, delivered
    this.messages = []; // in the order of seq; what is not sent yet comes last
    this.typing = new Map(); // user → when it ends at the latest
    this.loaded = false;
    this.hasMore = false;
    this.unread = 0;
    this.lastAt = '';
    this.countedTo = 0; // unread counts messages up to this id
    this.newFrom = 0; // id of the first message below the line of new ones
  }

  show(view) {
    this.type = view.type;
    if (view.name !== undefined) this.name = view.name;
    this.unread = view.unreadCount ?? this.unread;
    this.myRead = view.lastReadMessageId ?? this.myRead ?? 0;
    this.preview = view.lastMessage ?? this.preview;
    this.countedTo = Math.max(this.countedTo, view.lastMessage?.id ?? 0);
    this.lastAt = view.lastMessageAt ?? view.createdAt ?? this.lastAt;
    for (const p of view.participants ?? []) this.meet(p);
  }

  meet(p) {
    const known = this.people.get(p.userId);
    const read = Math.max(known?.read ?? 0, p.lastReadMessageId ?? 0);
    this.people.set(p.userId, { userId: p.userId, name: p.name, role: p.role, read, delivered: Math.max(known?.delivered ?? 0, read) });
  }

  other() {
    return this.others()[0] ?? this.people.get(this.meId);
  }

  others() {
    return [...this.people.values()].filter((p) => p.userId !== this.meId);
  }

  nameOf(userId) {
    return this.people.get(userId)?.name ?? 'Somebody';
  }

  find(id) {
    return this.messages.find((m) => m.id === id);
  }

  // load takes a page of older messages, or replaces all by the newest page. What
  // the stream told since that page was made stays.
  load(page, hasMore, older = false) {
    const newest = page.at(-1)?.id ?? 0;
    const kept = this.messages.filter((m) => !m.id || older || m.id > newest);
    const fresh = page.filter((m) => !kept.some((k) => k.id === m.id));
    this.messages = [...fresh, ...kept];
    this.loaded = true;
    this.hasMore = hasMore;
  }

  // upsert takes a message as REST or the stream shows it. Fields that a stream
  // leaves out, because they differ from reader to reader, stay as they are.
  upsert(message) {
    const at = this.messages.findIndex((m) => m.id === message.id || (message.tempId && m.tempId === message.tempId));
    if (at >= 0) {
      const known = this.messages[at];
      const merged = { ...known, ...message, failed: null };
      this.messages.splice(at, 1);
      this.insert(merged);
      return merged;
    }
    this.insert({ myReactions: [], ...message });
    return message;
  }

  insert(message) {
    let at = this.messages.length;
    while (at > 0 && comesBefore(message, this.messages[at - 1])) at--;
    this.messages.splice(at, 0, message);
    if (message.createdAt > this.lastAt) this.lastAt = message.createdAt;
    if (message.id && message.id >= (this.preview?.id ?? 0)) this.preview = message;
  }

  // write shows a message before it is sent.
  write(draft, me) {
    const message = {
      ...draft, senderId: me.id, senderName: me.displayName, createdAt: new Date().toISOString(),
      messageType: 'TEXT', reactionSummary: {}, myReactions: [],
    };
    this.messages.push(message);
    return message;
  }

  discard(message) {
    this.messages = this.messages.filter((m) => m !== message);
  }

  reaction(data) {
    const message = this.find(data.messageId);
    if (!message) return;
    message.reactionSummary = data.reactionSummary;
    if (data.userId !== this.meId) return;
    const mine = new Set(message.myReactions);
    if (data.add) mine.add(data.emoji);
    else mine.delete(data.emoji);
    message.myReactions = [...mine];
  }

  // mark moves somebody's position; kind is 'read' or 'delivered'.
  mark(kind, userId, messageId) {
    const person = this.people.get(userId);
    if (!person) return;
    person[kind] = Math.max(person[kind], messageId ?? 0);
    person.delivered = Math.max(person.delivered, person.read);
    if (userId === this.meId && kind === 'read') this.myRead = person.read;
  }

  // state of one's own message: sending, failed, sent, delivered or read.
  state(message) {
    if (message.failed) return 'failed';
    if (!message.id) return 'sending';
    const others = this.others();
    if (others.length > 0) {
      if (message.status === 'READ' || others.every((p) => p.read >= message.id)) return 'read';
      if (message.status === 'DELIVERED' || others.every((p) => p.delivered >= message.id)) return 'delivered';
    }
    return 'sent';
  }

  setTyping(userId, typing, now = Date.now()) {
    if (typing) this.typing.set(userId, now + TYPING_MS);
    else this.typing.delete(userId);
  }

  typists(now = Date.now()) {
    return [...this.typing].filter(([, until]) => until > now).map(([userId]) => this.nameOf(userId));
  }
}

function comesBefore(a, b) {
  if (!b.id) return Boolean(a.id);
  return Boolean(a.id) && a.id < b.id;
}

// counts says whether a message counts as unread.
export function counts(message, meId) {
  return message.senderId !== meId && message.messageType !== 'SYSTEM' && !message.isDeleted;
}

// said is what a message says. The text of a SYSTEM message lacks its subject.
export function said(message) {
  return message.messageType === 'SYSTEM' ? `${message.senderName} ${message.content}` : message.content;
}

const GROUP_MS = 5 * 60_000;

// rows is what a timeline shows, from top to bottom: days, the line above new
// messages, and messages, each with whether it goes on with the one before it.
export function rows(conversation) {
  const list = [];
  let before = null;
  for (const message of conversation.messages) {
    const day = dayOf(message.createdAt);
    if (!before || dayOf(before.createdAt) !== day) {
      list.push({ kind: 'day', key: `day ${day}`, at: message.createdAt });
      before = null;
    }
    if (message.id && message.id === conversation.newFrom) {
      list.push({ kind: 'new', key: 'new' });
      before = null;
    }
    list.push({ kind: 'message', key: message.tempId ?? `m${message.id}`, message, joined: before !== null && goesOn(before, message) });
    before = message;
  }
  for (let i = 0; i < list.length; i++) list[i].followed = list[i + 1]?.joined ?? false;
  return list;
}

function dayOf(at) {
  return new Date(at).toDateString();
}

function goesOn(a, b) {
  return a.senderId === b.senderId && a.messageType !== 'SYSTEM' && b.messageType !== 'SYSTEM' && Date.parse(b.createdAt) - Date.parse(a.createdAt) < GROUP_MS;
}
