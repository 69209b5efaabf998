package test

import (
	"context"
	"strings"
	"testing"
	"time"

	"parley/client"
	"parley/internal/chat"
	"parley/internal/parleytest"
)

// What the messenger has beside the text reaches clients of other dialects too: STOMP
// in the same words, Socket.IO in its own; a poll, where it is not known, as its text.
func TestExtrasInOtherDialects(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann, bob := s.Person("ann"), s.Person("bob")
	group := int64(groupOf(t, s, ann, bob))
	overStomp := hearOverStomp(t, "STOMP over WebSocket", s.NodeURL(0), bob.Token, nil)
	overSocketIO := socketIO(t, socketIOWays[0], s.NodeURL(s.Nodes()-1), bob.Token)
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()

	poll := client.Draft{ConversationID: group, Poll: &client.NewPoll{Question: "Lunch?", Options: []string{"Pizza", "Soup"}}}
	if err := overStomp.send(ctx, "send", poll); err != nil {
		t.Fatal(err)
	}
	asked := messageThat(t, overStomp, func(m *client.Message) bool { return m.Poll != nil })
	if asked.Poll.Question != "Lunch?" || len(asked.Poll.Options) != 2 || asked.Content != "Lunch?\n1. Pizza\n2. Soup" {
		t.Errorf("STOMP: %+v", asked)
	}
	if got := socketIOMessage(ctx, t, overSocketIO, "new-message", "1. Pizza"); strings.Contains(got, `"poll"`) {
		t.Errorf("Socket.IO: %s", got)
	}
	if _, err := clientFor(t, s, ann).Vote(ctx, asked.ID, 1); err != nil {
		t.Fatal(err)
	}
	if m := messageThat(t, overStomp, func(m *client.Message) bool { return m.Poll != nil && m.Poll.VoterCount > 0 }); m.Poll.Options[1].Votes != 1 {
		t.Errorf("STOMP: %+v", m.Poll)
	}

	peaks := client.Peaks{0: 7, 47: 100}
	sound := "RIFF\x24\x00\x00\x00WAVEfmt " + strings.Repeat("\x00", 64)
	a, err := clientFor(t, s, ann).Upload(ctx, "voice.wav", strings.NewReader(sound), client.UploadOptions{Duration: 1500 * time.Millisecond, Peaks: &peaks})
	if err != nil {
		t.Fatal(err)
	}
	m := attach(t, s, ann, chat.ConversationID(group), a.ID)
	heard := messageThat(t, overStomp, func(h *client.Message) bool { return h.ID == m.ID })
	if f := heard.Attachments[0]; f.DurationMs != 1500 || f.Peaks == nil || *f.Peaks != peaks {
		t.Errorf("STOMP: %+v", f)
	}
	if got := socketIOMessage(ctx, t, overSocketIO, "new-message", "voice.wav"); !strings.Contains(got, `"duration_ms":1500,"peaks":[7,0,`) {
		t.Errorf("Socket.IO: %s", got)
	}
}

// messageThat is the next message, or state of one, that is wanted.
func messageThat(t *testing.T, h hearer, wanted func(*client.Message) bool) *client.Message {
	t.Helper()
	for {
		if m, is := next[*client.Event](t, h).Payload.(*client.Message); is && wanted(m) {
			return m
		}
	}
}

// socketIOMessage is the next event of that name that holds a text, as it came.
func socketIOMessage(ctx context.Context, t *testing.T, c *socketIOConn, name, text string) string {
	t.Helper()
	for {
		e, err := c.next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if raw := string(e.data); e.name == name && strings.Contains(raw, text) {
			return raw
		}
	}
}
