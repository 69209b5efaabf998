package engineio

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// within is how long a test waits for something that should be there at once.
const within = 10 * time.Second

// echoes is a server whose sessions send back what they get, text and binary.
type echoes struct {
	*testing.T
	*Server
	url  string
	done sync.WaitGroup

	mu   sync.Mutex
	ends []error
}

func serve(t *testing.T, o Options) *echoes {
	return serveWith(t, o, echo)
}

// echo reads on while what it says waits for a poll, as sessions do.
func echo(c *Conn) error {
	say := make(chan []byte, 1000)
	var saying sync.WaitGroup
	defer saying.Wait()
	defer close(say)
	saying.Go(func() {
		for frame := range say {
			_ = c.Write([][]byte{frame}) // Read returns the same
		}
	})
	for {
		frame, err := c.Read()
		if err != nil {
			return err
		}
		if frame[0] == typeBinary {
			frame = []byte("4" + string(frame))
		}
		say <- append([]byte(nil), frame...)
	}
}

func serveWith(t *testing.T, o Options, session func(*Conn) error) *echoes {
	e := &echoes{T: t}
	o.Open = func(*http.Request) func(*Conn) {
		e.done.Add(1)
		return func(c *Conn) {
			defer e.done.Done()
			err := session(c)
			c.Close(1000, "")
			e.mu.Lock()
			defer e.mu.Unlock()
			e.ends = append(e.ends, err)
		}
	}
	e.Server = New(o)
	h := httptest.NewServer(e.Server)
	e.url = h.URL + "/socket.io/"
	t.Cleanup(func() {
		e.Server.mu.Lock()
		var all []*Conn
		for _, c := range e.sessions {
			all = append(all, c)
		}
		e.Server.mu.Unlock()
		for _, c := range all {
			c.Close(1001, "the test is over")
		}
		h.Close()
		e.done.Wait()
		http.DefaultClient.CloseIdleConnections()
	})
	return e
}

type answer struct {
	status int
	body   string
	header http.Header
}

func (e *echoes) do(ctx context.Context, method, query, body string) answer {
	e.Helper()
	r, err := http.NewRequestWithContext(ctx, method, e.url+query, strings.NewReader(body))
	if err != nil {
		e.Fatal(err)
	}
	client := http.Client{Timeout: within}
	res, err := client.Do(r)
	if err != nil {
		return answer{}
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{}
	}
	return answer{res.StatusCode, string(raw), res.Header}
}

func (e *echoes) get(query string) answer { return e.do(e.Context(), "GET", query, "") }

// want checks an answer; "" is any body.
func (e *echoes) want(got answer, status int, body string) {
	e.Helper()
	if got.status != status || body != "" && strings.TrimSpace(got.body) != body {
		e.Fatalf("got %d %q, want %d %q", got.status, got.body, status, body)
	}
}

// poller opens a session by polling and returns the query of its requests.
func (e *echoes) poller() (query string) {
	e.Helper()
	a := e.get("?EIO=4&transport=polling")
	return "?EIO=4&transport=polling&sid=" + e.sid(a.body, []string{socketing})
}

// sid reads the opening packet.
func (e *echoes) sid(packet string, upgrades []string) string {
	e.Helper()
	var open struct {
		SID                       string
		Upgrades                  []string
		PingInterval, PingTimeout int64
		MaxPayload                int
	}
	if packet == "" || packet[0] != typeOpen {
		e.Fatalf("not an opening: %q", packet)
	}
	if err := json.Unmarshal([]byte(packet[1:]), &open); err != nil {
		e.Fatal(err)
	}
	if open.SID == "" || len(open.Upgrades) != len(upgrades) || open.PingInterval != e.o.PingInterval.Milliseconds() ||
		open.PingTimeout != e.o.PingTimeout.Milliseconds() || open.MaxPayload != e.o.MaxPayload {
		e.Fatalf("opened with %s", packet)
	}
	return open.SID
}

// waiting starts a poll and returns its answer when it comes; it returns when the
// server has it.
func (e *echoes) waiting(ctx context.Context, query string) <-chan answer {
	e.Helper()
	got := make(chan answer, 1)
	go func() { got <- e.do(ctx, "GET", query, "") }()
	_, sid, _ := strings.Cut(query, "&sid=")
	e.until(func() bool {
		c := e.find(sid)
		if c == nil {
			return true
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.out.poll != nil || len(got) > 0
	})
	return got
}

// until returns when something has become true.
func (e *echoes) until(is func() bool) {
	e.Helper()
	for deadline := time.Now().Add(within); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			e.Fatal("it did not become true")
		}
	}
}

// gone waits until the server has no sessions left.
func (e *echoes) gone() {
	e.Helper()
	e.until(func() bool { return e.Sessions() == 0 })
}

// socket is a WebSocket of a client.
type socket struct {
	e    *echoes
	conn io.ReadWriteCloser
}

// dial opens a WebSocket; it returns nil if the server refuses.
func (e *echoes) dial(query string) *socket {
	e.Helper()
	conn, early, _, err := ws.Dialer{Timeout: within}.Dial(e.Context(), "ws"+strings.TrimPrefix(e.url, "http")+query)
	if err != nil {
		return nil
	}
	if early != nil {
		e.Cleanup(func() { _ = conn.Close() })
		return &socket{e, struct {
			io.Reader
			io.Writer
			io.Closer
		}{io.MultiReader(io.LimitReader(early, int64(early.Buffered())), conn), conn, conn}}
	}
	e.Cleanup(func() { _ = conn.Close() })
	return &socket{e, conn}
}

func (s *socket) send(text string) {
	s.e.Helper()
	if err := wsutil.WriteClientText(s.conn, []byte(text)); err != nil {
		s.e.Fatal(err)
	}
}

// read returns the next text, or "closed".
func (s *socket) read() string {
	for {
		b, op, err := wsutil.ReadServerData(s.conn)
		if err != nil {
			return "closed"
		}
		if op == ws.OpText {
			return string(b)
		}
	}
}

func (s *socket) want(text string) {
	s.e.Helper()
	if got := s.read(); got != text {
		s.e.Fatalf("got %q, want %q", got, text)
	}
}
