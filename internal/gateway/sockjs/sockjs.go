// Package sockjs is the SockJS pipe, protocol 0.3.3: a WebSocket where there is
// one, else requests that wait, whose session lives on between them. It knows no
// protocol.
package sockjs

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"parley/internal/gateway"
	"parley/internal/gateway/websocket"
)

// Config of New.
type Config struct {
	Prefix string // where it is mounted, as /ws/chat
	// Open returns what runs a connection until it ends. r is the request that
	// begins it, whose answer may end long before.
	Open func(r *http.Request) (run func(gateway.Conn))
	// Subprotocols are those of WebSockets without SockJS around, best first.
	Subprotocols []string
	// Origins are the other sites whose pages may read the answers.
	Origins []string
	// MaxMessage is how long a message of a client may be on a WebSocket without
	// SockJS around.
	MaxMessage int
}

const (
	// maxPayload bounds what carries messages of a client: JSON makes them longer.
	maxPayload = 1 << 20
	// maxName bounds the parts of a session's address.
	maxName = 128
)

type handler struct {
	Config
	sessions *sessions
}

// New returns the handler.
func New(c Config) http.Handler {
	return &handler{c, newSessions(maxSessions, lonely)}
}

// transport answers one kind of request of a session.
type transport struct {
	method string
	serve  func(h *handler, w http.ResponseWriter, r *http.Request, session string)
}

var transports = map[string]transport{
	"websocket":     {http.MethodGet, (*handler).socket},
	"xhr":           {http.MethodPost, receive(polling)},
	"xhr_streaming": {http.MethodPost, receive(streaming)},
	"eventsource":   {http.MethodGet, receive(eventSource)},
	"xhr_send":      {http.MethodPost, (*handler).send},
}

// ServeHTTP answers everything below the prefix.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.allow(w, r)
	rest := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, h.Prefix), "/")
	parts := strings.Split(rest, "/")
	switch {
	case rest == "" && r.Header.Get("Upgrade") != "", rest == "websocket":
		h.raw(w, r)
	case rest == "":
		greet(w)
	case rest == "info":
		h.as(http.MethodGet, w, r, info)
	case len(parts) == 3 && isName(parts[0]) && isName(parts[1]):
		h.transport(w, r, parts[1], parts[2])
	default:
		http.NotFound(w, r)
	}
}

// isName reports whether a part of an address may name a server or a session.
// The server's is for balancers only.
func isName(s string) bool { return s != "" && len(s) <= maxName && !strings.Contains(s, ".") }

func (h *handler) transport(w http.ResponseWriter, r *http.Request, session, name string) {
	t, known := transports[name]
	if !known {
		http.NotFound(w, r)
		return
	}
	h.as(t.method, w, r, func(w http.ResponseWriter, r *http.Request) { t.serve(h, w, r, session) })
}

// as lets a request through if it has the method, and answers browsers that ask
// whether they may send it.
func (h *handler) as(method string, w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
	switch r.Method {
	case method:
		serve(w, r)
	case http.MethodOptions:
		h.preflight(w, r, method)
	default:
		w.Header().Set("Allow", http.MethodOptions+", "+method)
		http.Error(w, "Method not allowed", http.StatusMethodNotAllowed)
	}
}

// forYear is how long browsers may remember what they may send.
const forYear = 365 * 24 * time.Hour

func (h *handler) preflight(w http.ResponseWriter, r *http.Request, method string) {
	head := w.Header()
	age := fmt.Sprint(int(forYear / time.Second))
	head.Set("Cache-Control", "public, max-age="+age)
	head.Set("Expires", time.Now().Add(forYear).UTC().Format(http.TimeFormat))
	head.Set("Access-Control-Max-Age", age)
	head.Set("Access-Control-Allow-Methods", http.MethodOptions+", "+method)
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		head.Set("Access-Control-Allow-Headers", asked)
	}
	w.WriteHeader(http.StatusNoContent)
}

// allow lets pages of the configured origins read the answer. sockjs-client asks
// with credentials; there are none that count here, so that allows nothing more.
func (h *handler) allow(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Add("Vary", "Origin")
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "no-referrer") // the address may hold a token
	if origin := r.Header.Get("Origin"); slices.Contains(h.Origins, origin) {
		head.Set("Access-Control-Allow-Origin", origin)
		head.Set("Access-Control-Allow-Credentials", "true")
	}
}

func fresh(h http.Header) {
	h.Set("Cache-Control", "no-store, no-cache, no-transform, must-revalidate, max-age=0")
}

func greet(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	fmt.Fprint(w, "Welcome to SockJS!\n")
}

func info(w http.ResponseWriter, _ *http.Request) {
	fresh(w.Header())
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	fmt.Fprintf(w, `{"websocket":true,"origins":["*:*"],"cookie_needed":false,"entropy":%d}`, rand.Uint32())
}

// raw is a WebSocket without SockJS around.
func (h *handler) raw(w http.ResponseWriter, r *http.Request) {
	run := h.Open(r)
	conn, err := websocket.Upgrade(w, r, websocket.Options{Subprotocols: h.Subprotocols, MaxFrame: h.MaxMessage})
	if err != nil {
		return // it has been answered
	}
	go run(conn) // in a goroutine of its own, whose stack has not grown in net/http
}
