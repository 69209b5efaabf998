package chat_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/bus"
	"parley/internal/chat"
	"parley/internal/jobs"
	"parley/internal/store"
	"parley/internal/store/enginetest"
)

// world is a service on a real store, with people in it.
type world struct {
	*testing.T
	*chat.Service
	store *store.Store
	clock *clock

	mu      sync.Mutex
	events  []*chat.Event
	signals []chat.Signal
	news    chan struct{} // something was added to events
}

// clock is a time that tests move by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newWorld(t *testing.T, o chat.Options) *world {
	t.Helper()
	st := enginetest.New(t)
	w := &world{T: t, store: st, news: make(chan struct{}, 1), clock: &clock{now: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}}
	b := bus.NewLocal()
	b.Subscribe(chat.Subscriber{
		Events: w.hear,
		Signal: func(s chat.Signal) { w.mu.Lock(); w.signals = append(w.signals, s); w.mu.Unlock() },
	})
	o.Clock = w.clock.Now
	w.Service = chat.New(st, b, o)
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w *world) hear(events []*chat.Event) {
	w.mu.Lock()
	w.events = append(w.events, events...)
	w.mu.Unlock()
	select {
	case w.news <- struct{}{}:
	default:
	}
}

// hears waits until a stream's last event is of the type.
func (w *world) hears(s chat.StreamID, last chat.EventType) {
	w.Helper()
	patience := time.After(30 * time.Second)
	for !strings.HasSuffix(w.types(s), string(last)+"]") {
		select {
		case <-w.news:
		case <-patience:
			w.Fatalf("heard %s, the last is not %s", w.types(s), last)
		}
	}
}

func (w *world) user(name string) chat.Actor {
	w.Helper()
	u := &chat.User{Username: name, DisplayName: name, Kind: chat.Member, CreatedAt: w.clock.Now()}
	w.must(w.store.Write(w.Context(), func(tx chat.Tx) error { return tx.InsertUser(w.Context(), u) }))
	return chat.Actor{ID: u.ID}
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func ids(actors []chat.Actor) []chat.UserID {
	var out []chat.UserID
	for _, a := range actors {
		out = append(out, a.ID)
	}
	return out
}

func (w *world) group(owner chat.Actor, members ...chat.Actor) chat.ConversationID {
	w.Helper()
	v, _, err := w.CreateConversation(w.Context(), owner, chat.NewConversation{Name: "group", ParticipantIDs: ids(members)})
	w.must(err)
	return v.ID
}

func (w *world) direct(a, b chat.Actor) chat.ConversationID {
	w.Helper()
	v, _, err := w.OpenDirect(w.Context(), a, b.ID)
	w.must(err)
	return v.ID
}

func (w *world) say(a chat.Actor, c chat.ConversationID, content string) *chat.Message {
	w.Helper()
	sent, err := w.SendMessage(w.Context(), a, chat.SendMessage{ConversationID: c, Content: content})
	w.must(err)
	return sent.Message
}

func (w *world) types(s chat.StreamID) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []chat.EventType
	for _, e := range w.events {
		if e.Stream == s {
			out = append(out, e.Type)
		}
	}
	return fmt.Sprint(out)
}

func (w *world) code(err error) chat.Code {
	if err == nil {
		return ""
	}
	return chat.Explain(err).Code
}

// runJobs works off what was enqueued, until the test ends.
func (w *world) runJobs() {
	w.Helper()
	r, err := jobs.New(w.store.Queue(), jobs.Services{Chat: w.Service}, jobs.Options{Alone: true})
	w.must(err)
	w.must(r.Start(w.Context()))
	w.Cleanup(func() { w.must(r.Stop(context.Background())) })
}
