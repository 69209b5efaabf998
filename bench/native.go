package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// conn is one native WebSocket connection, as cheap as the load generator can
// make it: frames are looked at, not fully decoded.
type conn struct {
	net.Conn
	r  *bufio.Reader
	mu sync.Mutex // one writer at a time

	pings bool // the server's pings are frames of Engine.IO
}

func newConn(c net.Conn, early *bufio.Reader) *conn {
	if early == nil {
		early = bufio.NewReaderSize(c, 4096)
	}
	return &conn{Conn: c, r: early}
}

// dial opens the stream and says hello; it returns once the server is ready.
func dial(ctx context.Context, base, token string, cursors map[string]int64) (*conn, error) {
	d := ws.Dialer{Timeout: 10 * time.Second, Protocols: []string{"parley.v1"}, Header: ws.HandshakeHeaderHTTP{"Authorization": {"Bearer " + token}}}
	c, br, _, err := d.Dial(ctx, "ws"+strings.TrimPrefix(base, "http")+"/api/realtime")
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	out := newConn(c, br)
	hello := map[string]any{"type": "hello", "cursors": cursors}
	if cursors == nil {
		hello["cursors"] = map[string]int64{}
	}
	if err := out.send(hello); err != nil {
		return nil, err
	}
	for {
		f, err := out.next()
		if err != nil {
			return nil, fmt.Errorf("waiting for ready: %w", err)
		}
		if f.kind() == "ready" {
			return out, nil
		}
	}
}

func (c *conn) send(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return c.write(b)
}

// frame is the text of one frame.
type frame []byte

// next returns the next text frame and answers pings on the way. The slice is
// the caller's.
func (c *conn) next() (frame, error) {
	for {
		h, err := ws.ReadHeader(c.r)
		if err != nil {
			return nil, err
		}
		b := make([]byte, h.Length)
		if _, err := readFull(c.r, b); err != nil {
			return nil, err
		}
		switch h.OpCode {
		case ws.OpText:
			if c.pings && string(b) == "2" {
				if err := c.write([]byte("3")); err != nil {
					return nil, err
				}
				continue
			}
			return b, nil
		case ws.OpPing:
			c.mu.Lock()
			err = wsutil.WriteClientMessage(c.Conn, ws.OpPong, b)
			c.mu.Unlock()
			if err != nil {
				return nil, err
			}
		case ws.OpClose:
			return nil, fmt.Errorf("closed by the server: %q", b)
		}
	}
}

func readFull(r *bufio.Reader, b []byte) (int, error) {
	n := 0
	for n < len(b) {
		m, err := r.Read(b[n:])
		n += m
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// kind is the frame's type. The server writes it first.
func (f frame) kind() string { return f.text(`"type":"`) }

// text is what follows a marker up to the next quote.
func (f frame) text(marker string) string {
	i := bytes.Index(f, []byte(marker))
	if i < 0 {
		return ""
	}
	rest := f[i+len(marker):]
	for j, b := range rest {
		if b == '"' {
			return string(rest[:j])
		}
	}
	return ""
}

// isMessage reports whether the frame is a new message.
func (f frame) isMessage() bool {
	return bytes.Contains(f[:min(len(f), 200)], []byte(`"message.created"`))
}
