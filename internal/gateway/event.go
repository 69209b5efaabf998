package gateway

import (
	"parley/internal/chat"
	"parley/internal/hub"
	"parley/internal/sanitize"
)

// Variant is for whom an event is encoded. There are no other differences
// between the sessions of one dialect, except in conversation.joined.
type Variant uint8

const (
	Others Variant = iota
	Own            // the sender's own sessions: they see the tempId
	Hidden         // the event counts, its content is not the reader's
)

// Event is a committed event for one session.
type Event struct {
	hub.Given
	Variant Variant
	shared  *shared
}

// Signal is an ephemeral announcement.
type Signal struct {
	chat.Signal
	shared shared
}

// shared are the encodings that the sessions of one dialect have in common. The
// hub gives an event or a signal to one session at a time, so it needs no lock.
type shared struct {
	owner chat.UserID // who sees Own; 0 for nobody
	known []encoding
}

type encoding struct {
	dialect string
	mode    sanitize.Mode
	variant Variant
	bytes   []byte
}

func (s *shared) find(dialect string, mode sanitize.Mode, v Variant) []byte {
	if s == nil {
		return nil
	}
	for i := range s.known {
		if k := &s.known[i]; k.variant == v && k.mode == mode && k.dialect == dialect {
			return k.bytes
		}
	}
	return nil
}

// maxShared bounds the encodings of one event: a dialect may have one for each name
// that its clients choose.
const maxShared = 16

func (s *shared) add(dialect string, mode sanitize.Mode, v Variant, b []byte) {
	if s != nil && len(s.known) < maxShared {
		s.known = append(s.known, encoding{dialect, mode, v, b})
	}
}

// Encoding returns what Share was given by the first session of the dialect, or of a
// part of the dialect that has its own encodings; nil if there is none.
func (e *Event) Encoding(dialect string, mode sanitize.Mode) []byte {
	return e.shared.find(dialect, mode, e.Variant)
}

// Share keeps an encoding for the other sessions of the dialect.
func (e *Event) Share(dialect string, mode sanitize.Mode, b []byte) {
	e.shared.add(dialect, mode, e.Variant, b)
}

// Encoding returns what Share was given by the first session of the dialect, or
// nil.
func (s *Signal) Encoding(dialect string, mode sanitize.Mode) []byte {
	return s.shared.find(dialect, mode, Others)
}

// Share keeps an encoding for the other sessions of the dialect.
func (s *Signal) Share(dialect string, mode sanitize.Mode, b []byte) {
	s.shared.add(dialect, mode, Others, b)
}

// eventFor makes the output for a user's session.
func eventFor(g hub.Given, user chat.UserID) Event {
	e := Event{Given: g}
	if g.Type != chat.ConversationJoined { // there each session has its own head
		e.shared = sharedOf(g.Delivery)
	}
	switch {
	case g.Hidden || g.Payload == nil:
		e.Variant = Hidden
	case e.shared != nil && e.shared.owner == user:
		e.Variant = Own
	}
	return e
}

func sharedOf(d *hub.Delivery) *shared {
	if s, ok := d.Memo.(*shared); ok {
		return s
	}
	s := &shared{}
	if m, ok := d.Payload.(*chat.Message); ok && d.Type == chat.MessageCreated && m.TempID != "" {
		s.owner = m.SenderID
	}
	d.Memo = s
	return s
}

func signalOf(a *hub.Announcement) *Signal {
	if s, ok := a.Memo.(*Signal); ok {
		return s
	}
	s := &Signal{Signal: a.Signal}
	a.Memo = s
	return s
}
