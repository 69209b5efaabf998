package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"parley/internal/chat"
)

// world is a store under test and what it has announced.
type world struct {
	t   *testing.T
	st  chat.Store
	ctx context.Context

	mu   sync.Mutex
	seen []*chat.Event
}

func (w *world) heard(events []*chat.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, events...)
}

func (w *world) events() []*chat.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]*chat.Event(nil), w.seen...)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) write(fn func(chat.Tx) error) {
	w.t.Helper()
	w.must(w.st.Write(w.ctx, fn))
}

// read runs one question.
func read[T any](w *world, ask func(chat.Reader) (T, error)) T {
	w.t.Helper()
	var answer T
	w.must(w.st.Read(w.ctx, func(r chat.Reader) (err error) {
		answer, err = ask(r)
		return err
	}))
	return answer
}

func (w *world) user(name string) chat.UserID {
	w.t.Helper()
	u := &chat.User{Username: name, Kind: chat.Member, CreatedAt: epoch}
	w.write(func(tx chat.Tx) error { return tx.InsertUser(w.ctx, u) })
	return u.ID
}

func (w *world) conversation(c chat.Conversation, members ...chat.UserID) chat.ConversationID {
	w.t.Helper()
	c.CreatedBy, c.CreatedAt, c.UpdatedAt, c.LastMessageAt, c.Metadata = members[0], epoch, epoch, epoch, chat.EmptyObject
	w.write(func(tx chat.Tx) error {
		if err := tx.InsertConversation(w.ctx, &c); err != nil {
			return err
		}
		for _, u := range members {
			if err := tx.InsertParticipant(w.ctx, &chat.Participant{ConversationID: c.ID, UserID: u, Role: chat.RoleMember, JoinedAt: epoch}); err != nil {
				return err
			}
		}
		return nil
	})
	return c.ID
}

func (w *world) group(members ...chat.UserID) chat.ConversationID {
	w.t.Helper()
	return w.conversation(chat.Conversation{Kind: chat.Group, Name: "group"}, members...)
}

func (w *world) message(c chat.ConversationID, from chat.UserID, content string) *chat.Append {
	return &chat.Append{
		Message: &chat.Message{ConversationID: c, SenderID: from, Type: chat.TypeText, Content: content, Metadata: chat.EmptyObject, CreatedAt: epoch},
		Admit:   admitAll,
	}
}

func (w *world) send(c chat.ConversationID, from chat.UserID, content string) error {
	return w.st.Append(w.ctx, w.message(c, from, content))
}

func (w *world) emit(s chat.StreamID) error {
	return w.st.Write(w.ctx, func(tx chat.Tx) error {
		return tx.Emit(w.ctx, &chat.Event{Stream: s, Type: chat.ConversationUpdated, At: epoch})
	})
}

func (w *world) head(s chat.StreamID) int64 {
	w.t.Helper()
	return read(w, func(r chat.Reader) (int64, error) { return r.Head(w.ctx, s) })
}

// checkLog fails unless the conversation's revs are 1..head without a hole.
func (w *world) checkLog(c chat.ConversationID) {
	w.t.Helper()
	events := read(w, func(r chat.Reader) ([]*chat.Event, error) { return r.EventsAfter(w.ctx, c.Stream(), 0, 1<<20) })
	for i, e := range events {
		if e.Rev != int64(i+1) {
			w.t.Fatalf("event %d has rev %d", i, e.Rev)
		}
	}
	if head := w.head(c.Stream()); head != int64(len(events)) {
		w.t.Fatalf("head %d, %d events", head, len(events))
	}
}

// together runs fn n times at once and fails on any error.
func (w *world) together(n int, fn func(i int) error) {
	w.t.Helper()
	var wg sync.WaitGroup
	errs := make(chan error, n)
	for i := range n {
		wg.Go(func() {
			if err := fn(i); err != nil {
				errs <- fmt.Errorf("%d: %w", i, err)
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		w.t.Fatal(err)
	}
}

// hold keeps the committer busy until the returned function is called.
func (w *world) hold() (release func()) {
	entered, gate, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	var once sync.Once
	go func() {
		done <- w.st.Write(w.ctx, func(chat.Tx) error {
			once.Do(func() { close(entered) })
			<-gate
			return nil
		})
	}()
	<-entered
	return func() {
		close(gate)
		w.must(<-done)
	}
}

// waiting is implemented by stores that can tell how many calls wait.
type waiting interface{ Waiting() int }

// queue starts a call that has to wait behind hold, and returns once it waits.
func (w *world) queue(call func() error) <-chan error {
	before := w.st.(waiting).Waiting()
	done := make(chan error, 1)
	go func() { done <- call() }()
	for w.st.(waiting).Waiting() == before {
		select {
		case <-w.ctx.Done():
			w.t.Fatal("the call never waited")
		default:
		}
	}
	return done
}
