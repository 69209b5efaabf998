package test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"parley/client"
	"parley/internal/app"
	"parley/internal/chat"
	"parley/internal/parleytest"
)

// Promise P5 on open connections: the removed hear their own removal last, and
// nothing of what follows.
func TestRemovalEndsListening(t *testing.T) {
	t.Parallel()
	for _, transport := range []client.Transport{client.WebSocket, client.SSE} {
		t.Run(string(transport), func(t *testing.T) {
			s := parleytest.New(t)
			ann, bob := s.Person("ann"), s.Person("bob")
			v, _, err := s.Chat.CreateConversation(t.Context(), ann.Actor, chat.NewConversation{Name: "g", ParticipantIDs: []chat.UserID{bob.ID}})
			if err != nil {
				t.Fatal(err)
			}
			bobs := stream(t, clientFor(t, s, bob), client.StreamOptions{Transport: transport})
			next[*client.Ready](t, bobs)
			if err := s.Chat.RemoveParticipant(t.Context(), ann.Actor, v.ID, bob.ID); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Chat.SendMessage(t.Context(), ann.Actor, chat.SendMessage{ConversationID: v.ID, Content: "at last alone"}); err != nil {
				t.Fatal(err)
			}
			name := "bob the removed"
			if _, err := s.Chat.UpdateProfile(t.Context(), bob.Actor, chat.ProfilePatch{DisplayName: &name}); err != nil {
				t.Fatal(err)
			}
			var heard []string
			for {
				e := next[*client.Event](t, bobs)
				heard = append(heard, string(e.Type))
				if m, ok := e.Payload.(*client.Message); ok && strings.Contains(m.Content, "alone") {
					t.Error("the removed reads on")
				}
				if e.Type == client.UserUpdated { // committed after the message
					break
				}
			}
			t.Logf("heard %v", heard)
		})
	}
}

// A revoked session's connections end within a second, wherever the revocation
// came from.
func TestRevocationEndsConnections(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann, bob := s.Person("ann"), s.Person("bob")
	ended := func(st *client.Stream) time.Duration {
		t.Helper()
		begun := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		for {
			u, err := st.Next(ctx)
			if err != nil {
				if errors.Is(err, context.DeadlineExceeded) {
					t.Fatal("the connection is still open after 5 s")
				}
				return time.Since(begun)
			}
			if _, ok := u.(*client.Interruption); ok {
				return time.Since(begun)
			}
		}
	}
	anns := stream(t, clientFor(t, s, ann), client.StreamOptions{})
	next[*client.Ready](t, anns)
	if err := s.Auth.Logout(t.Context(), ann.Actor); err != nil {
		t.Fatal(err)
	}
	if took := ended(anns); took > time.Second {
		t.Errorf("after logging out the connection stayed for %v", took)
	}

	bobs := stream(t, clientFor(t, s, bob), client.StreamOptions{})
	next[*client.Ready](t, bobs)
	beside, err := app.OpenAccounts(t.Context(), s.Config()) // as `parley user disable` does
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	if err := beside.Auth.SetDisabled(t.Context(), chat.Operator, bob.ID, true); err != nil {
		t.Fatal(err)
	}
	if took := ended(bobs); took > time.Second {
		t.Errorf("after disabling the account the connection stayed for %v", took)
	}
	if code, status := call(t, s.URL, bob.Token, "GET", "/api/users/me", ""); status != 401 {
		t.Errorf("the disabled reads his profile: %d %s", status, code)
	}
}

// Promise P4 for what began while a client was away: a conversation that he was
// added to meanwhile is told from where he was added.
func TestJoinedWhileAwayIsToldFromTheStart(t *testing.T) {
	t.Parallel()
	for _, transport := range []client.Transport{client.WebSocket, client.SSE} {
		t.Run(string(transport), func(t *testing.T) {
			s := parleytest.New(t)
			ann, bob := s.Person("ann"), s.Person("bob")
			first := stream(t, clientFor(t, s, bob), client.StreamOptions{Transport: transport})
			next[*client.Ready](t, first)
			cursors := first.Cursors()
			first.Close()

			v, _, err := s.Chat.OpenDirect(t.Context(), ann.Actor, bob.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{"are you there?", "hello?"} {
				if _, err := s.Chat.SendMessage(t.Context(), ann.Actor, chat.SendMessage{ConversationID: v.ID, Content: text}); err != nil {
					t.Fatal(err)
				}
			}
			back := stream(t, clientFor(t, s, bob), client.StreamOptions{Transport: transport, Cursors: cursors})
			nextEvent(t, back, client.ConversationJoined)
			for _, want := range []string{"are you there?", "hello?"} {
				if m := nextEvent(t, back, client.MessageCreated).Payload.(*client.Message); m.Content != want {
					t.Errorf("heard %q, want %q", m.Content, want)
				}
			}
		})
	}
}
