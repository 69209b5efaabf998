package rest_test

import (
	"fmt"
	"strings"
	"testing"

	"parley/internal/chat"
)

func TestPins(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid")
	_, path := w.group(u[0], u[1])
	first, m1 := w.say(u[0], path, "first")
	second, m2 := w.say(u[1], path, "second")
	if r := w.as(u[1], "GET", m1); r.status != 200 || r.at("data").(map[string]any)["pinnedAt"] != nil {
		t.Errorf("before: %s", r.raw)
	}
	w.as(u[1], "PUT", m1+"/pin").is(200).has(fmt.Sprint(u[1]), "data", "pinnedBy").has(fmt.Sprint(first), "data", "id")
	w.as(u[0], "PUT", m1+"/pin").is(200).has(fmt.Sprint(u[1]), "data", "pinnedBy") // as it was
	w.as(u[0], "PUT", m2+"/pin").is(200)
	if got, want := w.as(u[1], "GET", path+"/pins").is(200).list("id"), fmt.Sprintf("[%d %d]", second, first); got != want {
		t.Errorf("pins: %s, want %s", got, want)
	}
	last := w.as(u[0], "GET", path+"/messages?limit=1").is(200)
	last.has(`"SYSTEM"`, "data", 0, "messageType").has(fmt.Sprintf(`{"kind":"pinned","messageId":%d}`, second), "data", 0, "metadata", "system")
	w.as(u[0], "PUT", fmt.Sprintf("/api/chat/messages/%d/pin", last.id(0, "id"))).fails(403, chat.Forbidden)

	w.as(u[0], "DELETE", m1+"/pin").is(200)
	w.as(u[0], "DELETE", m1+"/pin").is(200)
	w.as(u[1], "DELETE", m2).is(200)
	w.as(u[0], "GET", path+"/pins").is(200).has(`[]`, "data")
	w.as(u[0], "PUT", m2+"/pin").fails(409, chat.Conflict)
	w.as(u[2], "PUT", m1+"/pin").fails(403, chat.NotParticipant, notParticipantText)
	w.as(u[2], "GET", path+"/pins").fails(403, chat.NotParticipant, notParticipantText)
	w.as(u[0], "PUT", "/api/chat/messages/999/pin").fails(404, chat.NotFound)
	w.as(u[0], "PUT", path, `{"whoMayPost":"ADMINS"}`).is(200)
	w.as(u[1], "PUT", m1+"/pin").fails(403, chat.RoleRequired)

	for i := range chat.MaxPinned {
		_, m := w.say(u[0], path, fmt.Sprint("many ", i))
		w.as(u[0], "PUT", m+"/pin").is(200)
	}
	w.as(u[0], "PUT", m1+"/pin").fails(409, chat.Conflict)
}

// Who joins later, where history begins with joining, sees no older pin.
func TestPinsFromBeforeJoiningAreNotShown(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob")
	_, path := w.group(u[0])
	w.as(u[0], "PUT", path, `{"historyForNew":"join"}`).is(200)
	_, m := w.say(u[0], path, "old")
	w.as(u[0], "PUT", m+"/pin").is(200)
	w.as(u[0], "POST", path+"/participants", map[string]any{"userIds": []any{u[1]}}).is(200)
	w.as(u[1], "GET", path+"/pins").is(200).has(`[]`, "data")
	w.as(u[1], "DELETE", m+"/pin").fails(404, chat.NotFound)
	w.as(u[1], "PUT", strings.Replace(m, "/messages/", "/bookmarks/", 1)).fails(404, chat.NotFound)
}

