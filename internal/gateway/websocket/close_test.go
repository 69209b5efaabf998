package websocket

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

// Autobahn 7: the closing handshake.
func TestClosing(t *testing.T) {
	all := []scenario{
		{name: "7.1.1 after an echo", send: [][]byte{text("hello")}, want: []string{"text:hello"}},
		{name: "7.1.2 two closes", send: [][]byte{goodbyeFrame(1000, ""), goodbyeFrame(1000, "")}, ending: 1000},
		{name: "7.1.3 ping after close", send: [][]byte{goodbyeFrame(1000, ""), ping("p")}, ending: 1000},
		{name: "7.1.4 text after close", send: [][]byte{goodbyeFrame(1000, ""), text("t")}, ending: 1000},
		{name: "7.1.5 close inside a text", send: [][]byte{frame(ws.OpText, false, "a"), goodbyeFrame(1000, ""), last("b")}, ending: 1000},
		{name: "7.1.6 much after close", send: [][]byte{goodbyeFrame(1000, ""), text(strings.Repeat("x", 256<<10))}, ending: 1000},
		{name: "7.3.2 one byte", send: [][]byte{frame(ws.OpClose, true, "a")}, ending: 1002},
		{name: "7.3.4 with reason", send: [][]byte{goodbyeFrame(1000, "reason")}, ending: 1000},
		{name: "7.3.5 with the longest reason", send: [][]byte{goodbyeFrame(1000, strings.Repeat("*", 123))}, ending: 1000},
		{name: "7.3.6 with a longer one", send: [][]byte{frame(ws.OpClose, true, "\x03\xe8"+strings.Repeat("*", 124))}, ending: 1002},
		{name: "7.5.1 reason is not UTF-8", send: [][]byte{goodbyeFrame(1000, "\xce\xba\xed\xa0\x80")}, ending: 1007},
		{name: "ping before close", send: [][]byte{ping("p"), goodbyeFrame(1000, "")}, want: []string{"pong:p"}, ending: 1000},
	}
	for _, code := range []int{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999} {
		all = append(all, scenario{name: fmt.Sprint("7.7 good code ", code), send: [][]byte{goodbyeFrame(code, "")}, ending: code})
	}
	for _, code := range []int{0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535} {
		all = append(all, scenario{name: fmt.Sprint("7.9 bad code ", code), send: [][]byte{goodbyeFrame(code, "")}, ending: 1002})
	}
	play(t, Options{}, all)
}

// Autobahn 7.3.1.
func TestCloseWithoutCode(t *testing.T) {
	c := connect(t, serve(t, Options{}, echo))
	c.send(frame(ws.OpClose, true, ""), 64)
	c.want("close:")
	c.wantHangUp()
}

func TestReadSaysHowItEnded(t *testing.T) {
	half := text("half of it")[:7]
	for name, test := range map[string]struct {
		end  func(server *Conn, client *client)
		want error
	}{
		"the client says goodbye": {func(_ *Conn, c *client) { c.send(goodbyeFrame(1001, ""), 64) }, io.EOF},
		"the client hangs up":     {func(_ *Conn, c *client) { c.Conn.Close() }, io.ErrUnexpectedEOF},
		"in the middle":           {func(_ *Conn, c *client) { c.send(half, 64); c.Conn.Close() }, io.ErrUnexpectedEOF},
		"we close":                {func(s *Conn, _ *client) { s.Close(1000, "") }, net.ErrClosed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, c, ended := reading(t)
			test.end(server, c)
			if err := <-ended; !errors.Is(err, test.want) {
				t.Errorf("Read: %v, want %v", err, test.want)
			}
			if _, err := server.Read(); !errors.Is(err, test.want) {
				t.Errorf("Read again: %v, want %v", err, test.want)
			}
			if err := server.Write([][]byte{[]byte("late")}); !errors.Is(err, test.want) {
				t.Errorf("Write: %v, want %v", err, test.want)
			}
			c.Conn.Close()
			server.Wait()
		})
	}
}

