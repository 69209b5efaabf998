// Package engineio is the pipe of Socket.IO clients: Engine.IO protocol 4, a
// session over HTTP long-polling that may move to a WebSocket, or that is one
// from the beginning.
//
// A frame is a whole packet of the type message: '4' and text. A binary message
// of the client is read as 'b' and its bytes.
package engineio

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"parley/internal/gateway/websocket"
)

// Options of New. A zero field takes its default.
type Options struct {
	// Open is called with the request that opens a session. What it returns runs the
	// session until it ends, in a goroutine of its own.
	Open func(*http.Request) func(*Conn)
	// Leaving says that the node is on its way out and takes no new sessions.
	Leaving func() bool
	// Origins are the other sites whose pages may connect, as browsers write an
	// Origin; "*" is all of them.
	Origins []string

	PingInterval   time.Duration // 25 s
	PingTimeout    time.Duration // 20 s
	UpgradeTimeout time.Duration // 10 s, from the WebSocket's handshake to its "5"
	WriteTimeout   time.Duration // 10 s, for one answer or one write
	MaxPayload     int           // 1,000,000 bytes, of a POST or a WebSocket's message
	MaxSilent      int           // 10,000 polling sessions that have not sent anything yet
}

func (o Options) withDefaults() Options {
	o.PingInterval = cmp.Or(o.PingInterval, 25*time.Second)
	o.PingTimeout = cmp.Or(o.PingTimeout, 20*time.Second)
	o.UpgradeTimeout = cmp.Or(o.UpgradeTimeout, 10*time.Second)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, 10*time.Second)
	o.MaxPayload = cmp.Or(o.MaxPayload, 1_000_000)
	o.MaxSilent = cmp.Or(o.MaxSilent, 10_000)
	if o.Leaving == nil {
		o.Leaving = func() bool { return false }
	}
	return o
}

// Server is the handler of an Engine.IO path. It knows its sessions by sid.
type Server struct {
	o Options

	mu       sync.Mutex
	sessions map[string]*Conn
	silent   int // polling sessions that have not sent anything
}

// New returns a handler without sessions.
func New(o Options) *Server {
	return &Server{o: o.withDefaults(), sessions: map[string]*Conn{}}
}

// refused is an answer to a request that makes no sense here. The codes are those
// that clients know from the reference implementation.
type refused struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	status  int
}

var (
	errTransport  = &refused{0, "Transport unknown", http.StatusBadRequest}
	errUnknownSID = &refused{1, "Session ID unknown", http.StatusBadRequest}
	errMethod     = &refused{2, "Bad handshake method", http.StatusBadRequest}
	errBadRequest = &refused{3, "Bad request", http.StatusBadRequest}
	errFull       = &refused{4, "Forbidden", http.StatusServiceUnavailable}
	errVersion    = &refused{5, "Unsupported protocol version", http.StatusBadRequest}
	errTooLarge   = &refused{3, "Payload too large", http.StatusRequestEntityTooLarge}
)

func (no *refused) write(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	if no.status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "5")
	}
	w.WriteHeader(no.status)
	_ = json.NewEncoder(w).Encode(no) // a client that is gone hears nothing
}

// Transports, as ?transport= names them.
const (
	polling   = "polling"
	socketing = "websocket"
)

// ServeHTTP answers one request. For a WebSocket it returns at once and the
// session goes on.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if s.allowOrigin(w, r) {
		return
	}
	q := r.URL.Query()
	transport, upgrade := q.Get("transport"), r.Header.Get("Upgrade") != ""
	switch {
	case q.Get("EIO") != "4":
		errVersion.write(w)
	case transport != polling && transport != socketing:
		errTransport.write(w)
	case upgrade != (transport == socketing):
		errBadRequest.write(w)
	case q.Has("sid"):
		s.resume(w, r, q.Get("sid"))
	case r.Method != http.MethodGet:
		errMethod.write(w)
	case s.o.Leaving():
		errFull.write(w)
	case upgrade:
		s.openSocket(w, r)
	default:
		s.openPolling(w, r)
	}
}

