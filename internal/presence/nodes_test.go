package presence_test

import (
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/bus"
	"parley/internal/chat"
	"parley/internal/presence"
)

// wire is what carries signals between nodes, if it is not cut.
type wire struct {
	mu  sync.Mutex
	ns  []*node
	cut bool
}

// node is a tracker with its own part of the bus, and what its sessions hear.
type node struct {
	*bus.Local
	wire    *wire
	tracker *presence.Tracker

	mu   sync.Mutex
	told []string
}

func (n *node) Signal(s chat.Signal) {
	n.Local.Signal(s)
	n.wire.mu.Lock()
	others, cut := n.wire.ns, n.wire.cut
	n.wire.mu.Unlock()
	for _, other := range others {
		if other != n && !cut {
			other.Local.Signal(s)
		}
	}
}

func (w *wire) cable(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
}

func (w *wire) isCut() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cut
}

func (w *wire) add(users presence.Users) *node {
	n := &node{Local: bus.NewLocal(), wire: w}
	n.tracker = presence.New(n, users, stale, slog.New(slog.DiscardHandler))
	n.Subscribe(n.tracker.Before(chat.Subscriber{
		Events: func([]*chat.Event) {},
		Signal: func(s chat.Signal) {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.told = append(n.told, fmt.Sprintf("%d %s", s.UserID, s.Presence.Status))
		},
	}))
	w.mu.Lock()
	w.ns = append(w.ns, n)
	w.mu.Unlock()
	n.tracker.Join(func() bool { return !w.isCut() })
	return n
}

// wantHeard compares what the node's sessions heard since it was last called.
func (n *node) wantHeard(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	n.mu.Lock()
	defer n.mu.Unlock()
	if fmt.Sprint(n.told) != fmt.Sprint(want) {
		t.Errorf("heard %v, want %v", n.told, want)
	}
	n.told = nil
}

func cluster(t *testing.T, fn func(t *testing.T, w *wire, a, b *node)) {
	story(t, func(t *testing.T, town *town) {
		w := &wire{}
		a, b := w.add(town), w.add(town)
		synctest.Wait()
		fn(t, w, a, b)
		for _, n := range w.ns {
			if err := n.tracker.Stop(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestPresenceCrossesNodes(t *testing.T) {
	cluster(t, func(t *testing.T, _ *wire, a, b *node) {
		s := a.tracker.Connect(ann, "web")
		b.wantHeard(t, "1 ONLINE")
		if p := b.tracker.Of([]chat.UserID{ann})[0]; p.Status != chat.Online || p.DeviceType != "web" {
			t.Errorf("the other node says %+v", p)
		}
		s.Leave()
		time.Sleep(presence.Grace + time.Second)
		b.wantHeard(t, "1 OFFLINE")
	})
}

// Somebody on two nodes is as present as on the better one, and offline only when
// he has left both.
func TestPresenceIsMerged(t *testing.T) {
	cluster(t, func(t *testing.T, _ *wire, a, b *node) {
		first, second := a.tracker.Connect(ann, "web"), b.tracker.Connect(ann, "phone")
		first.Attend(chat.DND, "")
		synctest.Wait()
		a.wantHeard(t, "1 ONLINE", "1 DND")
		b.wantHeard(t, "1 ONLINE", "1 DND")
		first.Leave()
		time.Sleep(presence.Grace + time.Second)
		a.wantHeard(t, "1 ONLINE")
		second.Leave()
		time.Sleep(presence.Grace + time.Second)
		a.wantHeard(t, "1 OFFLINE")
		b.wantHeard(t, "1 ONLINE", "1 OFFLINE")
	})
}

func TestANewNodeLearnsWhoIsThere(t *testing.T) {
	story(t, func(t *testing.T, town *town) {
		w := &wire{}
		a := w.add(town)
		for u := chat.UserID(1); u <= 2_500; u++ {
			a.tracker.Connect(u, "")
		}
		b := w.add(town)
		synctest.Wait()
		if n := len(b.tracker.Online()); n != 2_500 {
			t.Errorf("the new node knows of %d", n)
		}
		for _, n := range w.ns {
			if err := n.tracker.Stop(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
}

// What the wire lost is put right by the next digest.
func TestLostPresencesAreRepaired(t *testing.T) {
	cluster(t, func(t *testing.T, w *wire, a, b *node) {
		w.cable(true)
		a.tracker.Connect(ann, "")
		b.wantHeard(t)
		w.cable(false)
		time.Sleep(11 * time.Second)
		b.wantHeard(t, "1 ONLINE")
	})
}

func TestASilentNodesUsersAreGone(t *testing.T) {
	cluster(t, func(t *testing.T, w *wire, a, b *node) {
		a.tracker.Connect(ann, "")
		a.tracker.Connect(bob, "")
		b.tracker.Connect(bob, "")
		synctest.Wait()
		b.mu.Lock()
		b.told = nil
		b.mu.Unlock()
		w.cable(true)
		time.Sleep(24 * time.Second)
		b.wantHeard(t)
		time.Sleep(12 * time.Second)
		b.wantHeard(t, "1 OFFLINE") // bob is here too
		w.cable(false)
		time.Sleep(11 * time.Second)
		b.wantHeard(t, "1 ONLINE")
	})
}

// The users of a node that stops do not blink: they come back elsewhere within
// the time that hides a reconnect.
func TestUsersOfAStoppingNodeDoNotBlink(t *testing.T) {
	cluster(t, func(t *testing.T, _ *wire, a, b *node) {
		a.tracker.Connect(ann, "")
		a.tracker.Connect(bob, "")
		b.wantHeard(t, "1 ONLINE", "2 ONLINE")
		if err := a.tracker.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		b.tracker.Connect(ann, "")
		time.Sleep(presence.Grace)
		b.wantHeard(t, "2 OFFLINE")
	})
}

// A choice made on another node comes without the record, which is read.
func TestAChoiceOnAnotherNodeCounts(t *testing.T) {
	story(t, func(t *testing.T, town *town) {
		a := (&wire{}).add(town)
		a.tracker.Connect(ann, "")
		a.wantHeard(t, "1 ONLINE")
		town.mu.Lock()
		town.choice = chat.User{Presence: chat.PresenceDND}
		town.mu.Unlock()
		a.Publish([]*chat.Event{{Stream: ann.Stream(), Type: chat.UserUpdated}})
		a.wantHeard(t, "1 DND")
		if err := a.tracker.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// While nothing comes from other nodes, and when it may be that something did not
// come, choices are looked up.
func TestAChoiceOfWhichNothingWasHeardCounts(t *testing.T) {
	story(t, func(t *testing.T, town *town) {
		w := &wire{}
		a := w.add(town)
		a.tracker.Connect(ann, "")
		a.wantHeard(t, "1 ONLINE")
		choose := func(p chat.PresenceChoice) {
			town.mu.Lock()
			defer town.mu.Unlock()
			town.choice = chat.User{Presence: p}
		}
		choose(chat.PresenceDND)
		w.cable(true)
		time.Sleep(11 * time.Second)
		a.wantHeard(t, "1 DND")
		w.cable(false)
		choose(chat.PresenceInvisible)
		time.Sleep(11 * time.Second)
		a.wantHeard(t)
		a.tracker.Lost()
		a.wantHeard(t, "1 OFFLINE")
		if err := a.tracker.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
