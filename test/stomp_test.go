package test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"parley/client"
	"parley/internal/chat"
	"parley/internal/parleytest"
)

// keepSTOMP sends over STOMP, over a new connection whenever one is lost.
func keepSTOMP(t *testing.T, way, url, token string) sendFunc {
	var c *stompConn
	t.Cleanup(func() {
		if c != nil {
			c.close()
		}
	})
	return func(ctx context.Context, d client.Draft) (m client.Message, err error) {
		if c == nil {
			if c, err = dialStomp(ctx, way, url, token, ""); err != nil {
				c = nil
				return m, err
			}
		}
		ctx, cancel := context.WithTimeout(ctx, within)
		defer cancel()
		if m, err = overSTOMP(c, speaker{}).send(ctx, d); err != nil {
			c.close()
			c = nil
		}
		return m, err
	}
}

// Promise P4 for STOMP: whoever resumes with x-resume hears each message once and
// in order, however often his connection is cut.
func TestSTOMPResumesWithoutGaps(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann, bob := s.Person("ann"), s.Person("bob")
	v, _, err := s.Chat.CreateConversation(t.Context(), ann.Actor, chat.NewConversation{Name: "g", ParticipantIDs: []chat.UserID{bob.ID}})
	if err != nil {
		t.Fatal(err)
	}
	for way := range stompWays {
		t.Run(way, func(t *testing.T) {
			const messages = 300
			url := func() string { return s.NodeURL(rand.IntN(s.Nodes())) }
			h := hearOverStomp(t, way, url(), bob.Token, nil)
			go func() {
				for i := range messages {
					if _, err := s.Chat.SendMessage(context.Background(), ann.Actor, chat.SendMessage{ConversationID: v.ID, Content: fmt.Sprint(i)}); err != nil {
						t.Error(err)
					}
				}
			}()
			cuts := 0
			for i := range messages {
				if m := nextEvent(t, h, client.MessageCreated).Payload.(*client.Message); m.Content != fmt.Sprint(i) {
					t.Fatalf("heard %q as number %d after %d cuts", m.Content, i, cuts)
				}
				if rand.IntN(20) == 0 {
					h.Close()
					h = hearOverStomp(t, way, url(), bob.Token, h.Cursors())
					cuts++
				}
			}
			t.Logf("%d cuts", cuts)
		})
	}
}

// Promise P5: the removed hear their own removal, and nothing of what follows.
func TestRemovalEndsListeningOverSTOMP(t *testing.T) {
	t.Parallel()
	for way := range stompWays {
		t.Run(way, func(t *testing.T) {
			s := parleytest.New(t)
			ann, bob := s.Person("ann"), s.Person("bob")
			v, _, err := s.Chat.CreateConversation(t.Context(), ann.Actor, chat.NewConversation{Name: "g", ParticipantIDs: []chat.UserID{bob.ID}})
			if err != nil {
				t.Fatal(err)
			}
			h := hearOverStomp(t, way, s.NodeURL(s.Nodes()-1), bob.Token, nil)
			if err := s.Chat.RemoveParticipant(t.Context(), ann.Actor, v.ID, bob.ID); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Chat.SendMessage(t.Context(), ann.Actor, chat.SendMessage{ConversationID: v.ID, Content: "at last alone"}); err != nil {
				t.Fatal(err)
			}
			d, _, err := s.Chat.OpenDirect(t.Context(), ann.Actor, bob.ID)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Chat.SendMessage(t.Context(), ann.Actor, chat.SendMessage{ConversationID: d.ID, Content: "sorry"}); err != nil {
				t.Fatal(err)
			}
			removed := false
			for {
				u := next[*client.Event](t, h)
				if l, ok := u.Payload.(*client.Left); ok && l.ConversationID == int64(v.ID) {
					removed = true
				}
				m, ok := u.Payload.(*client.Message)
				if ok && strings.Contains(m.Content, "alone") {
					t.Error("the removed reads on")
				}
				if ok && m.Content == "sorry" { // committed after the message
					break
				}
			}
			if !removed {
				t.Error("the removed does not hear of it")
			}
			if err := h.send(t.Context(), "send", client.Draft{ConversationID: int64(v.ID), Content: "let me in"}); err == nil || !strings.Contains(err.Error(), "not_participant") {
				t.Errorf("the removed sends: %v", err)
			}
		})
	}
}

// A revoked session's STOMP connections end.
func TestRevocationEndsSTOMP(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	for way := range stompWays {
		t.Run(way, func(t *testing.T) {
			ann := s.Person("ann")
			c := stomp(t, way, s.NodeURL(s.Nodes()-1), ann.Token, "")
			if err := s.Auth.Logout(t.Context(), ann.Actor); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), within)
			defer cancel()
			if f, err := c.next(ctx); err == nil || !strings.Contains(err.Error(), "Unauthorized") {
				t.Errorf("got %+v, %v", f, err)
			}
			if _, err := dialStomp(t.Context(), way, s.URL, ann.Token, ""); err == nil {
				t.Error("the revoked comes back")
			}
		})
	}
}
