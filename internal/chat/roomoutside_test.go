package chat_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"parley/internal/bus"
	"parley/internal/chat"
)

// A server that forgets its rooms knows their names for a minute after it has started.
func TestRoomsThatARestartEnds(t *testing.T) {
	rules := chat.RoomRules{On: true, DefaultTTL: time.Minute, MaxTTL: time.Hour, MaxLife: time.Hour, MaxOpen: 10, OwnNames: []byte("key")}
	made, err := newWorld(t, chat.Options{Rooms: rules}).CreateRoom(t.Context(), chat.NewRoom{Creator: holder("maker")})
	if err != nil {
		t.Fatal(err)
	}
	if id, ok := chat.ParseRoomID(string(made.ID)); !ok || id != made.ID {
		t.Errorf("the name is %q", made.ID)
	}
	w := newWorld(t, chat.Options{Rooms: rules})
	look := func(id chat.RoomID) error {
		_, err := w.EnterRoom(t.Context(), holder("maker"), id)
		return err
	}
	if err := look(made.ID); w.code(err) != chat.Gone || chat.WhyRoomEnded(err) != chat.RoomByRestart {
		t.Errorf("after a restart: %v", err)
	}
	if err := look(chat.NewRoomID()); w.code(err) != chat.NotFound {
		t.Errorf("a name that somebody made up: %v", err)
	}
	w.clock.Advance(chat.RoomGrave)
	if err := look(made.ID); w.code(err) != chat.NotFound {
		t.Errorf("a minute later: %v", err)
	}
	rules.OwnNames = []byte("another key")
	w = newWorld(t, chat.Options{Rooms: rules})
	if err := look(made.ID); w.code(err) != chat.NotFound {
		t.Errorf("a name of another server: %v", err)
	}
}

// asked counts what is asked of a store.
type asked struct {
	chat.Store
	log []string
}

func (a *asked) Read(ctx context.Context, fn func(chat.Reader) error) error {
	a.log = append(a.log, "read")
	return a.Store.Read(ctx, func(r chat.Reader) error { return fn(askedReader{r, a}) })
}

func (a *asked) Write(ctx context.Context, fn func(chat.Tx) error) error {
	a.log = append(a.log, "write")
	return a.Store.Write(ctx, fn)
}

type askedReader struct {
	chat.Reader
	a *asked
}

func (r askedReader) Room(ctx context.Context, id chat.RoomID) (*chat.DisposableRoom, error) {
	r.a.log = append(r.a.log, "room")
	return r.Reader.Room(ctx, id)
}

// Whoever stands outside can learn nothing from how long an answer takes: the database
// is asked the same, whether there is such a room, there was one, or it is full.
func TestWhoIsOutsideCostsTheSame(t *testing.T) {
	r := newRoom(t, chat.NewRoom{})
	ended := r.world.room(chat.NewRoom{})
	r.must(r.DestroyRoom(t.Context(), holder("maker"), ended.id))
	counted := &asked{Store: r.store}
	s := chat.New(counted, bus.NewLocal(), chat.Options{Clock: r.clock.Now})
	want := "[read room]"
	for name, id := range map[string]chat.RoomID{"a full room": r.id, "a room that has ended": ended.id, "no room": chat.NewRoomID()} {
		for what, try := range map[string]func() error{
			"joining":  func() error { _, err := s.JoinRoom(t.Context(), holder("third"), id, unasked); return err },
			"entering": func() error { _, err := s.EnterRoom(t.Context(), holder("third"), id); return err },
			"looking":  func() error { _, err := s.LookAtRoom(t.Context(), holder("third"), id); return err },
		} {
			counted.log = nil
			_ = try()
			if got := fmt.Sprint(counted.log); got != want {
				t.Errorf("%s %s asks %s, want %s", what, name, got, want)
			}
		}
	}
}
