package chat_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/chat"
)

// holder is somebody with a token, who is another to each room.
func holder(name string) chat.RoomHolder {
	return func(id chat.RoomID) string { return name + "@" + string(id) }
}

func unasked(string) error { return errors.New("nobody has set a pass phrase") }

// roomWorld is a world with a room in it, both of whose seats are taken.
type roomWorld struct {
	*world
	id           chat.RoomID
	maker, guest *chat.RoomView
}

func newRoom(t *testing.T, n chat.NewRoom) *roomWorld {
	t.Helper()
	return newWorld(t, chat.Options{}).room(n)
}

func (w *world) room(n chat.NewRoom) *roomWorld {
	w.Helper()
	n.Creator = holder("maker")
	made, err := w.CreateRoom(w.Context(), n)
	w.must(err)
	r := &roomWorld{world: w, id: made.ID}
	r.maker, err = w.EnterRoom(w.Context(), holder("maker"), made.ID)
	w.must(err)
	r.guest, err = w.JoinRoom(w.Context(), holder("guest"), made.ID, unasked)
	w.must(err)
	return r
}

func (r *roomWorld) tell(v *chat.RoomView, text string) *chat.Message {
	r.Helper()
	sent, err := r.SendRoomMessage(r.Context(), v, chat.RoomMessage{Sender: "x", Text: text})
	r.must(err)
	return sent.Message
}

// The authorisation matrix for rooms (promise P5): each operation of conversations,
// tried by who has a seat here, by the guest of another room, and by somebody with an
// account. Nothing of a room exists for the latter two, whatever they ask.
func TestNobodyButItsGuestsReachesARoom(t *testing.T) {
	w := newWorld(t, chat.Options{})
	here := w.room(chat.NewRoom{})
	elsewhere := w.room(chat.NewRoom{})
	member := w.user("member")
	people := &scene{world: w, owner: w.user("owner"), adm: w.user("admin"), mem: member, peer: w.user("peer"), stray: w.user("stray")}
	// What these are tried on is made by the common way, which does not lead into rooms.
	unmade := []string{"read a file in it", "take a pin away", "vote", "see who voted", "close another's poll"}
	for _, row := range matrix {
		if slices.Contains(unmade, row.name) {
			continue
		}
		for who, a := range map[string]chat.Actor{
			"the guest of another room": elsewhere.guest.Actor(),
			"a guest without his room":  {ID: here.guest.Actor().ID},
			"a member":                  member,
			"a member who names it":     {ID: member.ID, Room: here.guest.Conversation},
			"an administrator":          {ID: people.stray.ID, Roles: []string{chat.RoleServerAdmin}},
		} {
			t.Run(row.name+"/"+who, func(t *testing.T) {
				s := *people
				s.a, s.c, s.owner = a, here.guest.Conversation, here.maker.Actor()
				s.theirs, s.mine = here.tell(here.maker, "theirs"), here.tell(here.guest, "mine")
				s.byOwner = s.theirs
				switch got := s.code(row.try(t.Context(), &s)); got {
				case none, no, bad, forb: // not_found, not_participant, or refused for other reasons
				default:
					t.Errorf("got %q", got)
				}
			})
			if here.LastSeqOf(t) >= chat.MaxRoomMessages-10 {
				here = w.room(chat.NewRoom{})
			}
		}
	}
}

// LastSeqOf is how many messages the room has.
func (r *roomWorld) LastSeqOf(t *testing.T) int64 {
	list, err := r.RoomMessages(t.Context(), r.maker, 0)
	r.must(err)
	return int64(len(list))
}

