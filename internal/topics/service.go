package topics

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"parley/internal/chat"
)

const (
	// page is how many events of the log are looked at together.
	page = 200
	// poll is how long what another node wrote may stay unseen when nobody tells.
	poll = time.Second
)

// Outlet is NATS: it carries messages out of the process, and live ones to the other
// nodes.
type Outlet interface {
	// Send publishes for consumers outside; a second one of the same id is a repeat.
	// Sent returns when everything is where it has to be.
	Send(ctx context.Context, subject, id string, body []byte) error
	Sent(ctx context.Context) error
	// Cast publishes what may get lost, and does not wait. Listen hears what other
	// nodes cast.
	Cast(subject string, body []byte)
	Listen(subject string, fn func(body []byte)) error
	// Prefix stands before the subjects of this deployment.
	Prefix() string
}

// Service is the topics of a node.
type Service struct {
	chat   *chat.Service
	store  chat.Store
	clock  func() time.Time
	outlet Outlet // nil: this is the only node
	prefix string // of subjects outside; "": nothing is published there
	log    *slog.Logger

	mu        sync.Mutex
	committed chan struct{} // closed when something was committed, and made anew
	listeners map[*listener]struct{}
}

// Options of New.
type Options struct {
	Chat   *chat.Service
	Store  chat.Store
	Clock  func() time.Time // nil: the machine's
	Outlet Outlet
	// Prefix stands before the names of topics on the outlet; "": only what nodes
	// tell one another goes there.
	Prefix string
	Log    *slog.Logger
}

// New returns the topics.
func New(o Options) (*Service, error) {
	s := &Service{
		chat: o.Chat, store: o.Store, clock: o.Clock, outlet: o.Outlet, prefix: o.Prefix, log: o.Log,
		committed: make(chan struct{}), listeners: map[*listener]struct{}{},
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.outlet != nil {
		if err := s.listenToNodes(); err != nil {
			return nil, fmt.Errorf("listen to topics of other nodes: %w", err)
		}
	}
	return s, nil
}

// Subscriber hears of what the topics tell. Presence and typing have to come to it
// merged, and as what they come to over all nodes.
func (s *Service) Subscriber() chat.Subscriber {
	return chat.Subscriber{Events: func([]*chat.Event) { s.wakeAll() }, Signal: s.hear}
}

func (s *Service) wakeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.committed)
	s.committed = make(chan struct{})
}

// changed is closed at the next commit after the call.
func (s *Service) changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.committed
}

// messages makes what is wanted of events. wanted may be nil: everything.
func (s *Service) messages(ctx context.Context, events []*chat.Event, wanted func(Topic) bool) ([]Message, error) {
	var kept []*chat.Event
	for _, e := range events {
		if t, ok := durable[e.Type]; ok && (wanted == nil || wanted(t)) {
			kept = append(kept, e)
		}
	}
	if len(kept) == 0 {
		return nil, nil
	}
	if err := s.chat.Hydrate(ctx, kept); err != nil {
		return nil, err
	}
	hidden, err := s.hidden(ctx, kept)
	if err != nil {
		return nil, err
	}
	var out []Message
	for _, e := range kept {
		if hidden[e.Stream] && e.Type != chat.ConversationDeleted || e.IsRoomEnd() {
			continue
		}
		p := payloadOf(e)
		if p == nil {
			continue
		}
		raw, err := json.Marshal(p)
		if err != nil {
			return nil, fmt.Errorf("write the payload of event %d: %w", e.Pos, err)
		}
		out = append(out, Message{durable[e.Type], e.Pos, raw})
	}
	return out, nil
}

// hidden finds the conversations that are nobody's business (rooms) or gone.
func (s *Service) hidden(ctx context.Context, events []*chat.Event) (map[chat.StreamID]bool, error) {
	hidden := map[chat.StreamID]bool{}
	err := s.store.Read(ctx, func(r chat.Reader) error {
		for _, e := range events {
			id, ok := e.Stream.Conversation()
			if _, known := hidden[e.Stream]; known || !ok {
				continue
			}
			c, err := r.Conversation(ctx, id)
			if err != nil {
				return err
			}
			hidden[e.Stream] = c == nil || c.Kind == chat.Room
		}
		return nil
	})
	return hidden, err
}
