package storetest

import (
	"fmt"
	"testing"
	"time"

	"parley/internal/chat"
)

// fill puts n events into a stream at a time, each tenth a message if it is a
// conversation's.
func (w *world) fill(s chat.StreamID, from chat.UserID, n int, when time.Time) {
	w.t.Helper()
	c, conversation := s.Conversation()
	w.write(func(tx chat.Tx) error {
		for i := range n {
			if conversation && i%10 == 9 {
				m := w.message(c, from, fmt.Sprint(i)).Message
				m.CreatedAt = when
				if err := tx.AppendMessage(w.ctx, &chat.Conversation{ID: c}, m); err != nil {
					return err
				}
				continue
			}
			if err := tx.Emit(w.ctx, &chat.Event{Stream: s, Type: chat.ConversationUpdated, At: when}); err != nil {
				return err
			}
		}
		return nil
	})
}

// prune prunes whatever may be, n rows at a time, and returns which streams.
func (w *world) prune(before time.Time, n int) []chat.StreamID {
	w.t.Helper()
	streams := read(w, func(r chat.Reader) ([]chat.StreamID, error) { return r.PrunableStreams(w.ctx, before, -1<<62, 100) })
	for _, s := range streams {
		for done := false; !done; {
			w.write(func(tx chat.Tx) (err error) {
				done, err = tx.PruneStream(w.ctx, s, before, n)
				return err
			})
		}
	}
	return streams
}

// revs returns the revs that the log gives after one, which have no hole.
func (w *world) revs(s chat.StreamID, after int64) (first, last int64) {
	w.t.Helper()
	events := read(w, func(r chat.Reader) ([]*chat.Event, error) { return r.EventsAfter(w.ctx, s, after, 1<<20) })
	for i, e := range events {
		if e.Rev != events[0].Rev+int64(i) {
			w.t.Fatalf("after %d: rev %d follows %d events from %d on", after, e.Rev, i, events[0].Rev)
		}
	}
	if len(events) == 0 {
		return 0, 0
	}
	return events[0].Rev, events[len(events)-1].Rev
}

// Everything is old, and so the newest stay; the log has no hole above what was
// pruned, and nothing at or below it, though messages are there.
func prunedButForTheNewest(t *testing.T, w *world) {
	ann := w.user("ann")
	long, short := w.group(ann), w.group(ann)
	for _, s := range []chat.StreamID{long.Stream(), ann.Stream()} {
		w.fill(s, ann, 1200, epoch)
	}
	w.fill(short.Stream(), ann, 1000, epoch)
	before := read(w, func(r chat.Reader) ([]*chat.Event, error) { return r.EventsAfter(w.ctx, long.Stream(), 199, 1) })

	if streams := w.prune(epoch.Add(time.Hour), 70); fmt.Sprint(streams) != fmt.Sprint([]chat.StreamID{ann.Stream(), long.Stream()}) {
		t.Errorf("pruned %v", streams)
	}
	for _, s := range []chat.StreamID{long.Stream(), ann.Stream()} {
		for after, want := range map[int64]int64{0: 200, 100: 200, 198: 200, 199: 200, 200: 201, 700: 701, 1199: 1200, 1200: 0} {
			// 200, which is before the newest 1,000, stays as a place to resume from.
			if first, _ := w.revs(s, after); first != want {
				t.Errorf("stream %s after %d: begins with %d, want %d", s, after, first, want)
			}
		}
	}
	if first, last := w.revs(short.Stream(), 0); first != 1 || last != 1000 {
		t.Errorf("the short log is %d..%d", first, last)
	}
	messages := read(w, func(r chat.Reader) ([]chat.Message, error) {
		list, _, err := r.Messages(w.ctx, long, 0, chat.Page{Limit: 1000})
		return list, err
	})
	if len(messages) != 120 {
		t.Errorf("%d messages are left of 120", len(messages))
	}
	w.must(w.st.Read(w.ctx, func(r chat.Reader) error {
		rev, ok, err := r.RevAt(w.ctx, long.Stream(), before[0].Pos, chat.MaxReplay)
		if rev != 200 || !ok {
			t.Errorf("who has everything up to 200 resumes from %d, %v", rev, ok)
		}
		return err
	}))
	if again := w.prune(epoch.Add(time.Hour), 70); len(again) != 0 {
		t.Errorf("pruned again: %v", again)
	}
	w.fill(long.Stream(), ann, 10, epoch)
	if w.prune(epoch.Add(time.Hour), 70); w.head(long.Stream()) != 1210 {
		t.Error("the head has moved back")
	}
	if first, last := w.revs(long.Stream(), 0); first != 210 || last != 1210 {
		t.Errorf("after ten more the log is %d..%d", first, last)
	}
}

// What is younger stays, and so does what a follower of the log has not read.
func prunedOnlyWhatIsOldAndRead(t *testing.T, w *world) {
	ann := w.user("ann")
	c := w.group(ann)
	w.fill(c.Stream(), ann, 300, epoch)
	w.fill(c.Stream(), ann, 1500, epoch.Add(time.Hour))
	events := read(w, func(r chat.Reader) ([]*chat.Event, error) { return r.EventsAfter(w.ctx, c.Stream(), 0, 250) })
	if streams := w.prune(epoch, 500); len(streams) != 0 {
		t.Errorf("pruned %v though nothing is older", streams)
	}
	w.write(func(tx chat.Tx) error {
		_, err := tx.MoveFollower(w.ctx, "search", 0, events[244].Pos)
		return err
	})
	w.prune(epoch.Add(time.Minute), 500)
	if first, last := w.revs(c.Stream(), 0); first != 246 || last != 1800 {
		t.Errorf("while a follower is at 245 the log is %d..%d", first, last)
	}
	w.write(func(tx chat.Tx) error {
		_, err := tx.MoveFollower(w.ctx, "search", events[244].Pos, events[249].Pos+5000)
		return err
	})
	w.prune(epoch.Add(time.Minute), 500)
	if first, last := w.revs(c.Stream(), 0); first != 300 || last != 1800 {
		t.Errorf("then the log is %d..%d", first, last)
	}
}
