package chat_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"parley/internal/chat"
)

// Each seat has one reaction on a message; what is put in its place takes no more.
func TestReactionsInARoom(t *testing.T) {
	r := newRoom(t, chat.NewRoom{})
	m := r.tell(r.maker, "words")
	elsewhere := r.world.room(chat.NewRoom{})
	react := func(v *chat.RoomView, id chat.MessageID, content, emoji string) error {
		return r.ReactInRoom(t.Context(), v, chat.RoomReaction{MessageID: id, Encrypted: content, Emoji: emoji})
	}
	for _, content := range []string{"one", "two"} {
		r.must(react(r.guest, m.ID, content, ""))
		r.must(react(r.maker, m.ID, "maker's "+content, ""))
	}
	shown := func() string {
		list, err := r.RoomMessages(t.Context(), r.maker, 0)
		r.must(err)
		var all []string
		for _, x := range list[0].Reactions {
			all = append(all, x.Key+" "+x.Emoji)
		}
		slices.Sort(all)
		return fmt.Sprint(all)
	}
	if got := shown(); got != "[1 maker's two 2 two]" {
		t.Errorf("%s", got)
	}
	r.must(react(r.guest, m.ID, "", ""))
	r.must(react(r.maker, m.ID, "", "👍"))
	if got := shown(); got != "[1 👍]" {
		t.Errorf("%s", got)
	}
	for name, err := range map[string]error{
		"another room's message": react(elsewhere.guest, m.ID, "x", ""),
		"no message":             react(r.guest, 999_999, "x", ""),
	} {
		if e := chat.Explain(err); e.Code != chat.NotFound || e.Field != "messageId" {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := newRoom(t, chat.NewRoom{})
	if err := other.ReactInRoom(t.Context(), other.guest, chat.RoomReaction{MessageID: 999_999, Emoji: "👍"}); other.code(err) != chat.NotFound {
		t.Errorf("no message: %v", err)
	}
	if v, err := other.LookAtRoom(t.Context(), holder("guest"), other.id); err != nil || v.Plain {
		t.Errorf("a reaction that was refused marks the room: %v, %v", v.Plain, err)
	}
	if e := chat.Explain(react(r.guest, m.ID, "", "word")); e.Field != "emoji" {
		t.Errorf("no emoji: %v", e)
	}
	if e := chat.Explain(react(r.guest, m.ID, "x", "👍")); e.Field != "emoji" {
		t.Errorf("both: %v", e)
	}
	if err := react(r.guest, m.ID, strings.Repeat("x", chat.MaxRoomReaction+1), ""); r.code(err) != chat.PayloadTooLarge {
		t.Errorf("too long: %v", err)
	}
	for i := range chat.MaxRoomReactions - 6 {
		r.must(react(r.guest, m.ID, fmt.Sprint(i), ""))
	}
	if err := react(r.guest, m.ID, "x", ""); r.code(err) != chat.PayloadTooLarge {
		t.Errorf("too often: %v", err)
	}
	r.must(r.DestroyRoom(t.Context(), holder("maker"), r.id))
	if err := react(r.guest, m.ID, "x", ""); r.code(err) != chat.Gone {
		t.Errorf("after the end: %v", err)
	}
}

// Whoever gets a seat that was freed has nothing of the one before.
func TestReactionsGoWithTheSeat(t *testing.T) {
	r := newRoom(t, chat.NewRoom{})
	m := r.tell(r.maker, "words")
	r.must(r.ReactInRoom(t.Context(), r.guest, chat.RoomReaction{MessageID: m.ID, Emoji: "👍"}))
	r.must(r.FreeSeat(t.Context(), holder("maker"), r.id, "new"))
	third, err := r.JoinRoom(t.Context(), holder("third"), r.id, unasked)
	r.must(err)
	shown := func() []chat.ReactionCount {
		list, err := r.RoomMessages(t.Context(), third, 0)
		r.must(err)
		return list[0].Reactions
	}
	if got := shown(); len(got) != 0 {
		t.Errorf("the new guest has %+v", got)
	}
	r.must(r.ReactInRoom(t.Context(), third, chat.RoomReaction{MessageID: m.ID, Emoji: "🎉"}))
	if got := shown(); len(got) != 1 || got[0].Emoji != "🎉" {
		t.Errorf("it shows %+v", got)
	}
}
