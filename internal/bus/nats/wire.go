package nats

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"

	"parley/internal/chat"
)

// version is the first byte of what travels between nodes; JSON follows. A message
// that a node does not understand is left to the log.
const version = 1

// maxSize is what every message on the wire stays below; what is larger goes
// without its payload, which the receivers read from the database.
const maxSize = 512 << 10

// packet is one message on the wire: events of one subject, or a signal.
type packet struct {
	Node   string       `json:"n"`
	Events []wireEvent  `json:"e,omitempty"`
	Signal *chat.Signal `json:"s,omitempty"`
}

// wireEvent is an event. Only a new message brings its payload: it is what there
// is most of, and would cost each node a read.
type wireEvent struct {
	Stream  chat.StreamID  `json:"t"`
	Rev     int64          `json:"r"`
	Pos     chat.Position  `json:"p"`
	Type    chat.EventType `json:"y"`
	Actor   chat.UserID    `json:"a"`
	At      int64          `json:"w"` // milliseconds
	Ref     int64          `json:"f,omitempty"`
	Seq     int64          `json:"q,omitempty"`
	Detail  string         `json:"d,omitempty"`
	Message *chat.Message  `json:"m,omitempty"`
}

func toWire(e *chat.Event) wireEvent {
	w := wireEvent{
		Stream: e.Stream, Rev: e.Rev, Pos: e.Pos, Type: e.Type, Actor: e.Actor, At: e.At.UnixMilli(), Ref: e.Ref, Seq: e.Seq, Detail: e.Detail,
	}
	if m, ok := e.Payload.(*chat.Message); ok && e.Type == chat.MessageCreated {
		w.Message = m
	}
	return w
}

func (w *wireEvent) event() *chat.Event {
	e := &chat.Event{
		Stream: w.Stream, Rev: w.Rev, Pos: w.Pos, Type: w.Type, Actor: w.Actor, At: time.UnixMilli(w.At).UTC(), Ref: w.Ref, Seq: w.Seq, Detail: w.Detail,
	}
	if w.Message != nil {
		e.Payload = w.Message
	}
	return e
}

// encodeEvents writes events of one subject. If they are too large together they
// go without payloads, and if still too large in several messages.
func encodeEvents(node string, events []*chat.Event, put func([]byte, error)) {
	p := packet{Node: node, Events: make([]wireEvent, len(events))}
	for i, e := range events {
		p.Events[i] = toWire(e)
	}
	b, err := p.encode()
	if err != nil {
		for i := range p.Events {
			p.Events[i].Message = nil
		}
		b, err = p.encode()
	}
	if half := len(events) / 2; errors.Is(err, errTooLarge) && half > 0 {
		encodeEvents(node, events[:half], put)
		encodeEvents(node, events[half:], put)
		return
	}
	put(b, err)
}

func encodeSignal(node string, s chat.Signal) ([]byte, error) {
	p := packet{Node: node, Signal: &s}
	return p.encode()
}

func (p *packet) encode() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte(version)
	to := json.NewEncoder(&b)
	to.SetEscapeHTML(false) // nobody shows it
	if err := to.Encode(p); err != nil {
		return nil, err
	}
	if b.Len() >= maxSize {
		return nil, errTooLarge
	}
	return b.Bytes(), nil
}

var (
	errTooLarge = errors.New("too large for one message")
	errUnknown  = errors.New("not a message of this version")
)

// decode reads a message of another node. What is not right in itself is refused:
// it holds events or a signal, an event says of which stream, what number and what type it is, and a payload
// belongs to its event.
func decode(b []byte) (p packet, err error) {
	if len(b) == 0 || b[0] != version {
		return packet{}, errUnknown
	}
	if err := json.Unmarshal(b[1:], &p); err != nil {
		return packet{}, err
	}
	if (len(p.Events) > 0) == (p.Signal != nil) {
		return packet{}, errUnknown
	}
	for i := range p.Events {
		e := &p.Events[i]
		if e.Stream == 0 || e.Rev <= 0 || e.Pos <= 0 || e.Type == "" {
			return packet{}, errUnknown
		}
		if m := e.Message; m != nil && (e.Type != chat.MessageCreated || int64(m.ID) != e.Ref || m.ConversationID.Stream() != e.Stream) {
			return packet{}, errUnknown
		}
	}
	return p, nil
}
