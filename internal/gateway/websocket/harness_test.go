package websocket

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"go.uber.org/goleak"

	"parley/internal/gateway"
)

var _ gateway.Conn = (*Conn)(nil)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come before it fails.
const patience = 10 * time.Second

// serve starts a server that runs each WebSocket with run and returns its
// address. It ends, with all its connections, at the end of the test.
func serve(t testing.TB, opts Options, run func(*Conn)) string {
	t.Helper()
	var running sync.WaitGroup
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := Upgrade(w, r, opts)
		if err != nil {
			return
		}
		running.Go(func() {
			run(c)
			c.Close(1000, "")
			c.Wait()
		})
	}))
	t.Cleanup(func() { srv.Close(); running.Wait() })
	return strings.TrimPrefix(srv.URL, "http://")
}

// echo sends every message back.
func echo(c *Conn) {
	for {
		message, err := c.Read()
		if err != nil || c.Write([][]byte{message}) != nil {
			return
		}
	}
}

// client is the other end, free to break every rule.
type client struct {
	t testing.TB
	net.Conn
	in *bufio.Reader
}

func connect(t testing.TB, addr string) *client {
	t.Helper()
	nc, in, _, err := ws.Dial(t.Context(), "ws://"+addr)
	if err != nil {
		t.Fatal(err)
	}
	if in == nil {
		in = bufio.NewReader(nc)
	}
	t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(patience))
	return &client{t, nc, in}
}

// send writes in pieces of size bytes. What cannot be written because the
// server has had enough is not missed.
func (c *client) send(raw []byte, size int) {
	for len(raw) > 0 {
		n := min(size, len(raw))
		if _, err := c.Write(raw[:n]); err != nil {
			return
		}
		raw = raw[n:]
	}
}

// next reads a frame and shows it as "text:…", "pong:…" or "close:1000".
func (c *client) next() string {
	c.t.Helper()
	got, err := readFrame(c.in)
	if err != nil {
		c.t.Fatalf("reading a frame: %v", err)
	}
	return got
}

// want reads the frames that must come next.
func (c *client) want(frames ...string) {
	c.t.Helper()
	for _, want := range frames {
		if got := c.next(); got != want {
			c.t.Fatalf("got %s, want %s", shorten(got), shorten(want))
		}
	}
}

// wantHangUp checks that the server closes and says nothing more.
func (c *client) wantHangUp() {
	c.t.Helper()
	if rest, err := io.ReadAll(c.in); err != nil || len(rest) > 0 {
		c.t.Fatalf("at the end: %q, %v", rest, err)
	}
	c.Close()
}

func shorten(s string) string {
	if len(s) > 80 {
		return fmt.Sprintf("%s… (%d bytes)", s[:80], len(s))
	}
	return s
}

// readFrame reads a server's frame, insisting on what RFC 6455 asks of servers.
func readFrame(r io.Reader) (string, error) {
	h, err := ws.ReadHeader(r)
	if err != nil {
		return "", err
	}
	if err := ws.CheckHeader(h, ws.StateClientSide); err != nil || !h.Fin {
		return "", fmt.Errorf("bad header %+v: %w", h, err)
	}
	payload := make([]byte, h.Length)
	if _, err := io.ReadFull(r, payload); err != nil {
		return "", err
	}
	if h.OpCode != ws.OpClose {
		return names[h.OpCode] + ":" + string(payload), nil
	}
	if len(payload) == 0 {
		return "close:", nil
	}
	return fmt.Sprintf("close:%d", binary.BigEndian.Uint16(payload)), nil
}

var names = map[ws.OpCode]string{ws.OpText: "text", ws.OpBinary: "binary", ws.OpPing: "ping", ws.OpPong: "pong"}

// frame is a client's frame.
func frame(op ws.OpCode, fin bool, payload string) []byte {
	return ws.MustCompileFrame(ws.MaskFrameWith(ws.NewFrame(op, fin, []byte(payload)), [4]byte{0xa1, 0x02, 0xb3, 0x04}))
}

func text(payload string) []byte { return frame(ws.OpText, true, payload) }
func ping(payload string) []byte { return frame(ws.OpPing, true, payload) }
func more(payload string) []byte { return frame(ws.OpContinuation, false, payload) }
func last(payload string) []byte { return frame(ws.OpContinuation, true, payload) }
func goodbyeFrame(code int, reason string) []byte {
	return frame(ws.OpClose, true, string(ws.NewCloseFrameBody(ws.StatusCode(code), reason)))
}

// firstByte changes the flags and the opcode of a frame.
func firstByte(b byte, frame []byte) []byte {
	frame[0] = b
	return frame
}

// scenario is what a client sends to an echo server and what it must get. An
// ending of 0 means that the connection is still good afterwards.
type scenario struct {
	name   string // after the case of the Autobahn test suite that it follows
	send   [][]byte
	want   []string
	ending int
}

// play runs the scenarios, each sent by frame, at once and by octet: how TCP
// cuts a stream must not matter.
func play(t *testing.T, opts Options, scenarios []scenario) {
	t.Helper()
	addr := serve(t, opts, echo)
	for _, s := range scenarios {
		var whole []byte
		for _, f := range s.send {
			whole = append(whole, f...)
		}
		t.Run(s.name+"/frames", func(t *testing.T) {
			s.play(connect(t, addr), func(c *client) {
				for _, f := range s.send {
					c.send(f, len(f))
				}
			})
		})
		t.Run(s.name+"/at once", func(t *testing.T) {
			s.play(connect(t, addr), func(c *client) { c.send(whole, len(whole)) })
		})
		t.Run(s.name+"/octets", func(t *testing.T) {
			s.play(connect(t, addr), func(c *client) { c.send(whole, 1+len(whole)/4096) })
		})
	}
}

func (s scenario) play(c *client, send func(*client)) {
	c.t.Helper()
	sent := make(chan struct{})
	go func() { send(c); close(sent) }()
	c.want(s.want...)
	if s.ending == 0 {
		<-sent
		c.send(goodbyeFrame(1000, "done"), 64)
		c.want("close:1000")
	} else {
		c.want(fmt.Sprintf("close:%d", s.ending))
	}
	c.wantHangUp()
	<-sent
}
