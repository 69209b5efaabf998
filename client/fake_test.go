package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// fake is a server whose part in a story the test plays by hand. Its network is
// in memory, so that in a synctest bubble its time is too.
type fake struct {
	t        *testing.T
	listener *memory
	arrivals chan *visit // streams

	mu     sync.Mutex
	down   bool // connections are refused
	dials  []time.Time
	refuse func(token string) *Error                    // the handshake of a stream
	calls  map[string]func(*http.Request) (int, string) // by "METHOD /path"
	called []string
}

func newFake(t *testing.T) *fake {
	f := &fake{
		t: t, listener: &memory{conns: make(chan net.Conn), closed: make(chan struct{})},
		arrivals: make(chan *visit, 16), calls: map[string]func(*http.Request) (int, string){},
	}
	server := &http.Server{Handler: f}
	stopped := make(chan struct{})
	go func() { defer close(stopped); _ = server.Serve(f.listener) }()
	t.Cleanup(func() { server.Close(); <-stopped })
	return f
}

// client returns a client of the server with tokens that are good for an hour.
func (f *fake) client(options ...Option) *Client {
	now := time.Now()
	c := New("http://fake", append([]Option{
		WithDialer(f.dial),
		WithTokens(Tokens{Access: "access-1", Refresh: "refresh-1", RenewAt: now.Add(time.Hour), ExpiresAt: now.Add(2 * time.Hour)}),
	}, options...)...)
	f.t.Cleanup(c.Close)
	return c
}

func (f *fake) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	f.mu.Lock()
	f.dials = append(f.dials, time.Now())
	down := f.down
	f.mu.Unlock()
	if down {
		return nil, fmt.Errorf("the server is down")
	}
	here, there := net.Pipe()
	select {
	case f.listener.conns <- there:
		return here, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (f *fake) setDown(down bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = down
}

// on says how a call of the REST interface is answered.
func (f *fake) on(call string, answer func(*http.Request) (status int, data string)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[call] = answer
}

func (f *fake) callsOf(call string) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.called {
		if c == call {
			n++
		}
	}
	return n
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call := r.Method + " " + r.URL.Path
	f.mu.Lock()
	f.called = append(f.called, call)
	answer, refuse := f.calls[call], f.refuse
	f.mu.Unlock()
	switch {
	case r.URL.Path == streamPath && refuse != nil && refuse(token(r)) != nil:
		e := refuse(token(r))
		deny(w, e.Status, e.Code)
	case r.URL.Path == streamPath && r.Header.Get("Accept") == "text/event-stream":
		f.visitBySSE(w, r)
	case r.URL.Path == streamPath:
		f.visitByWebSocket(w, r)
	case answer != nil:
		status, data := answer(r)
		if status >= 400 {
			deny(w, status, data)
			return
		}
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"success":true,"error":null,"data":%s}`, data)
	default:
		deny(w, http.StatusNotFound, CodeNotFound)
	}
}

func token(r *http.Request) string {
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
}

func deny(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"success":false,"error":"No: %s","data":null,"code":%q,"requestId":"r-1","field":"f"}`, code, code)
}

// visit is one stream's connection, on the server's side.
type visit struct {
	t       *testing.T
	token   string
	cursors map[string]int64
	frames  chan map[string]any // from the client
	closed  chan struct{}       // by the client
	send    func(frame string)
	cut     func()
}

// arrival waits for the next connection of a stream.
func (f *fake) arrival() *visit {
	f.t.Helper()
	select {
	case v := <-f.arrivals:
		return v
	case <-time.After(time.Minute):
		f.t.Fatal("nobody connects")
		return nil
	}
}

// says sends frames.
func (v *visit) says(frames ...string) {
	for _, f := range frames {
		v.send(f)
	}
}

// hears waits for a frame of a type.
func (v *visit) hears(kind string) map[string]any {
	v.t.Helper()
	for {
		select {
		case f := <-v.frames:
			if f["type"] == kind {
				return f
			}
		case <-time.After(time.Minute):
			v.t.Fatalf("the client sends no %s", kind)
		}
	}
}

