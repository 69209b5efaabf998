// Package presence knows who is there. It works out the presence of the users
// whose sessions are on this node and announces what changes; what it tells
// others is only what came over the bus, so it holds for the users of other
// nodes as well.
package presence

import (
	"context"
	"crypto/rand"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"parley/internal/chat"
)

// Grace is how long somebody without a session is not offline yet, so that
// nobody sees him reconnect.
const Grace = 10 * time.Second

// Users is what the tracker reads and stores of users. chat.Service implements
// it.
type Users interface {
	UsersByID(ctx context.Context, ids []chat.UserID) ([]chat.User, error)
	SawUser(ctx context.Context, u chat.UserID, at time.Time) error
}

var _ Users = (*chat.Service)(nil)

// Tracker follows the sessions of one node.
type Tracker struct {
	bus    chat.Bus
	users  Users
	stale  time.Duration
	logger *slog.Logger
	diary  *diary

	// Signals go to the bus with this lock held, so that they are in order. The
	// handlers of signals must not take it.
	mu     sync.Mutex
	people map[chat.UserID]*person
	// choices counts what users chose by hand, of anybody.
	choices int
	closed  bool

	views  *views
	number int64 // of this node's announcements; the lock guards it
	gossip atomic.Pointer[gossip]
}

// New returns a tracker. Somebody of whom nothing was heard for stale is away.
// Subscribe its Subscriber to the bus.
func New(bus chat.Bus, users Users, stale time.Duration, log *slog.Logger) *Tracker {
	return &Tracker{
		bus: bus, users: users, stale: stale, logger: log,
		diary:  newDiary(users, log),
		people: map[chat.UserID]*person{},
		views:  newViews(rand.Text()),
	}
}

// Subscriber is what the tracker wants to hear from the bus.
func (t *Tracker) Subscriber() chat.Subscriber {
	return chat.Subscriber{Events: t.events, Signal: func(s chat.Signal) { t.hear(s) }}
}

// Before returns the subscriber that stands before next: of presences, next hears
// what they come to over all nodes, and only if that changes.
func (t *Tracker) Before(next chat.Subscriber) chat.Subscriber {
	t.views.next = next.Signal
	return chat.Subscriber{
		Events: func(events []*chat.Event) {
			t.events(events)
			next.Events(events)
		},
		Signal: func(s chat.Signal) {
			if !t.hear(s) {
				next.Signal(s)
			}
		},
	}
}

// hear reports whether the signal is about presence.
func (t *Tracker) hear(s chat.Signal) bool {
	switch s.Kind {
	case chat.SignalPresence, chat.SignalPresenceDigest, chat.SignalPresenceList, chat.SignalNodeLeaving:
		if node := t.views.hear(s); node != "" {
			t.do(chore{ask: node})
		}
	case chat.SignalPresenceAsk:
		if s.Node != nil && (s.Node.Node == "" || s.Node.Node == t.views.own) {
			t.do(chore{answer: true})
		}
	default:
		return false
	}
	return true
}

// Of returns the presence of users in their order. Somebody of whom nothing is
// known is offline.
func (t *Tracker) Of(users []chat.UserID) []chat.Presence { return t.views.of(users) }

// Touch notes that a user did something outside his sessions.
func (t *Tracker) Touch(u chat.UserID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p := t.people[u]; p != nil {
		p.touch()
	}
}

// Stop forgets all sessions and stores when their users were last seen, as far
// as ctx allows. Nobody is told that they are offline: they come back elsewhere.
func (t *Tracker) Stop(ctx context.Context) error {
	t.leave()
	t.mu.Lock()
	t.closed = true
	for _, p := range t.people {
		p.away.Stop()
		p.grace.Stop()
		if p.told.Status != chat.Offline {
			t.diary.note(p.user, p.seen())
		}
	}
	clear(t.people)
	t.mu.Unlock()
	return t.diary.close(ctx)
}

// events looks for what users chose by hand.
func (t *Tracker) events(events []*chat.Event) {
	for _, e := range events {
		if e.Type != chat.UserUpdated {
			continue
		}
		if u, ok := e.Payload.(*chat.User); ok && u != nil {
			t.chose(u)
		} else if u, own := e.Stream.User(); own && e.Payload == nil {
			t.do(chore{reread: []chat.UserID{u}})
		}
	}
}

func (t *Tracker) chose(u *chat.User) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.choices++
	t.choose(u)
}

// choose is chose with the lock held.
func (t *Tracker) choose(u *chat.User) {
	if p := t.people[u.ID]; p != nil {
		p.take(u)
		p.update()
	}
}

// choseElsewhere takes what was read of users, unless somebody has chosen here
// since their choices were counted.
func (t *Tracker) choseElsewhere(users []chat.User, choices int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.choices != choices {
		return false
	}
	t.choices++ // whoever is reading a record reads it again
	for i := range users {
		t.choose(&users[i])
	}
	return true
}

func (t *Tracker) chosenSoFar() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.choices
}

// here returns whose sessions are on this node.
func (t *Tracker) here() []chat.UserID {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Collect(maps.Keys(t.people))
}