// Guests are found nowhere: not by id, not by search, not among people who can be
// added, not in a count; and they reach nothing but their room.
func TestGuestsAreNobody(t *testing.T) {
	r := newRoom(t, chat.NewRoom{})
	ann, bob := r.user("ann"), r.user("bob")
	guest, group := r.guest.Actor(), r.group(ann, bob)
	said := r.say(ann, group, "not for guests")
	for name, try := range map[string]func(context.Context) error{
		"a profile":     func(ctx context.Context) error { _, err := r.User(ctx, ann, guest.ID); return err },
		"a direct chat": func(ctx context.Context) error { _, _, err := r.OpenDirect(ctx, ann, guest.ID); return err },
		"adding": func(ctx context.Context) error {
			_, _, err := r.AddParticipants(ctx, ann, group, []chat.UserID{guest.ID})
			return err
		},
		"blocking":         func(ctx context.Context) error { return r.SetBlocked(ctx, ann, guest.ID, true) },
		"a group, for him": func(ctx context.Context) error { _, err := r.Conversation(ctx, guest, group); return err },
		"a message, for him": func(ctx context.Context) error {
			_, err := r.Message(ctx, guest, said.ID)
			return err
		},
		"leaving by the common way": func(ctx context.Context) error {
			_, err := r.Leave(ctx, guest, guest.Room, chat.Departure{})
			return err
		},
		"adding somebody": func(ctx context.Context) error {
			_, _, err := r.AddParticipants(ctx, guest, guest.Room, []chat.UserID{ann.ID})
			return err
		},
	} {
		if err := try(t.Context()); err == nil {
			t.Errorf("%s is possible", name)
		}
	}
	err := r.store.Read(t.Context(), func(db chat.Reader) error {
		n, err := db.CountUsers(t.Context())
		if n != 2 {
			t.Errorf("%d users are counted, want 2", n)
		}
		return err
	})
	r.must(err)
	found, err := r.SearchPeople(t.Context(), ann, "", 50)
	r.must(err)
	if len(found) != 2 {
		t.Errorf("found %+v", found)
	}
}

func TestTheTimeOfARoom(t *testing.T) {
	for _, c := range []struct {
		name string
		room chat.NewRoom
		talk time.Duration // when something is said
		ends time.Duration
	}{
		{"idle, said nothing", chat.NewRoom{}, 0, 10 * time.Minute},
		{"idle, said something", chat.NewRoom{}, 9 * time.Minute, 19 * time.Minute},
		{"fixed, said something", chat.NewRoom{Mode: chat.RoomFixed}, 9 * time.Minute, 10 * time.Minute},
		{"another time", chat.NewRoom{TTL: time.Minute}, 0, time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRoom(t, c.room)
			r.clock.Advance(c.talk)
			if c.talk > 0 {
				r.tell(r.guest, "still here")
			}
			r.must(r.ReadInRoom(t.Context(), r.maker)) // extends nothing
			r.must(r.TypeInRoom(t.Context(), r.maker, true))
			r.clock.Advance(c.ends - c.talk - time.Second)
			if v, err := r.EnterRoom(t.Context(), holder("guest"), r.id); err != nil || v.ExpiresAt().Sub(r.Now()) != time.Second {
				t.Fatalf("a second before its end: %v, %v", v, err)
			}
			r.clock.Advance(time.Second)
			// Nobody has ended it yet: the clock alone keeps it shut.
			for name, try := range roomReads(r) {
				if err := try(t.Context()); r.code(err) != chat.Gone || name != "sending" && name != "reading" && chat.WhyRoomEnded(err) != chat.RoomExpired {
					t.Errorf("%s after the end: %v", name, err)
				}
			}
			_, err := r.EndDueRooms(t.Context())
			r.must(err)
			r.hears(r.guest.Conversation.Stream(), chat.ConversationDeleted)
			r.clock.Advance(chat.RoomGrave)
			_, err = r.EndDueRooms(t.Context())
			r.must(err)
			if _, err := r.LookAtRoom(t.Context(), holder("guest"), r.id); r.code(err) != chat.NotFound {
				t.Errorf("a minute after the end: %v", err)
			}
			r.must(r.store.Read(t.Context(), func(db chat.Reader) error {
				room, err := db.Room(t.Context(), r.id)
				if room != nil {
					t.Errorf("%+v is left", room)
				}
				return err
			}))
		})
	}
}

