package storetest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/internal/chat"
	"parley/internal/follow"
	"parley/internal/search"
	"parley/internal/text"
)

// logOf reads the whole log in pages.
func (w *world) logOf(page int) (log []*chat.Event) {
	w.t.Helper()
	var at chat.Position
	for {
		events, upTo := w.logAfter(at, page)
		if len(events) == 0 {
			return log
		}
		if last := events[len(events)-1].Pos; upTo < last {
			w.t.Fatalf("complete up to %d, with an event at %d", upTo, last)
		}
		log, at = append(log, events...), upTo
	}
}

func (w *world) logAfter(at chat.Position, page int) (events []*chat.Event, upTo chat.Position) {
	w.t.Helper()
	w.must(w.st.Read(w.ctx, func(r chat.Reader) (err error) {
		events, upTo, err = r.LogAfter(w.ctx, at, page)
		return err
	}))
	return events, upTo
}

// chatter writes into two conversations at once.
func (w *world) chatter(each int) (ann chat.UserID, convs []chat.ConversationID) {
	w.t.Helper()
	ann = w.user("ann")
	convs = []chat.ConversationID{w.group(ann), w.group(ann)}
	w.together(6, func(i int) error {
		for n := range each {
			if err := w.send(convs[i%2], ann, fmt.Sprintf("message %d.%d", i, n)); err != nil {
				return err
			}
			if err := w.emit(convs[i%2].Stream()); err != nil {
				return err
			}
		}
		return nil
	})
	return ann, convs
}

// A reader that follows while others write misses nothing and sees nothing twice.
func logIsComplete(t *testing.T, w *world) {
	written := make(chan struct{})
	var followed []*chat.Event
	var wg sync.WaitGroup
	wg.Go(func() {
		var at chat.Position
		for done := false; ; {
			select {
			case <-written:
				done = true
			default:
			}
			var events []*chat.Event
			err := w.st.Read(w.ctx, func(r chat.Reader) (err error) {
				events, at, err = r.LogAfter(w.ctx, at, 5)
				return err
			})
			if err != nil {
				t.Error(err)
				return
			}
			followed = append(followed, events...)
			if len(events) == 0 && done {
				return
			}
		}
	})
	w.chatter(20)
	close(written)
	wg.Wait()
	checkOrder(t, followed, 6*20*2)
	checkOrder(t, w.logOf(1000), 6*20*2)
}

func checkOrder(t *testing.T, log []*chat.Event, want int) {
	t.Helper()
	if len(log) != want {
		t.Fatalf("%d events, want %d", len(log), want)
	}
	for i, e := range log {
		if i > 0 && e.Pos <= log[i-1].Pos || e.Payload != nil {
			t.Fatalf("event %d stands at %d after %d, payload %v", i, e.Pos, log[max(0, i-1)].Pos, e.Payload)
		}
	}
}

func placeMovesOnce(t *testing.T, w *world) {
	var moved atomic.Int64
	w.together(8, func(i int) error {
		return w.st.Write(w.ctx, func(tx chat.Tx) error {
			ok, err := tx.MoveFollower(w.ctx, "f", 0, chat.Position(5+i))
			if ok {
				moved.Add(1)
			}
			return err
		})
	})
	at := read(w, func(r chat.Reader) (chat.Position, error) { return r.FollowerAt(w.ctx, "f") })
	if moved.Load() != 1 || at < 5 {
		t.Fatalf("moved %d times, to %d", moved.Load(), at)
	}
}

// tally counts what followers did where it counts: in the database, as an event
// on a stream of its own for each event followed.
type tally struct {
	w  *world
	by chat.ConversationID
}

