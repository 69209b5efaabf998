package hub_test

import (
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/chat"
	"parley/internal/hub"
)

func TestTypingIsForTheOthers(t *testing.T) {
	story(t, func(t *testing.T, w *world, h *hub.Hub) {
		typist, phone, reader := newEar(ann), newEar(ann), newEar(bob)
		for _, e := range []*ear{typist, phone, reader} {
			e.begin(t, h, hub.Resume{})
		}
		w.bus.Signal(chat.Signal{Kind: chat.SignalTyping, ConversationID: 1, UserID: ann, Typing: true})
		w.bus.Signal(chat.Signal{Kind: chat.SignalDelivered, ConversationID: 1, UserID: ann, MessageID: 9})
		synctest.Wait()
		if n := len(typist.took()) + len(phone.took()); n != 0 {
			t.Errorf("ann's own sessions got %d signals", n)
		}
		if got := reader.took(); len(got) != 2 || !got[0].Typing || got[1].MessageID != 9 {
			t.Errorf("bob got %+v", got)
		}
	})
}

func TestPresenceComesOncePerSession(t *testing.T) {
	story(t, func(t *testing.T, w *world, h *hub.Hub) {
		w.add(2, ann)
		w.add(2, bob)
		const stranger = chat.UserID(3)
		w.add(3, stranger)
		own, first, second, far := newEar(ann), newEar(bob), newEar(bob), newEar(stranger)
		tell := func() {
			w.bus.Signal(chat.Signal{Kind: chat.SignalPresence, UserID: ann})
			time.Sleep(time.Second)
		}
		for _, e := range []*ear{first, second, far} {
			e.begin(t, h, hub.Resume{})
		}
		tell() // ann has no session: the log knows her conversations
		f := own.begin(t, h, hub.Resume{})
		tell() // now her session does
		f.Leave()
		if a, b := len(first.took()), len(second.took()); a != 2 || b != 2 {
			t.Errorf("bob's sessions got %d and %d, want 2 each", a, b)
		}
		if a, b := len(own.took()), len(far.took()); a != 0 || b != 0 {
			t.Errorf("ann got %d and the stranger %d, want none", a, b)
		}
	})
}

func TestPresenceIsHiddenBehindABlock(t *testing.T) {
	story(t, func(t *testing.T, w *world, h *hub.Hub) {
		const eve = chat.UserID(3)
		w.add(1, eve)
		hears := map[chat.UserID]*ear{ann: newEar(ann), bob: newEar(bob), eve: newEar(eve)}
		for _, e := range hears {
			e.begin(t, h, hub.Resume{})
		}
		w.block(ann, bob)
		w.bus.Signal(chat.Signal{Kind: chat.SignalBlocked, UserID: ann, Other: bob})
		synctest.Wait()
		for _, u := range []chat.UserID{ann, bob} {
			if got := hears[u].took(); len(got) != 1 || got[0].UserID != ann+bob-u || got[0].Presence.Status != chat.Offline {
				t.Errorf("%d heard %+v, want that the other is not there", u, got)
			}
		}
		for _, u := range []chat.UserID{ann, bob} {
			w.bus.Signal(chat.Signal{Kind: chat.SignalPresence, UserID: u, Presence: chat.Presence{Status: chat.Online}})
		}
		time.Sleep(time.Second)
		if a, b, e := len(hears[ann].took()), len(hears[bob].took()), len(hears[eve].took()); a != 1 || b != 1 || e != 2 {
			t.Errorf("ann heard %d, bob %d, eve %d, want no more than before, and 2", a, b, e)
		}
	})
}

func TestOfPresencesCloseTogetherTheNewestIsTold(t *testing.T) {
	story(t, func(t *testing.T, w *world, h *hub.Hub) {
		e := newEar(bob)
		e.begin(t, h, hub.Resume{})
		tell := func(s chat.PresenceStatus) {
			w.bus.Signal(chat.Signal{Kind: chat.SignalPresence, UserID: ann, Presence: chat.Presence{Status: s}})
			synctest.Wait()
		}
		tell(chat.Online)
		tell(chat.Away)
		tell(chat.DND)
		time.Sleep(time.Second)
		if got := e.took(); len(got) != 2 || got[0].Presence.Status != chat.Online || got[1].Presence.Status != chat.DND {
			t.Errorf("heard %+v, want the first at once and then the newest", got)
		}
	})
}

func TestRevocationReachesAllSessionsOfTheUser(t *testing.T) {
	story(t, func(t *testing.T, w *world, h *hub.Hub) {
		first, second, other := newEar(ann), newEar(ann), newEar(bob)
		for _, e := range []*ear{first, second, other} {
			e.begin(t, h, hub.Resume{})
		}
		w.bus.Signal(chat.Signal{Kind: chat.SignalRevoked, UserID: ann, Session: 7})
		for _, e := range []*ear{first, second} {
			if len(e.revoked) != 1 || e.revoked[0] != 7 {
				t.Errorf("ann's session heard of %v, want 7", e.revoked)
			}
		}
		if len(other.revoked) != 0 {
			t.Error("bob heard of ann's revocation")
		}
	})
}
