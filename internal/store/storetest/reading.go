package storetest

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"parley/internal/chat"
)

func pages(t *testing.T, w *world) {
	ann := w.user("ann")
	c := w.group(ann)
	for i := range 10 {
		w.must(w.send(c, ann, fmt.Sprint(i+1)))
	}
	for _, q := range []struct {
		page   chat.Page
		hidden int64
		want   string
		more   bool
	}{
		{chat.Page{Limit: 3}, 0, "[8 9 10]", true},
		{chat.Page{Limit: 10}, 0, "[1 2 3 4 5 6 7 8 9 10]", false},
		{chat.Page{Limit: 3, Before: 4}, 0, "[1 2 3]", false},
		{chat.Page{Limit: 2, Before: 4}, 0, "[2 3]", true},
		{chat.Page{Limit: 3, After: 4}, 0, "[5 6 7]", true},
		{chat.Page{Limit: 3, After: 8}, 0, "[9 10]", false},
		{chat.Page{Limit: 5, After: 2, Before: 5}, 0, "[3 4]", false},
		{chat.Page{Limit: 1, After: 2, Before: 5}, 0, "[3]", true},
		{chat.Page{Limit: 3, After: 999}, 0, "[]", false},
		{chat.Page{Limit: 9}, 7, "[8 9 10]", false},
	} {
		var got []string
		var more bool
		w.must(w.st.Read(w.ctx, func(r chat.Reader) error {
			list, m, err := r.Messages(w.ctx, c, q.hidden, q.page)
			for _, m := range list {
				got = append(got, m.Content)
			}
			more = m
			return err
		}))
		if fmt.Sprint(got) != q.want || more != q.more {
			t.Errorf("%+v after %d: %v more %v, want %s more %v", q.page, q.hidden, got, more, q.want, q.more)
		}
	}
}

func (w *world) markRead(c chat.ConversationID, u chat.UserID, id chat.MessageID, when time.Time) *chat.Move {
	w.t.Helper()
	m := &chat.Move{ConversationID: c, UserID: u, MessageID: id, At: when, Admit: func(*chat.Conversation, *chat.Participant, *chat.Message) error { return nil }}
	w.must(w.st.Move(w.ctx, m))
	return m
}

func readOnlyForward(t *testing.T, w *world) {
	ann, bob := w.user("ann"), w.user("bob")
	c := w.group(ann, bob)
	for i := range 5 {
		w.must(w.send(c, ann, fmt.Sprint(i)))
	}
	ids := read(w, func(r chat.Reader) ([]chat.Message, error) {
		list, _, err := r.Messages(w.ctx, c, 0, chat.Page{Limit: 10})
		return list, err
	})
	if m := w.markRead(c, bob, ids[2].ID, epoch); !m.Moved || m.Unread != 2 {
		t.Fatalf("moved %v unread %d", m.Moved, m.Unread)
	}
	if m := w.markRead(c, bob, ids[0].ID, epoch.Add(time.Minute)); m.Moved || m.Participant.Read.MessageID != ids[2].ID {
		t.Fatalf("moved back to %d", m.Participant.Read.MessageID)
	}
	if m := w.markRead(c, bob, 0, epoch.Add(time.Hour)); m.Participant.Read.MessageID != ids[4].ID || m.Unread != 0 {
		t.Fatalf("newest is %d, unread %d", m.Participant.Read.MessageID, m.Unread)
	}
	marks := read(w, func(r chat.Reader) ([]chat.ReadMark, error) { return r.ReadMarks(w.ctx, &ids[3]) })
	if len(marks) != 1 || marks[0].UserID != bob || !marks[0].At.Equal(epoch.Add(time.Hour)) {
		t.Fatalf("marks of the fourth message: %+v", marks)
	}
}

