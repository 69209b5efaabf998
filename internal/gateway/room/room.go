package room

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"parley/internal/chat"
	"parley/internal/gateway"
	"parley/internal/gateway/cursor"
	"parley/internal/gateway/sse"
	"parley/internal/gateway/websocket"
	"parley/internal/hub"
)

// Config of New.
type Config struct {
	Server *gateway.Server
	// Enter proves who asks and finds his seat. Its errors are *chat.Error.
	Enter func(*http.Request) (*chat.RoomView, error)
	// Start says from where what happens is still to come, and what had been read by
	// then.
	Start func(context.Context, *chat.RoomView) (chat.RoomStart, error)
	// Still says whether he still has it.
	Still func(context.Context, *chat.RoomView) error
	// Online says whether a guest is connected.
	Online func(chat.UserID) bool
	// Refuse answers with an error before a stream has begun.
	Refuse    func(http.ResponseWriter, *http.Request, error)
	CursorKey []byte // secret, the same on all nodes
	Clock     func() time.Time
	Log       *slog.Logger
}

type handler struct {
	Config
	signer *cursor.Signer
}

// maxFrame is the largest frame of a client, which has nothing to say.
const maxFrame = 4 << 10

// New returns the handler of GET /api/realtime?roomId=.
func New(c Config) http.Handler {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	return &handler{c, cursor.NewSigner(c.CursorKey)}
}

// ServeHTTP runs the stream. For a WebSocket it returns at once and the stream goes
// on.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	upgrade := r.Header.Get("Upgrade") != ""
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		h.Refuse(w, r, chat.Errorf(chat.MethodNotAllowed, "Method not allowed"))
		return
	}
	v, err := h.Enter(r)
	if err != nil {
		h.Refuse(w, r, err)
		return
	}
	start, err := h.Start(r.Context(), v)
	if err != nil {
		h.Refuse(w, r, err)
		return
	}
	o := Options{Signer: h.signer, Resume: h.resume(r, v, start), Seen: start.Seen, Now: h.Clock}
	if peer := v.Peer().Guest; peer != 0 {
		o.Online = h.Online(peer)
	}
	who := gateway.Identity{Actor: v.Actor(), Again: func(ctx context.Context) error { return h.Still(ctx, v) }}
	if !upgrade {
		conn := sse.Accept(w, r)
		defer conn.Release()
		h.serve(conn, Events(v, o), who)
		return
	}
	conn, err := websocket.Upgrade(w, r, websocket.Options{MaxFrame: maxFrame})
	if err != nil {
		return // it has been answered
	}
	go h.serve(conn, Socket(v, o), who)
}

// resume takes the id of the last event from where browsers put it, or, for a
// WebSocket, from the address. Without one the stream begins where start was looked
// up, so that nothing is lost between the two.
func (h *handler) resume(r *http.Request, v *chat.RoomView, start chat.RoomStart) hub.Resume {
	last := r.Header.Get("Last-Event-ID")
	if last == "" {
		last = r.URL.Query().Get("lastEventId")
	}
	if strings.TrimSpace(last) == "" {
		return hub.Resume{Revs: map[chat.StreamID]int64{v.Conversation.Stream(): start.Rev}}
	}
	return h.signer.Resume(v.Actor().ID, last)
}

func (h *handler) serve(conn gateway.Conn, p gateway.Protocol, who gateway.Identity) {
	if err := h.Server.Serve(conn, p, who); err != nil {
		h.Log.Debug("a room's stream broke off", "error", err)
	}
}
