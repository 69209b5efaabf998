package sockjs

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"parley/internal/gateway"
	"parley/internal/gateway/websocket"
)

// beatEvery is how often a client hears something.
const beatEvery = 25 * time.Second

// socket is the pipe over a WebSocket.
type socket struct {
	ws     *websocket.Conn
	unread [][]byte // messages that came with the one before
	opened time.Time
	wrote  atomic.Int64 // when, after opened
	beat   *time.Timer
}

var _ gateway.Conn = (*socket)(nil)

func (h *handler) socket(w http.ResponseWriter, r *http.Request, _ string) {
	switch {
	case !strings.EqualFold(r.Header.Get("Upgrade"), "websocket"):
		http.Error(w, `Can "Upgrade" only to "WebSocket".`, http.StatusBadRequest)
		return
	case !strings.Contains(strings.ToLower(r.Header.Get("Connection")), "upgrade"):
		http.Error(w, `"Connection" must be "Upgrade".`, http.StatusBadRequest)
		return
	}
	run := h.Open(r)
	ws, err := websocket.Upgrade(w, r, websocket.Options{MaxFrame: maxPayload})
	if err != nil {
		return // it has been answered
	}
	go func() {
		s := newSocket(ws)
		defer s.beat.Stop()
		run(s)
	}()
}

func newSocket(ws *websocket.Conn) *socket {
	s := &socket{ws: ws, opened: time.Now()}
	_ = ws.Write([][]byte{frameOpen})               // if it fails, so does the first Read
	s.beat = time.AfterFunc(math.MaxInt64, s.pulse) // pulse reads s.beat, so only the Reset may start it
	s.beat.Reset(beatEvery)
	return s
}

// pulse says that the server lives when it has said nothing else.
func (s *socket) pulse() {
	idle := time.Since(s.opened) - time.Duration(s.wrote.Load())
	if idle >= beatEvery {
		if s.ws.Write([][]byte{frameBeat}) != nil {
			return
		}
		idle = 0
	}
	s.beat.Reset(beatEvery - idle)
}

// Read returns the next message of the client.
func (s *socket) Read() ([]byte, error) {
	for len(s.unread) == 0 {
		payload, err := s.ws.Read()
		if err != nil {
			return nil, err
		}
		if s.unread, err = decode(payload); err != nil {
			s.ws.Close(1003, brokenJSON)
			return nil, fmt.Errorf("sockjs: %w", err)
		}
	}
	next := s.unread[0]
	s.unread = s.unread[1:]
	return next, nil
}

// Write sends the frames as messages of one array.
func (s *socket) Write(frames [][]byte) error {
	s.wrote.Store(int64(time.Since(s.opened)))
	return s.ws.Write([][]byte{encode(nil, frames)})
}

// Close says goodbye as SockJS does, then as WebSocket does.
func (s *socket) Close(code int, reason string) {
	s.beat.Stop()
	s.ws.CloseAfter(frameClose(code, reason), code, reason)
}

// RemoteAddr is the address of the request.
func (s *socket) RemoteAddr() string { return s.ws.RemoteAddr() }