func readMarksAreHeld(t *testing.T, w *world) {
	ann, bob := w.user("ann"), w.user("bob")
	c := w.group(ann, bob)
	announced := func() (n int) {
		for _, e := range w.events() {
			if e.Type == chat.ReadMarked {
				n++
			}
		}
		return n
	}
	for i := range 5 {
		w.must(w.send(c, ann, fmt.Sprint(i)))
		w.markRead(c, bob, 0, epoch.Add(time.Duration(i)*100*time.Millisecond))
	}
	if n := announced(); n != 1 {
		t.Fatalf("%d marks within a second, want 1", n)
	}
	if waiting, err := w.st.AnnounceReads(w.ctx, epoch.Add(900*time.Millisecond)); err != nil || waiting != 1 {
		t.Fatalf("too early: %d waiting, %v", waiting, err)
	}
	if waiting, err := w.st.AnnounceReads(w.ctx, epoch.Add(1100*time.Millisecond)); err != nil || waiting != 0 {
		t.Fatalf("in time: %d waiting, %v", waiting, err)
	}
	if n := announced(); n != 2 {
		t.Fatalf("%d marks, want 2", n)
	}
	told := w.events()[len(w.events())-2:] // the others, then the reader's own devices
	if mark, ok := told[0].Payload.(*chat.ReadMark); !ok || told[0].Type != chat.ReadMarked || mark.Seq != 5 {
		t.Fatalf("the newest mark is %+v, want it at 5", told[0])
	}
	if told[1].Type != chat.ReadMoved || told[1].Payload != nil { // what is left is read when it is delivered
		t.Fatalf("the reader is told %+v", told[1])
	}
}

// A device that was told of a mark put back by hand has to hear that it is gone.
func writingEndsUnreadByHand(t *testing.T, w *world) {
	ann, bob := w.user("ann"), w.user("bob")
	c := w.group(ann, bob)
	w.must(w.send(c, ann, "hello"))
	w.markRead(c, bob, 0, epoch)
	w.write(func(tx chat.Tx) error {
		p, err := tx.Participant(w.ctx, c, bob)
		if err != nil {
			return err
		}
		p.Unread = chat.UnreadMark{From: 1}
		return tx.UpdateParticipant(w.ctx, p)
	})
	a := w.message(c, bob, "an answer")
	w.must(w.st.Append(w.ctx, a))
	if !a.ReadHeld {
		t.Fatal("nothing waits to be announced")
	}
	if waiting, err := w.st.AnnounceReads(w.ctx, epoch.Add(time.Hour)); err != nil || waiting != 0 {
		t.Fatalf("%d waiting, %v", waiting, err)
	}
	told := w.events()[len(w.events())-1]
	if told.Type != chat.ReadMoved || told.Stream != bob.Stream() || told.Detail != strconv.FormatInt(int64(a.Message.ID), 10) {
		t.Fatalf("the writer's devices are told %+v", told)
	}
}

func unreadIsComputed(t *testing.T, w *world) {
	ann, bob := w.user("ann"), w.user("bob")
	c := w.group(ann, bob)
	var second *chat.Append
	for i := range 4 {
		a := w.message(c, ann, fmt.Sprint(i))
		if i == 1 {
			second = a
			a.Message.Mentions = []chat.UserID{bob}
		}
		w.must(w.st.Append(w.ctx, a))
	}
	w.write(func(tx chat.Tx) error { // a system message does not count
		cv, err := tx.Conversation(w.ctx, c)
		if err != nil {
			return err
		}
		return tx.AppendMessage(w.ctx, cv, &chat.Message{ConversationID: c, Type: chat.TypeSystem, SenderID: ann, Content: "x", CreatedAt: epoch})
	})
	check := func(u chat.UserID, unread, mentions int64) {
		t.Helper()
		views := read(w, func(r chat.Reader) ([]chat.ConversationView, error) {
			return r.Conversations(w.ctx, u, chat.ConversationFilter{Limit: 10})
		})
		if views[0].UnreadCount != unread || views[0].MentionCount != mentions {
			t.Fatalf("unread %d, mentions %d; want %d, %d", views[0].UnreadCount, views[0].MentionCount, unread, mentions)
		}
	}
	check(bob, 4, 1)
	check(ann, 0, 0)
	w.write(func(tx chat.Tx) error {
		m := second.Message
		m.DeletedAt, m.DeletedBy = epoch, ann
		return tx.EraseMessage(w.ctx, m)
	})
	check(bob, 3, 0)
	w.must(w.send(c, bob, "writing is reading"))
	check(bob, 0, 0)
	check(ann, 1, 0)
}

func revAt(t *testing.T, w *world) {
	ann := w.user("ann")
	c, other := w.group(ann), w.group(ann)
	for i := range 40 {
		w.must(w.send(c, ann, fmt.Sprint(i)))
		w.must(w.send(other, ann, fmt.Sprint(i)))
	}
	log := read(w, func(r chat.Reader) ([]*chat.Event, error) { return r.EventsAfter(w.ctx, c.Stream(), 0, 100) })
	for _, e := range log {
		for back, want := range map[int64]bool{1000: true, 5: e.Rev >= 35} {
			w.must(w.st.Read(w.ctx, func(r chat.Reader) error {
				rev, ok, err := r.RevAt(w.ctx, c.Stream(), e.Pos+1, back) // +1: the other conversation's event
				if ok != want || ok && rev != e.Rev {
					t.Errorf("rev at %d, %d back: %d %v, want %d %v", e.Pos, back, rev, ok, e.Rev, want)
				}
				return err
			}))
		}
	}
}

