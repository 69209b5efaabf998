package storetest

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/internal/chat"
	"parley/internal/follow"
)

// A lease is given to one of those who want it, and changes hands only as it was seen.
func leaseHasOneHolder(t *testing.T, w *world) {
	var taken atomic.Int64
	w.together(8, func(int) error {
		return w.st.Write(w.ctx, func(tx chat.Tx) error {
			ok, err := tx.TakeLease(w.ctx, chat.Lease{Name: "l"}, "somebody")
			if ok {
				taken.Add(1)
			}
			return err
		})
	})
	l := read(w, func(r chat.Reader) (chat.Lease, error) { return r.Lease(w.ctx, "l") })
	if taken.Load() != 1 || l != (chat.Lease{Name: "l", Holder: "somebody", Number: 1}) {
		t.Fatalf("taken %d times: %+v", taken.Load(), l)
	}
	for _, seen := range []chat.Lease{{Name: "l"}, {Name: "l", Holder: "somebody"}, {Name: "l", Holder: "else", Number: 1}} {
		w.must(w.st.Write(w.ctx, func(tx chat.Tx) error {
			if ok, err := tx.TakeLease(w.ctx, seen, "me"); ok || err != nil {
				t.Errorf("taken as %+v, %v", seen, err)
			}
			return nil
		}))
	}
}

// A follower that works alone works on one node at a time, and from its first start.
func followerAlone(t *testing.T, w *world) {
	w.chatter(3)
	var at atomic.Int64
	var mu sync.Mutex
	var heard []chat.Position
	start := func() *follow.Follower {
		f := follow.New(follow.Consumer{
			Name: "alone", Page: 5, FromNow: true, Alone: true,
			Prepare: func(_ context.Context, events []*chat.Event) (func(context.Context, chat.Tx) error, error) {
				if at.Add(1) > 1 {
					t.Error("two at the same time")
				}
				mu.Lock()
				for _, e := range events {
					heard = append(heard, e.Pos)
				}
				mu.Unlock()
				at.Add(-1)
				return nil, nil
			},
		}, w.st, func() bool { return false }, slog.New(slog.DiscardHandler))
		w.must(f.Start(w.ctx))
		return f
	}
	from := len(w.logOf(1000))
	a, b := start(), start()
	ann := w.user("bea")
	group := w.group(ann)
	say := func(n int) {
		for range n {
			w.must(w.send(group, ann, "x"))
		}
	}
	say(40)
	w.stop(a)
	say(40)
	want := w.logOf(1000)[from:]
	deadline := time.Now().Add(20 * time.Second)
	for count := 0; count < len(want) && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond) // between two looks
		mu.Lock()
		count = len(heard)
		mu.Unlock()
	}
	w.stop(b)
	mu.Lock()
	defer mu.Unlock()
	for i, e := range want {
		if i >= len(heard) || heard[i] != e.Pos {
			t.Fatalf("heard %v, want %d events in order", heard, len(want))
		}
	}
	if len(heard) != len(want) {
		t.Errorf("heard %d events, want %d", len(heard), len(want))
	}
}

// What a group is handed goes to one of its members, and comes again if it is not
// acknowledged.
func groupHandsOut(t *testing.T, w *world) {
	now := epoch
	group := chat.LogGroup{Name: "g", Topic: "t", Filter: "f", At: 3, UsedAt: now}
	w.must(w.st.Write(w.ctx, func(tx chat.Tx) error { return tx.InsertLogGroup(w.ctx, group) }))
	var moved atomic.Int64
	w.together(6, func(int) error {
		return w.st.Write(w.ctx, func(tx chat.Tx) error {
			ok, err := tx.MoveLogGroup(w.ctx, &group, 9, []chat.Position{5, 7, 9}, now.Add(time.Minute))
			if ok {
				moved.Add(1)
			}
			return err
		})
	})
	if moved.Load() != 1 {
		t.Fatalf("moved %d times", moved.Load())
	}
	again := group
	again.At, again.Filter = 0, "other"
	w.must(w.st.Write(w.ctx, func(tx chat.Tx) error { return tx.InsertLogGroup(w.ctx, again) }))
	if g := read(w, func(r chat.Reader) (*chat.LogGroup, error) { return r.LogGroup(w.ctx, "g", "t") }); g.At != 9 || g.Filter != "f" {
		t.Errorf("the group is %+v", g)
	}
	overdue := func(at time.Time) []chat.Position {
		return read(w, func(r chat.Reader) ([]chat.Position, error) { return r.Overdue(w.ctx, "g", "t", at, 10) })
	}
	if got := overdue(now); len(got) != 0 {
		t.Errorf("overdue at once: %v", got)
	}
	later := now.Add(2 * time.Minute)
	w.must(w.st.Write(w.ctx, func(tx chat.Tx) error { return tx.Acknowledge(w.ctx, "g", "t", []chat.Position{7}) }))
	if got := overdue(later); !slices.Equal(got, []chat.Position{5, 9}) {
		t.Errorf("overdue: %v", got)
	}
	var handed atomic.Int64
	w.together(6, func(int) error {
		return w.st.Write(w.ctx, func(tx chat.Tx) error {
			got, err := tx.HandOutAgain(w.ctx, "g", "t", []chat.Position{5, 7, 9}, later, later.Add(time.Minute))
			handed.Add(int64(len(got)))
			return err
		})
	})
	if handed.Load() != 2 {
		t.Errorf("handed out again: %d", handed.Load())
	}
	w.must(w.st.Write(w.ctx, func(tx chat.Tx) error { return tx.HandBack(w.ctx, "g", "t", []chat.Position{9}, later) }))
	if got := overdue(later); !slices.Equal(got, []chat.Position{9}) {
		t.Errorf("handed back: %v", got)
	}
	w.must(w.st.Write(w.ctx, func(tx chat.Tx) error { return tx.PruneLogGroups(w.ctx, later) }))
	if n := read(w, func(r chat.Reader) (int64, error) { return r.HandedOut(w.ctx, "g", "t") }); n != 0 {
		t.Errorf("of a forgotten group %d are left", n)
	}
}
