package test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/parleytest"
	"parley/internal/roomapi"
)

func TestTwoTalkInARoom(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	maker, guest, room := roomFor(t, s, nil)
	ear, tab := guest.hear(room), guest.hear(room) // two tabs have one seat
	said := maker.say(room, "hello").ok(t)
	if said.Token == "" || said.Token == maker.token() {
		t.Errorf("the token of one's own message is %q", said.Token)
	}
	if e := ear.next(roomapi.EventCipher); e.data["cipher"] != false {
		t.Errorf("heard %+v", e)
	}
	e := ear.next(roomapi.EventMessage)
	if e.data["text"] != "hello" || e.data["sender"] != "somebody" || e.data["mine"] != false || e.data["roomId"] != room || e.data["token"] != nil || e.id == "" {
		t.Errorf("heard %+v", e)
	}
	if e := tab.next(roomapi.EventMessage); e.data["text"] != "hello" {
		t.Errorf("the other tab hears %+v", e)
	}
	// The seconds are those that are left when it is told; the end is 600 s after the message.
	if ttl := ear.next(roomapi.EventTTL); ttl.data["expiresAt"].(float64) != e.data["timestamp"].(float64)+600_000 || ttl.data["ttl"].(float64) > 600 {
		t.Errorf("the time to live is %v", ttl.data)
	}
	got := guest.read(room).ok(t).Messages
	if len(got) != 1 || got[0].Text != "hello" || got[0].Mine || got[0].Token != "" || got[0].Seq != 1 {
		t.Errorf("the guest reads %+v", got)
	}
	if got := maker.read(room).ok(t).Messages; len(got) != 1 || !got[0].Mine || got[0].Token != said.Token {
		t.Errorf("the maker reads %+v", got)
	}
	guest.ask(http.MethodPost, of("/api/room/typing", room), map[string]any{"typing": true}).ok(t)
	other := maker.hear(room)
	guest.ask(http.MethodPost, of("/api/room/read", room), nil).ok(t)
	if e := other.next(roomapi.EventRead); e.data["mine"] != false || e.data["messageId"] != said.ID {
		t.Errorf("read: %+v", e)
	}
	// Who comes back later hears of it at once.
	if e := maker.hear(room).next(roomapi.EventRead); e.data["mine"] != false || e.data["messageId"] != said.ID {
		t.Errorf("read before the stream began: %+v", e)
	}
	maker.ask(http.MethodDelete, of("/api/room", room), nil).ok(t)
	if e := ear.next(roomapi.EventDestroy); e.data["by"] != "peer" || e.data["reason"] != "destroyed" || e.data["isDestroyed"] != true {
		t.Errorf("destroyed: %+v", e)
	}
	if e := other.next(roomapi.EventDestroy); e.data["by"] != "you" {
		t.Errorf("destroyed: %+v", e)
	}
	ear.over()
	other.over()
	guest.read(room).is(t, http.StatusGone, "room-ended")
	maker.ask(http.MethodDelete, of("/api/room", room), nil).is(t, http.StatusNotFound, "room-not-found")
}

func TestOfManyWhoJoinAtOnceTwoAreSeated(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	room := newBrowser(t, s.URL).ask(http.MethodPost, "/api/room/create", nil).ok(t).RoomID
	var mu sync.Mutex
	seats, refused := map[int]int{}, 0
	var all sync.WaitGroup
	for range 200 {
		b := newBrowser(t, s.URL)
		all.Go(func() {
			a, err := b.try(http.MethodPost, of("/api/room/join", room), map[string]any{})
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			switch {
			case a.status == http.StatusOK:
				seats[a.Seat]++
			case a.status == http.StatusConflict && a.Error == "room-full":
				refused++
			default:
				t.Errorf("got %d %s", a.status, a.body)
			}
		})
	}
	all.Wait()
	if len(seats) != 2 || seats[1] != 1 || seats[2] != 1 || refused != 198 {
		t.Errorf("seats %v, %d refused", seats, refused)
	}
}

func TestARoomEndsByItself(t *testing.T) {
	t.Parallel()
	var ahead sync.Map
	now := func() time.Time {
		d, _ := ahead.Load("by")
		by, _ := d.(time.Duration)
		return time.Now().Add(by)
	}
	s := parleytest.New(t, parleytest.Clocks(now, now))
	maker, guest, room := roomFor(t, s, nil)
	ears := []*roomStream{maker.hear(room), guest.hear(room)}
	ahead.Store("by", 599*time.Second-time.Duration(0))
	if left := guest.ask(http.MethodGet, of("/api/room/ttl", room), nil); left.status == http.StatusOK && left.TTL > 1 {
		t.Errorf("%d s are left", left.TTL)
	}
	begun := time.Now()
	for _, ear := range ears {
		if e := ear.next(roomapi.EventDestroy); e.data["reason"] != "expired" || e.data["by"] != nil {
			t.Errorf("heard %+v", e)
		}
		ear.over()
	}
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("it ended %v late", took-time.Second)
	}
	guest.read(room).is(t, http.StatusGone, "room-ended")
	if a := guest.ask(http.MethodGet, "/room/"+room, nil); a.status != http.StatusTemporaryRedirect || !strings.HasSuffix(a.header.Get("Location"), "/?error=room-not-found") {
		t.Errorf("the page answers %d %s", a.status, a.header.Get("Location"))
	}
}
