// Package sse is the native stream as Server-Sent Events: the same JSON frames
// downwards, each event with a cursor as its id, from which a browser resumes by
// itself.
package sse

import (
	"bytes"
	"strconv"
	"time"

	"parley/internal/chat"
	"parley/internal/gateway"
	"parley/internal/gateway/cursor"
	"parley/internal/gateway/native"
	"parley/internal/hub"
)

// retry is how long a browser waits before it reconnects.
const retry = 2 * time.Second

// Protocol is one event stream.
type Protocol struct {
	native *native.Protocol
	signer *cursor.Signer
	user   chat.UserID
	resume hub.Resume
	marks  cursor.Marks
	plain  [][]byte
}

var _ gateway.Protocol = (*Protocol)(nil)

// New returns the stream of a user that takes up where resume says.
func New(n *native.Protocol, s *cursor.Signer, user chat.UserID, resume hub.Resume) *Protocol {
	return &Protocol{native: n, signer: s, user: user, resume: resume}
}

// Dialect is "sse".
func (*Protocol) Dialect() string { return "sse" }

// Open starts at once: what the client wants stood in its request.
func (p *Protocol) Open() gateway.Opening {
	return gateway.Opening{Now: []gateway.Request{
		{Do: gateway.LoggingIn, Args: gateway.Login{}},
		{Do: gateway.Greeting, Args: gateway.Hello{Resume: p.resume}},
	}}
}

// Decode is only ever given the pipe's ticks.
func (*Protocol) Decode([]byte) ([]gateway.Request, error) {
	return []gateway.Request{{Do: gateway.Refreshing}}, nil
}

// Encode appends the JSON frame as an event of the stream.
func (p *Protocol) Encode(frames [][]byte, out gateway.Output) [][]byte {
	identified := false
	var wait time.Duration
	switch o := out.(type) {
	case *gateway.Ready:
		p.marks = cursor.Begin(p.user, p.resume, o)
		identified, wait = true, retry
	case *gateway.Event:
		p.marks.Settle(o.Settled)
		p.marks.Gave(o.Event, o.Head)
		identified = true
	case *gateway.Gap:
		p.marks.Gap(o.Stream)
		identified = true
	case *gateway.Refresh:
		p.marks.Settle(o.Settled)
		return append(frames, p.ping())
	case *gateway.Bye:
		wait = o.After
	}
	p.plain = p.native.Encode(p.plain[:0], out)
	for _, frame := range p.plain {
		frames = append(frames, p.wrap(frame, identified, wait))
	}
	clear(p.plain)
	return frames
}

// wrap makes an event of the stream from a JSON frame, which has no line breaks.
func (p *Protocol) wrap(frame []byte, identified bool, wait time.Duration) []byte {
	b := bytes.NewBuffer(make([]byte, 0, len(frame)+128))
	if wait > 0 {
		b.WriteString("retry: " + strconv.FormatInt(wait.Milliseconds(), 10) + "\n")
	}
	if identified {
		p.identify(b)
	}
	b.WriteString("data: ")
	b.Write(frame)
	b.WriteString("\n\n")
	return b.Bytes()
}

// ping is a comment that keeps the connection open, with the newest cursor: an
// id counts even if no data follows it.
func (p *Protocol) ping() []byte {
	b := bytes.NewBufferString(": ping\n")
	p.identify(b)
	b.WriteByte('\n')
	return b.Bytes()
}

// identify writes the cursor. When too many streams have moved at once for it to
// fit, the client keeps its last one and may be sent again what it has; the revs
// tell.
func (p *Protocol) identify(b *bytes.Buffer) {
	if text, ok := p.marks.Text(p.user, p.signer); ok {
		b.WriteString("id: " + text + "\n")
	}
}