func headsSince(t *testing.T, w *world) {
	ann := w.user("ann")
	c, other := w.group(ann), w.group(ann)
	w.must(w.send(c, ann, "1"))
	w.must(w.send(other, ann, "1"))
	mid := w.events()[len(w.events())-1].Pos
	w.must(w.send(c, ann, "2"))
	w.must(w.send(c, ann, "3"))
	w.must(w.st.Read(w.ctx, func(r chat.Reader) error {
		heads, newest, err := r.HeadsSince(w.ctx, mid)
		if len(heads) != 1 || heads[c.Stream()] != 3 || newest != mid+2 {
			t.Errorf("heads %v, newest %d", heads, newest)
		}
		return err
	}))
}

func takenNames(t *testing.T, w *world) {
	w.write(func(tx chat.Tx) error {
		return tx.InsertUser(w.ctx, &chat.User{Username: "Ann", Email: "ann@example.com", ExternalID: "x1", Kind: chat.Member, CreatedAt: epoch})
	})
	for field, u := range map[string]chat.User{
		"username":   {Username: "aNN"},
		"email":      {Username: "ben", Email: "ANN@example.com"},
		"externalId": {Username: "cat", ExternalID: "x1"},
	} {
		u.Kind, u.CreatedAt = chat.Member, epoch
		err := w.st.Write(w.ctx, func(tx chat.Tx) error { return tx.InsertUser(w.ctx, &u) })
		if e := chat.Explain(err); e.Code != chat.AlreadyExists || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func messageWakes(t *testing.T, w *world) {
	ann, bob, cat := w.user("ann"), w.user("bob"), w.user("cat")
	c := w.group(ann, bob, cat)
	set := func(u chat.UserID, change func(*chat.Participant)) {
		w.write(func(tx chat.Tx) error {
			p, err := tx.Participant(w.ctx, c, u)
			if err != nil {
				return err
			}
			change(p)
			return tx.UpdateParticipant(w.ctx, p)
		})
	}
	set(ann, func(p *chat.Participant) { p.HiddenAt = epoch })
	set(bob, func(p *chat.Participant) { p.ArchivedAt = epoch })
	set(cat, func(p *chat.Participant) { p.ArchivedAt, p.MutedUntil = epoch, chat.MutedForever })
	w.must(w.send(c, bob, "wake up"))
	got := map[chat.StreamID]chat.EventType{}
	for _, e := range w.events() {
		if e.Stream < 0 {
			got[e.Stream] = e.Type
			if e.Type == chat.ConversationJoined && e.Detail != "0" {
				t.Errorf("joined from %q, want 0: the waking message itself must follow", e.Detail)
			}
		}
	}
	want := map[chat.StreamID]chat.EventType{ann.Stream(): chat.ConversationJoined, bob.Stream(): chat.ConversationSettings}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("own events %v, want %v", got, want)
	}
	p := read(w, func(r chat.Reader) (*chat.Participant, error) { return r.Participant(w.ctx, c, cat) })
	if p.ArchivedAt.IsZero() {
		t.Fatal("an archived and muted conversation woke up")
	}
}

func erasedInSteps(t *testing.T, w *world) {
	ann := w.user("ann")
	c := w.group(ann)
	for i := range 25 {
		w.must(w.send(c, ann, fmt.Sprint(i)))
	}
	w.write(func(tx chat.Tx) error { return tx.DoomConversation(w.ctx, c, epoch) })
	if cv := read(w, func(r chat.Reader) (*chat.Conversation, error) { return r.Conversation(w.ctx, c) }); cv != nil {
		t.Fatal("a doomed conversation is still there")
	}
	steps := 0
	for done := false; !done; steps++ {
		if steps > 20 {
			t.Fatal("it does not end")
		}
		w.write(func(tx chat.Tx) (err error) {
			done, err = tx.EraseConversation(w.ctx, c, 10)
			return err
		})
	}
	left := read(w, func(r chat.Reader) ([]chat.ConversationID, error) { return r.DoomedConversations(w.ctx, 10) })
	if slices.Contains(left, c) {
		t.Fatal("rows are left")
	}
	if events := read(w, func(r chat.Reader) ([]*chat.Event, error) { return r.EventsAfter(w.ctx, c.Stream(), 0, 10) }); len(events) > 0 {
		t.Fatal("events are left")
	}
}
