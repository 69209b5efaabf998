// Package topics is GET /api/realtime/topics: the topics for applications with an
// API key, over a WebSocket or as Server-Sent Events.
package topics

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"parley/internal/chat"
	"parley/internal/topics"
)

// Subprotocol is the one that a WebSocket may ask for.
const Subprotocol = "parley.topics.v1"

const (
	maxConnections   = 200
	maxSubscriptions = 20
	// inFlight is how much of a group a consumer is handed before it acknowledges.
	inFlight = 100
	// askAgain is how often it is asked whether the key is still good.
	askAgain  = time.Second
	pingEvery = 20 * time.Second
	// closeWithin is how long handing back may take when a consumer has gone.
	closeWithin = 5 * time.Second
)

// Close codes of WebSockets (contracts/stream.md).
const (
	closeShutdown     = 1001
	closeUnauthorized = 4401
	closeBadFrames    = 4400
)

// Service are the topics. topics.Service implements it.
type Service interface {
	Subscribe(ctx context.Context, s topics.Subscription) (topics.Consumer, error)
}

// Config of New.
type Config struct {
	Topics Service
	// Admit says whether a request may read the events of everything. It is asked
	// again as long as the connection is open. Its errors are *chat.Error.
	Admit func(*http.Request) error
	// Refuse answers with an error before a stream has begun.
	Refuse func(http.ResponseWriter, error)
	Log    *slog.Logger
}

// Handler runs the connections of consumers.
type Handler struct {
	Config
	ctx  context.Context // ends at Shutdown
	stop context.CancelFunc

	mu      sync.Mutex
	open    int
	closing bool
	running sync.WaitGroup
}

// New returns the handler.
func New(c Config) *Handler {
	h := &Handler{Config: c}
	h.ctx, h.stop = context.WithCancel(context.Background())
	return h
}

// Shutdown ends all connections and waits until they have handed back what they had
// not done.
func (h *Handler) Shutdown(ctx context.Context) error {
	h.mu.Lock()
	h.closing = true
	h.mu.Unlock()
	h.stop()
	gone := make(chan struct{})
	go func() { h.running.Wait(); close(gone) }()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *Handler) enter() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closing:
		return chat.Errorf(chat.ShuttingDown, "The server is shutting down")
	case h.open == maxConnections:
		return &chat.Error{Code: chat.RateLimited, Message: "Too many open connections", RetryAfter: time.Minute}
	}
	h.open++
	h.running.Add(1)
	return nil
}

func (h *Handler) leave() {
	h.mu.Lock()
	h.open--
	h.mu.Unlock()
	h.running.Done()
}

// ServeHTTP runs one consumer. For a WebSocket it returns at once.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	upgrade := r.Header.Get("Upgrade") != ""
	if !upgrade && !strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
		h.Refuse(w, chat.Errorf(chat.ValidationFailed, "Ask for a WebSocket, or accept text/event-stream"))
		return
	}
	if err := h.Admit(r); err != nil {
		h.Refuse(w, err)
		return
	}
	if err := h.enter(); err != nil {
		h.Refuse(w, err)
		return
	}
	if upgrade {
		h.socket(w, r)
		return
	}
	defer h.leave()
	h.events(w, r)
}

// watch ends a connection when its key is not good any more.
func (h *Handler) watch(ctx context.Context, r *http.Request, end func(error)) {
	tick := time.NewTicker(askAgain)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		asked, cancel := context.WithTimeout(ctx, closeWithin)
		err := h.Admit(r.WithContext(asked))
		cancel()
		code := chat.Explain(err).Code
		if err != nil && code != chat.Internal && code != chat.Overloaded {
			end(err)
			return
		}
	}
}

// wanted is a subscription as a consumer writes it. Values of the filter may be
// texts, numbers or truth values.
type wanted struct {
	Topic  string                     `json:"topic"`
	Filter map[string]json.RawMessage `json:"filter"`
	Group  string                     `json:"group"`
	From   json.RawMessage            `json:"from"`
}

func (w wanted) subscription() (topics.Subscription, error) {
	s := topics.Subscription{Topic: topics.Topic(w.Topic), Group: w.Group, Filter: map[string]string{}}
	var ok bool
	if s.From, ok = plain(w.From); !ok {
		return s, chat.Invalid("from", "from must be now, earliest or an offset")
	}
	for field, value := range w.Filter {
		if s.Filter[field], ok = plain(value); !ok {
			return s, chat.Invalid("filter", "The fields of filter must be texts, numbers or truth values")
		}
	}
	return s, nil
}

// plain reads a text, a number or a truth value as text; nothing is "".
func plain(raw json.RawMessage) (string, bool) {
	if len(raw) == 0 || string(raw) == "null" {
		return "", true
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s, true
	}
	return string(raw), raw[0] != '{' && raw[0] != '['
}

// message is a message as it is sent.
type message struct {
	Type         string          `json:"type"`
	Subscription string          `json:"subscription,omitempty"`
	Topic        topics.Topic    `json:"topic"`
	Offset       *string         `json:"offset"` // null: the topic is not kept
	Payload      json.RawMessage `json:"payload"`
}