func TestBookmarks(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid")
	id, path := w.group(u[0], u[1])
	first, m1 := w.say(u[0], path, "first")
	second, m2 := w.say(u[0], path, "second")
	mark := func(message string) string { return strings.Replace(message, "/messages/", "/bookmarks/", 1) }
	r := w.as(u[1], "PUT", mark(m2)).is(200).keys("messageId conversationId bookmarkedAt", "data")
	r.has(fmt.Sprint(second), "data", "messageId").has(fmt.Sprint(id), "data", "conversationId")
	again := w.as(u[1], "PUT", mark(m2)).is(200)
	if r.at("data", "bookmarkedAt") != again.at("data", "bookmarkedAt") {
		t.Error("a repeat made a new bookmark")
	}
	w.as(u[1], "PUT", mark(m1)).is(200)
	list := w.as(u[1], "GET", "/api/chat/bookmarks").is(200).has(`{"page":0,"size":50,"total":2,"hasMore":false}`, "page")
	list.has(`true`, "data", 0, "isBookmarked").has(`"Ann"`, "data", 0, "senderName")
	if got := list.text("data", 1, "bookmarkedAt"); got != r.at("data", "bookmarkedAt") {
		t.Errorf("bookmarkedAt %s", got)
	}
	w.as(u[1], "GET", "/api/chat/bookmarks?size=1").is(200).has(`{"page":0,"size":1,"total":2,"hasMore":true}`, "page")
	w.as(u[0], "GET", "/api/chat/bookmarks").is(200).has(`[]`, "data") // his own only
	w.as(u[1], "GET", path+"/messages?limit=1").is(200).has(`true`, "data", 0, "isBookmarked")
	if r := w.as(u[0], "GET", path+"/messages?limit=1").is(200); strings.Contains(string(r.raw), "isBookmarked") {
		t.Error("Ann sees Bob's bookmark")
	}

	w.as(u[0], "DELETE", m1).is(200)
	if got, want := w.as(u[1], "GET", "/api/chat/bookmarks").is(200).list("id"), fmt.Sprintf("[%d]", second); got != want {
		t.Errorf("after a deletion: %s, want %s", got, want)
	}
	w.as(u[1], "PUT", mark(m1)).fails(409, chat.Conflict)
	w.as(u[2], "PUT", mark(m2)).fails(403, chat.NotParticipant, notParticipantText)
	w.as(u[1], "PUT", "/api/chat/bookmarks/999").fails(404, chat.NotFound)
	w.as(u[1], "DELETE", path).is(200) // left: what was said there is not his to read
	w.as(u[1], "GET", "/api/chat/bookmarks").is(200).has(`[]`, "data").has(`0`, "page", "total")
	w.as(u[1], "DELETE", mark(m2)).is(200).has(`null`, "data", "bookmarkedAt")
	w.as(u[1], "DELETE", mark(m2)).is(200)
	_ = first
}

func TestNotifications(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid")
	_, path := w.group(u[0], u[1])
	level := func(body string) *reply { return w.as(u[1], "PUT", path+"/notifications", body) }
	level(`{"level":"MENTIONS"}`).is(200).has(`"MENTIONS"`, "data", "notificationLevel").has(`false`, "data", "isMuted").has(`null`, "data", "notificationsUntil")
	level(`{"level":"NOTHING","until":"2099-01-02T03:04:05Z"}`).is(200).has(`"NOTHING"`, "data", "notificationLevel").has(`true`, "data", "isMuted").
		has(`"2099-01-02T03:04:05.000Z"`, "data", "notificationsUntil").has(`"2099-01-02T03:04:05.000Z"`, "data", "mutedUntil")
	w.as(u[1], "PUT", path+"/mute?muted=false").is(200).has(`"MENTIONS"`, "data", "notificationLevel") // what was before
	w.as(u[1], "PUT", path+"/mute?muted=true").is(200).has(`"NOTHING"`, "data", "notificationLevel")
	level(`{"level":"ALL"}`).is(200).has(`"ALL"`, "data", "notificationLevel").has(`false`, "data", "isMuted")
	w.as(u[0], "GET", path).is(200).has(`"ALL"`, "data", "notificationLevel")
	level(`{}`).fails(400, chat.ValidationFailed).field("level")
	level(`{"level":"SOME"}`).fails(400, chat.ValidationFailed).field("level")
	level(`{"level":"NOTHING","until":"2001-01-01T00:00:00Z"}`).fails(400, chat.ValidationFailed).field("until")
	level(`{"level":"NOTHING","until":"soon"}`).fails(400, chat.ValidationFailed).field("until")
	w.as(u[2], "PUT", path+"/notifications", `{"level":"ALL"}`).fails(403, chat.NotParticipant, notParticipantText)
}

