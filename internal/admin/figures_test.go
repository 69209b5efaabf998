package admin_test

import (
	"math"
	"sync/atomic"
	"testing"
	"time"

	"parley/internal/admin"
	"parley/internal/chat"
)

func TestFiguresCountWhatHappened(t *testing.T) {
	w := newWorld(t)
	ann, bob, cat := w.user("ann"), w.user("bob"), w.user("cat")
	c := w.group(ann, bob, cat)
	w.say(ann, c)
	w.clock.advance(-31 * 24 * time.Hour) // the days before
	w.say(bob, c)
	w.clock.advance(26 * 24 * time.Hour)
	w.say(bob, c)
	w.say(bob, c)
	w.clock.advance(5 * 24 * time.Hour)
	last := w.say(ann, c)
	_, err := w.chat.React(t.Context(), cat, chat.React{MessageID: last, Emoji: "👍", Add: true})
	w.must(err)
	w.counted()
	w.counted() // nothing is counted twice

	s := w.service(admin.Options{})
	f, err := s.Figures(t.Context(), 30)
	w.must(err)
	if len(f.Days) != 30 || f.Days[29].Day != chat.DayOf(w.clock.Now()) {
		t.Fatalf("%d days up to %d", len(f.Days), f.Days[len(f.Days)-1].Day)
	}
	if f.Days[29].Messages != 2 || f.Days[24].Messages != 2 || f.Days[28].Messages != 0 || f.Before != 1 || f.Totals.Messages != 5 {
		t.Errorf("%+v, %d before, %+v", f.Days[24:], f.Before, f.Totals)
	}
	if f.Active != 2 || f.ActiveWeek != 3 || f.ActiveMonth != 3 {
		t.Errorf("%d active today, %d in a week, %d in a month", f.Active, f.ActiveWeek, f.ActiveMonth)
	}
	if f.Totals.Users != 3 || f.Totals.Groups != 1 || f.DatabaseBytes == 0 || f.DiskTotal != 0 {
		t.Errorf("%+v, %d, %d", f.Totals, f.DatabaseBytes, f.DiskTotal)
	}
	for _, days := range []int{0, 91} {
		if _, err := s.Figures(t.Context(), days); !chat.Has(err, chat.ValidationFailed) {
			t.Errorf("%d days: %v", days, err)
		}
	}
}

// Who is told of votes in his poll did nothing himself.
func TestVotersAreActiveAndNotTheAuthor(t *testing.T) {
	w := newWorld(t)
	ann, bob := w.user("ann"), w.user("bob")
	c := w.group(ann, bob)
	sent, err := w.chat.SendMessage(t.Context(), ann, chat.SendMessage{ConversationID: c, Poll: &chat.NewPoll{Question: "When?", Options: []string{"Now", "Later"}, Anonymous: true}})
	w.must(err)
	w.clock.advance(2 * 24 * time.Hour)
	_, err = w.chat.Vote(t.Context(), bob, sent.ID, []int{1})
	w.must(err)
	w.counted()
	f, err := w.service(admin.Options{}).Figures(t.Context(), 7)
	w.must(err)
	if f.Active != 1 || f.ActiveWeek != 2 {
		t.Errorf("%d active today, %d in a week", f.Active, f.ActiveWeek)
	}
}

// A day's figures stay when those whom they counted are gone.
func TestTalliedDaysStay(t *testing.T) {
	w := newWorld(t)
	ann, bob := w.user("ann"), w.user("bob")
	c := w.group(ann, bob)
	w.say(ann, c)
	w.say(bob, c)
	w.counted()
	s := w.service(admin.Options{})
	w.must(s.Tally(t.Context()))
	w.clock.advance(3 * 24 * time.Hour)
	w.must(w.chat.EraseUser(t.Context(), chat.Operator, bob.ID))
	w.must(s.Tally(t.Context()))
	f, err := s.Figures(t.Context(), 7)
	w.must(err)
	if d := f.Days[3]; d.Messages != 2 || d.Active != 2 || d.ActiveMonth != 2 || d.Users != 2 || d.DatabaseBytes == 0 {
		t.Errorf("%+v", d)
	}
	if d := f.Days[6]; d.Active != 0 || d.ActiveWeek != 1 || d.Users != 1 {
		t.Errorf("%+v", d)
	}
}

