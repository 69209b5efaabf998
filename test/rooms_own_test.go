package test

import (
	"net/http"
	"strings"
	"testing"

	"parley/internal/parleytest"
	"parley/internal/roomapi"
)

// Who made a room while signed in ends it from his list, wherever he is signed in:
// without the room's cookie, and without its key. Nobody else does.
func TestTheMakersAccountEndsARoom(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]parleytest.Option{
		"kept":      nil,
		"in memory": {parleytest.Alone(), parleytest.With("--rooms.memory-only", "on")},
	} {
		t.Run(name, func(t *testing.T) {
			s := parleytest.New(t, options...)
			bearer := func(p *parleytest.Person) []string { return []string{"Authorization", "Bearer " + p.Token} }
			ann, bob := s.Person("ann"), s.Person("bob")
			maker, guest := newBrowser(t, s.URL), newBrowser(t, s.URL)
			room := maker.ask(http.MethodPost, "/api/room/create", nil, bearer(ann)...).ok(t).RoomID
			for _, b := range []*browser{maker, guest} {
				b.join(room).ok(t)
			}
			ears := []*roomStream{maker.hear(room), guest.hear(room)}
			list := func(who ...string) string {
				return newBrowser(t, s.URL).ask(http.MethodGet, "/api/room/mine", nil, who...).ok(t).body
			}
			destroy := func(who ...string) roomAnswer {
				return newBrowser(t, s.URL).ask(http.MethodDelete, of("/api/room", room), nil, who...)
			}
			if got := list(bearer(ann)...); !strings.Contains(got, `"creator":true,"peers":2,"mayDestroy":true`) || strings.Contains(got, `"seat"`) {
				t.Errorf("her list elsewhere is %s", got)
			}
			destroy().is(t, http.StatusUnauthorized, "unauthorized")
			destroy(bearer(bob)...).is(t, http.StatusUnauthorized, "unauthorized")
			destroy("Authorization", "Bearer nothing").is(t, http.StatusUnauthorized, "token_invalid")
			destroy(append(bearer(ann), "Origin", "https://elsewhere.example")...).is(t, http.StatusForbidden, "forbidden")
			guest.read(room).ok(t)
			if a := destroy(bearer(ann)...).ok(t); !a.Destroyed {
				t.Errorf("it answers %s", a.body)
			}
			for i, by := range []string{"you", "peer"} {
				if e := ears[i].next(roomapi.EventDestroy); e.data["reason"] != "destroyed" || e.data["by"] != by {
					t.Errorf("heard %+v, want by %s", e, by)
				}
				ears[i].over()
			}
			destroy(bearer(ann)...).is(t, http.StatusNotFound, "room-not-found")
			if got := list(bearer(ann)...); strings.Contains(got, room) {
				t.Errorf("afterwards her list is %s", got)
			}
		})
	}
}

// The list tells of a seat that was left what the one beside it sees.
func TestMyRoomsDoNotCountWhoHasLeft(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	maker, guest, room := roomFor(t, s, nil)
	list := func(b *browser) string { return b.ask(http.MethodGet, "/api/room/mine", nil).ok(t).body }
	if got := list(maker); !strings.Contains(got, `"seat":1,"creator":true,"peers":1,"mayDestroy":true`) {
		t.Errorf("beside the guest: %s", got)
	}
	guest.ask(http.MethodPost, of("/api/room/leave", room), nil).ok(t)
	if got := list(maker); !strings.Contains(got, `"seat":1,"creator":true,"peers":0,`) {
		t.Errorf("when the guest has left: %s", got)
	}
	if got := list(guest); !strings.Contains(got, `"creator":false,"peers":1,"mayDestroy":true`) || strings.Contains(got, `"seat"`) {
		t.Errorf("to the guest who has left: %s", got)
	}
}
