package rest_test

import (
	"fmt"
	"testing"

	"parley/internal/chat"
)

// Filters alone find messages too: by whom, where, with what, and when.
func TestSearchWithoutWords(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid")
	id, path := w.group(u[0], u[1])
	_, other := w.group(u[0], u[1], u[2])
	_, secret := w.group(u[1], u[2])
	one, _ := w.say(u[0], path, "one")
	two, _ := w.say(u[1], path, "two")
	three, p3 := w.say(u[1], other, "three")
	w.say(u[1], secret, "not for ann")
	f := w.uploadTo(u[1], path).is(201)
	four := w.as(u[1], "POST", path+"/messages", map[string]any{"attachmentIds": []any{f.id("id")}}).is(201).id("id")

	find := func(query string, want ...int64) {
		t.Helper()
		r := w.as(u[0], "GET", "/api/chat/search?"+query).is(200)
		if got := r.list("id"); got != fmt.Sprint(want) {
			t.Errorf("%s: %s, want %v", query, got, want)
		}
	}
	find(fmt.Sprintf("senderId=%d", u[1]), four, three, two)
	find(fmt.Sprintf("senderId=%d&in=%d", u[1], id), four, two)
	find(fmt.Sprintf("senderId=%d&limit=2", u[1]), four, three)
	find(fmt.Sprintf("senderId=%d&before=%d", u[1], three), two)
	find(fmt.Sprintf("in=%d&limit=50", id), four, two, one)
	find("has=file", four)
	find("has=image")
	find("from=2000-01-01T00:00:00Z&limit=3", four, three, two)
	find("to=2000-01-01T00:00:00Z")
	find(fmt.Sprintf("senderId=%d", u[2]))
	w.as(u[0], "GET", fmt.Sprintf("/api/chat/search?senderId=%d&limit=2", u[1])).is(200).has(`true`, "page", "hasMore")
	w.as(u[1], "DELETE", p3).is(200)
	find(fmt.Sprintf("senderId=%d", u[1]), four, two)
	w.as(u[0], "GET", "/api/chat/search").fails(400, chat.ValidationFailed, "query is missing").field("query")
	w.as(u[2], "GET", fmt.Sprintf("/api/chat/search?in=%d", id)).fails(403, chat.NotParticipant, notParticipantText)
	w.as(u[0], "GET", "/api/chat/search?has=poem").fails(400, chat.ValidationFailed).field("has")
}
