package rest_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"parley/internal/chat"
)

func TestReactions(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid")
	_, path := w.group(u[0], u[1])
	id, m := w.say(u[0], path, "react to this")
	w.as(u[0], "POST", m+"/reactions", `{"emoji":"👍"}`).is(200).has(`{"👍":1}`, "data")
	w.as(u[0], "POST", m+"/reactions", `{"emoji":"👍"}`).is(200).has(`{"👍":1}`, "data")
	w.as(u[1], "POST", m+"/reactions", `{"emoji":"👍"}`).is(200).has(`{"👍":2}`, "data")
	w.as(u[0], "POST", m+"/reactions", `{"emoji":"❤️"}`).is(200)
	w.as(u[1], "POST", m+"/reactions", `{"emoji":"❤"}`).is(200).has(`{"👍":2,"❤️":2}`, "data")
	w.as(u[1], "POST", m+"/reactions", `{"emoji":":party_parrot:"}`).is(200)
	w.as(u[1], "GET", m+"/reactions/summary").is(200).has(`{"👍":2,"❤️":2,":party_parrot:":1}`, "data")
	r := w.as(u[1], "GET", m+"/reactions").is(200).keys("id messageId userId userName emoji createdAt", "data", 0).has(fmt.Sprint(id), "data", 0, "messageId")
	if got := r.list("userName"); got != "[Ann Bob Ann Bob Bob]" {
		t.Error(got)
	}
	w.as(u[1], "GET", path+"/messages?limit=1").is(200).has(`["👍","❤️",":party_parrot:"]`, "data", 0, "myReactions").has(`{"👍":2,"❤️":2,":party_parrot:":1}`, "data", 0, "reactionSummary")

	w.as(u[1], "POST", m+"/reactions/toggle", `{"emoji":"👍"}`).is(200).has(`{"added":false,"reactionSummary":{"👍":1,"❤️":2,":party_parrot:":1}}`, "data")
	w.as(u[1], "POST", m+"/reactions/toggle", `{"emoji":"👍"}`).is(200).has(`true`, "data", "added")

	remove := func(emoji string) *reply { t.Helper(); return w.as(u[1], "DELETE", m+"/reactions/"+emoji) }
	remove(url.PathEscape("❤️")).is(200).has(`{"👍":2,"❤️":1,":party_parrot:":1}`, "data")
	remove(url.PathEscape("❤")).is(200).has(`{"👍":2,"❤️":1,":party_parrot:":1}`, "data")
	remove(":party_parrot:").is(200).has(`{"👍":2,"❤️":1}`, "data")
	remove(url.PathEscape("😀")).is(200).has(`{"👍":2,"❤️":1}`, "data")
	remove(url.PathEscape(url.PathEscape("👍"))).fails(400, chat.ValidationFailed).field("emoji")
	remove("x").fails(400, chat.ValidationFailed).field("emoji")
	remove("%ff").is(400)
}