func (f *fake) visitByWebSocket(w http.ResponseWriter, r *http.Request) {
	upgrader := ws.HTTPUpgrader{Protocol: func(p string) bool { return p == subprotocol }}
	conn, rw, _, err := upgrader.Upgrade(r, w)
	if err != nil {
		f.t.Error(err)
		return
	}
	defer conn.Close()
	v := &visit{t: f.t, token: token(r), frames: make(chan map[string]any, 4096), closed: make(chan struct{})}
	v.cut = func() { conn.Close() }
	v.send = func(frame string) { _ = wsutil.WriteServerText(conn, []byte(frame)) }
	defer close(v.closed)
	for first := true; ; first = false {
		raw, op, err := wsutil.ReadClientData(struct {
			io.Reader
			io.Writer
		}{rw, conn})
		if err != nil {
			return
		}
		var frame map[string]any
		if err := json.Unmarshal(raw, &frame); err != nil || op != ws.OpText {
			f.t.Errorf("the client sent %q", raw)
			return
		}
		if !first {
			v.frames <- frame
			continue
		}
		if frame["type"] != "hello" {
			f.t.Errorf("the first frame is %q", raw)
		}
		v.cursors = cursorsIn(frame["cursors"])
		f.arrivals <- v
	}
}

func cursorsIn(named any) map[string]int64 {
	revs := map[string]int64{}
	list, _ := named.(map[string]any)
	for stream, rev := range list {
		revs[stream] = int64(rev.(float64))
	}
	return revs
}

func (f *fake) visitBySSE(w http.ResponseWriter, r *http.Request) {
	v := &visit{t: f.t, token: token(r), closed: make(chan struct{})}
	var named any
	_ = json.Unmarshal([]byte(r.URL.Query().Get("cursors")), &named)
	v.cursors = cursorsIn(named)
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		v.cursors = map[string]int64{id: -1}
	}
	out, end := make(chan string), make(chan struct{})
	v.send = func(frame string) {
		select {
		case out <- frame:
		case <-v.closed:
		}
	}
	v.cut = sync.OnceFunc(func() { close(end) })
	defer close(v.closed)
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	_ = http.NewResponseController(w).Flush()
	f.arrivals <- v
	for n := 1; ; n++ {
		select {
		case frame := <-out:
			fmt.Fprintf(w, ": a comment\nid: packed-%d\ndata: %s\n\n", n, frame)
			_ = http.NewResponseController(w).Flush()
		case <-end:
			panic(http.ErrAbortHandler)
		case <-r.Context().Done():
			return
		}
	}
}

// memory is a listener whose connections are pipes.
type memory struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (m *memory) Accept() (net.Conn, error) {
	select {
	case c := <-m.conns:
		return c, nil
	case <-m.closed:
		return nil, net.ErrClosed
	}
}

func (m *memory) Close() error {
	m.once.Do(func() { close(m.closed) })
	return nil
}

func (m *memory) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "pipe"} }

// Frames of the server.

func ready(heads string) string {
	return fmt.Sprintf(`{"type":"ready","userId":1,"sessionId":"s","heads":{%s},"serverTime":"2030-01-02T03:04:05.000Z","limits":{"maxMessageLength":10000}}`, heads)
}

// said is message.created with the rev as its text.
func said(conversation, rev int) string {
	return fmt.Sprintf(`{"type":"event","conversationId":%d,"rev":%d,"event":"message.created","at":"2030-01-02T03:04:05.000Z","actorId":2,"data":{"id":%d,"conversationId":%d,"senderId":2,"content":"%d"}}`,
		conversation, rev, 1000*conversation+rev, conversation, rev)
}

// own is an event of the user's own stream.
func own(rev int, event, data string) string {
	return fmt.Sprintf(`{"type":"event","rev":%d,"event":%q,"at":"2030-01-02T03:04:05.000Z","actorId":1,"data":%s}`, rev, event, data)
}

// next returns what the stream tells next, in short.
func next(t *testing.T, s *Stream) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	u, err := s.Next(ctx)
	if err != nil {
		return "error: " + err.Error()
	}
	switch u := u.(type) {
	case *Event:
		return fmt.Sprintf("%s/%d %s", u.Stream(), u.Rev, u.Type)
	case *Gap:
		return fmt.Sprintf("%s gap %d", streamOf(u.ConversationID), u.Head)
	}
	return fmt.Sprintf("%T", u)
}

// expect compares what the stream tells next.
func expect(t *testing.T, s *Stream, want ...string) {
	t.Helper()
	for i, w := range want {
		if got := next(t, s); got != w {
			t.Fatalf("update %d: got %q, want %q", i, got, w)
		}
	}
}
