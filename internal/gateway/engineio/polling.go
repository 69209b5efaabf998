package engineio

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

// stalled is how long a POST may stand still.
const stalled = 20 * time.Second

// outbox is what waits for a polling client: a ping, and the frames of the one
// Write that is under way. The Conn's lock guards it.
type outbox struct {
	pinging bool
	frames  [][]byte
	sent    chan error    // tells the Write how it went
	poll    chan struct{} // wakes the poll that waits; nil: none does
}

func (o *outbox) put(frames [][]byte) chan error {
	o.frames, o.sent = frames, make(chan error, 1)
	o.wake()
	return o.sent
}

func (o *outbox) ping() {
	o.pinging = true
	o.wake()
}

func (o *outbox) wake() {
	if o.poll != nil {
		select {
		case o.poll <- struct{}{}:
		default:
		}
	}
}

// takeBack returns true if no poll has taken the frames; then none will.
func (o *outbox) takeBack() bool {
	back := o.sent != nil
	o.frames, o.sent = nil, nil
	return back
}

// take returns the body of an answer to a poll, nil if there is nothing to say,
// and whom to tell when it was sent.
func (o *outbox) take() (body []byte, sent chan error) {
	if !o.pinging && o.sent == nil {
		return nil, nil
	}
	size := len(o.frames) + 2
	for _, f := range o.frames {
		size += len(f)
	}
	b := bytes.NewBuffer(make([]byte, 0, size))
	if o.pinging {
		b.WriteByte(typePing)
	}
	for _, f := range o.frames {
		if b.Len() > 0 {
			b.WriteByte(separator)
		}
		b.Write(f)
	}
	sent = o.sent
	o.pinging, o.frames, o.sent = false, nil, nil
	return b.Bytes(), sent
}

// servePoll answers a GET when there is something to say.
func (c *Conn) servePoll(w http.ResponseWriter, r *http.Request) {
	wake, no := c.beginPoll()
	if no != nil {
		no.write(w)
		return
	}
	for {
		body, sent := c.forPoll()
		if body != nil {
			c.endPoll() // before the client has the answer, and comes again
			err := c.answer(w, body)
			if err != nil {
				err = c.fail(err)
			}
			if sent != nil {
				sent <- err
			}
			return
		}
		select {
		case <-wake:
		case <-c.ended:
		case <-r.Context().Done():
			_ = c.fail(errGone)
			c.endPoll()
			return
		}
	}
}

// beginPoll makes the request the poll that waits. There is one at a time: the
// packets of two answers could come in any order.
func (c *Conn) beginPoll() (wake chan struct{}, no *refused) {
	c.mu.Lock()
	overlap := c.out.poll != nil
	switch {
	case c.cause != nil:
		no = errUnknownSID
	case c.ws != nil:
		no = errBadRequest
	case overlap:
		no = errBadRequest
	default:
		wake = make(chan struct{}, 1)
		c.out.poll = wake
	}
	c.mu.Unlock()
	if overlap && no == errBadRequest {
		_ = c.fail(errOverlap)
	}
	return wake, no
}

func (c *Conn) endPoll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out.poll = nil
}

// forPoll is what a poll is answered now, or nil. While a WebSocket is about to
// take over, polls are let go, so that the client can turn to it.
func (c *Conn) forPoll() (body []byte, sent chan error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ws == nil && c.cause == nil {
		if body, sent = c.out.take(); body != nil {
			return body, sent
		}
	}
	switch {
	case c.cause != nil:
		return c.farewell, nil
	case c.ws != nil || c.probing == probed:
		return noopPacket, nil
	}
	return nil, nil
}

// answer writes a body of packets and sends it off.
func (c *Conn) answer(w http.ResponseWriter, body []byte) error {
	if err := c.say(w, body); err != nil {
		return err
	}
	if err := http.NewResponseController(w).Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

func (c *Conn) say(w http.ResponseWriter, body []byte) error {
	// Without deadlines (in tests of handlers) the listener's own hold.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(c.server.o.WriteTimeout))
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=UTF-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, err := w.Write(body)
	return err
}

// servePost takes what the client sends.
func (c *Conn) servePost(w http.ResponseWriter, r *http.Request) {
	if no := c.beginPost(); no != nil {
		no.write(w)
		return
	}
	defer c.endPost()
	if r.ContentLength > int64(c.server.o.MaxPayload) {
		errTooLarge.write(w)
		return
	}
	body, err := c.body(w, r)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		errTooLarge.write(w)
		return
	case err != nil:
		_ = c.fail(err)
		errBadRequest.write(w)
		return
	}
	c.server.heard(c)
	if err := c.deliver(payload{body}); err != nil {
		errBadRequest.write(w)
		return
	}
	// It leaves when this returns: the client must not have it, and send more, before
	// the POST has ended.
	_ = c.say(w, []byte("ok"))
}

func (c *Conn) body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(stalled))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(c.server.o.MaxPayload)))
	if body == nil {
		body = []byte{}
	}
	// What the client's next request may take is not this one's to say.
	_ = control.SetReadDeadline(time.Time{})
	return body, err
}

// beginPost lets one POST in at a time: the packets of two could come in any
// order.
func (c *Conn) beginPost() *refused {
	c.mu.Lock()
	overlap, over, moved := c.posting, c.cause != nil, c.ws != nil
	if !overlap && !over && !moved {
		c.posting = true
	}
	c.mu.Unlock()
	switch {
	case over:
		return errUnknownSID
	case moved:
		return errBadRequest
	case overlap:
		_ = c.fail(errOverlap)
		return errBadRequest
	}
	return nil
}

func (c *Conn) endPost() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.posting = false
}

// deliver hands the packets to the reader, one after the other: what he has no
// time for stays with the client.
func (c *Conn) deliver(p payload) error {
	for {
		packet, err := p.next()
		if err != nil {
			return c.fail(err)
		}
		if packet == nil {
			return nil
		}
		switch packet[0] {
		case typePong:
			c.pong()
		case typeNoop:
		case typeClose:
			_ = c.fail(io.EOF)
			return nil
		default:
			select {
			case c.inbox <- packet:
			case <-c.ended:
				return c.fail(errGone)
			}
		}
	}
}
