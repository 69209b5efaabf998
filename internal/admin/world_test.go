package admin_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"parley/internal/admin"
	"parley/internal/bus"
	"parley/internal/chat"
	"parley/internal/follow"
	"parley/internal/store"
	"parley/internal/store/enginetest"
	"parley/internal/store/postgres/pgtest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	pgtest.Clean()
	os.Exit(code)
}

// world is a database with chat and administration on it.
type world struct {
	*testing.T
	place string
	store *store.Store
	bus   *bus.Local
	chat  *chat.Service
	clock *clock
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, place: enginetest.Place(t), bus: bus.NewLocal(), clock: &clock{now: time.Date(2030, 1, 15, 10, 30, 0, 0, time.UTC)}}
	var err error
	w.store, err = enginetest.Open(t, w.place)
	w.must(err)
	t.Cleanup(func() { w.must(w.store.Close()) })
	w.chat = chat.New(w.store, w.bus, chat.Options{Clock: w.clock.Now})
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// service is a process on the database.
func (w *world) service(o admin.Options, settings ...admin.Setting) *admin.Service {
	w.Helper()
	o.Clock = w.clock.Now
	return admin.New(w.store, w.bus, settings, o)
}

func (w *world) user(name string) chat.Actor {
	w.Helper()
	u := &chat.User{Username: name, Kind: chat.Member, CreatedAt: w.clock.Now()}
	w.must(w.store.Write(w.Context(), func(tx chat.Tx) error { return tx.InsertUser(w.Context(), u) }))
	return chat.Actor{ID: u.ID}
}

func (w *world) group(owner chat.Actor, others ...chat.Actor) chat.ConversationID {
	w.Helper()
	n := chat.NewConversation{Name: "Team"}
	for _, o := range others {
		n.ParticipantIDs = append(n.ParticipantIDs, o.ID)
	}
	v, _, err := w.chat.CreateConversation(w.Context(), owner, n)
	w.must(err)
	return v.ID
}

func (w *world) say(a chat.Actor, c chat.ConversationID) chat.MessageID {
	w.Helper()
	sent, err := w.chat.SendMessage(w.Context(), a, chat.SendMessage{ConversationID: c, Content: "hello"})
	w.must(err)
	return sent.ID
}

// deeds are the actions of the audit log, the newest first.
func (w *world) deeds(s *admin.Service) (list []string) {
	w.Helper()
	page, _, err := s.Deeds(w.Context(), admin.DeedFilter{Limit: 100})
	w.must(err)
	for _, d := range page {
		list = append(list, fmt.Sprintf("%d/%d %s %d %s", d.By, d.Key, d.Action, d.Target, d.Detail))
	}
	return list
}

// counted waits until the counter has read the whole log.
func (w *world) counted() {
	w.Helper()
	f := follow.New(admin.Counter(w.store), w.store, func() bool { return false }, nil)
	w.must(f.Start(w.Context()))
	defer func() { w.must(f.Stop(context.Background())) }()
	w.eventually("the counter comes to the end of the log", func() bool {
		done := false
		w.must(w.store.Read(w.Context(), func(r chat.Reader) error {
			at, err := r.FollowerAt(w.Context(), "statistics")
			if err != nil {
				return err
			}
			events, _, err := r.LogAfter(w.Context(), at, 1)
			done = len(events) == 0
			return err
		}))
		return done
	})
}

// eventually waits until something holds that happens in the background.
func (w *world) eventually(what string, holds func() bool) {
	w.Helper()
	for giveUp := time.Now().Add(20 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(giveUp) {
			w.Fatal("it did not happen within 20 s: ", what)
		}
	}
}
