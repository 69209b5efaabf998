// Package bustest makes trouble: a bus that does everything chat.Bus is allowed
// to do to what it carries.
package bustest

import (
	"math/rand/v2"
	"sync"

	"parley/internal/bus"
	"parley/internal/chat"
)

// Trouble says how likely, from 0 to 1, each mishap is for each event or signal.
type Trouble struct {
	Lose    float64
	Double  float64
	Reorder float64 // held back until something later has passed
}

// Hostile is a chat.Bus that loses, doubles and reorders. The same seed makes
// the same trouble for the same calls.
type Hostile struct {
	inner chat.Bus
	*mischief
}

// mischief is what the buses of several nodes may have in common.
type mischief struct {
	mu      sync.Mutex
	random  *rand.Rand
	trouble Trouble
	held    []func()
}

var _ chat.Bus = (*Hostile)(nil)

// New returns a bus that makes the given trouble until told otherwise.
func New(seed uint64, t Trouble) *Hostile {
	return &Hostile{bus.NewLocal(), &mischief{random: rand.New(rand.NewPCG(seed, seed)), trouble: t}}
}

// Before makes the same trouble on another node's bus, before that carries
// anything.
func (h *Hostile) Before(b chat.Bus) chat.Bus { return &Hostile{b, h.mischief} }

// Make changes the trouble from now on; the zero Trouble is a good bus.
func (h *mischief) Make(t Trouble) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.trouble = t
}

// Release delivers what is being held back.
func (h *mischief) Release() {
	h.mu.Lock()
	held := h.held
	h.held = nil
	h.mu.Unlock()
	for _, deliver := range held {
		deliver()
	}
}

// Publish passes on what it likes of the events, one by one.
func (h *Hostile) Publish(events []*chat.Event) {
	for _, e := range events {
		h.pass(func() { h.inner.Publish([]*chat.Event{e}) })
	}
}

// Signal passes on the signal if it likes.
func (h *Hostile) Signal(s chat.Signal) {
	h.pass(func() { h.inner.Signal(s) })
}

// Subscribe adds a subscriber.
func (h *Hostile) Subscribe(s chat.Subscriber) (cancel func()) { return h.inner.Subscribe(s) }

// pass decides under the lock and delivers outside it, since a subscriber may
// publish itself.
func (h *mischief) pass(deliver func()) {
	for _, d := range h.decide(deliver) {
		d()
	}
}

func (h *mischief) decide(deliver func()) []func() {
	h.mu.Lock()
	defer h.mu.Unlock()
	var now []func()
	switch {
	case h.happens(h.trouble.Lose):
	case h.happens(h.trouble.Reorder):
		h.held = append(h.held, deliver)
		return nil
	default:
		now = append(now, deliver)
	}
	if h.happens(h.trouble.Double) {
		now = append(now, deliver)
	}
	now = append(now, h.held...)
	h.held = nil
	return now
}

func (h *mischief) happens(likely float64) bool { return h.random.Float64() < likely }
