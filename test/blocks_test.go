package test

import (
	"fmt"
	"testing"

	"parley/client"
	"parley/internal/parleytest"
)

// Who has blocked somebody is not there for him, nor he for them, in whatever they
// share; others see both.
func TestBlockedPeopleDoNotSeeEachOthersPresence(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann, bob, eve := s.Person("Ann"), s.Person("Bob"), s.Person("Eve")
	group := groupOf(t, s, ann, bob, eve)
	streams := map[*parleytest.Person]*client.Stream{}
	for _, p := range []*parleytest.Person{ann, bob, eve} {
		streams[p] = stream(t, clientFor(t, s, p), client.StreamOptions{})
		next[*client.Ready](t, streams[p])
	}
	presence(t, clientFor(t, s, ann), bob.ID, client.Online)
	presence(t, clientFor(t, s, bob), ann.ID, client.Online)

	if code, status := call(t, s.URL, bob.Token, "PUT", fmt.Sprintf("/api/users/%d/block", ann.ID), ""); status != 200 {
		t.Fatal(status, code)
	}
	untilTold(t, streams[ann], bob, client.Offline)
	untilTold(t, streams[bob], ann, client.Offline)
	for _, p := range []*parleytest.Person{ann, bob} {
		other := ann.ID + bob.ID - p.ID
		presence(t, clientFor(t, s, p), other, client.Offline)
		presence(t, clientFor(t, s, p), eve.ID, client.Online)
		presence(t, clientFor(t, s, eve), p.ID, client.Online)
		c, err := clientFor(t, s, p).Conversation(t.Context(), int64(group))
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range c.Participants {
			if hidden := q.UserID == int64(other); hidden != (q.Status == client.Offline) {
				t.Errorf("%s sees %s as %s", p.Name, q.Name, q.Status)
			}
		}
	}

	if err := streams[bob].SetPresence(t.Context(), client.DND); err != nil {
		t.Fatal(err)
	}
	untilTold(t, streams[eve], bob, client.DND)
	if err := streams[eve].SetPresence(t.Context(), client.Away); err != nil {
		t.Fatal(err)
	}
	for _, p := range untilTold(t, streams[ann], eve, client.Away) {
		if p.UserID == int64(bob.ID) {
			t.Errorf("Ann heard that Bob is %s", p.Status)
		}
	}
}

// untilTold reads a stream until it tells this of somebody's presence, and returns what
// it told of others until then.
func untilTold(t *testing.T, s *client.Stream, of *parleytest.Person, want string) (before []*client.Presence) {
	t.Helper()
	for {
		p := next[*client.Presence](t, s)
		if p.UserID == int64(of.ID) && p.Status == want {
			return before
		}
		before = append(before, p)
	}
}

// The same with the clients from npm.
func TestBlockedPresenceWithClientsFromNpm(t *testing.T) {
	t.Parallel()
	needNode(t)
	s := parleytest.New(t)
	for _, protocol := range []string{"stomp", "socketio"} {
		t.Run(protocol, func(t *testing.T) {
			ann, bob, eve := s.Person("Ann"), s.Person("Bob"), s.Person("Eve")
			groupOf(t, s, ann, bob, eve)
			if code, status := call(t, s.URL, bob.Token, "PUT", fmt.Sprintf("/api/users/%d/block", ann.ID), ""); status != 200 {
				t.Fatal(status, code)
			}
			story := map[string]any{"protocol": protocol, "base": s.URL}
			for name, p := range map[string]*parleytest.Person{"ann": ann, "bob": bob, "eve": eve} {
				shown := shownPerson(t, s, p)
				if shown["shown"] = shown["id"]; protocol == "stomp" {
					shown["shown"] = fmt.Sprint(p.ID)
				}
				story[name] = shown
			}
			node(t, "blocks.js", story)
		})
	}
}