func TestDrafts(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid")
	id, path := w.group(u[0], u[1])
	m, _ := w.say(u[1], path, "what do you think?")
	r := w.as(u[0], "PUT", path+"/draft", map[string]any{"content": "I think ", "parentMessageId": m}).is(200)
	r.has(fmt.Sprint(id), "data", "conversationId").has(`"I think"`, "data", "draft", "content").has(fmt.Sprint(m), "data", "draft", "parentMessageId")
	w.as(u[0], "GET", path).is(200).has(`"I think"`, "data", "draft", "content")
	w.as(u[0], "GET", "/api/chat/conversations").is(200).has(`"I think"`, "data", 0, "draft", "content")
	w.as(u[1], "GET", path).is(200).has(`null`, "data", "draft")
	w.as(u[0], "PUT", path+"/draft", `{"content":"I know"}`).is(200).has(`null`, "data", "draft", "parentMessageId")
	w.as(u[0], "PUT", path+"/draft", `{"content":" \n "}`).is(200).has(`null`, "data", "draft")
	w.as(u[0], "PUT", path+"/draft", `{"content":"again"}`).is(200)
	w.as(u[0], "DELETE", path+"/draft").is(200).has(`null`, "data", "draft")
	w.as(u[0], "DELETE", path+"/draft").is(200).has(`null`, "data", "draft")
	w.as(u[0], "GET", path).is(200).has(`null`, "data", "draft")

	w.as(u[0], "PUT", path+"/draft", map[string]any{"content": strings.Repeat("x", 10_001)}).fails(400, chat.ValidationFailed).field("content")
	_, other := w.group(u[0])
	foreign, _ := w.say(u[0], other, "elsewhere")
	w.as(u[0], "PUT", path+"/draft", map[string]any{"content": "x", "parentMessageId": foreign}).fails(400, chat.ValidationFailed).field("parentMessageId")
	w.as(u[2], "PUT", path+"/draft", `{"content":"x"}`).fails(403, chat.NotParticipant, notParticipantText)
	w.as(u[0], "PUT", "/api/chat/conversations/999/draft", `{"content":"x"}`).fails(404, chat.NotFound, notFoundText)
}

