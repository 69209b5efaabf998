package test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/client"
	"parley/internal/parleytest"
)

// A reminder is due by itself, also when the server was away at the time, and all of
// one's devices hear of it, those that come later too.
func TestReminderIsDue(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann := s.Person("ann")
	c := clientFor(t, s, ann)
	group := groupOf(t, s, ann)
	m, err := c.SendMessage(t.Context(), client.Draft{ConversationID: int64(group), Content: "hello"})
	if err != nil {
		t.Fatal(err)
	}
	here := stream(t, c, client.StreamOptions{})
	from := next[*client.Ready](t, here).Heads["user"]
	settle(t, s, ann, here)
	at := time.Now().Add(time.Second).UTC().Truncate(time.Millisecond)
	if set, err := c.SetReminder(t.Context(), m.ID, at); err != nil || !set.RemindAt.Equal(at) || set.IsDue {
		t.Fatalf("%+v %v", set, err)
	}
	nextEvent(t, here, client.ReminderSet)
	due := func(st *client.Stream) {
		t.Helper()
		e := nextEvent(t, st, client.ReminderDue)
		if p := e.Payload.(*client.ReminderChange); p.MessageID != m.ID || p.ConversationID != int64(group) || !p.IsDue || !p.RemindAt.Equal(at) || e.At.Before(at) {
			t.Errorf("%+v at %v", p, e.At)
		}
	}
	due(here)
	due(stream(t, clientFor(t, s, ann), client.StreamOptions{Cursors: map[string]int64{"user": from}}))

	at = time.Now().Add(2 * time.Second).UTC().Truncate(time.Millisecond)
	if _, err := c.SetReminder(t.Context(), m.ID, at); err != nil {
		t.Fatal(err)
	}
	s.Stop()
	<-time.After(time.Until(at)) // the server is away while the time comes
	s.Restart()
	late := stream(t, clientFor(t, s, ann), client.StreamOptions{Cursors: map[string]int64{"user": from}})
	nextEvent(t, late, client.ReminderDue) // the first one
	due(late)
	list, _, err := c.Reminders(t.Context(), 0, 0)
	if err != nil || len(list) != 1 || !list[0].IsDue || list[0].Content != "hello" {
		t.Errorf("%+v %v", list, err)
	}
}

// A status is seen at once with its emoji, and goes by itself on all nodes.
func TestStatusClearsItself(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann, bob := s.Person("ann"), s.Person("bob")
	groupOf(t, s, ann, bob)
	heard := stream(t, clientFor(t, s, bob), client.StreamOptions{})
	next[*client.Ready](t, heard)
	settle(t, s, bob, heard)
	there := stream(t, clientFor(t, s, ann), client.StreamOptions{})
	next[*client.Ready](t, there)
	presence := func(want func(*client.Presence) bool) *client.Presence {
		t.Helper()
		for {
			if p := next[*client.Presence](t, heard); p.UserID == int64(ann.ID) && want(p) {
				return p
			}
		}
	}
	presence(func(p *client.Presence) bool { return p.Status == client.Online })
	end := time.Now().Add(time.Second).UTC().Truncate(time.Millisecond)
	c := clientFor(t, s, ann)
	if p, err := c.SetPresence(t.Context(), client.PresenceStatus{Status: client.DND, Message: new("In a meeting"), Emoji: new("📅"), ClearAt: &end}); err != nil || p.Emoji != "📅" || !p.ClearAt.Equal(end) {
		t.Fatalf("%+v %v", p, err)
	}
	if p := presence(func(p *client.Presence) bool { return p.StatusMessage != "" }); p.StatusMessage != "In a meeting" || p.Emoji != "📅" || !p.ClearAt.Equal(end) {
		t.Errorf("told %+v", p)
	}
	if p := presence(func(p *client.Presence) bool { return p.StatusMessage == "" }); p.Emoji != "" || !p.ClearAt.IsZero() || p.Status != client.DND {
		t.Errorf("told %+v", p)
	}
	if now := time.Now(); now.Before(end) {
		t.Errorf("gone %v before its end", end.Sub(now))
	}
	list, err := clientFor(t, s, bob).PresenceOf(t.Context(), int64(ann.ID))
	if err != nil || len(list) != 1 || list[0].Emoji != "" || list[0].StatusMessage != "" {
		t.Errorf("%+v %v", list, err)
	}
}

