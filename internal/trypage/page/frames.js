// The frames of a stream as they went over the wire, newest last.

import { h } from './dom.js';

const KEPT = 200;
const LONGEST = 4_000; // characters shown of one frame

const times = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hour12: false });

export class Frames {
  constructor(details) {
    this.kept = [];
    this.total = 0;
    this.title = h('span', {}, 'Raw frames');
    this.list = h('ol', { class: 'frames', tabindex: 0, 'aria-label': 'Frames of the stream' });
    this.details = details;
    details.replaceChildren(h('summary', {}, this.title), this.list);
    details.addEventListener('toggle', () => this.render());
  }

  add(direction, text) {
    this.total++;
    this.kept.push({ direction, at: new Date(), text: redact(text) });
    if (this.kept.length > KEPT) this.kept.shift();
    this.scheduled ??= requestAnimationFrame(() => {
      this.scheduled = undefined;
      this.render();
    });
  }

  render() {
    this.title.textContent = `Raw frames (${this.total})`;
    if (!this.details.open) return;
    const atEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 40;
    this.list.replaceChildren(...this.kept.map(({ direction, at, text }) =>
      h('li', { class: direction },
        h('span', { class: 'at' }, times.format(at)),
        h('span', { class: 'arrow', 'aria-label': direction === 'up' ? 'sent' : 'received' }, direction === 'up' ? '↑' : '↓'),
        h('code', {}, text.length > LONGEST ? `${text.slice(0, LONGEST)} … ${text.length} characters` : text))));
    if (atEnd) this.list.scrollTop = this.list.scrollHeight;
  }
}

// redact keeps tokens out of screenshots.
function redact(text) {
  if (!text.startsWith('{"type":"auth"')) return text;
  return JSON.stringify({ ...JSON.parse(text), token: '…' });
}
