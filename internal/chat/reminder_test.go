package chat_test

import (
	"sync"
	"testing"
	"time"

	"parley/internal/chat"
)

func (w *world) remind(a chat.Actor, id chat.MessageID, at time.Time) chat.Code {
	_, err := w.SetReminder(w.Context(), a, id, at)
	return w.code(err)
}

func (w *world) reminders(a chat.Actor) []chat.Reminder {
	w.Helper()
	page, err := w.Reminders(w.Context(), a, 0, 100)
	w.must(err)
	if page.Total != int64(len(page.Reminders)) {
		w.Errorf("%d of %d reminders", len(page.Reminders), page.Total)
	}
	return page.Reminders
}

func TestRemindersAreDueOnce(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann, bob := w.user("ann"), w.user("bob")
	c := w.group(ann, bob)
	m := w.say(bob, c, "hello")
	own, others := w.types(ann.ID.Stream()), w.types(bob.ID.Stream())
	shared := w.types(c.Stream())
	first, at := w.clock.Now().Add(time.Hour), w.clock.Now().Add(2*time.Hour)
	for range 2 { // the second is no news
		if code := w.remind(ann, m.ID, first); code != "" {
			t.Fatal(code)
		}
	}
	if code := w.remind(ann, m.ID, at); code != "" { // later
		t.Fatal(code)
	}
	w.clock.Advance(3 * time.Hour)
	w.must(w.Remind(t.Context(), ann.ID, m.ID, first)) // the job of a time that is not any more
	if list := w.reminders(ann); len(list) != 1 || !list[0].At.Equal(at) || !list[0].DueAt.IsZero() || list[0].Content != "hello" {
		t.Errorf("before: %+v", list)
	}
	var both sync.WaitGroup
	for range 4 { // as on several nodes
		both.Go(func() {
			if err := w.Remind(t.Context(), ann.ID, m.ID, at); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	if got, want := w.types(ann.ID.Stream()), own[:len(own)-1]+" reminder.set reminder.set reminder.due]"; got != want {
		t.Errorf("heard\n%s, want\n%s", got, want)
	}
	if list := w.reminders(ann); len(list) != 1 || list[0].DueAt.IsZero() {
		t.Errorf("after: %+v", list)
	}
	events, err := w.Replay(t.Context(), ann, ann.ID.Stream(), 0, 100)
	w.must(err)
	last := events[len(events)-1].Payload
	if p, ok := last.(*chat.ReminderChange); !ok || p.MessageID != m.ID || p.ConversationID != c || !p.At.Equal(at) || !p.Due {
		t.Errorf("replayed %+v", last)
	}
	for range 2 {
		_, err = w.RemoveReminder(t.Context(), ann, m.ID)
		w.must(err)
	}
	if got, want := w.types(ann.ID.Stream()), own[:len(own)-1]+" reminder.set reminder.set reminder.due reminder.removed]"; got != want {
		t.Errorf("heard\n%s, want\n%s", got, want)
	}
	if w.types(bob.ID.Stream()) != others || w.types(c.Stream()) != shared {
		t.Error("others heard of it")
	}
	if list := w.reminders(ann); len(list) != 0 {
		t.Errorf("left: %+v", list)
	}
}

// One is not reminded of what one cannot see any more.
func TestRemindersOfTheUnseenGiveWay(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann, bob := w.user("ann"), w.user("bob")
	left, stays := w.group(bob, ann), w.group(bob, ann)
	unseen, deleted := w.say(bob, left, "hello"), w.say(bob, stays, "hello")
	at := w.clock.Now().Add(time.Hour)
	for _, m := range []*chat.Message{unseen, deleted} {
		if code := w.remind(ann, m.ID, at); code != "" {
			t.Fatal(code)
		}
	}
	_, err := w.Leave(t.Context(), ann, left, chat.Departure{})
	w.must(err)
	_, err = w.DeleteMessage(t.Context(), bob, deleted.ID)
	w.must(err)
	if list := w.reminders(ann); len(list) != 0 {
		t.Errorf("still there: %+v", list)
	}
	before := w.types(ann.ID.Stream())
	for _, m := range []*chat.Message{unseen, deleted} {
		w.must(w.Remind(t.Context(), ann.ID, m.ID, at))
	}
	if got := w.types(ann.ID.Stream()); got != before[:len(before)-1]+" reminder.removed]" {
		t.Errorf("heard %s, before %s", got, before)
	}
	if code := w.remind(ann, unseen.ID, at); code != chat.NotParticipant {
		t.Errorf("of what one does not see: %q", code)
	}
	if code := w.remind(bob, deleted.ID, at); code != chat.Conflict {
		t.Errorf("of a deleted message: %q", code)
	}
}

func TestRemindersAreBounded(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann, bob := w.user("ann"), w.user("bob")
	c, left := w.group(ann), w.group(bob, ann)
	unseen := w.say(bob, left, "x")
	at := w.clock.Now().Add(time.Hour)
	messages := make([]*chat.Message, chat.MaxReminders+1)
	for i := range messages {
		messages[i] = w.say(ann, c, "x")
	}
	for _, m := range append([]*chat.Message{unseen}, messages[1:chat.MaxReminders]...) {
		if code := w.remind(ann, m.ID, at); code != "" {
			t.Fatal(code)
		}
	}
	last := messages[chat.MaxReminders].ID
	if code := w.remind(ann, last, at); code != chat.Conflict {
		t.Fatalf("one too many: %q", code)
	}
	if code := w.remind(ann, messages[2].ID, at.Add(time.Hour)); code != "" {
		t.Errorf("moving one: %q", code)
	}
	w.must(w.Remind(t.Context(), ann.ID, messages[1].ID, at))
	if code := w.remind(ann, last, at); code != "" {
		t.Errorf("what was due did not give way: %q", code)
	}
	_, err := w.Leave(t.Context(), ann, left, chat.Departure{})
	w.must(err)
	if code := w.remind(ann, messages[1].ID, at); code != "" {
		t.Errorf("what one does not see did not give way: %q", code)
	}
	for _, wrong := range []time.Time{w.clock.Now(), w.clock.Now().Add(6 * 366 * 24 * time.Hour), {}} {
		if code := w.remind(ann, last, wrong); code != chat.ValidationFailed {
			t.Errorf("at %v: %q", wrong, code)
		}
	}
	w.must(w.DeleteAccount(t.Context(), ann))
	w.must(w.store.Read(t.Context(), func(r chat.Reader) error {
		n, err := r.CountReminders(t.Context(), ann.ID)
		if n != 0 {
			t.Errorf("%d reminders of a deleted account", n)
		}
		return err
	}))
}
