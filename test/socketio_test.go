package test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"parley/client"
	"parley/internal/chat"
	"parley/internal/parleytest"
)

// Promise P5: the removed hear their own removal, and nothing of what follows.
func TestRemovalEndsListeningOverSocketIO(t *testing.T) {
	t.Parallel()
	for _, way := range socketIOWays {
		t.Run(way, func(t *testing.T) {
			s := parleytest.New(t)
			ann, bob := s.Person("ann"), s.Person("bob")
			group := chatGroup(t, s, ann, bob)
			c := socketIO(t, way, s.NodeURL(s.Nodes()-1), bob.Token)
			if err := s.Chat.RemoveParticipant(t.Context(), ann.Actor, group, bob.ID); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Chat.SendMessage(t.Context(), ann.Actor, chat.SendMessage{ConversationID: group, Content: "secret"}); err != nil {
				t.Fatal(err)
			}
			direct, _, err := s.Chat.OpenDirect(t.Context(), ann.Actor, bob.ID)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Chat.SendMessage(t.Context(), ann.Actor, chat.SendMessage{ConversationID: direct.ID, Content: "to you"}); err != nil {
				t.Fatal(err)
			}
			removed := false
			ctx, cancel := context.WithTimeout(t.Context(), within)
			defer cancel()
			for {
				e, err := c.next(ctx)
				if err != nil {
					t.Fatal(err)
				}
				removed = removed || e.name == "conversation-removed"
				var m heard
				if err := json.Unmarshal(e.data, &m); err != nil {
					t.Fatal(err)
				}
				if m.Content == "secret" {
					t.Error("heard a secret")
				}
				if m.Content == "to you" {
					break
				}
			}
			if !removed {
				t.Error("did not hear of the removal")
			}
			for _, name := range []string{"join-conversation", "history", "sync", "typing"} {
				if _, err := c.ask(ctx, name, map[string]any{"conversation_id": shownID(group)}); err == nil || !strings.Contains(err.Error(), "not_participant") {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
}

func chatGroup(t *testing.T, s *parleytest.Server, owner *parleytest.Person, members ...*parleytest.Person) chat.ConversationID {
	t.Helper()
	var ids []chat.UserID
	for _, m := range members {
		ids = append(ids, m.ID)
	}
	v, _, err := s.Chat.CreateConversation(t.Context(), owner.Actor, chat.NewConversation{Name: "g", ParticipantIDs: ids})
	if err != nil {
		t.Fatal(err)
	}
	return v.ID
}

// A revoked session is sent away from its socket, for good.
func TestRevocationEndsSocketIO(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	for _, way := range socketIOWays {
		in := s.Person("ann")
		c := socketIO(t, way, s.NodeURL(s.Nodes()-1), in.Token)
		if err := s.Auth.RevokeSession(t.Context(), in.Actor, in.Session); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), within)
		for {
			if _, err := c.next(ctx); err != nil {
				if !errors.Is(err, errSocketIO) {
					t.Error(err)
				}
				break
			}
		}
		cancel()
	}
}

// A hundred thousand tiny packets cost their sender only; whoever else is there is
// served all the while.
func TestTinySocketIOPackets(t *testing.T) {
	const packets = 100_000
	s := parleytest.New(t)
	ann, bob := s.Person("ann"), s.Person("bob")
	group := chatGroup(t, s, ann, bob)
	for _, way := range socketIOWays {
		t.Run(way, func(t *testing.T) {
			c := socketIO(t, way, s.NodeURL(0), ann.Token)
			other := socketIO(t, way, s.NodeURL(0), bob.Token)
			done := make(chan error, 1)
			go func() {
				if strings.HasSuffix(way, "polling") {
					for range packets / 50_000 {
						if err := c.write(strings.TrimSuffix(strings.Repeat("6\x1e", 50_000), "\x1e")); err != nil {
							done <- err
							return
						}
					}
				} else {
					for range packets {
						if err := c.write("6"); err != nil {
							done <- err
							return
						}
					}
				}
				done <- nil
			}()
			ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
			defer cancel()
			for i := range 20 {
				if _, err := overSocketIO(other).send(ctx, client.Draft{ConversationID: int64(group), Content: fmt.Sprint(i)}); err != nil {
					t.Fatal(err)
				}
			}
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			if _, err := overSocketIO(c).send(ctx, client.Draft{ConversationID: int64(group), Content: "still here"}); err != nil {
				t.Error(err)
			}
		})
	}
}

// Promise P6: who does not read is cut off, and nobody waits for him.
func TestSlowSocketIOClients(t *testing.T) {
	for _, way := range socketIOWays {
		t.Run(way, func(t *testing.T) {
			s := parleytest.New(t, parleytest.Alone())
			ann, bob, slow := s.Person("ann"), s.Person("bob"), s.Person("slow")
			group := chatGroup(t, s, ann, bob, slow)
			stuck := socketIO(t, way, s.URL, slow.Token)
			reads := socketIO(t, way, s.URL, bob.Token)
			stuck.stall()
			cut := &s.Gateway.Metrics.SlowConsumers
			text := strings.Repeat("😀", 9_000)
			ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
			defer cancel()
			for i := 0; cut.Load() == 0; i++ {
				if i == 2000 {
					t.Fatal("the slow client is not cut off")
				}
				sent, err := s.Chat.SendMessage(ctx, ann.Actor, chat.SendMessage{ConversationID: group, Content: text})
				if err != nil {
					t.Fatal(err)
				}
				for {
					e, err := reads.next(ctx)
					if err != nil {
						t.Fatalf("message %d: %v", i, err)
					}
					var m heard
					if err := json.Unmarshal(e.data, &m); err != nil {
						t.Fatal(err)
					}
					if e.name == "new-message" && m.ID == shownID(sent.ID) {
						break
					}
				}
			}
		})
	}
}
