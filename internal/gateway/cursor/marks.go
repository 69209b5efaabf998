package cursor

import (
	"parley/internal/chat"
	"parley/internal/gateway"
	"parley/internal/hub"
)

// Marks are what a client was given, from which its cursor is made at any
// moment: everything up to position, and more of some streams.
type Marks struct {
	position chat.Position
	streams  map[chat.StreamID]mark
	advances int // times that the position moved on
	// unknown is true until the client was told to reload all he had, so that a
	// Cursor would say too much.
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

func newMarks(c Cursor) Marks {
	m := Marks{position: c.Position, streams: make(map[chat.StreamID]mark, len(c.Revs))}
	for st, rev := range c.Revs {
		m.streams[st] = mark{rev: rev}
	}
	return m
}

// Begin makes the first marks of a client: of what he named, what he has; of the
// rest, what the resume says.
func Begin(user chat.UserID, resume hub.Resume, o *gateway.Ready) Marks {
	c := Cursor{Position: o.Settled, Revs: map[chat.StreamID]int64{}}
	switch resume.Rest {
	case hub.FromPosition:
		c.Position = resume.Since
	case hub.FromHead:
		for _, h := range o.Heads {
			if h.Recent {
				c.Revs[h.Stream] = h.Rev
			}
		}
	}
	for st, rev := range resume.Revs {
		if st == hub.OwnStream {
			st = user.Stream()
		}
		c.Revs[st] = rev
	}
	m := newMarks(c)
	m.unknown = resume.Rest == hub.FromNowhere
	return m
}

// Text is the client's cursor. There is none while he was told to reload all he
// had, nor when too many streams have moved at once for it to fit: then he keeps
// his last one and may be sent again what he has.
func (m *Marks) Text(user chat.UserID, s *Signer) (text string, ok bool) {
	if m.unknown {
		return "", false
	}
	return s.Pack(user, m.Cursor())
}

// Gave notes an event; head is that of conversation.joined, from where its events
// follow.
func (m *Marks) Gave(e *chat.Event, head int64) {
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

// Gap notes that the client has to reload a stream. Whatever comes again after
// the position comes for the first time.
func (m *Marks) Gap(st chat.StreamID) { delete(m.streams, st) }

// Settle notes that everything up to a position was given; 0 is not known.
func (m *Marks) Settle(pos chat.Position) {
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

// Cursor is what the client has now.
func (m *Marks) Cursor() Cursor {
	c := Cursor{Position: m.position, Revs: make(map[chat.StreamID]int64, len(m.streams))}
	for st, k := range m.streams {
		c.Revs[st] = k.rev
	}
	return c
}