// roomReads are all that can be asked of a room, or told it.
func roomReads(r *roomWorld) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"entering": func(ctx context.Context) error { _, err := r.EnterRoom(ctx, holder("guest"), r.id); return err },
		"joining": func(ctx context.Context) error {
			_, err := r.JoinRoom(ctx, holder("new"), r.id, unasked)
			return err
		},
		"reading": func(ctx context.Context) error { _, err := r.RoomMessages(ctx, r.guest, 0); return err },
		"sending": func(ctx context.Context) error {
			_, err := r.SendRoomMessage(ctx, r.guest, chat.RoomMessage{Sender: "x", Text: "late"})
			return err
		},
		"destroying":     func(ctx context.Context) error { return r.DestroyRoom(ctx, holder("guest"), r.id) },
		"leaving":        func(ctx context.Context) error { return r.LeaveRoom(ctx, holder("guest"), r.id) },
		"freeing a seat": func(ctx context.Context) error { return r.FreeSeat(ctx, holder("maker"), r.id, "") },
		"hearing":        func(ctx context.Context) error { return r.StillSeated(ctx, r.guest) },
	}
}

// However much is said, a room has an end.
func TestARoomCannotBeHeldForEver(t *testing.T) {
	r := newRoom(t, chat.NewRoom{TTL: 24 * time.Hour})
	for range 5 {
		r.clock.Advance(4 * time.Hour)
		r.tell(r.guest, "still here")
	}
	r.clock.Advance(4*time.Hour - time.Second)
	r.tell(r.guest, "the last")
	r.clock.Advance(time.Second)
	if _, err := r.EnterRoom(t.Context(), holder("guest"), r.id); r.code(err) != chat.Gone {
		t.Errorf("after 24 h: %v", err)
	}
}