// reading connects a client to a server that is in Read and says with which
// error that returned.
func reading(t *testing.T) (server *Conn, c *client, ended <-chan error) {
	t.Helper()
	servers, errs := make(chan *Conn), make(chan error, 1)
	c = connect(t, serve(t, Options{}, func(s *Conn) {
		servers <- s
		_, err := s.Read()
		errs <- err
	}))
	return <-servers, c, errs
}

func TestCloseReachesTheClient(t *testing.T) {
	for _, test := range []struct {
		code   int
		reason string
		want   string // code and reason on the wire
	}{
		{1000, "", "\x03\xe8"},
		{4401, "token expired", "\x11\x31token expired"},
		{1001, strings.Repeat("é", 200), "\x03\xe9" + strings.Repeat("é", 61)},
		{1000, "bad \xff text", "\x03\xe8bad  text"},
		{1006, "never sent", ""},
		{0, "", ""},
	} {
		server, c, _ := reading(t)
		server.Close(test.code, test.reason)
		server.Close(1011, "only the first counts")
		h, err := ws.ReadHeader(c.in)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]byte, h.Length)
		if _, err := io.ReadFull(c.in, got); err != nil {
			t.Fatal(err)
		}
		if h.OpCode != ws.OpClose || string(got) != test.want || len(got) > 2 && !utf8.Valid(got[2:]) {
			t.Errorf("Close(%d, %q) sent %v %q", test.code, shorten(test.reason), h, got)
		}
		c.send(frame(ws.OpClose, true, string(got)), 256)
		c.wantHangUp()
	}
}

// A close frame must not be lost to a connection reset because the client was
// still sending when it was closed.
func TestCloseFrameOutlivesUnreadData(t *testing.T) {
	c := connect(t, serve(t, Options{MaxFrame: 1024}, echo))
	tooMuch := text(strings.Repeat("x", 1<<20))
	for range 32 { // more than the sockets' buffers take
		if _, err := c.Write(tooMuch); err != nil {
			t.Fatalf("while the server waits for the end: %v", err)
		}
	}
	c.want("close:1009")
	c.wantHangUp()
}

// stuck is a connection whose client does not read: a Write hangs after a few
// bytes until its deadline is moved to be near.
type stuck struct {
	stub
	entered, near chan struct{}
}

func (s *stuck) Write(p []byte) (int, error) {
	s.out.Write(p[:3])
	close(s.entered)
	<-s.near
	return 3, os.ErrDeadlineExceeded
}

func (s *stuck) SetWriteDeadline(at time.Time) error {
	if time.Until(at) <= parting {
		close(s.near)
	}
	return nil
}

func TestCloseUnblocksAWriteThatIsStuck(t *testing.T) {
	nc := &stuck{entered: make(chan struct{}), near: make(chan struct{})}
	c := newConn(nc, nil, Options{})
	ended := make(chan error)
	go func() { ended <- c.Write([][]byte{[]byte("nobody reads")}) }()
	<-nc.entered
	c.Close(1008, "too slow")
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Write: %v", err)
	}
	c.Wait() // a second Write, of the close frame, would panic
}

func TestEverythingAtOnce(t *testing.T) {
	for range 20 {
		done := make(chan struct{})
		c := connect(t, serve(t, Options{PingEvery: time.Millisecond}, func(s *Conn) {
			defer close(done)
			var all sync.WaitGroup
			all.Go(func() { echo(s) })
			for range 3 {
				all.Go(func() {
					for s.Write([][]byte{[]byte("a"), []byte("b")}) == nil {
					}
				})
			}
			all.Go(func() { s.Close(1000, "one") })
			all.Go(func() { s.Close(1000, "two") })
			all.Wait()
		}))
		c.send(append(text("hello"), ping("p")...), 3)
		for c.next() != "close:1000" {
		}
		c.wantHangUp()
		<-done
	}
}

func TestCloseAfterALastMessage(t *testing.T) {
	c := connect(t, serve(t, Options{}, func(s *Conn) {
		s.CloseAfter([]byte("that was it"), 1000, "done")
		s.Close(1001, "never mind")
	}))
	c.want("text:that was it", "close:1000")
	c.wantHangUp()
}
