package admin_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/admin"
	"parley/internal/chat"
)

func TestCheckOfTheLogFindsAHole(t *testing.T) {
	w := newWorld(t)
	ann := w.user("ann")
	var groups []chat.ConversationID
	for range 60 { // more than one page
		groups = append(groups, w.group(ann))
	}
	w.say(ann, groups[3])
	s := w.service(admin.Options{})
	if h, err := s.Health(t.Context()); err != nil || h.Check != nil || h.Checking != nil {
		t.Errorf("%+v, %v", h, err)
	}
	w.must(s.CheckLog(t.Context()))
	h, err := s.Health(t.Context())
	w.must(err)
	if h.Check == nil || h.Check.Checked != 60 || h.Check.Wrong != 0 || h.Checking != nil || len(h.Troubles) != 0 {
		t.Errorf("%+v, %+v", h, h.Check)
	}
	w.must(w.store.Write(t.Context(), func(tx chat.Tx) error { // as a bug would
		_, err := tx.EraseConversation(t.Context(), groups[55], 1)
		return err
	}))
	w.must(s.CheckLog(t.Context()))
	h, err = s.Health(t.Context())
	w.must(err)
	if h.Check.Wrong != 1 || h.Check.Examples[0].ID != groups[55] || len(h.Troubles) != 1 {
		t.Errorf("%+v, %+v", h, h.Check)
	}
}

// A look that is cut off goes on where it was.
func TestCheckOfTheLogGoesOn(t *testing.T) {
	w := newWorld(t)
	ann := w.user("ann")
	for range 120 {
		w.group(ann)
	}
	s := w.service(admin.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.CheckLog(ctx); err == nil {
		t.Error("nothing cut it off")
	}
	cut := 0
	for ; cut < 10; cut++ {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		err := s.CheckLog(ctx)
		cancel()
		if err == nil {
			break
		}
	}
	w.must(s.CheckLog(t.Context()))
	h, err := s.Health(t.Context())
	w.must(err)
	if h.Check == nil || h.Check.Checked != 120 || h.Checking != nil {
		t.Errorf("%+v after %d cuts", h.Check, cut)
	}
}

func TestHealthTellsOfJobsAndFollowers(t *testing.T) {
	w := newWorld(t)
	ann := w.user("ann")
	c := w.group(ann)
	s := w.service(admin.Options{})
	w.counted()
	w.must(s.AskForCheck(t.Context(), ann))
	w.must(s.AskForCheck(t.Context(), ann)) // waits already
	w.say(ann, c)
	h, err := s.Health(t.Context())
	w.must(err)
	if len(h.Jobs) != 1 || h.Jobs[0] != (admin.JobsOfKind{Kind: "check_log", Waiting: 1}) {
		t.Errorf("%+v", h.Jobs)
	}
	if len(h.Followers) != 1 || h.Followers[0].Name != "statistics" || h.Followers[0].Lag != 1 {
		t.Errorf("%+v", h.Followers)
	}
	if got := w.deeds(s); len(got) != 2 || !strings.Contains(got[0], "log.checked") {
		t.Errorf("%q", got)
	}
}

// What administrators do to conversations is told to those who are in them, and
// written down in the same transaction.
func TestGroupsAreHandedOverAndDeleted(t *testing.T) {
	w := newWorld(t)
	ann, bob, cat := w.user("ann"), w.user("bob"), w.user("cat")
	c, s, by := w.group(ann, bob), w.service(admin.Options{}), chat.Actor{ID: cat.ID}
	direct, _, err := w.chat.OpenDirect(t.Context(), ann, bob.ID)
	w.must(err)
	for name, err := range map[string]error{
		"a direct conversation": w.chat.HandOver(t.Context(), by, direct.ID, bob.ID),
		"one that is not there": w.chat.HandOver(t.Context(), by, 999, bob.ID),
		"deleting a direct one": w.chat.DeleteConversation(t.Context(), by, direct.ID),
	} {
		if !chat.Has(err, chat.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := w.chat.HandOver(t.Context(), by, c, cat.ID); !chat.Has(err, chat.ValidationFailed) {
		t.Errorf("to somebody who is not in it: %v", err)
	}
	w.must(w.chat.HandOver(t.Context(), by, c, bob.ID))
	w.must(w.chat.HandOver(t.Context(), by, c, bob.ID)) // as it is
	v, err := w.chat.Conversation(t.Context(), bob, c)
	w.must(err)
	if v.Me.Role != chat.Owner || v.Participants[1].UserID != ann.ID || v.Participants[1].Role != chat.Admin {
		t.Errorf("%+v", v.Participants)
	}
	g, err := s.Group(t.Context(), c)
	if err != nil || g.Owner != bob.ID {
		t.Errorf("%+v, %v", g, err)
	}
	w.must(w.chat.DeleteConversation(t.Context(), by, c))
	if _, err := w.chat.Conversation(t.Context(), bob, c); !chat.Has(err, chat.NotFound) {
		t.Error(err)
	}
	if _, err := s.Group(t.Context(), c); !chat.Has(err, chat.NotFound) {
		t.Error(err)
	}
	want := []string{
		`3/0 conversation.deleted 1 {"messages":0,"participants":2,"type":"GROUP"}`,
		`3/0 conversation.handed_over 1 {"from":1,"to":2}`,
	}
	if got := w.deeds(s); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// A deed that fails is not written down.
func TestDeedAndLogAreOne(t *testing.T) {
	w := newWorld(t)
	ann := w.user("ann")
	c, s, boom := w.group(ann), w.service(admin.Options{}), errors.New("boom")
	if err := w.chat.HandOver(t.Context(), chat.Operator, c, 99); err == nil {
		t.Error("handed over to nobody")
	}
	err := w.store.Write(t.Context(), func(tx chat.Tx) error {
		if err := chat.Record(t.Context(), tx, ann, w.clock.Now(), chat.ActionUserErased, 1, nil); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Error(err)
	}
	if got := w.deeds(s); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

// The last backup is the one that was written down last; there is none until then.
func TestHealthTellsOfTheLastBackup(t *testing.T) {
	w := newWorld(t)
	s := w.service(admin.Options{})
	h, err := s.Health(t.Context())
	w.must(err)
	if h.Backup != nil {
		t.Errorf("a backup of %v", h.Backup.At)
	}
	last := w.clock.Now().UTC().Truncate(time.Millisecond)
	for _, at := range []time.Time{last.Add(-time.Hour), last} {
		w.must(w.store.Write(t.Context(), func(tx chat.Tx) error {
			return chat.Record(t.Context(), tx, chat.Operator, at, chat.ActionBackup, 0, map[string]any{"files": 3})
		}))
	}
	h, err = s.Health(t.Context())
	w.must(err)
	if h.Backup == nil || !h.Backup.At.Equal(last) || len(h.Troubles) != 0 {
		t.Errorf("%+v, troubles %v", h.Backup, h.Troubles)
	}
}
