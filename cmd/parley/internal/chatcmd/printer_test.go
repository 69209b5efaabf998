package chatcmd

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"parley/client"
)

var noon = time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)

func newTestPrinter(colour bool) *printer {
	p := newPrinter(console{colour: colour}, 1)
	p.location = time.UTC
	p.know(&client.Conversation{ID: 7, Type: client.Group, Name: "Project\x1b[0m Team", Participants: []client.Participant{
		{UserID: 1, Name: "Ann"}, {UserID: 2, Name: "Bob\x07"},
	}})
	p.day = "Wednesday, 2 January 2030"
	return p
}

func said(id, sender int64, name, text string) *client.Message {
	return &client.Message{ID: id, ConversationID: 7, SenderID: sender, SenderName: name, Content: text, CreatedAt: noon}
}

func event(kind client.EventType, actor int64, payload any) *client.Event {
	return &client.Event{ConversationID: 7, Rev: 1, Type: kind, At: noon.Add(time.Minute), ActorID: actor, Payload: payload}
}

func TestLinesOfAConversation(t *testing.T) {
	p := newTestPrinter(false)
	edited := said(10, 2, "Bob", "Hello there")
	edited.IsEdited = true
	reply := said(11, 1, "Ann", "Hi")
	reply.ParentID = 10
	gone := said(10, 2, "Bob", "")
	gone.IsDeleted = true
	system := said(12, 1, "Ann", "added Eve")
	system.Type = client.System
	tomorrow := said(13, 2, "Bob", "Good morning")
	tomorrow.CreatedAt = noon.AddDate(0, 0, 1)
	for i, step := range []struct {
		update client.Update
		want   string
	}{
		{event(client.MessageCreated, 2, said(10, 2, "Bob", "Hello\nall\x1b[2J of you")), "12:00 Bob: Hello|      all[2J of you"},
		{&client.Typing{ConversationID: 7, UserID: 2, Typing: true}, "      Bob is typing…"},
		{&client.Typing{ConversationID: 7, UserID: 2, Typing: true}, ""},
		{event(client.MessageUpdated, 2, edited), "12:01 * Bob edited: Hello there"},
		{event(client.MessageUpdated, 2, edited), ""},
		{event(client.MessageCreated, 1, reply), "12:00 Ann: (on “Hello there”) Hi"},
		{event(client.ReactionAdded, 1, &client.ReactionChange{MessageID: 10, ConversationID: 7, UserID: 1, UserName: "Ann", Emoji: "👍"}), "12:01 * Ann reacted with 👍 to “Hello there”"},
		{event(client.ReactionRemoved, 1, &client.ReactionChange{MessageID: 99, ConversationID: 7, UserID: 1, UserName: "Ann", Emoji: "👍"}), "12:01 * Ann took back 👍 from message 99"},
		{event(client.MessageDeleted, 1, gone), "12:01 * Ann deleted “Hello there”"},
		{event(client.MessageCreated, 1, system), "12:00 * Ann added Eve"},
		{event(client.ReadMarked, 2, &client.ReadMark{UserID: 2}), ""},
		{event(client.MessageCreated, 2, tomorrow), "-- Thursday, 3 January 2030 --|12:00 Bob: Good morning"},
		{&client.Gap{ConversationID: 7, Head: 5000}, "-- too much was said in Project[0m Team while offline: see parley chat read 7 --"},
		{&client.Gap{}, "-- too much happened while offline: see parley chat list --"},
		{&client.Interruption{RetryIn: 1500 * time.Millisecond}, "-- offline, trying again in 1.5s --"},
		{&client.Error{Message: "Slow\x1b down"}, "-- Slow down --"},
		{&client.Ready{}, "-- online again --"},
		{&client.Presence{UserID: 2}, ""},
	} {
		if got := strings.Join(p.lines(step.update), "|"); got != step.want {
			t.Errorf("step %d: got %q, want %q", i, got, step.want)
		}
	}
}

func TestFollowingEverythingSaysWhere(t *testing.T) {
	p := newTestPrinter(false)
	p.showWhere = true
	got := p.lines(event(client.MessageCreated, 2, said(10, 2, "Bob", "Hello")))
	if want := "12:00 [Project[0m Team] Bob: Hello"; len(got) != 1 || got[0] != want {
		t.Errorf("got %q, want %q", got, want)
	}
	joined := event(client.ConversationJoined, 1, &client.Joined{Conversation: client.Conversation{ID: 8, Type: client.Group, Name: "New"}})
	if got := p.lines(joined); len(got) != 1 || got[0] != "12:01 [New] * you are in New now" {
		t.Errorf("got %q", got)
	}
	left := event(client.ConversationLeft, 1, &client.Left{ConversationID: 9})
	if got := p.lines(left); len(got) != 1 || got[0] != "12:01 [conversation 9] * you are not in conversation 9 any more" {
		t.Errorf("got %q", got)
	}
}

func TestColoursAreOursAlone(t *testing.T) {
	p := newTestPrinter(true)
	line := p.lines(event(client.MessageCreated, 2, said(10, 2, "Bob\x1b[31m", "Hello \x1b[5mblink")))[0]
	if want := "\x1b[2m12:00\x1b[0m \x1b[34mBob[31m:\x1b[0m Hello [5mblink"; line != want {
		t.Errorf("got %q, want %q", line, want)
	}
}

func TestPrinterForgets(t *testing.T) {
	p := newTestPrinter(false)
	for id := int64(1); id <= 3*remembered; id++ {
		p.remember(said(id, 2, "Bob", fmt.Sprint(id)))
	}
	if len(p.said) != remembered || len(p.order) != remembered || p.said[3*remembered] == "" {
		t.Errorf("remembers %d and %d", len(p.said), len(p.order))
	}
}

func TestTables(t *testing.T) {
	var out strings.Builder
	c := console{out: &out}
	last := said(1, 2, "Bob", "See you\nthere")
	c.table([]row{
		{faint, []string{"ID", "UNREAD", "NAME", "NEWEST"}},
		listRow(&client.Conversation{ID: 7, Name: "Project Team", UnreadCount: 3, MentionCount: 1, LastMessage: last}),
		listRow(&client.Conversation{ID: 1200, Name: "Bob", Type: client.Direct, IsMuted: true, UnreadCount: 1}),
		listRow(&client.Conversation{ID: 9, Name: "news", Type: client.Channel, IsPinned: true}),
	})
	got := strings.Split(out.String(), "\n")
	for i, want := range []string{
		"ID    UNREAD  NAME            NEWEST",
		"7     3 (@1)  Project Team    2030-01-02 Bob: See you there",
		"1200  1       Bob (muted)",
		"9             #news (pinned)",
	} {
		// The time of the newest message depends on where and when this runs.
		if i != 1 && got[i] != want || i == 1 && !strings.HasSuffix(got[i], "Bob: See you there") {
			t.Errorf("line %d: %q, want %q", i, got[i], want)
		}
	}
}

func TestChoose(t *testing.T) {
	all := []client.Conversation{{ID: 1, Name: "Team"}, {ID: 2, Name: "team "}, {ID: 3, Name: "Other"}}
	if c, err := choose(all, "OTHER"); err != nil || c.ID != 3 {
		t.Errorf("got %d, %v", c.ID, err)
	}
	for name, want := range map[string]string{"Team": "such as 1 or 2", "none": `no conversation is called "none"`} {
		if _, err := choose(all, name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want …%s…", name, err, want)
		}
	}
}
