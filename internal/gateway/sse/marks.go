package sse

import "parley/internal/chat"

// marks are what a client was given, from which its cursor is made at any
// moment: everything up to position, and more of some streams.
type marks struct {
	position chat.Position
	streams  map[chat.StreamID]mark
	advances int // times that the position moved on
	// unknown is true until the client was told to reload all he had, so that a
	// cursor would say too much.
	unknown bool
}

// mark is the last event given of a stream. pos is 0 if it was given over an
// earlier connection and its place is not known.
type mark struct {
	rev int64
	pos chat.Position
}

// certain is how often the position must move on until it has passed everything
// that was committed before the connection: the first value is older, the second
// may come from a query that had begun before.
const certain = 3

func newMarks(c Cursor) marks {
	m := marks{position: c.Position, streams: make(map[chat.StreamID]mark, len(c.Revs))}
	for st, rev := range c.Revs {
		m.streams[st] = mark{rev: rev}
	}
	return m
}

// gave notes an event; head is that of conversation.joined, from where its events
// follow.
func (m *marks) gave(e *chat.Event, head int64) {
	m.streams[e.Stream] = mark{e.Rev, e.Pos}
	switch c := chat.ConversationID(e.Ref).Stream(); e.Type {
	case chat.ConversationJoined:
		if head > m.streams[c].rev {
			m.streams[c] = mark{head, e.Pos}
		}
	case chat.ConversationLeft:
		delete(m.streams, c)
	}
}

// gap notes that the client has to reload a stream. Whatever comes again after
// the position comes for the first time.
func (m *marks) gap(st chat.StreamID) { delete(m.streams, st) }

// settle notes that everything up to a position was given; 0 is not known.
func (m *marks) settle(pos chat.Position) {
	m.unknown = m.unknown && pos == 0
	if pos <= m.position {
		return
	}
	m.position = pos
	m.advances++
	for st, k := range m.streams {
		if k.pos != 0 && k.pos <= pos || k.pos == 0 && m.advances >= certain {
			delete(m.streams, st)
		}
	}
}

func (m *marks) cursor() Cursor {
	c := Cursor{Position: m.position, Revs: make(map[chat.StreamID]int64, len(m.streams))}
	for st, k := range m.streams {
		c.Revs[st] = k.rev
	}
	return c
}
