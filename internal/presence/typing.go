package presence

import (
	"sync"
	"time"

	"parley/internal/chat"
)

// merged is the time within which repeats of "typing" are one.
const merged = 2 * time.Second

// Typing makes typing end. It stands between the bus and whoever hands signals
// to listeners: a repeat soon after is left out, and who says nothing more for a
// while, or sends his message, has stopped.
type Typing struct {
	ttl time.Duration

	mu     sync.Mutex
	next   chat.Subscriber
	active map[typist]*typed
}

type typist struct {
	conversation chat.ConversationID
	user         chat.UserID
}

// typed is somebody who types.
type typed struct {
	signal chat.Signal
	told   time.Time // when the listeners were last told
	ends   time.Time
	timer  *time.Timer
}

// NewTyping returns a Typing after whose ttl without a repeat typing ends.
func NewTyping(ttl time.Duration) *Typing {
	return &Typing{ttl: ttl, active: map[typist]*typed{}}
}

// Before returns the subscriber that stands before next.
func (t *Typing) Before(next chat.Subscriber) chat.Subscriber {
	t.next = next
	return chat.Subscriber{Events: t.events, Signal: t.hear}
}

// Stop ends everybody's typing without telling.
func (t *Typing) Stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for key := range t.active {
		t.forget(key)
	}
}

func (t *Typing) events(events []*chat.Event) {
	t.next.Events(events)
	for _, e := range events {
		if c, ok := e.Stream.Conversation(); ok && e.Type == chat.MessageCreated {
			t.end(typist{c, e.Actor})
		}
	}
}

func (t *Typing) hear(s chat.Signal) {
	key := typist{s.ConversationID, s.UserID}
	switch {
	case s.Kind != chat.SignalTyping:
		t.next.Signal(s)
	case s.Typing:
		t.begin(key, s)
	default:
		t.end(key)
	}
}

func (t *Typing) begin(key typist, s chat.Signal) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	p := t.active[key]
	if p == nil {
		p = &typed{}
		p.timer = time.AfterFunc(t.ttl, func() { t.expire(key, p) })
		t.active[key] = p
	}
	p.signal, p.ends = s, now.Add(t.ttl)
	if now.Sub(p.told) < merged {
		return
	}
	p.told = now
	t.next.Signal(s)
}

// expire ends typing unless it was repeated since the timer was set.
func (t *Typing) expire(key typist, p *typed) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.active[key] != p {
		return
	}
	if left := time.Until(p.ends); left > 0 {
		p.timer.Reset(left)
		return
	}
	t.tellEnd(key, p)
}

func (t *Typing) end(key typist) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p := t.active[key]; p != nil {
		t.tellEnd(key, p)
	}
}

func (t *Typing) tellEnd(key typist, p *typed) {
	t.forget(key)
	s := p.signal
	s.Typing = false
	t.next.Signal(s)
}

func (t *Typing) forget(key typist) {
	t.active[key].timer.Stop()
	delete(t.active, key)
}
