// Package bus carries events and signals to those who listen within one
// process.
package bus

import (
	"sync"
	"sync/atomic"

	"parley/internal/chat"
)

// Local is a chat.Bus for a single node: a direct call to every subscriber. It
// loses, repeats and reorders nothing; a subscriber that blocks holds up the
// committer, which is the back-pressure that keeps queues bounded.
type Local struct {
	mu   sync.Mutex // held by who changes subs
	subs atomic.Pointer[[]*chat.Subscriber]
}

var _ chat.Bus = (*Local)(nil)

// NewLocal returns a bus without subscribers.
func NewLocal() *Local {
	b := &Local{}
	b.subs.Store(&[]*chat.Subscriber{})
	return b
}

// Publish gives the events to every subscriber before it returns.
func (b *Local) Publish(events []*chat.Event) {
	for _, s := range *b.subs.Load() {
		if s.Events != nil {
			s.Events(events)
		}
	}
}

// Signal gives the signal to every subscriber before it returns.
func (b *Local) Signal(signal chat.Signal) {
	for _, s := range *b.subs.Load() {
		if s.Signal != nil {
			s.Signal(signal)
		}
	}
}

// Subscribe adds a subscriber. Calls under way when it is cancelled may still
// reach it.
func (b *Local) Subscribe(s chat.Subscriber) (cancel func()) {
	added := &s
	b.change(func(subs []*chat.Subscriber) []*chat.Subscriber { return append(subs, added) })
	return func() {
		b.change(func(subs []*chat.Subscriber) []*chat.Subscriber {
			kept := subs[:0]
			for _, s := range subs {
				if s != added {
					kept = append(kept, s)
				}
			}
			return kept
		})
	}
}

// change replaces the subscribers by an edited copy, so that publishing takes
// no lock.
func (b *Local) change(edit func([]*chat.Subscriber) []*chat.Subscriber) {
	b.mu.Lock()
	defer b.mu.Unlock()
	next := edit(append([]*chat.Subscriber(nil), *b.subs.Load()...))
	b.subs.Store(&next)
}
