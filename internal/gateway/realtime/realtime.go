// Package realtime is GET /api/realtime: the native stream over a WebSocket, or
// as Server-Sent Events for those who ask for them.
package realtime

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"

	"parley/internal/chat"
	"parley/internal/chatapi"
	"parley/internal/gateway"
	"parley/internal/gateway/cursor"
	"parley/internal/gateway/native"
	"parley/internal/gateway/sse"
	"parley/internal/gateway/websocket"
	"parley/internal/hub"
)

// Config of New.
type Config struct {
	Server *gateway.Server
	// Credentials decides who asks: a bearer token, ?token=, or the session's
	// cookie if the request comes from our own pages. Its errors are *chat.Error.
	Credentials func(*http.Request) (gateway.Identity, error)
	// Mapper makes the data of events; its mode is none, since clients of this
	// stream never parse text as markup.
	Mapper    chatapi.Mapper
	CursorKey []byte // secret, the same on all nodes
	MaxFrame  int    // bytes of a frame from a client; 0 for the pipe's default
	Log       *slog.Logger
}

type handler struct {
	Config
	protocol *native.Protocol
	signer   *cursor.Signer
}

// New returns the handler.
func New(c Config) http.Handler {
	return &handler{c, native.New(c.Mapper), cursor.NewSigner(c.CursorKey)}
}

// ServeHTTP runs the stream. For a WebSocket it returns at once and the stream
// goes on.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	upgrade := r.Header.Get("Upgrade") != ""
	stream := !upgrade && accepts(r, "text/event-stream")
	if !upgrade && !stream {
		Refuse(w, chat.Errorf(chat.ValidationFailed, "Ask for a WebSocket, or accept text/event-stream"))
		return
	}
	who, err := h.Credentials(r)
	if err != nil {
		Refuse(w, err)
		return
	}
	if stream {
		h.events(w, r, who)
		return
	}
	h.socket(w, r, who)
}

func accepts(r *http.Request, mediaType string) bool {
	for _, header := range r.Header.Values("Accept") {
		for part := range strings.SplitSeq(header, ",") {
			kind, _, _ := strings.Cut(part, ";")
			if strings.EqualFold(strings.TrimSpace(kind), mediaType) {
				return true
			}
		}
	}
	return false
}

func (h *handler) socket(w http.ResponseWriter, r *http.Request, who gateway.Identity) {
	conn, err := websocket.Upgrade(w, r, websocket.Options{Subprotocols: []string{native.Subprotocol}, MaxFrame: h.MaxFrame})
	if err != nil {
		return // it has been answered
	}
	// In a goroutine of its own, whose stack has not grown in net/http.
	go h.serve(conn, h.protocol, who)
}

func (h *handler) events(w http.ResponseWriter, r *http.Request, who gateway.Identity) {
	resume, err := h.resume(r, who.Actor.ID)
	if err != nil {
		Refuse(w, err)
		return
	}
	conn := sse.Accept(w, r)
	defer conn.Release()
	h.serve(conn, sse.New(h.protocol, h.signer, who.Actor.ID, resume), who)
}

// resume prefers Last-Event-ID: a browser that reconnects repeats the query of
// its first request.
func (h *handler) resume(r *http.Request, user chat.UserID) (hub.Resume, error) {
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		return h.signer.Resume(user, last), nil
	}
	cursors := r.URL.Query().Get("cursors")
	if cursors == "" {
		return hub.Resume{}, nil
	}
	revs, err := native.Cursors([]byte(cursors))
	return hub.Resume{Revs: revs}, err
}

func (h *handler) serve(conn gateway.Conn, p gateway.Protocol, who gateway.Identity) {
	if err := h.Server.Serve(conn, p, who); err != nil {
		h.Log.Debug("a stream broke off", "error", err)
	}
}

// statuses are those of errors before a stream has begun.
var statuses = map[chat.Code]int{
	chat.ValidationFailed: http.StatusBadRequest,
	chat.Unauthenticated:  http.StatusUnauthorized,
	chat.TokenExpired:     http.StatusUnauthorized,
	chat.TokenInvalid:     http.StatusUnauthorized,
	chat.Forbidden:        http.StatusForbidden,
	chat.RateLimited:      http.StatusTooManyRequests,
	chat.ShuttingDown:     http.StatusServiceUnavailable,
}

// Refuse answers in the envelope of the Chat API, before a stream has begun.
func Refuse(w http.ResponseWriter, err error) {
	e := chat.Explain(err)
	status, ok := statuses[e.Code]
	if !ok {
		status = http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(struct { // a client that is gone hears nothing
		Success   bool      `json:"success"`
		Error     string    `json:"error"`
		Data      any       `json:"data"`
		Code      chat.Code `json:"code"`
		RequestID string    `json:"requestId"`
	}{false, e.Message, nil, e.Code, w.Header().Get("X-Request-Id")})
}
