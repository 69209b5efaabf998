package test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/internal/parleytest"
	"parley/internal/roomapi"
)

// Rooms that are in memory work as others do, and at no time is a byte of them in a
// file or a row. A restart ends them, and says so.
func TestRoomsInMemory(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t, parleytest.Alone(), parleytest.With("--rooms.memory-only", "on"))
	maker, guest, room := roomFor(t, s, map[string]any{"kcv": "kcv" + secret})
	ears := []*roomStream{maker.hear(room), guest.hear(room)}
	for _, b := range []*browser{maker, guest} {
		b.say(room, "words "+secret).ok(t)
		_, f := b.upload(room, "holiday"+secret+".txt", []byte("a file with "+secret))
		b.ask(http.MethodPost, of("/api/messages", room), map[string]any{"enc": map[string]any{"v": 1, "iv": "AAAA", "ct": secret}, "fileIds": []string{f.ID}}).ok(t)
		if a := guest.ask(http.MethodGet, of("/api/room/files/"+f.ID, room), nil).ok(t); a.body != "a file with "+secret {
			t.Errorf("the file is %q", a.body)
		}
		for _, ear := range ears {
			ear.next(roomapi.EventMessage)
		}
	}
	if got := guest.read(room).ok(t).Messages; len(got) != 4 {
		t.Errorf("%d messages", len(got))
	}
	var all sync.WaitGroup
	var seated atomic.Int64
	crowded := newBrowser(t, s.URL).ask(http.MethodPost, "/api/room/create", nil).ok(t).RoomID
	for range 50 {
		b := newBrowser(t, s.URL)
		all.Go(func() {
			if a, err := b.try(http.MethodPost, of("/api/room/join", crowded), map[string]any{}); err != nil || a.status != http.StatusOK && a.status != http.StatusConflict {
				t.Errorf("joining: %d %s, %v", a.status, a.body, err)
			} else if a.status == http.StatusOK {
				seated.Add(1)
			}
		})
	}
	if all.Wait(); seated.Load() != 2 {
		t.Errorf("%d are seated", seated.Load())
	}
	unkept := func(when string) {
		t.Helper()
		for _, mark := range []string{secret, room} {
			if found := kept(t, s, mark); len(found) > 0 {
				t.Errorf("%s: %s is in %s", when, mark, found)
			}
		}
		if n := blobsOf(t, s); n != 0 {
			t.Errorf("%s: %d files", when, n)
		}
	}
	unkept("while it lives")

	// Accounts are the server's: who is signed in finds rooms elsewhere, and an
	// administrator ends one, which is written down where it stays.
	ann := s.Person("ann")
	bearer := []string{"Authorization", "Bearer " + ann.Token}
	hers := newBrowser(t, s.URL).ask(http.MethodPost, "/api/room/create", nil, bearer...).ok(t).RoomID
	if mine := newBrowser(t, s.URL).ask(http.MethodGet, "/api/room/mine", nil, bearer...).ok(t).Rooms; len(mine) != 1 || mine[0].RoomID != hers {
		t.Errorf("her rooms: %+v", mine)
	}
	as := boss(t, s)
	as(http.MethodDelete, "/api/admin/rooms/"+hers, "", nil)
	newBrowser(t, s.URL).join(hers).is(t, http.StatusNotFound, "room-not-found")
	maker.ask(http.MethodPost, of("/api/room/report", room), map[string]any{"note": "for the operator"}).ok(t)
	var reports []struct{ RoomID, Note string }
	if as(http.MethodGet, "/api/admin/reports", "", &reports); len(reports) != 1 || reports[0].RoomID != room || reports[0].Note != "for the operator" {
		t.Errorf("the reports are %+v", reports)
	}
	as(http.MethodDelete, "/api/admin/reports/1", "", nil)
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	gone(t, s, 60*time.Second, []string{room}, func() { <-look.C }) // only the report had its name
	var log []struct {
		Action, TargetType string
		TargetID           *int64
	}
	if as(http.MethodGet, "/api/admin/audit?action=room.ended", "", &log); len(log) != 1 || log[0].TargetType != "room" || log[0].TargetID != nil {
		t.Errorf("the audit log has %+v", log)
	}

	s.Stop()
	for _, ear := range ears {
		if e := ear.next(roomapi.EventDestroy); e.data["reason"] != "restart" || e.data["by"] != nil {
			t.Errorf("heard %+v", e)
		}
		ear.over()
	}
	unkept("after it was stopped")
	s.StartNode(0)
	for _, b := range []*browser{maker, guest} {
		b.http.CloseIdleConnections()
		if a := b.read(room).is(t, http.StatusGone, "room-ended"); !strings.Contains(a.body, `"reason":"restart"`) {
			t.Errorf("after the restart: %s", a.body)
		}
		if a := b.ask(http.MethodGet, "/room/"+room, nil); a.header.Get("Location") != "/?restarted=true" {
			t.Errorf("the page answers %d %s", a.status, a.header.Get("Location"))
		}
	}
	maker.create(nil)
	unkept("at the end")
}

// Rooms end also when the memory for them is full, and what is refused says why.
func TestRoomsEndWhenTheMemoryIsFull(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t, parleytest.Alone(), parleytest.With("--rooms.memory-only", "on", "--rooms.memory-mb", "16"))
	var empty, rooms []string
	maker := newBrowser(t, s.URL)
	small := maker.create(nil)
	for range 40 {
		empty = append(empty, maker.create(nil))
	}
	long := strings.Repeat("x", 60_000)
	fill := func(room string) (said int, refused roomAnswer) {
		for ; said < 80; said++ {
			a := maker.ask(http.MethodPost, of("/api/messages", room), map[string]any{"enc": map[string]any{"v": 1, "iv": "AAAA", "ct": long}})
			if a.status != http.StatusOK {
				return said, a
			}
		}
		return said, refused
	}
	for full := false; !full; {
		room := maker.create(nil)
		rooms = append(rooms, room)
		_, a := fill(room)
		full = a.status == http.StatusServiceUnavailable
		if !full && a.status != 0 && a.status != http.StatusRequestEntityTooLarge {
			t.Fatalf("filling: %d %s", a.status, a.body)
		}
	}
	for full := false; !full; { // until not even the smallest thing has room
		a := maker.ask(http.MethodPost, "/api/room/create", nil)
		full = a.status == http.StatusServiceUnavailable
		if !full && a.status != http.StatusOK {
			t.Fatalf("making rooms: %d %s", a.status, a.body)
		}
	}
	for full := false; !full; {
		a := maker.say(small, "x")
		full = a.status == http.StatusServiceUnavailable
		if !full && a.status != http.StatusOK {
			t.Fatalf("saying little: %d %s", a.status, a.body)
		}
	}
	// Those that give nothing back come first.
	for _, room := range slices.Concat(empty, []string{small}, rooms) {
		maker.ask(http.MethodDelete, of("/api/room", room), nil).ok(t)
	}
	if said, a := fill(maker.create(nil)); said < 20 {
		t.Errorf("afterwards there is room for %d messages: %d %s", said, a.status, a.body)
	}
}
