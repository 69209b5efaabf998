package sockjs

import (
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"parley/internal/gateway"
)

const (
	// lonely is how long a session lives without a request that waits for it.
	lonely = 5 * time.Second
	// maxSessions bounds how many sessions there may be at a time.
	maxSessions = 50_000
)

// session is the pipe over requests. Between two of them that wait for it nothing
// is kept: Write waits for the next one.
type session struct {
	remote string
	in     chan []byte   // messages of the client
	out    chan [][]byte // to whoever waits for the session
	wrote  chan error    // what became of it
	ended  chan struct{}
	turn   chan struct{} // holds one while somebody sends

	mu     sync.Mutex
	opened bool   // the client was told so
	hurry  func() // of whoever waits for it; nil while nobody does
	last   []byte // what the client is told at the end; nil before it
	cause  error
	alone  *time.Timer
}

var _ gateway.Conn = (*session)(nil)

var (
	errAlone       = errors.New("sockjs: nobody came for what there was to say")
	errInterrupted = errors.New("sockjs: the client broke a request off")
)

// sessions are those of one handler.
type sessions struct {
	most   int
	lonely time.Duration

	mu   sync.Mutex
	byID map[string]*session
}

func newSessions(most int, lonely time.Duration) *sessions {
	return &sessions{most: most, lonely: lonely, byID: map[string]*session{}}
}

func (t *sessions) find(id string) *session {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.byID[id]
}

// enter finds a session, or makes it; nil if there are too many.
func (t *sessions) enter(id string, r *http.Request) (s *session, isNew bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.byID[id]; s != nil {
		return s, false
	}
	if len(t.byID) >= t.most {
		return nil, false
	}
	s = &session{
		remote: r.RemoteAddr, in: make(chan []byte), out: make(chan [][]byte), wrote: make(chan error), ended: make(chan struct{}),
		turn: make(chan struct{}, 1),
	}
	s.alone = time.AfterFunc(t.lonely, func() {
		s.end(errAlone, interruption)
		t.forget(id, s)
	})
	t.byID[id] = s
	return s, true
}

func (t *sessions) forget(id string, s *session) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byID[id] == s {
		delete(t.byID, id)
	}
}

// attach lets a request wait for the session. It returns what to answer at once
// instead, or whether the client has to be told that the session is open.
func (s *session) attach(hurry func()) (refusal []byte, open bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.hurry != nil:
		return frameClose(2010, "Another connection still open"), false
	case s.last != nil:
		return s.last, false
	}
	s.hurry = hurry
	s.alone.Stop()
	open, s.opened = !s.opened, true
	return nil, open
}

// detach ends a request's waiting.
func (s *session) detach(after time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hurry = nil
	s.alone.Reset(after)
}

// end ends the session once, and lets the client be told.
func (s *session) end(cause error, last []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil {
		s.cause, s.last = cause, last
		close(s.ended)
		if s.hurry != nil {
			s.hurry()
		}
	}
}

func (s *session) farewell() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

func (s *session) why() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cause
}

// Read returns the next message of the client.
func (s *session) Read() ([]byte, error) {
	select {
	case m := <-s.in:
		return m, nil
	case <-s.ended:
		return nil, s.why()
	}
}

// Write returns when a request has carried the frames away. One comes within the
// time that the session may be alone, or the session is over.
func (s *session) Write(frames [][]byte) error {
	select {
	case s.out <- frames:
		return <-s.wrote // whoever took them says so
	case <-s.ended:
		return s.why()
	}
}

// Close ends the session. The request that waits, or the next one, tells the
// client.
func (s *session) Close(code int, reason string) { s.end(net.ErrClosed, frameClose(code, reason)) }

// RemoteAddr is the address of the first request.
func (s *session) RemoteAddr() string { return s.remote }
