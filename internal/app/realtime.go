package app

import (
	"context"
	"crypto/rand"
	"net/http"

	"parley/internal/chat"
	"parley/internal/chatapi"
	"parley/internal/gateway"
	"parley/internal/gateway/realtime"
	"parley/internal/presence"
	"parley/internal/sanitize"
)

// subscribe lets everybody hear what the bus brings. Typing stands before the
// hub, because it merges and ends what typists announce.
func (n *Node) subscribe(b chat.Bus) {
	n.unsubscribe = []func(){
		b.Subscribe(n.Presence.Before(n.typing.Before(n.names.before(both(n.Hub.Subscriber(), n.topics.Subscriber()))))),
	}
	n.unsubscribe = append(n.unsubscribe, b.Subscribe(n.files.Subscriber()))
	for _, f := range n.followers {
		n.unsubscribe = append(n.unsubscribe, b.Subscribe(f.Subscriber()))
	}
}

// both lets two hear the same, one after the other.
func both(a, b chat.Subscriber) chat.Subscriber {
	return chat.Subscriber{
		Events: func(events []*chat.Event) { a.Events(events); b.Events(events) },
		Signal: func(s chat.Signal) { a.Signal(s); b.Signal(s) },
	}
}

func (n *Node) newGateway() *gateway.Server {
	return gateway.New(gateway.Config{
		Hub: n.Hub, Service: namedService{n.Chat, n.names}, Auth: tokens{n.Auth}, Log: n.log,
		Present: func(u chat.UserID, device string) gateway.Attendance { return n.Presence.Connect(u, device) },
		Admit:   n.admitCommand(),
		Limits: gateway.Limits{
			MaxMessageLength: n.config.Chat.MaxMessageLength, MaxFileSizeMb: n.config.Chat.MaxFileSizeMB,
			MaxFrameBytes: maxFrame, TypingTTL: n.typingTTL(),
		},
	})
}

// admitCommand is the limit of commands over streams.
func (n *Node) admitCommand() func(chat.UserID) error {
	commands := limit[chat.UserID](n.config, n.config.Limits.Commands)
	return func(u chat.UserID) error {
		if d := commands.Allow(u, 1); !d.OK {
			return chat.TooOften(d)
		}
		return nil
	}
}

// maxFrame is the largest frame of a client (contracts/stream.md, "Rules").
const maxFrame = 256 << 10

// realtime is GET /api/realtime.
func (n *Node) realtime() http.Handler {
	stream := realtime.New(realtime.Config{
		Server: n.Gateway,
		Credentials: func(r *http.Request) (gateway.Identity, error) {
			if n.leaving.Load() {
				return gateway.Identity{}, chat.Errorf(chat.ShuttingDown, "The server is shutting down")
			}
			id, err := n.rest.HandshakeCredentials(r)
			return gateway.Identity{Actor: id.Actor, Expires: id.Expires, Again: func(ctx context.Context) error {
				_, err := n.rest.HandshakeCredentials(r.WithContext(ctx))
				return err
			}}, err
		},
		Mapper:    chatapi.Mapper{Mode: sanitize.None, Presences: n.Presence.Of},
		CursorKey: n.Auth.Key("cursor"),
		MaxFrame:  maxFrame,
		Log:       n.log,
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", rand.Text())
		stream.ServeHTTP(w, r)
	})
}

var _ gateway.Attendance = (*presence.Session)(nil)
