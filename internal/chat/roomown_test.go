package chat_test

import (
	"fmt"
	"testing"

	"parley/internal/chat"
)

// A seat that was left is not counted among those who are in the room, though it is
// kept for who left it.
func TestASeatThatWasLeftIsNotCounted(t *testing.T) {
	r := newRoom(t, chat.NewRoom{})
	listed := func(name string) string {
		t.Helper()
		list, err := r.RoomsOf(t.Context(), 0, holder(name))
		r.must(err)
		if len(list) != 1 {
			t.Fatalf("%s has %d rooms", name, len(list))
		}
		return fmt.Sprintf("in %t beside %d", list[0].Sits(), list[0].Sitting())
	}
	want := func(when, maker, guest string) {
		t.Helper()
		if a, b := listed("maker"), listed("guest"); a != maker || b != guest {
			t.Errorf("%s: the maker is %s, the guest %s", when, a, b)
		}
	}
	want("both are there", "in true beside 1", "in true beside 1")
	r.must(r.LeaveRoom(t.Context(), holder("guest"), r.id))
	want("the guest has left", "in true beside 0", "in false beside 1")
	r.must(r.LeaveRoom(t.Context(), holder("maker"), r.id))
	want("both have left", "in false beside 0", "in false beside 0")
	_, err := r.JoinRoom(t.Context(), holder("guest"), r.id, unasked)
	r.must(err)
	want("the guest is back", "in false beside 1", "in true beside 0")
}

// The authorisation matrix of a room's end: who has a seat, and the account that made
// it. What the list says of it is what happens.
func TestWhoMayDestroyARoom(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann, bob := w.user("ann"), w.user("bob")
	boss := w.user("boss")
	type who struct {
		token string // "": none
		owner chat.UserID
	}
	for name, c := range map[string]struct {
		who
		want   chat.Code // "": he may
		listed bool
	}{
		"the maker in his seat":                   {who{"maker", 0}, "", true},
		"the other side":                          {who{"guest", 0}, "", true},
		"the maker's account elsewhere":           {who{"", ann.ID}, "", true},
		"the maker's account in another browser":  {who{"third", ann.ID}, "", true},
		"the other side with the maker's account": {who{"guest", ann.ID}, "", true},
		"the other side with another account":     {who{"guest", bob.ID}, "", true},
		"nobody":                                  {who{"", 0}, chat.Unauthenticated, false},
		"a third browser":                         {who{"third", 0}, chat.Unauthenticated, false},
		"another account":                         {who{"", bob.ID}, chat.Unauthenticated, false},
		"another account in a third browser":      {who{"third", bob.ID}, chat.Unauthenticated, false},
		"an administrator's account":              {who{"", boss.ID}, chat.Unauthenticated, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := w.room(chat.NewRoom{Owner: ann.ID})
			h := func(id chat.RoomID) string {
				if c.token == "" {
					return ""
				}
				return holder(c.token)(id)
			}
			list, err := w.RoomsOf(t.Context(), c.owner, h)
			w.must(err)
			listed := false
			for i := range list {
				listed = listed || list[i].ID == r.id && list[i].MayDestroy(c.owner)
			}
			if listed != c.listed {
				t.Errorf("the list says that he may: %t", listed)
			}
			err = w.DestroyRoom(t.Context(), h, r.id)
			if w.code(err) == chat.Unauthenticated {
				err = w.DestroyOwnRoom(t.Context(), c.owner, r.id)
			}
			if got := w.code(err); got != c.want {
				t.Errorf("got %q", got)
			}
			_, err = w.LookAtRoom(t.Context(), holder("guest"), r.id)
			if ended := w.code(err) == chat.Gone; ended != (c.want == "") {
				t.Errorf("afterwards: %v", err)
			}
			if err == nil {
				w.must(w.DestroyRoom(t.Context(), holder("maker"), r.id))
			}
		})
	}
}

// A room that nobody was signed in to make is no account's, and one that has ended is
// nobody's.
func TestRoomsOfNoAccount(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann := w.user("ann")
	r := w.room(chat.NewRoom{})
	destroy := func(id chat.RoomID, owner chat.UserID) chat.Code {
		return w.code(w.DestroyOwnRoom(t.Context(), owner, id))
	}
	for _, owner := range []chat.UserID{0, ann.ID} {
		if got := destroy(r.id, owner); got != chat.Unauthenticated {
			t.Errorf("account %d: %q", owner, got)
		}
	}
	if got := destroy(chat.NewRoomID(), ann.ID); got != chat.NotFound {
		t.Errorf("no room: %q", got)
	}
	hers := w.room(chat.NewRoom{Owner: ann.ID})
	w.must(w.DestroyOwnRoom(t.Context(), ann.ID, hers.id))
	if got := destroy(hers.id, ann.ID); got != chat.Gone {
		t.Errorf("again: %q", got)
	}
}
