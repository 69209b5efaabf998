package chat_test

import (
	"testing"
	"time"

	"parley/internal/chat"
	"parley/internal/jobs"
)

func (w *world) status(a chat.Actor) (string, string, time.Time) {
	w.Helper()
	u, err := w.Me(w.Context(), a)
	w.must(err)
	return u.StatusAt(w.clock.Now())
}

func TestStatusEndsByItself(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann := w.user("ann")
	end := w.clock.Now().Add(time.Hour)
	set := func(r chat.SetStatus) {
		t.Helper()
		_, err := w.SetStatus(t.Context(), ann, r)
		w.must(err)
	}
	is := func(message, emoji string, clearAt time.Time) {
		t.Helper()
		if m, e, at := w.status(ann); m != message || e != emoji || !at.Equal(clearAt) {
			t.Errorf("%q %q until %v, want %q %q until %v", m, e, at, message, emoji, clearAt)
		}
	}
	set(chat.SetStatus{Message: new("In a meeting"), Emoji: new("📅"), ClearAt: &end})
	is("In a meeting", "📅", end)
	set(chat.SetStatus{Choice: new(chat.PresenceDND)}) // leaves the rest
	is("In a meeting", "📅", end)
	w.must(w.ClearStatus(t.Context(), ann.ID, end.Add(-time.Minute))) // the job of an end that is not any more
	is("In a meeting", "📅", end)

	w.clock.Advance(time.Hour)
	is("", "", time.Time{}) // nobody sees it, even before the job has come
	before := w.types(ann.ID.Stream())
	for range 2 {
		w.must(w.ClearStatus(t.Context(), ann.ID, end))
	}
	if got := w.types(ann.ID.Stream()); got != before[:len(before)-1]+" user.updated]" {
		t.Errorf("cleared: %s, before %s", got, before)
	}
	if u, err := w.Me(t.Context(), ann); err != nil || u.StatusMessage != "" || u.StatusEmoji != "" || u.Presence != chat.PresenceDND {
		t.Errorf("%+v %v", u, err)
	}

	// A new line stays, whatever end the one before had.
	end = w.clock.Now().Add(time.Hour)
	set(chat.SetStatus{Message: new("Lunch"), ClearAt: &end})
	set(chat.SetStatus{Message: new("Back")})
	is("Back", "", time.Time{})
	set(chat.SetStatus{ClearAt: &end})
	is("Back", "", end)
	set(chat.SetStatus{ClearAt: &time.Time{}})
	is("Back", "", time.Time{})
	set(chat.SetStatus{Message: new(""), ClearAt: &end})
	is("", "", time.Time{}) // nothing to clear
}

func TestStatusIsChecked(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann := w.user("ann")
	past, far := w.clock.Now(), w.clock.Now().Add(367*24*time.Hour)
	for _, r := range []chat.SetStatus{
		{Emoji: new("x")}, {Emoji: new("📅📅📅📅📅📅📅📅📅📅📅📅")}, {Message: new("a\xff")}, {Message: new("x"), ClearAt: &past}, {Message: new("x"), ClearAt: &far},
	} {
		if _, err := w.SetStatus(t.Context(), ann, r); w.code(err) != chat.ValidationFailed {
			t.Errorf("%+v: %v", r, err)
		}
	}
}

// The queue holds what comes soon; what comes later, or was given up, is planned.
func TestTimedJobsArePlanned(t *testing.T) {
	w := newWorld(t, chat.Options{})
	runner, err := jobs.New(w.store.Queue(), jobs.Services{Chat: w.Service}, jobs.Options{}) // it does not run
	w.must(err)
	waiting := func(want int) {
		t.Helper()
		states, err := runner.States(t.Context())
		w.must(err)
		if states["scheduled"] != want {
			t.Errorf("%v, want %d scheduled", states, want)
		}
	}
	ann := w.user("ann")
	c := w.group(ann)
	end := w.clock.Now().Add(time.Hour)
	_, err = w.SetStatus(t.Context(), ann, chat.SetStatus{Message: new("x"), ClearAt: &end})
	w.must(err)
	for i := range 120 {
		if code := w.remind(ann, w.say(ann, c, "x").ID, end.Add(time.Duration(i%2)*time.Hour)); code != "" {
			t.Fatal(code)
		}
	}
	w.must(w.PlanTimed(t.Context()))
	waiting(0)
	soon := w.clock.Now().Add(time.Minute)
	if code := w.remind(ann, w.say(ann, c, "x").ID, soon); code != "" {
		t.Fatal(code)
	}
	waiting(1)
	w.clock.Advance(50 * time.Minute)
	for range 2 { // the second finds all of them waiting
		w.must(w.PlanTimed(t.Context()))
		waiting(1 + 60 + 1)
	}
	w.clock.Advance(time.Hour)
	w.must(w.PlanTimed(t.Context()))
	waiting(1 + 120 + 1)
}
