package test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"parley/client"
	"parley/internal/auth"
	"parley/internal/chat"
	"parley/internal/gateway"
	"parley/internal/parleytest"
)

// Who joins a group whose history begins with joining learns nothing of before,
// whatever cursor he names: not even who was there.
func TestOldCursorShowsNothingFromBeforeJoining(t *testing.T) {
	t.Parallel()
	for _, transport := range []client.Transport{client.WebSocket, client.SSE} {
		t.Run(string(transport), func(t *testing.T) {
			s := parleytest.New(t)
			ann, gone, late := s.Person("ann"), s.Person("gone"), s.Person("late")
			join := chat.HistoryJoin
			v, _, err := s.Chat.CreateConversation(t.Context(), ann.Actor, chat.NewConversation{
				Name: "g", ParticipantIDs: []chat.UserID{gone.ID}, Settings: chat.SettingsPatch{HistoryForNew: &join},
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Chat.RemoveParticipant(t.Context(), ann.Actor, v.ID, gone.ID); err != nil {
				t.Fatal(err)
			}
			if _, _, err := s.Chat.AddParticipants(t.Context(), ann.Actor, v.ID, []chat.UserID{late.ID}); err != nil {
				t.Fatal(err)
			}
			st := stream(t, clientFor(t, s, late), client.StreamOptions{
				Transport: transport, Cursors: map[string]int64{fmt.Sprint(v.ID): 0},
				OnFrame: func(_ client.Direction, frame []byte) {
					if strings.Contains(string(frame), gone.Name) {
						t.Errorf("who joined later reads %s", frame)
					}
				},
			})
			if g := next[*client.Gap](t, st); g.ConversationID != int64(v.ID) {
				t.Errorf("told to reload %+v", g)
			}
			if _, err := s.Chat.SendMessage(t.Context(), ann.Actor, chat.SendMessage{ConversationID: v.ID, Content: "welcome"}); err != nil {
				t.Fatal(err)
			}
			if m := nextEvent(t, st, client.MessageCreated).Payload.(*client.Message); m.Content != "welcome" {
				t.Errorf("heard %q", m.Content)
			}
		})
	}
}

// An application that acts for its users cannot end their accounts.
func TestAPIKeyCannotEraseAnAccount(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann := s.Person("ann")
	secret, _, err := s.Auth.CreateKey(t.Context(), chat.Operator, "app", []string{auth.ScopeChatAct, auth.ScopeUsersWrite})
	if err != nil {
		t.Fatal(err)
	}
	for method, path := range map[string]string{http.MethodDelete: "/api/users/me", http.MethodPut: "/api/auth/password"} {
		r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(`{}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Api-Key", secret)
		r.Header.Set("X-Act-As", fmt.Sprint(ann.ID))
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusForbidden {
			t.Errorf("%s %s answered %d", method, path, res.StatusCode)
		}
	}
}

// One user's connections are bounded.
func TestTooManyConnectionsOfOneUser(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t, parleytest.Alone())
	ann, bob := s.Person("ann"), s.Person("bob")
	for range gateway.MaxSessions {
		dialRaw(t, s.URL, ann.Token)
	}
	_, err := clientFor(t, s, ann).Stream(context.Background(), client.StreamOptions{})
	if err == nil {
		t.Error("one more was let in")
	}
	stream(t, clientFor(t, s, bob), client.StreamOptions{}) // others are not concerned
}

// Limits count over streams as over REST.
func TestStreamCommandsAreLimited(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t, parleytest.Alone(), parleytest.With("--rate-limits", "on", "--limits.edit", "3/1m", "--limits.commands", "20/1m"))
	ann := s.Person("ann")
	v, _, err := s.Chat.CreateConversation(t.Context(), ann.Actor, chat.NewConversation{Name: "g"})
	if err != nil {
		t.Fatal(err)
	}
	st := stream(t, clientFor(t, s, ann), client.StreamOptions{})
	m, err := st.Send(t.Context(), client.Draft{ConversationID: int64(v.ID), Content: "0"})
	if err != nil {
		t.Fatal(err)
	}
	limited := func(do func(i int) error) (after int) {
		for i := range 100 {
			var e *client.Error
			if err := do(i); errors.As(err, &e) && e.Code == "rate_limited" {
				return i
			} else if err != nil {
				t.Fatal(err)
			}
		}
		return 100
	}
	if n := limited(func(i int) error {
		_, err := st.Edit(t.Context(), m.ID, client.Edit{Content: fmt.Sprint("edit ", i)})
		return err
	}); n != 3 {
		t.Errorf("%d edits were let through, want 3", n)
	}
	if n := limited(func(int) error {
		_, err := st.Read(t.Context(), int64(v.ID), m.ID)
		return err
	}); n > 20 {
		t.Errorf("%d more commands were let through", n)
	}
}
