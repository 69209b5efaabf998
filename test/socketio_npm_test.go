package test

import (
	"strconv"
	"testing"

	"parley/internal/chat"
	"parley/internal/parleytest"
)

// shown is a person as a client of Socket.IO needs him.
func shownPerson(t *testing.T, s *parleytest.Server, p *parleytest.Person) map[string]any {
	t.Helper()
	u, err := s.Chat.Me(t.Context(), p.Actor)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{"id": u.ExternalID, "token": p.Token, "name": u.Name()}
}

func TestSocketIOClientFromNpm(t *testing.T) {
	needNode(t)
	s := parleytest.New(t)
	second := s.Node.URL()
	if s.Second != nil {
		second = s.Second.URL()
	}
	for _, mode := range []string{"polling", "websocket", "upgrade"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			ann, bob, eve := s.Person("Ann"), s.Person("Bob"), s.Person("Eve")
			v, _, err := s.Chat.CreateConversation(t.Context(), ann.Actor, chat.NewConversation{Name: "npm", ParticipantIDs: []chat.UserID{bob.ID}})
			if err != nil {
				t.Fatal(err)
			}
			node(t, "socketio.mjs", map[string]any{
				"url": s.Node.URL(), "second": second, "mode": mode, "group": shownID(v.ID),
				"ann": shownPerson(t, s, ann), "bob": shownPerson(t, s, bob), "eve": shownPerson(t, s, eve),
			})
		})
	}
}

func shownID[T ~int64](id T) string { return strconv.FormatInt(int64(id), 10) }

// Whoever comes back after a cut has recovered, from the log.
func TestSocketIORecoveryFromNpm(t *testing.T) {
	t.Parallel()
	needNode(t)
	s := parleytest.New(t, parleytest.With("--socketio.recovery", "on"))
	for name, transports := range map[string][]string{"polling": {"polling"}, "websocket": {"websocket"}, "upgrade": {"polling", "websocket"}} {
		t.Run(name, func(t *testing.T) {
			ann, bob := s.Person("Ann"), s.Person("Bob")
			group := chatGroup(t, s, ann, bob)
			node(t, "recovery.mjs", map[string]any{
				"url": s.NodeURL(s.Nodes() - 1), "other": s.NodeURL(0), "group": shownID(group), "transports": transports,
				"ann": shownPerson(t, s, ann), "bob": shownPerson(t, s, bob),
			})
		})
	}
}
