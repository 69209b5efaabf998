package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

const (
	subprotocol  = "parley.v1"
	streamPath   = "/api/realtime"
	maxFrame     = 8 << 20          // bytes of a frame from the server
	silence      = 45 * time.Second // the server pings every 20 s
	writeTimeout = 10 * time.Second
	farewell     = 50 * time.Millisecond
)

// socket is a pipe over a WebSocket.
type socket struct {
	conn   net.Conn
	reader wsutil.Reader
	frame  bytes.Buffer // of read

	mu  sync.Mutex // write and the answers of read
	out bytes.Buffer
}

func (c *Client) dialWebSocket(ctx context.Context, token string) (pipe, error) {
	header := http.Header{}
	c.authorize(header, token)
	var refused error
	dialer := ws.Dialer{
		NetDial:   c.dial,
		Protocols: []string{subprotocol},
		Header:    ws.HandshakeHeaderHTTP(header),
		OnStatusError: func(_ int, _ []byte, answer io.Reader) {
			refused = readRefusal(answer)
		},
	}
	address := "ws" + strings.TrimPrefix(c.server, "http") + streamPath
	conn, buffered, handshake, err := dialer.Dial(ctx, address)
	switch {
	case refused != nil:
		return nil, refused
	case err != nil:
		return nil, fmt.Errorf("connecting to %s: %w", address, err)
	case handshake.Protocol != subprotocol:
		conn.Close()
		return nil, fmt.Errorf("connecting to %s: the server does not speak %s", address, subprotocol)
	}
	if buffered == nil {
		buffered = bufio.NewReader(conn)
	}
	return newSocket(conn, buffered), nil
}

func readRefusal(answer io.Reader) error {
	res, err := http.ReadResponse(bufio.NewReader(answer), nil)
	if err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	defer res.Body.Close()
	if _, err = readEnvelope(res); err == nil {
		err = &Error{Status: res.StatusCode, Message: "the server does not accept streams: " + res.Status}
	}
	return err
}

func newSocket(conn net.Conn, r *bufio.Reader) *socket {
	s := &socket{conn: conn}
	s.reader = wsutil.Reader{
		Source: r, State: ws.StateClientSide, CheckUTF8: true,
		MaxFrameSize: maxFrame, MaxMessageSize: maxFrame,
		OnIntermediate: s.control,
	}
	return s
}

func (s *socket) read() ([]byte, error) {
	for {
		if err := s.conn.SetReadDeadline(time.Now().Add(silence)); err != nil {
			return nil, err
		}
		h, err := s.reader.NextFrame()
		if err != nil {
			return nil, err
		}
		if h.OpCode.IsControl() {
			if err := s.control(h, &s.reader); err != nil {
				return nil, err
			}
			continue
		}
		s.frame.Reset()
		if _, err := s.frame.ReadFrom(&s.reader); err != nil {
			return nil, err
		}
		return s.frame.Bytes(), nil
	}
}

// control answers pings and takes note of a close.
func (s *socket) control(h ws.Header, body io.Reader) error {
	payload := make([]byte, h.Length)
	if _, err := io.ReadFull(body, payload); err != nil {
		return err
	}
	switch h.OpCode {
	case ws.OpPing:
		return s.put(ws.OpPong, payload)
	case ws.OpClose:
		closed := &closeError{code: int(ws.StatusNoStatusRcvd)}
		if len(payload) >= 2 {
			closed.code, closed.reason = int(binary.BigEndian.Uint16(payload)), string(payload[2:])
		}
		return errors.Join(closed, s.put(ws.OpClose, payload[:min(len(payload), 2)]))
	}
	return nil
}

func (s *socket) write(frames [][]byte) error { return s.put(ws.OpText, frames...) }

// put writes frames with one system call.
func (s *socket) put(op ws.OpCode, payloads ...[]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out.Reset()
	for _, p := range payloads {
		mask := ws.NewMask()
		h := ws.Header{Fin: true, OpCode: op, Masked: true, Mask: mask, Length: int64(len(p))}
		if err := ws.WriteHeader(&s.out, h); err != nil {
			return err
		}
		start := s.out.Len()
		s.out.Write(p)
		ws.Cipher(s.out.Bytes()[start:], mask, 0)
	}
	if err := s.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	_, err := s.conn.Write(s.out.Bytes())
	return err
}

func (s *socket) cut() { s.conn.Close() }

func (s *socket) leave() {
	defer s.conn.Close()
	if !s.mu.TryLock() {
		return // something is stuck in a write
	}
	defer s.mu.Unlock()
	f := ws.MaskFrame(ws.NewCloseFrame(ws.NewCloseFrameBody(ws.StatusNormalClosure, "")))
	if s.conn.SetWriteDeadline(time.Now().Add(farewell)) == nil {
		_ = ws.WriteFrame(s.conn, f) // the connection ends anyway
	}
}