func TestReactionRefusals(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid")
	_, path := w.group(u[0], u[1])
	_, m := w.say(u[0], path, "react to this")
	for _, emoji := range []string{"x", "👍x", " 👍", "👍 ", "12", "\u200d", "\ufe0f", ":no spaces:", "::", "<b>", strings.Repeat("👍", 9), "null", "\x00"} {
		for _, p := range []string{"/reactions", "/reactions/toggle"} {
			w.as(u[0], "POST", m+p, map[string]string{"emoji": emoji}).fails(400, chat.ValidationFailed).field("emoji")
		}
	}
	for _, body := range []string{``, `{}`, `{"emoji":null}`, `{"emoji":""}`} {
		w.as(u[0], "POST", m+"/reactions", body).fails(400, chat.ValidationFailed, "emoji is required").field("emoji")
	}
	w.as(u[0], "POST", m+"/reactions", `{"emoji":5}`).fails(400, chat.ValidationFailed, "emoji must be a string").field("emoji")
	for _, p := range []string{"GET reactions", "GET reactions/summary", "POST reactions", "POST reactions/toggle", "DELETE reactions/%F0%9F%91%8D"} {
		method, tail, _ := strings.Cut(p, " ")
		w.as(u[2], method, m+"/"+tail, `{"emoji":"👍"}`).fails(403, chat.NotParticipant, notParticipantText)
		w.as(u[0], method, "/api/chat/messages/99999/"+tail, `{"emoji":"👍"}`).fails(404, chat.NotFound, "Message not found")
		w.as(u[0], method, "/api/chat/messages/x/"+tail, `{"emoji":"👍"}`).fails(404, chat.NotFound, "Message not found")
	}
	for _, e := range strings.Fields("😀 😃 😄 😁 😆 😅 😂 🙂 🙃 😉") {
		w.as(u[0], "POST", m+"/reactions", map[string]string{"emoji": e}).is(200)
	}
	w.as(u[0], "POST", m+"/reactions", `{"emoji":"👍"}`).fails(409, chat.Conflict)
	for _, e := range strings.Fields("🐶 🐱 🐭 🐹 🐰 🦊 🐻 🐼 🐨 🐯") {
		w.as(u[1], "POST", m+"/reactions", map[string]string{"emoji": e}).is(200)
	}
	w.as(u[0], "PUT", path, `{"allowReactions":false}`).is(200)
	_, other := w.say(u[0], path, "not to this")
	w.as(u[1], "POST", other+"/reactions", `{"emoji":"👍"}`).fails(403, chat.FeatureDisabled)
}

func TestReading(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid")
	id, path := w.group(u[0], u[1])
	first, firstPath := w.say(u[0], path, "one")
	second, secondPath := w.say(u[0], path, "two")
	w.as(u[0], "GET", firstPath+"/read-receipts").is(200).has(`[]`, "data")
	r := w.as(u[1], "POST", path+"/read", fmt.Sprintf(`{"lastReadMessageId":"%d"}`, first)).is(200)
	r.keys("conversationId lastReadMessageId unreadCount readAt", "data").has(fmt.Sprint(id), "data", "conversationId").has(fmt.Sprint(first), "data", "lastReadMessageId").has(`1`, "data", "unreadCount")
	receipts := w.as(u[0], "GET", firstPath+"/read-receipts").is(200).keys("messageId userId userName readAt", "data", 0)
	receipts.has(fmt.Sprint(first), "data", 0, "messageId").has(fmt.Sprint(u[1]), "data", 0, "userId").has(`"Bob"`, "data", 0, "userName")
	w.as(u[0], "GET", secondPath+"/read-receipts").is(200).has(`[]`, "data")

	w.as(u[1], "POST", path+"/read").is(200).has(fmt.Sprint(second), "data", "lastReadMessageId").has(`0`, "data", "unreadCount")
	w.as(u[1], "POST", path+"/read", `{"lastReadMessageId":null}`).is(200)
	w.as(u[1], "POST", path+"/read", fmt.Sprintf(`{"lastReadMessageId":%d}`, first)).is(200).has(fmt.Sprint(second), "data", "lastReadMessageId")
	w.as(u[0], "GET", path+"/messages?limit=1").is(200).has(`"READ"`, "data", 0, "status")

	_, other := w.group(u[0])
	elsewhere, elsewherePath := w.say(u[0], other, "elsewhere")
	w.as(u[1], "POST", path+"/read", fmt.Sprintf(`{"lastReadMessageId":%d}`, elsewhere)).fails(400, chat.ValidationFailed).field("lastReadMessageId")
	w.as(u[1], "POST", path+"/read", `{"lastReadMessageId":-1}`).fails(400, chat.ValidationFailed).field("lastReadMessageId")
	w.as(u[1], "POST", path+"/read", `{"lastReadMessageId":"x"}`).fails(400, chat.ValidationFailed, "lastReadMessageId must be a number").field("lastReadMessageId")
	w.as(u[2], "POST", path+"/read").fails(403, chat.NotParticipant, notParticipantText)
	w.as(u[2], "POST", "/api/chat/conversations/999/read").fails(404, chat.NotFound, notFoundText)
	w.as(u[1], "GET", elsewherePath+"/read-receipts").fails(403, chat.NotParticipant, notParticipantText)
	w.as(u[1], "GET", "/api/chat/messages/99999/read-receipts").fails(404, chat.NotFound, "Message not found")
}
