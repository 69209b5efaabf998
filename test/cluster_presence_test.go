package test

import (
	"testing"
	"time"

	"parley/client"
	"parley/internal/chat"
	"parley/internal/parleytest"
)

// Who is there is known on both nodes, over REST and over streams, and whoever
// has a session on each stays when one ends.
func TestPresenceIsTheSameOnBothNodes(t *testing.T) {
	t.Parallel()
	p := newPair(t, 2)
	bob := p.people[1].ID
	watch := []*client.Stream{stream(t, p.client(0, 0), client.StreamOptions{}), stream(t, p.client(0, 1), client.StreamOptions{})}
	for _, s := range watch {
		next[*client.Ready](t, s)
	}
	first := stream(t, p.client(1, 0), client.StreamOptions{})
	for node, s := range watch {
		sees(t, s, bob, client.Online)
		presence(t, p.client(0, node), bob, client.Online)
	}
	second := stream(t, p.client(1, 1), client.StreamOptions{})
	if err := second.SetPresence(t.Context(), client.DND); err != nil {
		t.Fatal(err)
	}
	for _, s := range watch {
		sees(t, s, bob, client.DND)
	}
	second.Close()
	for node, s := range watch {
		sees(t, s, bob, client.Online) // the next that is told: he did not blink
		presence(t, p.client(0, node), bob, client.Online)
	}
	first.Close()
	for node, s := range watch {
		sees(t, s, bob, client.Offline)
		presence(t, p.client(0, node), bob, client.Offline)
	}
}

// sees fails unless the next that a stream tells of somebody's presence is this.
func sees(t *testing.T, s *client.Stream, u chat.UserID, want string) {
	t.Helper()
	for {
		if p := next[*client.Presence](t, s); p.UserID == int64(u) {
			if p.Status != want {
				t.Fatalf("user %d is %s, want %s", u, p.Status, want)
			}
			return
		}
	}
}

// The people of a node that stops come to the other one. Nobody sees them go;
// who does not come is gone after ten seconds.
func TestPeopleOfAStoppedNodeDoNotBlink(t *testing.T) {
	t.Parallel()
	p := newPair(t, 3)
	watch := stream(t, p.client(0, 1), client.StreamOptions{})
	next[*client.Ready](t, watch)
	comes, stays := p.people[1].ID, p.people[2].ID
	front := parleytest.NewBalancer(t)
	front.To(p.NodeURL(0))
	moved := stream(t, clientOf(t, front.URL, p.people[1].Token), client.StreamOptions{})
	next[*client.Ready](t, moved)
	sees(t, watch, comes, client.Online)
	lost := stream(t, p.client(2, 0), client.StreamOptions{})
	sees(t, watch, stays, client.Online)
	front.To(p.NodeURL(1))
	p.StopNode(0)
	next[*client.Interruption](t, lost)
	lost.Close()
	for {
		u := next[*client.Presence](t, watch)
		if u.UserID == int64(stays) && u.Status == client.Offline {
			break
		}
		t.Errorf("saw %+v", u)
	}
	presence(t, p.client(0, 1), comes, client.Online)
	p.StartNode(0)
	presence(t, p.client(0, 0), comes, client.Online)
}

// What somebody chooses on another node while NATS is away is true here within
// seconds, and everywhere when NATS is back.
func TestAChoiceOnAnotherNodeWithoutNATS(t *testing.T) {
	t.Parallel()
	p := newPair(t, 2)
	bob := p.people[1].ID
	here, there := stream(t, p.client(0, 0), client.StreamOptions{}), stream(t, p.client(0, 1), client.StreamOptions{})
	next[*client.Ready](t, here)
	next[*client.Ready](t, there)
	stream(t, p.client(1, 0), client.StreamOptions{})
	sees(t, here, bob, client.Online)
	sees(t, there, bob, client.Online)
	choose := func(status string) {
		t.Helper()
		if _, err := p.client(1, 1).SetPresence(t.Context(), client.PresenceStatus{Status: status}); err != nil {
			t.Fatal(err)
		}
	}
	p.NATS.Stop()
	choose(client.DND)
	begun := time.Now()
	sees(t, here, bob, client.DND)
	if took := time.Since(begun); took > 11*time.Second {
		t.Errorf("it took %v", took)
	}
	choose(client.Offline)
	p.NATS.Start()
	begun = time.Now()
	sees(t, here, bob, client.Offline)
	if took := time.Since(begun); took > 3*time.Second {
		t.Errorf("after NATS was back it took %v", took)
	}
	presence(t, p.client(0, 1), bob, client.Offline)
}
