package app

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"parley/internal/chat"
	"parley/internal/gateway"
	"parley/internal/hub"
	"parley/internal/toolkit"
)

// names knows by which id an application knows a user: dialects that were made
// for applications show that one. It is looked up when a user is first seen, on
// the way of events to the hub and of the log's pages, because encoders may not
// wait. An external id never changes, so what is known stays true.
type names struct {
	chat *chat.Service
	// wanted says that somebody is connected who is shown names.
	wanted atomic.Bool

	mu    sync.RWMutex
	young map[chat.UserID]string
	old   map[chat.UserID]string
}

const (
	// namesKept is how many users are remembered in each of two generations.
	namesKept   = 50_000
	namesWithin = time.Second
)

func newNames(c *chat.Service) *names { return &names{chat: c, young: map[chat.UserID]string{}} }

// shown is the id of a user as it is shown.
func (n *names) shown(u chat.UserID) string {
	if u == 0 {
		return "0"
	}
	if name, ok := n.find(u); ok {
		return name
	}
	n.learn(context.Background(), []chat.UserID{u})
	if name, ok := n.find(u); ok {
		return name
	}
	return toolkit.ID(u)
}

func (n *names) find(u chat.UserID) (string, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	name, ok := n.young[u]
	if !ok {
		name, ok = n.old[u]
	}
	return name, ok
}

// learn looks up those who are not known.
func (n *names) learn(ctx context.Context, users []chat.UserID) {
	var unknown []chat.UserID
	for _, u := range users {
		if _, ok := n.find(u); !ok && u > 0 {
			unknown = append(unknown, u)
		}
	}
	if len(unknown) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, namesWithin)
	defer cancel()
	found, err := n.chat.UsersByID(ctx, unknown)
	if err != nil {
		return // looked up again when the name is needed
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.young) >= namesKept {
		n.old, n.young = n.young, map[chat.UserID]string{}
	}
	for _, u := range unknown { // also who is not found: he has no other name
		n.young[u] = toolkit.ID(u)
	}
	for i := range found {
		u := &found[i]
		if u.ExternalID != "" {
			n.young[u.ID] = u.ExternalID
		}
	}
}

// before stands before the hub and learns who is about to be named.
func (n *names) before(next chat.Subscriber) chat.Subscriber {
	events, signal := next.Events, next.Signal
	next.Events = func(list []*chat.Event) {
		if n.wanted.Load() {
			n.learn(context.Background(), named(list))
		}
		events(list)
	}
	next.Signal = func(s chat.Signal) {
		if n.wanted.Load() {
			n.learn(context.Background(), []chat.UserID{s.UserID})
		}
		signal(s)
	}
	return next
}

// named is who is named in events.
func named(events []*chat.Event) (users []chat.UserID) {
	for _, e := range events {
		users = append(users, e.Actor)
		switch v := e.Payload.(type) {
		case *chat.Message:
			users = namedIn(users, v)
		case *chat.ReactionChange:
			for _, r := range v.Summary {
				users = append(users, r.Users...)
			}
		case *chat.ParticipantChange:
			users = append(users, v.UserID)
		case *chat.Joined:
			users = append(users, membersOf(&v.View)...)
		}
	}
	return users
}

func namedIn(users []chat.UserID, m *chat.Message) []chat.UserID {
	users = append(users, m.SenderID)
	for _, r := range m.Reactions {
		users = append(users, r.Users...)
	}
	return users
}

func membersOf(v *chat.ConversationView) (users []chat.UserID) {
	for i := range v.Participants {
		users = append(users, v.Participants[i].UserID)
	}
	return users
}

// namedLog is the log that the hub reads, whose pages are learnt from.
type namedLog struct {
	*chat.Service
	names *names
}

var _ hub.Log = namedLog{}

// Replay is the log's.
func (l namedLog) Replay(ctx context.Context, a chat.Actor, st chat.StreamID, after int64, limit int) ([]*chat.Event, error) {
	events, err := l.Service.Replay(ctx, a, st, after, limit)
	if l.names.wanted.Load() {
		l.names.learn(ctx, named(events))
	}
	return events, err
}

// Hydrate is the log's.
func (l namedLog) Hydrate(ctx context.Context, events []*chat.Event) error {
	err := l.Service.Hydrate(ctx, events)
	if l.names.wanted.Load() {
		l.names.learn(ctx, named(events))
	}
	return err
}

// namedService is what clients ask, whose long answers are learnt from.
type namedService struct {
	*chat.Service
	names *names
}

var _ gateway.Service = namedService{}

// Messages is the service's.
func (s namedService) Messages(ctx context.Context, a chat.Actor, c chat.ConversationID, p chat.Page) (chat.MessagePage, error) {
	page, err := s.Service.Messages(ctx, a, c, p)
	var users []chat.UserID
	for i := range page.Messages {
		users = namedIn(users, &page.Messages[i])
	}
	s.names.learn(ctx, users)
	return page, err
}

// Conversation is the service's.
func (s namedService) Conversation(ctx context.Context, a chat.Actor, c chat.ConversationID) (*chat.ConversationView, error) {
	v, err := s.Service.Conversation(ctx, a, c)
	if err == nil {
		s.names.learn(ctx, membersOf(v))
	}
	return v, err
}

// Replay is the service's.
func (s namedService) Replay(ctx context.Context, a chat.Actor, st chat.StreamID, after int64, limit int) ([]*chat.Event, error) {
	events, err := s.Service.Replay(ctx, a, st, after, limit)
	s.names.learn(ctx, named(events))
	return events, err
}
