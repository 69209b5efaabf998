package websocket

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

const (
	firstGrant = 4096 // bytes of memory that a header alone may claim
	pongsOwed  = 1024 // bytes of pongs that wait for the next read to be sent along
)

// violation is a breach of RFC 6455 by the client and the close code for it.
type violation struct {
	code ws.StatusCode
	text string
}

func (v *violation) Error() string { return fmt.Sprintf("websocket: %s (%d)", v.text, v.code) }

// goodbye is the client's close frame. It is answered with its own code, 0 for
// none (RFC 6455, section 5.5.1).
type goodbye struct{ code int }

func (g goodbye) Error() string { return fmt.Sprintf("websocket: closed by the client (%d)", g.code) }

// Read returns the next message, text or binary.
func (c *Conn) Read() ([]byte, error) {
	if !c.reading.TryLock() {
		return nil, c.cause() // the farewell has it
	}
	defer c.reading.Unlock()
	if c.end.Load() != nil {
		return nil, c.cause()
	}
	message, err := c.message()
	if unsent := c.sendPongs(); err == nil {
		err = unsent
	}
	if err != nil {
		return nil, c.ended(err)
	}
	return message, nil
}

// ended ends the connection because of err, unless it is over already, and
// returns why it is over.
func (c *Conn) ended(err error) error {
	var breach *violation
	var bye goodbye
	switch {
	case errors.As(err, &breach):
		c.finish(breach, int(breach.code), breach.text)
	case errors.As(err, &bye):
		c.finish(io.EOF, bye.code, "")
	default:
		c.abort(fmt.Errorf("websocket: read: %w", err))
	}
	return c.cause()
}

// message reassembles one message (RFC 6455, section 5.4), whose fragments may
// have control frames between them.
func (c *Conn) message() ([]byte, error) {
	var whole []byte
	var kind ws.OpCode
	state := ws.StateServerSide
	for {
		h, err := c.header(state, len(whole))
		if err != nil {
			return nil, err
		}
		if h.OpCode.IsControl() {
			if err := c.control(h); err != nil {
				return nil, err
			}
			continue
		}
		if h.OpCode != ws.OpContinuation {
			kind = h.OpCode
		}
		if whole, err = c.payload(whole, h); err != nil {
			return nil, err
		}
		if h.Fin {
			c.binary = kind == ws.OpBinary
			return whole, checkText(kind, whole)
		}
		state = state.Set(ws.StateFragmented)
	}
}

// payload adds the payload of a data frame to what came of its message. The
// common message, one small frame, stays where it lies in the buffer.
func (c *Conn) payload(whole []byte, h ws.Header) ([]byte, error) {
	if h.Fin && h.OpCode != ws.OpContinuation && c.source.holds(h.Length) {
		return c.inPlace(h)
	}
	return c.appendPayload(whole, h)
}

// header reads the header of a frame that is allowed here, after read bytes of
// its message.
func (c *Conn) header(state ws.State, read int) (ws.Header, error) {
	h, err := ws.ReadHeaderBuffer(&c.source, c.head[:])
	if errors.Is(err, ws.ErrHeaderLengthMSB) {
		return h, &violation{ws.StatusProtocolError, "bad frame length"}
	}
	if err != nil {
		return h, err
	}
	if err := ws.CheckHeader(h, state); err != nil {
		return h, &violation{ws.StatusProtocolError, err.Error()}
	}
	if h.OpCode.IsData() && h.Length > int64(c.opts.MaxFrame-read) {
		return h, &violation{ws.StatusMessageTooBig, fmt.Sprintf("message over %d bytes", c.opts.MaxFrame)}
	}
	return h, nil
}

func (c *Conn) inPlace(h ws.Header) ([]byte, error) {
	payload, err := c.source.take(int(h.Length))
	ws.Cipher(payload, h.Mask, 0)
	return payload, err
}

// appendPayload reads a payload behind whole. Memory follows what has arrived,
// not what the header promises.
func (c *Conn) appendPayload(whole []byte, h ws.Header) ([]byte, error) {
	start := len(whole)
	end := start + int(h.Length)
	for len(whole) < end {
		if len(whole) == cap(whole) {
			whole = slices.Grow(whole, min(end-len(whole), max(firstGrant, len(whole))))
		}
		n, err := c.source.Read(whole[len(whole):min(end, cap(whole))])
		if err != nil {
			return nil, err
		}
		whole = whole[:len(whole)+n]
	}
	ws.Cipher(whole[start:], h.Mask, 0)
	return whole, nil
}

func checkText(kind ws.OpCode, whole []byte) error {
	if kind == ws.OpText && !utf8.Valid(whole) {
		return &violation{ws.StatusInvalidFramePayloadData, "text is not UTF-8"}
	}
	return nil
}

// control handles a control frame (RFC 6455, section 5.5).
func (c *Conn) control(h ws.Header) error {
	payload, err := c.inPlace(h)
	if err != nil {
		return err
	}
	switch h.OpCode {
	case ws.OpPing:
		return c.owePong(payload)
	case ws.OpClose:
		return closedByClient(payload)
	}
	return nil
}

// owePong notes a pong. It is sent before the reader blocks or returns; then
// it waits for the writer, so a client that pings and does not read is soon
// not read either.
func (c *Conn) owePong(payload []byte) error {
	c.pongs = append(c.pongs, 0x80|byte(ws.OpPong), byte(len(payload)))
	c.pongs = append(c.pongs, payload...)
	if len(c.pongs) < pongsOwed {
		return nil
	}
	return c.sendPongs()
}

func (c *Conn) sendPongs() error {
	if len(c.pongs) == 0 {
		return nil
	}
	owed := c.pongs
	c.pongs = nil
	return c.send(owed)
}

// closedByClient reads a close frame (RFC 6455, sections 5.5.1 and 7.4).
func closedByClient(payload []byte) error {
	if len(payload) == 0 {
		return goodbye{}
	}
	if len(payload) == 1 {
		return &violation{ws.StatusProtocolError, "bad close frame"}
	}
	code := int(binary.BigEndian.Uint16(payload))
	if !sendable(code) {
		return &violation{ws.StatusProtocolError, "bad close code"}
	}
	if !utf8.Valid(payload[2:]) {
		return &violation{ws.StatusInvalidFramePayloadData, "close reason is not UTF-8"}
	}
	return goodbye{code}
}