// Nobody had an account on the days before there was a server, nor on its first day
// until somebody made one; a day of which that was said before is put right.
func TestThereAreNoAccountsBeforeTheFirst(t *testing.T) {
	w := newWorld(t)
	s := w.service(admin.Options{})
	users := func() [3]int64 {
		t.Helper()
		var found []admin.Day
		today := chat.DayOf(w.clock.Now())
		w.must(w.store.Read(t.Context(), func(r chat.Reader) (err error) {
			found, err = r.(admin.Reader).Days(t.Context(), today-2, today)
			return err
		}))
		all := [3]int64{-1, -1, -1} // nothing is stored
		for _, d := range found {
			all[d.Day-today+2] = d.Users
		}
		return all
	}
	w.must(s.Tally(t.Context()))
	if got := users(); got != [3]int64{-1, -1, 0} {
		t.Errorf("before the first account: %v", got)
	}
	w.user("ann")
	w.must(s.Tally(t.Context()))
	if got := users(); got != [3]int64{-1, -1, 1} {
		t.Errorf("with the first account: %v", got)
	}
	w.must(w.store.Write(t.Context(), func(tx chat.Tx) error {
		return tx.(admin.Tx).StoreDay(t.Context(), admin.Day{Day: chat.DayOf(w.clock.Now()) - 1, Users: 1})
	}))
	w.must(s.Tally(t.Context()))
	if got := users(); got != [3]int64{-1, 0, 1} {
		t.Errorf("put right: %v", got)
	}
	w.clock.advance(2 * 24 * time.Hour)
	w.must(s.Tally(t.Context()))
	if got := users(); got != [3]int64{1, 1, 1} {
		t.Errorf("after two quiet days: %v", got)
	}
}

// Figures are made once for all who ask within ten seconds.
func TestFiguresAreKeptForAWhile(t *testing.T) {
	w := newWorld(t)
	s := w.service(admin.Options{})
	first, err := s.Figures(t.Context(), 30)
	w.must(err)
	w.user("ann")
	second, err := s.Figures(t.Context(), 30)
	w.must(err)
	other, err := s.Figures(t.Context(), 7)
	w.must(err)
	if first != second || other.Totals.Users != 1 {
		t.Errorf("%p and %p; %+v", first, second, other.Totals)
	}
}

func TestNodesTellWhatTheySee(t *testing.T) {
	w := newWorld(t)
	var open atomic.Int64
	open.Store(5)
	node := func(name string, alone bool) *admin.Service {
		return w.service(admin.Options{Node: name, Version: "1", Alone: alone, Observe: func() admin.Observed {
			return admin.Observed{Sessions: map[string]int64{"native": open.Load()}, Delivered: admin.Histogram{10: 4}}
		}})
	}
	one, two := node("one", false), node("two", false)
	start(t, one)
	start(t, two)
	w.eventually("both have told", func() bool {
		h, err := one.Health(t.Context())
		w.must(err)
		return len(h.Nodes) == 2
	})
	open.Store(7)
	f, err := one.Figures(t.Context(), 1)
	w.must(err)
	if f.Sessions["native"] != 5+7 || len(f.Slots) != 1 || f.Slots[0].Peak != 10 || f.Delivered[10] != 8 || f.Days[0].PeakSessions != 10 {
		t.Errorf("%v, %+v", f.Sessions, f.Slots)
	}
	w.must(two.Stop(t.Context()))
	h, err := one.Health(t.Context())
	w.must(err)
	if len(h.Nodes) != 1 || !h.Nodes[0].Here || !h.Nodes[0].Alive || len(h.Troubles) != 0 {
		t.Errorf("%+v", h)
	}
	three := node("three", true) // one that says it is alone has outlived the others
	start(t, three)
	w.eventually("the others are forgotten", func() bool {
		h, err := three.Health(t.Context())
		w.must(err)
		return len(h.Nodes) == 1 && h.Nodes[0].Name == "three"
	})
}

func TestQuantiles(t *testing.T) {
	h := admin.Histogram{10: 50, 20: 49, 1000: 1}
	for part, want := range map[float64]float64{0.25: 5, 0.5: 10, 0.99: 20, 1: 1000} {
		if got := h.Quantile(part); math.Abs(got-want) > 0.001 {
			t.Errorf("%v of them took %v, want %v", part, got, want)
		}
	}
	if got := (admin.Histogram{100: 1, 0: 9}).Quantile(0.99); got != 100 {
		t.Errorf("beyond all bounds: %v", got)
	}
	if got := (admin.Histogram{}).Quantile(0.5); got != 0 {
		t.Errorf("of none: %v", got)
	}
}
