package app

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"parley/internal/blob"
	"parley/internal/chat"
	"parley/internal/config"
	"parley/internal/gateway"
	"parley/internal/gateway/room"
	"parley/internal/presence"
	"parley/internal/rest"
	"parley/internal/roomapi"
	"parley/internal/webapp"
	"parley/internal/work"
)

// rooms is what a node runs for disposable rooms: streams, presence and typing of
// their own, so that nobody outside a room hears of who is in it.
type rooms struct {
	gateway  *gateway.Server
	presence *presence.Tracker
	typing   *presence.Typing
}

// roomsBus carries the signals of rooms past everybody who listens to others.
type roomsBus struct{ chat.Bus }

func (b roomsBus) Signal(s chat.Signal) {
	s.Kind = s.Kind.InRooms()
	b.Bus.Signal(s)
}

func (b roomsBus) Subscribe(s chat.Subscriber) (cancel func()) {
	hear := s.Signal
	s.Signal = func(sig chat.Signal) {
		if kind, ok := sig.Kind.OfRooms(); ok {
			sig.Kind = kind
			hear(sig)
		}
	}
	return b.Bus.Subscribe(s)
}

func roomRules(cfg config.Config, ownNames []byte) chat.RoomRules {
	seconds := func(n int) time.Duration { return time.Duration(n) * time.Second }
	r := cfg.Rooms
	return chat.RoomRules{
		On: r.Enabled.On, MembersOnly: r.MembersOnly.On, PassRequired: r.PassRequired.On,
		DefaultTTL: seconds(r.DefaultTTL), MaxTTL: seconds(r.MaxTTL), MaxLife: seconds(r.MaxLife), MaxOpen: r.MaxOpen, OwnNames: ownNames,
	}
}

// buildRooms makes what rooms need beside the common core. The hub hands out their
// events as it does all others.
func (n *Node) buildRooms(b chat.Bus) {
	own := roomsBus{b}
	n.rooms = &rooms{
		presence: presence.New(own, n.Chat, time.Duration(n.config.Chat.PresenceStaleMinutes)*time.Minute, n.log),
		typing:   presence.NewTyping(n.typingTTL()),
	}
	n.rooms.gateway = gateway.New(gateway.Config{
		Hub: n.Hub, Service: namedService{n.Chat, n.names}, Auth: tokens{n.Auth}, Log: n.log,
		Admit:   n.admitCommand(),
		Present: func(u chat.UserID, device string) gateway.Attendance { return n.rooms.presence.Connect(u, device) },
	})
	heard := chat.Subscriber{Events: func([]*chat.Event) {}, Signal: n.Hub.Signal}
	n.unsubscribe = append(n.unsubscribe, own.Subscribe(n.rooms.presence.Before(n.rooms.typing.Before(heard))))
}

func (n *Node) restRooms(o Options) rest.Rooms {
	l := n.config.Limits
	return rest.Rooms{
		Key: roomapi.Key(n.Auth.Key("room")), AbuseContact: n.config.Rooms.AbuseContact, Swept: n.sweepFiles, Ended: n.endRoom, InMemory: o.within != nil,
		Report: n.reportTo(o), Work: work.New(n.workKey(o), n.config.Rooms.ProofOfWork), Reports: limit[netip.Prefix](n.config, l.RoomReport),
		Create: limit[netip.Prefix](n.config, l.RoomCreate), Join: limit[netip.Prefix](n.config, l.RoomJoin),
		Look: limit[netip.Prefix](n.config, l.RoomLook), Pass: limit[rest.PassTry](n.config, l.RoomPass),
	}
}

// sweepFiles removes the bytes of what was erased. What a backup holds goes when that
// is done.
func (n *Node) sweepFiles(ctx context.Context) error {
	err := n.files.SweepAll(context.WithoutCancel(ctx))
	if errors.Is(err, blob.ErrHeld) {
		return nil
	}
	return err
}

// endRoom ends a room for an administrator, who is answered when its files are gone.
func (n *Node) endRoom(ctx context.Context, by chat.Actor, id chat.RoomID) error {
	where := n.whereRooms()
	err := where.Chat.EndRoom(ctx, by, id)
	if err == nil && where != n { // what is done is written down where it stays
		err = n.Chat.NoteRoomEnd(ctx, by)
	}
	if err != nil {
		return err
	}
	return where.sweepFiles(ctx)
}

// endDueRooms ends what should have ended while no node ran, before anybody can ask.
func (n *Node) endDueRooms(ctx context.Context, _ func(error)) error {
	if n.memory != nil { // what was in the database before that was chosen
		if err := n.Chat.EndRooms(ctx); err != nil {
			return err
		}
	}
	_, err := n.Chat.EndDueRooms(ctx)
	return err
}

// roomStream is GET /api/realtime?roomId=.
func (n *Node) roomStream() http.Handler {
	stream := room.New(room.Config{
		Server: n.rooms.gateway,
		Enter: func(r *http.Request) (*chat.RoomView, error) {
			if n.leaving.Load() {
				return nil, chat.Errorf(chat.ShuttingDown, "The server is shutting down")
			}
			return n.rest.EnterRoom(r)
		},
		Start: n.Chat.StartInRoom, Still: n.Chat.StillSeated,
		Online: func(u chat.UserID) bool {
			return n.rooms.presence.Of([]chat.UserID{u})[0].Status != chat.Offline
		},
		Refuse: n.rest.RefuseRoom, CursorKey: n.Auth.Key("cursor"), Clock: n.Chat.Now, Log: n.log,
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", rand.Text())
		stream.ServeHTTP(w, r)
	})
}

// isRoomPage reports whether a path is a room's page.
func isRoomPage(path string) bool { return strings.HasPrefix(path, "/room/") }

// roomPage is GET /room/{id}: the app, or the way back to its lobby. Asking for it
// changes nothing, whoever does.
func (n *Node) roomPage(app http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			app.ServeHTTP(w, r) // which says so
			return
		}
		h := w.Header()
		h.Set("X-Robots-Tag", "noindex, nofollow, noarchive")
		elsewhere, err := n.rest.RoomElsewhere(r)
		if err != nil {
			n.log.Error("looking for a room", "error", err)
			answer(w, http.StatusServiceUnavailable, "the database does not answer")
			return
		}
		if elsewhere != "" {
			h.Set("Cache-Control", "no-store")
			h.Set("Referrer-Policy", "no-referrer")
			http.Redirect(w, r, elsewhere, http.StatusTemporaryRedirect)
			return
		}
		app.ServeHTTP(webapp.Private(w), r)
	})
}