// resume is a request of a session.
func (s *Server) resume(w http.ResponseWriter, r *http.Request, sid string) {
	c := s.find(sid)
	switch {
	case c == nil:
		errUnknownSID.write(w)
	case r.URL.Query().Get("transport") == socketing:
		c.upgrade(w, r)
	case r.Method == http.MethodGet:
		c.servePoll(w, r)
	case r.Method == http.MethodPost:
		c.servePost(w, r)
	default:
		errBadRequest.write(w)
	}
}

// opening is the packet with which a session begins.
func (s *Server) opening(sid string, upgrades []string) []byte {
	b, _ := json.Marshal(struct { // texts and numbers: this cannot fail
		SID          string   `json:"sid"`
		Upgrades     []string `json:"upgrades"`
		PingInterval int64    `json:"pingInterval"`
		PingTimeout  int64    `json:"pingTimeout"`
		MaxPayload   int      `json:"maxPayload"`
	}{sid, upgrades, s.o.PingInterval.Milliseconds(), s.o.PingTimeout.Milliseconds(), s.o.MaxPayload})
	return append([]byte{typeOpen}, b...)
}

func (s *Server) openPolling(w http.ResponseWriter, r *http.Request) {
	c := newConn(s, r.RemoteAddr)
	c.inbox, c.upgraded, c.silent = make(chan []byte), make(chan struct{}), true
	if !s.keep(c) {
		errFull.write(w)
		return
	}
	c.begin()
	if err := c.answer(w, s.opening(c.sid, []string{socketing})); err != nil {
		_ = c.fail(err) // whoever serves it learns of it
	}
	go s.o.Open(r)(c)
}

func (s *Server) openSocket(w http.ResponseWriter, r *http.Request) {
	ws, err := websocket.Upgrade(w, r, s.socketOptions())
	if err != nil {
		return // it has been answered
	}
	// In a goroutine of its own, whose stack has not grown in net/http.
	go s.serveSocket(ws, s.o.Open(r))
}

func (s *Server) serveSocket(ws *websocket.Conn, serve func(*Conn)) {
	c := newConn(s, ws.RemoteAddr())
	c.ws = ws
	s.keep(c)
	c.begin()
	if err := ws.Write([][]byte{s.opening(c.sid, []string{})}); err != nil {
		_ = c.fail(err) // whoever serves it learns of it
	}
	serve(c)
}

// socketOptions leave the heart-beat to Engine.IO's own.
func (s *Server) socketOptions() websocket.Options {
	const never = 365 * 24 * time.Hour
	return websocket.Options{MaxFrame: s.o.MaxPayload, PingEvery: never, IdleTimeout: never, WriteTimeout: s.o.WriteTimeout}
}

// keep makes a session known, unless there are too many that only began.
func (s *Server) keep(c *Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.silent {
		if s.silent >= s.o.MaxSilent {
			return false
		}
		s.silent++
	}
	s.sessions[c.sid] = c
	return true
}

func (s *Server) find(sid string) *Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions[sid]
}

// heard notes that a session is not silent any more.
func (s *Server) heard(c *Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.silent {
		c.silent = false
		s.silent--
	}
}

func (s *Server) forget(c *Conn) {
	s.heard(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, c.sid)
}

// Sessions is how many sessions there are.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sessions)
}

// newSID returns an id that nobody guesses: who knows it is the client.
func newSID() string { return rand.Text() }

// allowOrigin lets pages of the configured origins read what is answered. It
// reports whether the request was a preflight, which is answered then. Credentials
// are no proof of anything here; they are allowed for the cookie that a balancer
// keeps a client at its node with.
func (s *Server) allowOrigin(w http.ResponseWriter, r *http.Request) (answered bool) {
	h, origin := w.Header(), r.Header.Get("Origin")
	h.Add("Vary", "Origin")
	switch {
	case origin == "":
	case slices.Contains(s.o.Origins, "*"):
		h.Set("Access-Control-Allow-Origin", "*")
	case slices.Contains(s.o.Origins, origin):
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
	}
	if r.Method != http.MethodOptions {
		return false
	}
	if h.Get("Access-Control-Allow-Origin") != "" {
		h.Set("Access-Control-Allow-Methods", "GET, POST")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
		h.Set("Access-Control-Max-Age", strconv.Itoa(7200))
	}
	w.WriteHeader(http.StatusNoContent)
	return true
}