func TestMarkUnread(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid")
	id, path := w.group(u[0], u[1])
	first, _ := w.say(u[0], path, "one")
	second, m2 := w.say(u[0], path, "two @bob")
	w.say(u[1], path, "bob's own") // reads everything
	w.say(u[0], path, "four")
	last, _ := w.say(u[0], path, "five")
	w.as(u[1], "POST", path+"/read").is(200).has(`0`, "data", "unreadCount")
	receipts := func() string { return w.as(u[0], "GET", m2+"/read-receipts").is(200).list("userId") }
	before := receipts()

	r := w.as(u[1], "POST", path+"/unread", map[string]any{"fromMessageId": second}).is(200)
	r.keys("conversationId lastReadMessageId unreadCount readAt", "data").has(`3`, "data", "unreadCount").has(fmt.Sprint(first), "data", "lastReadMessageId")
	w.as(u[1], "GET", path).is(200).has(`3`, "data", "unreadCount").has(`1`, "data", "mentionCount").has(fmt.Sprint(first), "data", "lastReadMessageId")
	w.as(u[1], "GET", "/api/chat/conversations").is(200).has(`3`, "data", 0, "unreadCount").has(`1`, "data", 0, "mentionCount")
	w.as(u[1], "GET", "/api/chat/conversations/unread").is(200).has(`3`, "data", "total").has(fmt.Sprint(first), "data", "conversations", 0, "lastReadMessageId")
	if after := receipts(); after != before || !strings.Contains(after, fmt.Sprint(u[1])) {
		t.Errorf("receipts were %s and are %s", before, after)
	}
	// A deletion counts once, whoever's it was.
	w.as(u[0], "DELETE", m2).is(200)
	w.as(u[1], "GET", path).is(200).has(`2`, "data", "unreadCount").has(`0`, "data", "mentionCount")
	// Reading on from there moves the mark, reading to the end ends it.
	w.as(u[1], "POST", path+"/read", map[string]any{"lastReadMessageId": last - 1}).is(200).has(`1`, "data", "unreadCount")
	w.as(u[1], "GET", path).is(200).has(`1`, "data", "unreadCount").has(fmt.Sprint(last-1), "data", "lastReadMessageId")
	w.as(u[1], "POST", path+"/read").is(200).has(`0`, "data", "unreadCount").has(fmt.Sprint(last), "data", "lastReadMessageId")

	// Without a message: the newest of somebody else. Writing ends it.
	w.say(u[1], path, "an answer")
	w.as(u[1], "POST", path+"/unread").is(200).has(`1`, "data", "unreadCount").has(fmt.Sprint(last-1), "data", "lastReadMessageId")
	w.as(u[1], "GET", path).is(200).has(`1`, "data", "unreadCount")
	w.say(u[1], path, "another")
	w.as(u[1], "GET", path).is(200).has(`0`, "data", "unreadCount")
	// The whole conversation, its first line included, which counts for nothing.
	w.as(u[1], "POST", path+"/unread", map[string]any{"fromMessageId": first}).is(200).has(`3`, "data", "unreadCount")
	// What is unread already stays as it is.
	w.as(u[1], "POST", path+"/unread", map[string]any{"fromMessageId": last}).is(200).has(`3`, "data", "unreadCount")

	w.as(u[1], "POST", path+"/unread", `{"fromMessageId":0}`).fails(400, chat.ValidationFailed).field("fromMessageId")
	_, other := w.group(u[1])
	foreign, _ := w.say(u[1], other, "elsewhere")
	w.as(u[1], "POST", path+"/unread", map[string]any{"fromMessageId": foreign}).fails(400, chat.ValidationFailed).field("fromMessageId")
	w.as(u[1], "POST", other+"/unread").fails(409, chat.Conflict)
	w.as(u[2], "POST", path+"/unread").fails(403, chat.NotParticipant, notParticipantText)
	_ = id
}

func TestMentionAll(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid")
	_, path := w.group(u[0], u[1], u[2])
	r := w.as(u[0], "POST", path+"/messages", `{"content":"@All and @bob: lunch!"}`).is(201)
	r.has(`true`, "data", "mentionsAll").has(fmt.Sprintf("[%d]", u[1]), "data", "mentions")
	for _, reader := range u[1:] {
		w.as(reader, "GET", path).is(200).has(`1`, "data", "mentionCount")
		w.as(reader, "GET", path+"/messages?limit=1").is(200).has(`true`, "data", 0, "mentionsAll")
	}
	w.as(u[0], "GET", path).is(200).has(`0`, "data", "mentionCount")
	m := fmt.Sprintf("/api/chat/messages/%d", r.id("id"))
	w.as(u[0], "PUT", m, `{"content":"@bob only"}`).is(200)
	w.as(u[2], "GET", path).is(200).has(`0`, "data", "mentionCount")
	if r := w.as(u[2], "GET", m).is(200); strings.Contains(string(r.raw), "mentionsAll") {
		t.Errorf("still everybody: %s", r.raw)
	}
	w.register(`{"username":"ALL","password":"correct horse battery"}`).fails(400, chat.ValidationFailed).field("username")
}