func (c tally) handle(_ context.Context, events []*chat.Event) (func(context.Context, chat.Tx) error, error) {
	return func(ctx context.Context, tx chat.Tx) error {
		for _, e := range events {
			if e.Stream == c.by.Stream() {
				continue
			}
			if err := tx.Emit(ctx, &chat.Event{Stream: c.by.Stream(), Type: chat.ConversationUpdated, Ref: int64(e.Pos), At: epoch}); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// check waits until everything was followed and fails if anything was twice.
func (c tally) check(want int) {
	c.w.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for c.w.head(c.by.Stream()) < int64(want) && time.Now().Before(deadline) {
		time.Sleep(5 * time.Millisecond) // between two looks
	}
	seen := map[int64]int{}
	for _, e := range read(c.w, func(r chat.Reader) ([]*chat.Event, error) { return r.EventsAfter(c.w.ctx, c.by.Stream(), 0, 1<<20) }) {
		seen[e.Ref]++
		if seen[e.Ref] > 1 {
			c.w.t.Errorf("position %d was handled %d times", e.Ref, seen[e.Ref])
		}
	}
	if len(seen) != want {
		c.w.t.Errorf("%d events handled, want %d", len(seen), want)
	}
}

type prepare = func(context.Context, []*chat.Event) (func(context.Context, chat.Tx) error, error)

func (w *world) run(p prepare) *follow.Follower {
	f := follow.New(follow.Consumer{Name: "test", Page: 7, Prepare: p}, w.st, func() bool { return false }, slog.New(slog.DiscardHandler))
	w.must(f.Start(w.ctx))
	return f
}

func (w *world) stop(f *follow.Follower) { w.must(f.Stop(context.Background())) }

func followersShare(_ *testing.T, w *world) {
	c := tally{w, w.group(w.user("counter"))}
	a, b := w.run(c.handle), w.run(c.handle)
	w.chatter(15)
	w.stop(a) // in the middle, perhaps: the other goes on
	a = w.run(c.handle)
	c.check(6 * 15 * 2)
	w.stop(a)
	w.stop(b)
}

func followerGoesOn(_ *testing.T, w *world) {
	c := tally{w, w.group(w.user("counter"))}
	var tries atomic.Int64
	f := w.run(func(ctx context.Context, events []*chat.Event) (func(context.Context, chat.Tx) error, error) {
		write, err := c.handle(ctx, events)
		switch tries.Add(1) {
		case 1:
			return nil, errors.New("boom")
		case 2:
			return func(ctx context.Context, tx chat.Tx) error { return errors.Join(write(ctx, tx), errors.New("boom")) }, err
		}
		return write, err
	})
	w.chatter(2)
	c.check(6 * 2 * 2)
	w.stop(f)
}

// index brings the index up to where the log is, or from the beginning.
func (w *world) index(from chat.Position) {
	w.t.Helper()
	for at := from; ; {
		events, upTo := w.logAfter(at, 3)
		if len(events) == 0 {
			return
		}
		at = upTo
		write, err := search.Indexer(w.st).Prepare(w.ctx, events)
		w.must(err)
		if write != nil {
			w.write(func(tx chat.Tx) error { return write(w.ctx, tx) })
		}
	}
}

func (w *world) find(u chat.UserID, query string) int {
	w.t.Helper()
	return len(read(w, func(r chat.Reader) ([]chat.MessageID, error) {
		return r.SearchMessages(w.ctx, chat.Candidates{
			Reader: u, Wanted: text.WantedTokens(query), Search: chat.Search{Query: query, Limit: 50},
		})
	}))
}

// A page that was prepared before a message was deleted does not bring it back.
func indexForgets(t *testing.T, w *world) {
	ann := w.user("ann")
	c := w.group(ann)
	a := w.message(c, ann, "uniqueword")
	w.must(w.st.Append(w.ctx, a))
	w.index(0)
	if n := w.find(ann, "uniq"); n != 1 {
		t.Fatalf("found %d times", n)
	}
	late, err := search.Indexer(w.st).Prepare(w.ctx, w.logOf(10))
	w.must(err)
	a.Message.DeletedAt = epoch
	w.write(func(tx chat.Tx) error { return tx.EraseMessage(w.ctx, a.Message) })
	w.write(func(tx chat.Tx) error { return late(w.ctx, tx) })
	if n := w.find(ann, "uniq"); n != 0 {
		t.Fatalf("found %d times after it was deleted", n)
	}
}

func indexRebuilt(t *testing.T, w *world) {
	ann, _ := w.chatter(3)
	for range 2 {
		w.index(0)
		if n := w.find(ann, "message"); n != 6*3 {
			t.Fatalf("%d found, want %d", n, 6*3)
		}
	}
}

func indexesOnlyText(t *testing.T, w *world) {
	ann := w.user("ann")
	c := w.group(ann)
	secret := w.message(c, ann, "")
	secret.Message.Encrypted = "cipherword"
	system := w.message(c, ann, "systemword")
	system.Message.Type = chat.TypeSystem
	w.must(w.st.Append(w.ctx, secret))
	w.must(w.st.Append(w.ctx, system))
	w.index(0)
	for _, query := range []string{"cipherword", "systemword", "system"} {
		if n := w.find(ann, query); n != 0 {
			t.Errorf("%s is found", query)
		}
	}
}