// A voice message has its length and loudness wherever it is seen.
func TestVoiceMessage(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann, bob := s.Person("ann"), s.Person("bob")
	group := groupOf(t, s, ann, bob)
	heard := stream(t, clientFor(t, s, bob), client.StreamOptions{})
	next[*client.Ready](t, heard)
	var peaks client.Peaks
	for i := range peaks {
		peaks[i] = 2 * i
	}
	c := clientFor(t, s, ann)
	sound := append([]byte("RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data\x00\x00\x00\x00"), make([]byte, 64)...)
	a, err := c.Upload(t.Context(), "voice.wav", bytes.NewReader(sound), client.UploadOptions{Duration: 1500 * time.Millisecond, Peaks: &peaks})
	if err != nil || a.DurationMs != 1500 || a.Peaks == nil || *a.Peaks != peaks || a.MimeType != "audio/wav" {
		t.Fatalf("%+v %v", a, err)
	}
	m := attach(t, s, ann, group, a.ID)
	if m.Type != client.Audio || len(m.Attachments) != 1 || *m.Attachments[0].Peaks != peaks {
		t.Errorf("%+v", m)
	}
	for {
		p, is := nextEvent(t, heard, client.MessageCreated).Payload.(*client.Message)
		if is && p.ID == m.ID {
			if len(p.Attachments) != 1 || *p.Attachments[0].Peaks != peaks || p.Attachments[0].DurationMs != 1500 {
				t.Errorf("heard %+v", p.Attachments)
			}
			break
		}
	}
	page, err := clientFor(t, s, bob).Messages(t.Context(), int64(group), client.Page{})
	if err != nil || *page.Messages[len(page.Messages)-1].Attachments[0].Peaks != peaks {
		t.Errorf("%+v %v", page, err)
	}
	// What is not sound has no loudness, and what is no loudness is refused.
	if text, err := c.Upload(t.Context(), "a.txt", strings.NewReader("hello"), client.UploadOptions{Peaks: &peaks}); err != nil || text.Peaks != nil {
		t.Errorf("%+v %v", text, err)
	}
	peaks[0] = 101
	if _, err := c.Upload(t.Context(), "voice.wav", bytes.NewReader(sound), client.UploadOptions{Peaks: &peaks}); client.CodeOf(err) != client.CodeValidationFailed {
		t.Errorf("too loud: %v", err)
	}
}

// All hear how a poll goes; the voter's other devices what he chose; it is found by
// its words, sent over the stream as well, and read where polls are not known.
func TestPollOverTheStream(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann, bob := s.Person("ann"), s.Person("bob")
	group := int64(groupOf(t, s, ann, bob))
	anns, bobs := clientFor(t, s, ann), clientFor(t, s, bob)
	heard, own := stream(t, anns, client.StreamOptions{}), stream(t, bobs, client.StreamOptions{})
	next[*client.Ready](t, heard)
	next[*client.Ready](t, own)
	settle(t, s, ann, heard)
	settle(t, s, bob, own)
	m, err := heard.Send(t.Context(), client.Draft{ConversationID: group, TempID: "poll", Poll: &client.NewPoll{Question: "Mittagessen?", Options: []string{"Pizza", "Suppe"}}})
	if err != nil || m.Poll == nil || m.Content != "Mittagessen?\n1. Pizza\n2. Suppe" {
		t.Fatalf("%+v %v", m, err)
	}
	if again, err := anns.SendMessage(t.Context(), client.Draft{ConversationID: group, TempID: "poll", Poll: &client.NewPoll{Question: "Mittagessen?", Options: []string{"Pizza", "Suppe"}}}); err != nil || again.ID != m.ID || !again.Duplicate {
		t.Errorf("again %+v %v", again, err)
	}
	voted, err := bobs.Vote(t.Context(), m.ID, 1)
	if err != nil || !slices.Equal(voted.MyVotes, []int{1}) || voted.Poll.Options[1].Votes != 1 {
		t.Errorf("%+v %v", voted.Poll, err)
	}
	told := nextEvent(t, heard, client.MessageUpdated).Payload.(*client.Message)
	if told.ID != m.ID || told.Poll.VoterCount != 1 || !slices.Equal(told.Poll.Options[1].Voters, []int64{int64(bob.ID)}) || told.MyVotes != nil || told.IsEdited {
		t.Errorf("told %+v", told.Poll)
	}
	if p := nextEvent(t, own, client.PollVoted).Payload.(*client.PollVote); p.MessageID != m.ID || p.ConversationID != group || !slices.Equal(p.Options, []int{1}) {
		t.Errorf("own %+v", p)
	}
	if _, err := anns.ClosePoll(t.Context(), m.ID); err != nil {
		t.Error(err)
	}
	if _, err := bobs.Vote(t.Context(), m.ID); client.CodeOf(err) != client.CodeConflict {
		t.Errorf("after the end: %v", err)
	}
	for found := []client.Found(nil); len(found) == 0; {
		if found, _, err = bobs.Search(t.Context(), client.Search{Query: "suppe", ConversationID: group}); err != nil {
			t.Fatal(err)
		}
	}
	page, err := bobs.Messages(t.Context(), group, client.Page{Limit: 1})
	if err != nil || page.Messages[0].Poll == nil || !slices.Equal(page.Messages[0].MyVotes, []int{1}) || page.Messages[0].Poll.ClosedBy != int64(ann.ID) {
		t.Errorf("%+v %v", page, err)
	}
	if _, b := get(t, s, bob, "GET", fmt.Sprintf("/conversations/%d/search?q=pizza", group)); !strings.Contains(string(b), "1. Pizza") {
		t.Errorf("toolkit: %s", b)
	}
}