func TestARoomEndsOnce(t *testing.T) {
	r := newRoom(t, chat.NewRoom{})
	r.clock.Advance(time.Hour)
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if _, err := r.EndDueRooms(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if ends := strings.Count(r.types(r.guest.Conversation.Stream()), string(chat.ConversationDeleted)); ends != 1 || r.RoomCounts.Expired.Load() != 1 {
		t.Errorf("it ended %d times, %d are counted", ends, r.RoomCounts.Expired.Load())
	}
}

func TestWhatARoomTakes(t *testing.T) {
	r := newRoom(t, chat.NewRoom{})
	big := strings.Repeat("x", chat.MaxEncrypted)
	send := func(m chat.RoomMessage) error {
		_, err := r.SendRoomMessage(t.Context(), r.guest, m)
		return err
	}
	if err := send(chat.RoomMessage{Encrypted: big + "x"}); r.code(err) != chat.PayloadTooLarge {
		t.Errorf("a message that is too large: %v", err)
	}
	for i := range chat.MaxRoomBytes / chat.MaxEncrypted {
		if err := send(chat.RoomMessage{Encrypted: big}); err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
	}
	if err := send(chat.RoomMessage{Encrypted: "x"}); r.code(err) != chat.PayloadTooLarge {
		t.Errorf("one byte too many: %v", err)
	}
	list, err := r.RoomMessages(t.Context(), r.maker, 0)
	r.must(err)
	if len(list) != chat.MaxRoomBytes/chat.MaxEncrypted || list[0].Encrypted != big {
		t.Errorf("%d messages are there", len(list))
	}
	r = r.world.room(chat.NewRoom{})
	for range chat.MaxRoomMessages {
		r.tell(r.guest, "x")
	}
	if err := send(chat.RoomMessage{Sender: "x", Text: "x"}); r.code(err) != chat.PayloadTooLarge {
		t.Errorf("one message too many: %v", err)
	}
	if list, err := r.RoomMessages(t.Context(), r.maker, 498); err != nil || len(list) != 2 || list[0].Seq != 499 {
		t.Errorf("after 498: %d, %v", len(list), err)
	}
}

func TestBadRoomMessages(t *testing.T) {
	r := newRoom(t, chat.NewRoom{})
	for field, m := range map[string]chat.RoomMessage{
		"text":     {Sender: "x", Text: " "},
		"sender":   {Sender: strings.Repeat("x", chat.MaxRoomSender+1), Text: "x"},
		"enc":      {Encrypted: "a\x00"},
		"clientId": {Sender: "x", Text: "x", ClientID: strings.Repeat("x", 65)},
		"fileIds":  {Sender: "x", Text: "x", Files: []chat.FileID{99}},
	} {
		_, err := r.SendRoomMessage(t.Context(), r.guest, m)
		if e := chat.Explain(err); err == nil || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	_, err := r.SendRoomMessage(t.Context(), r.guest, chat.RoomMessage{Text: "x"})
	if e := chat.Explain(err); err == nil || e.Field != "sender" {
		t.Errorf("without a sender: %v", err)
	}
	if _, err := r.SendRoomMessage(t.Context(), r.guest, chat.RoomMessage{Sender: "x", Text: strings.Repeat("x", 10_001)}); chat.Explain(err).Field != "text" {
		t.Errorf("a long text: %v", err)
	}
}

func TestSeats(t *testing.T) {
	r := newRoom(t, chat.NewRoom{})
	if r.maker.Seat != 1 || r.guest.Seat != 2 || r.guest.Peers() != 1 {
		t.Errorf("seats %d and %d", r.maker.Seat, r.guest.Seat)
	}
	if again, err := r.JoinRoom(t.Context(), holder("guest"), r.id, unasked); err != nil || again.Seat != 2 {
		t.Errorf("the guest again: %+v, %v", again, err)
	}
	if _, err := r.JoinRoom(t.Context(), holder("third"), r.id, unasked); r.code(err) != chat.Conflict {
		t.Errorf("the third: %v", err)
	}
	if _, err := r.EnterRoom(t.Context(), holder("third"), r.id); r.code(err) != chat.Unauthenticated {
		t.Errorf("the third: %v", err)
	}
	// Beside another a seat is kept by who leaves.
	r.must(r.LeaveRoom(t.Context(), holder("guest"), r.id))
	if _, err := r.JoinRoom(t.Context(), holder("third"), r.id, unasked); r.code(err) != chat.Conflict {
		t.Errorf("the third, when the guest has left: %v", err)
	}
	back, err := r.JoinRoom(t.Context(), holder("guest"), r.id, unasked)
	if err != nil || back.Seat != 2 || back.Seats[1].Left {
		t.Errorf("the guest comes back: %+v, %v", back, err)
	}
	if err := r.FreeSeat(t.Context(), holder("guest"), r.id, ""); r.code(err) != chat.Forbidden {
		t.Errorf("the guest frees a seat: %v", err)
	}
	r.tell(r.guest, "before he was shown out")
	r.must(r.FreeSeat(t.Context(), holder("maker"), r.id, "new"))
	for name, try := range map[string]func(context.Context) error{
		"join": func(ctx context.Context) error {
			_, err := r.JoinRoom(ctx, holder("guest"), r.id, unasked)
			return err
		},
		"read":  func(ctx context.Context) error { _, err := r.RoomMessages(ctx, r.guest, 0); return err },
		"hear":  func(ctx context.Context) error { return r.StillSeated(ctx, r.guest) },
		"enter": func(ctx context.Context) error { _, err := r.EnterRoom(ctx, holder("guest"), r.id); return err },
	} {
		if err := try(t.Context()); err == nil {
			t.Errorf("who was shown out can %s", name)
		}
	}
	third, err := r.JoinRoom(t.Context(), holder("third"), r.id, unasked)
	if err != nil || third.Seat != 2 || third.KCV != "new" {
		t.Errorf("another takes the seat: %+v, %v", third, err)
	}
	if list, err := r.RoomMessages(t.Context(), third, 0); err != nil || len(list) != 1 || chat.RoomNoteOf(&list[0]).Seat != 2 {
		t.Errorf("he reads %+v, %v", list, err)
	}
}

// Who made a room has a seat when he needs it, unless two others were faster.
func TestTheMakersSeat(t *testing.T) {
	w := newWorld(t, chat.Options{})
	made, err := w.CreateRoom(t.Context(), chat.NewRoom{Creator: holder("maker")})
	w.must(err)
	if v, err := w.LookAtRoom(t.Context(), holder("maker"), made.ID); err != nil || v.Taken() != 0 || !v.Creator {
		t.Errorf("looking takes a seat: %+v, %v", v, err)
	}
	alone, err := w.EnterRoom(t.Context(), holder("maker"), made.ID)
	w.must(err)
	w.must(w.LeaveRoom(t.Context(), holder("maker"), made.ID))
	for _, name := range []string{"a", "b"} {
		_, err := w.JoinRoom(t.Context(), holder(name), made.ID, unasked)
		w.must(err)
	}
	if _, err := w.EnterRoom(t.Context(), holder("maker"), made.ID); w.code(err) != chat.Unauthenticated {
		t.Errorf("a third seat: %v", err)
	}
	if u, err := w.UsersByID(t.Context(), []chat.UserID{alone.Actor().ID}); err != nil || len(u) != 0 {
		t.Errorf("who left alone is still there: %+v, %v", u, err)
	}
}

func TestRulesOfRooms(t *testing.T) {
	rules := chat.RoomRules{On: true, DefaultTTL: time.Minute, MaxTTL: time.Hour, MaxLife: 2 * time.Hour, MaxOpen: 2}
	w := newWorld(t, chat.Options{Rooms: rules})
	make := func(n chat.NewRoom) error {
		n.Creator = holder("maker")
		_, err := w.CreateRoom(t.Context(), n)
		return err
	}
	for field, n := range map[string]chat.NewRoom{
		"ttl":  {TTL: time.Hour + time.Second},
		"mode": {Mode: "for ever"},
		"kcv":  {KCV: strings.Repeat("x", 65)},
	} {
		if e := chat.Explain(make(n)); e.Code != chat.ValidationFailed || e.Field != field {
			t.Errorf("%s: %v", field, e)
		}
	}
	w.must(make(chat.NewRoom{}))
	w.must(make(chat.NewRoom{}))
	if err := make(chat.NewRoom{}); w.code(err) != chat.Overloaded {
		t.Errorf("one too many: %v", err)
	}
	w.clock.Advance(time.Minute)
	_, err := w.EndDueRooms(t.Context())
	w.must(err)
	w.must(make(chat.NewRoom{}))
}

// A message in clear marks the room before it is heard.
func TestARoomThatIsNotEncryptedSaysSo(t *testing.T) {
	r := newRoom(t, chat.NewRoom{})
	_, err := r.SendRoomMessage(t.Context(), r.guest, chat.RoomMessage{Encrypted: "opaque"})
	r.must(err)
	if v, _ := r.LookAtRoom(t.Context(), holder("maker"), r.id); v.Plain {
		t.Error("an encrypted message marks the room")
	}
	r.tell(r.guest, "in clear")
	r.tell(r.guest, "in clear")
	v, err := r.LookAtRoom(t.Context(), holder("maker"), r.id)
	if err != nil || !v.Plain {
		t.Errorf("not marked: %v", err)
	}
	want := fmt.Sprint([]chat.EventType{
		chat.ParticipantAdded, chat.ParticipantAdded, chat.MessageCreated, chat.ConversationUpdated, chat.MessageCreated, chat.MessageCreated,
	})
	if got := r.types(r.guest.Conversation.Stream()); got != want {
		t.Errorf("heard %s, want %s", got, want)
	}
}

// A repeat is the first message, also when the room is full by now.
func TestARepeatedRoomMessage(t *testing.T) {
	r := newRoom(t, chat.NewRoom{})
	m := chat.RoomMessage{Sender: "x", Text: "once", ClientID: "1"}
	first, err := r.SendRoomMessage(t.Context(), r.guest, m)
	r.must(err)
	again, err := r.SendRoomMessage(t.Context(), r.guest, m)
	if err != nil || !again.Duplicate || again.ID != first.ID {
		t.Errorf("again: %+v, %v", again, err)
	}
	other, err := r.SendRoomMessage(t.Context(), r.maker, m)
	if err != nil || other.Duplicate {
		t.Errorf("the other side's own: %+v, %v", other, err)
	}
}

// When a room has ended, nothing that was in it is left in any row.
func TestNothingIsLeftOfARoom(t *testing.T) {
	r := newRoom(t, chat.NewRoom{KCV: "check"})
	r.tell(r.guest, "a word")
	f := &chat.File{OwnerID: r.guest.Actor().ID, ConversationID: r.guest.Conversation, Key: "key", Name: "a.txt", Type: "text/plain", Kind: chat.OtherFile, Size: 1}
	r.must(r.AddFile(t.Context(), r.guest.Actor(), f))
	r.must(r.DestroyRoom(t.Context(), holder("maker"), r.id))
	r.must(r.store.Read(t.Context(), func(db chat.Reader) error {
		guests := []chat.UserID{r.guest.Actor().ID, r.maker.Actor().ID}
		users, err := db.Users(t.Context(), guests)
		if err != nil || len(users) > 0 {
			t.Errorf("guests: %+v, %v", users, err)
		}
		events, err := db.EventsAfter(t.Context(), r.guest.Conversation.Stream(), 0, 100)
		if err != nil || len(events) != 1 || !events[0].IsRoomEnd() {
			t.Errorf("the log: %+v, %v", events, err)
		}
		room, err := db.Room(t.Context(), r.id)
		if err != nil || room.Conversation != 0 || room.KCV != "" || room.Creator != "" || room.Taken() != 0 || room.Reason != chat.RoomDestroyed {
			t.Errorf("the room: %+v, %v", room, err)
		}
		doomed, err := db.DoomedFiles(t.Context(), 10)
		if err != nil || !slices.ContainsFunc(doomed, func(d chat.File) bool { return d.ID == f.ID && d.Name == "" }) {
			t.Errorf("the files to go: %+v, %v", doomed, err)
		}
		return nil
	}))
	if err := r.AddFile(t.Context(), r.guest.Actor(), &chat.File{OwnerID: 1, ConversationID: r.guest.Conversation, Key: "late", Size: 1}); r.code(err) != chat.Gone {
		t.Errorf("a file that comes late: %v", err)
	}
}

// A room that was made without files takes none.
func TestARoomWithoutFiles(t *testing.T) {
	r := newRoom(t, chat.NewRoom{NoFiles: true})
	if v, err := r.LookAtRoom(t.Context(), holder("guest"), r.id); err != nil || v.Files {
		t.Errorf("from outside: %+v, %v", v, err)
	}
	if v, err := r.LookAtRoom(t.Context(), holder("guest"), r.world.room(chat.NewRoom{}).id); err != nil || !v.Files {
		t.Errorf("another: %+v, %v", v, err)
	}
	if _, err := r.MayUpload(t.Context(), r.guest.Actor(), r.guest.Conversation); err == nil {
		t.Error("it takes an upload")
	}
	f := &chat.File{OwnerID: r.guest.Actor().ID, ConversationID: r.guest.Conversation, Key: "key", Name: "a", Type: "text/plain", Kind: chat.OtherFile, Size: 1}
	r.must(r.AddFile(t.Context(), r.guest.Actor(), f))
	if _, err := r.SendRoomMessage(t.Context(), r.guest, chat.RoomMessage{Encrypted: "x", Files: []chat.FileID{f.ID}}); err == nil {
		t.Error("it takes a message with one")
	}
}

func TestRoomIDs(t *testing.T) {
	seen := map[chat.RoomID]bool{}
	for range 1000 {
		id := chat.NewRoomID()
		if parsed, ok := chat.ParseRoomID(string(id)); !ok || parsed != id || len(id) != 22 || seen[id] {
			t.Fatalf("%q", id)
		}
		seen[id] = true
	}
	for _, s := range []string{"", "a", strings.Repeat("A", 21), strings.Repeat("A", 23), strings.Repeat("A", 21) + "=", strings.Repeat("A", 21) + "B", strings.Repeat("A", 20) + "\nA"} {
		if _, ok := chat.ParseRoomID(s); ok {
			t.Errorf("%q is taken for a room's", s)
		}
	}
}

func FuzzParseRoomID(f *testing.F) {
	f.Add(string(chat.NewRoomID()))
	f.Add("../../etc/passwd")
	f.Fuzz(func(t *testing.T, s string) {
		if id, ok := chat.ParseRoomID(s); ok && (len(id) != 22 || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "") {
			t.Errorf("%q is taken for a room's", s)
		}
	})
}
