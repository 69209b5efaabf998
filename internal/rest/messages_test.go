package rest_test

import (
	"fmt"
	"strings"
	"testing"

	"parley/internal/chat"
	"parley/internal/ratelimit"
)

const messageKeys = "id conversationId messageType content senderId senderName parentMessageId replyCount isEdited isDeleted attachments " +
	"reactionSummary createdAt seq senderAvatarUrl updatedAt editedAt deletedAt metadata myReactions mentions forwardedFrom status eventType"

func TestSendMessage(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid")
	id, path := w.group(u[0], u[1])
	r := w.as(u[0], "POST", path+"/messages", map[string]any{
		"conversationId": fmt.Sprint(id), "content": " Hello @bob!\r\n ", "tempId": "temp-1", "metadata": map[string]any{"k": []int{1}}, "mentions": nil, "attachmentIds": nil,
	}).is(201)
	r.keys(messageKeys+" tempId", "data").has(`"Hello @bob!"`, "data", "content").has(`"TEXT"`, "data", "messageType").has(`"SENT"`, "data", "status")
	r.has(`"temp-1"`, "data", "tempId").has(`{"k":[1]}`, "data", "metadata").has(fmt.Sprintf("[%d]", u[1]), "data", "mentions").has(`2`, "data", "seq").has(`"MESSAGE_SENT"`, "data", "eventType")

	again := w.as(u[0], "POST", path+"/messages", `{"content":"other","tempId":"temp-1"}`).is(200).has(`true`, "data", "duplicate").has(`"Hello @bob!"`, "data", "content")
	header := w.do(request{method: "POST", path: path + "/messages", body: `{"content":"other"}`, header: map[string]string{
		"X-Api-Key": w.key, "X-Act-As": "1", "Idempotency-Key": "temp-1",
	}}).is(200).has(`true`, "data", "duplicate")
	if again.id("id") != r.id("id") || header.id("id") != r.id("id") {
		t.Error("sent twice")
	}
	w.as(u[1], "GET", path+"/messages?after="+fmt.Sprint(r.id("id")-1)).is(200).keys(messageKeys, "data", 0).has(`null`, "data", 0, "status")
	w.as(u[0], "GET", path+"/messages?after="+fmt.Sprint(r.id("id")-1)).is(200).has(`"temp-1"`, "data", 0, "tempId")

	reply := w.as(u[1], "POST", path+"/messages", fmt.Sprintf(`{"content":"re","parentMessageId":%d}`, r.id("id"))).is(201).has(fmt.Sprint(r.id("id")), "data", "parentMessageId")
	w.as(u[0], "POST", path+"/messages", fmt.Sprintf(`{"content":"re re","parentMessageId":"%d"}`, reply.id("id"))).is(201)
	w.as(u[0], "POST", path+"/messages", `{"encryptedContent":"AAA="}`).is(201).has(`""`, "data", "content").has(`"AAA="`, "data", "encryptedContent")
	w.as(u[0], "POST", path+"/messages", `{"content":"x","messageType":"IMAGE"}`).is(201).has(`"IMAGE"`, "data", "messageType")
	w.as(u[0], "POST", path+"/messages", `{"content":"`+strings.Repeat("é", 10_000)+`"}`).is(201)
}

func TestSendMessageRefusals(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid")
	_, path := w.group(u[0], u[1])
	_, other := w.group(u[0])
	elsewhere, _ := w.say(u[0], other, "elsewhere")
	const empty = "Message content cannot be empty"
	bad := []struct{ about, body, field, text string }{
		{"nothing", ``, "content", empty},
		{"empty object", `{}`, "content", empty},
		{"null", `null`, "content", empty},
		{"null content", `{"content":null}`, "content", empty},
		{"white space", `{"content":" \n\t "}`, "content", empty},
		{"zero width", `{"content":"\u200b\u200d\ufeff"}`, "content", empty},
		{"bidi marks", `{"content":"\u202e\u2066\u200f"}`, "content", empty},
		{"NUL", `{"content":"\u0000"}`, "content", empty},
		{"10,001 characters", `{"content":"` + strings.Repeat("x", 10_001) + `"}`, "content", "Message content must be at most 10000 characters, this one has 10001"},
		{"10,001 astral characters", `{"content":"` + strings.Repeat("😀", 10_001) + `"}`, "content", "Message content must be at most 10000 characters, this one has 10001"},
		{"content is a number", `{"content":1}`, "content", "content must be a string"},
		{"content is a list", `{"content":["x"]}`, "content", "content must be a string"},
		{"SYSTEM", `{"content":"x","messageType":"SYSTEM"}`, "messageType", ""},
		{"CALL", `{"content":"x","messageType":"CALL"}`, "messageType", ""},
		{"unknown type", `{"content":"x","messageType":"HOLOGRAM"}`, "messageType", ""},
		{"another conversation", `{"content":"x","conversationId":2}`, "conversationId", ""},
		{"conversation of wrong type", `{"content":"x","conversationId":"one"}`, "conversationId", "conversationId must be a number"},
		{"parent elsewhere", fmt.Sprintf(`{"content":"x","parentMessageId":%d}`, elsewhere), "parentMessageId", ""},
		{"unknown parent", `{"content":"x","parentMessageId":99999}`, "parentMessageId", ""},
		{"parent of wrong type", `{"content":"x","parentMessageId":{}}`, "parentMessageId", "parentMessageId must be a number"},
		{"parent is a fraction", `{"content":"x","parentMessageId":1.5}`, "parentMessageId", "parentMessageId must be a number"},
		{"parent beyond 2^53", `{"content":"x","parentMessageId":9007199254740993}`, "parentMessageId", "parentMessageId must be a number"},
		{"unknown attachment", `{"content":"x","attachmentIds":[7]}`, "attachmentIds", "Attachment 7 not found"},
		{"attachments of wrong type", `{"content":"x","attachmentIds":["a"]}`, "attachmentIds", "attachmentIds must be a list of numbers"},
		{"long tempId", `{"content":"x","tempId":"` + strings.Repeat("t", 65) + `"}`, "tempId", ""},
		{"tempId of wrong type", `{"content":"x","tempId":5}`, "tempId", "tempId must be a string"},
		{"tempId with NUL", `{"content":"x","tempId":"a\u0000"}`, "tempId", ""},
		{"metadata is a list", `{"content":"x","metadata":[]}`, "metadata", "metadata must be a JSON object"},
		{"metadata is text", `{"content":"x","metadata":"{}"}`, "metadata", "metadata must be a JSON object"},
		{"deep metadata", `{"content":"x","metadata":` + strings.Repeat(`{"a":`, 20) + `1` + strings.Repeat(`}`, 20) + `}`, "metadata", ""},
		{"large metadata", `{"content":"x","metadata":{"a":"` + strings.Repeat("x", 17<<10) + `"}}`, "metadata", ""},
		{"both contents", `{"content":"x","encryptedContent":"AA"}`, "content", ""},
		{"large encrypted content", `{"encryptedContent":"` + strings.Repeat("x", 64<<10+1) + `"}`, "encryptedContent", ""},
	}
	for _, b := range bad {
		r := w.as(u[0], "POST", path+"/messages", b.body)
		if r.status != 400 || r.json["code"] != "validation_failed" || r.json["field"] != b.field || b.text != "" && r.json["error"] != b.text {
			t.Errorf("%s: %d %s", b.about, r.status, r.raw)
		}
	}
	w.as(u[2], "POST", path+"/messages", `{"content":"x"}`).fails(403, chat.NotParticipant, notParticipantText)
	w.as(u[0], "POST", "/api/chat/conversations/999/messages", `{"content":"x"}`).fails(404, chat.NotFound, notFoundText)
	w.as(u[0], "POST", "/api/chat/conversations/x/messages", `{"content":"x"}`).fails(404, chat.NotFound, notFoundText)
	if got := w.as(u[0], "GET", path+"/messages").is(200).list("messageType"); got != "[SYSTEM]" {
		t.Error("something refused was stored:", got)
	}
}

func TestWhoMaySend(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob")
	_, path := w.group(u[0], u[1])
	id, _ := w.say(u[0], path, "root")
	w.as(u[0], "PUT", path, `{"allowReplies":false}`).is(200)
	w.as(u[1], "POST", path+"/messages", fmt.Sprintf(`{"content":"x","parentMessageId":%d}`, id)).fails(403, chat.FeatureDisabled)
	w.as(u[0], "PUT", path, `{"whoMayPost":"ADMINS"}`).is(200)
	w.as(u[1], "POST", path+"/messages", `{"content":"x"}`).fails(403, chat.RoleRequired)
	w.as(u[0], "PUT", path, `{"whoMayPost":"ALL","slowModeSeconds":60}`).is(200)
	w.say(u[1], path, "first")
	r := w.as(u[1], "POST", path+"/messages", `{"content":"second"}`).fails(429, chat.RateLimited)
	if r.header.Get("Retry-After") == "" || r.header.Get("X-RateLimit-Limit") != "1" {
		t.Error(r.header)
	}
	_, direct := w.direct(u[0], u[1])
	w.as(u[1], "PUT", "/api/users/1/block").is(200)
	w.as(u[0], "POST", direct+"/messages", `{"content":"x"}`).fails(403, chat.Blocked)
}

func TestSendingIsLimited(t *testing.T) {
	w := newWorld(t, setup{limits: chat.Limits{Send: limited[chat.UserID](ratelimit.Rate{Limit: 2, Per: 60e9})}})
	ann := w.user("ann")
	_, path := w.group(ann)
	w.say(ann, path, "one")
	w.say(ann, path, "two")
	r := w.as(ann, "POST", path+"/messages", `{"content":"three"}`).fails(429, chat.RateLimited)
	if got := r.at("error"); got != "Rate limit exceeded. Try again in 30 seconds" {
		t.Error(got)
	}
	if r.header.Get("Retry-After") != "30" || r.header.Get("X-RateLimit-Limit") != "2" || r.header.Get("X-RateLimit-Remaining") != "0" {
		t.Error(r.header)
	}
}

func TestPageThroughMessages(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob")
	_, path := w.group(u[0], u[1])
	var ids []int64
	for i := range 6 {
		id, _ := w.say(u[0], path, fmt.Sprint("m", i))
		ids = append(ids, id)
	}
	w.as(u[1], "POST", path+"/messages", fmt.Sprintf(`{"content":"reply","parentMessageId":%d}`, ids[0])).is(201)
	page := func(query, want string) *reply {
		t.Helper()
		r := w.as(u[1], "GET", path+"/messages?"+query).is(200)
		if got := r.list("content"); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
		return r
	}
	page("", "[created the conversation m0 m1 m2 m3 m4 m5 reply]").keys(messageKeys, "data", 1)
	page("limit=2", "[m5 reply]").has(`true`, "page", "hasMore").has(`2`, "page", "limit")
	page(fmt.Sprintf("before=%d&limit=2", ids[3]), "[m1 m2]").has(fmt.Sprintf(`{"limit":2,"hasMore":true,"before":%d,"after":%d}`, ids[1], ids[2]), "page")
	page(fmt.Sprintf("after=%d&limit=2", ids[3]), "[m4 m5]").has(`true`, "page", "hasMore")
	page(fmt.Sprintf("after=%d&before=%d", ids[1], ids[4]), "[m2 m3]").has(`false`, "page", "hasMore")
	page(fmt.Sprintf("after=%d&before=%d&limit=1", ids[1], ids[4]), "[m2]").has(`true`, "page", "hasMore")
	page("before=9007199254740991&limit=1", "[reply]")
	page("before=9223372036854775807&limit=1", "[reply]")
	page("after=9007199254740991", "[]").has(`{"limit":50,"hasMore":false,"before":null,"after":null}`, "page")
	page("before=1", "[]")
	page("threads=false&limit=2", "[m4 m5]")
	page("threads=true&limit=1", "[reply]")
	page("before=&after=&limit=1", "[reply]")
	for query, field := range map[string]string{
		"before=0": "before", "before=-1": "before", "after=0": "after", "after=-5": "after", "before=x": "before", "before=1.5": "before",
		"limit=0": "limit", "limit=-1": "limit", "limit=101": "limit", "limit=99999999999999999999": "limit", "limit=x": "limit",
		"threads=": "threads", "threads=no": "threads", "before=%00": "before", "before=%ff": "before",
	} {
		w.as(u[1], "GET", path+"/messages?"+query).fails(400, chat.ValidationFailed).field(field)
	}
}

func TestThread(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid")
	_, path := w.group(u[0], u[1])
	root, rootPath := w.say(u[0], path, "root")
	var replies []int64
	for i := range 3 {
		r := w.as(u[1], "POST", path+"/messages", fmt.Sprintf(`{"content":"r%d","parentMessageId":%d}`, i, root)).is(201)
		replies = append(replies, r.id("id"))
	}
	r := w.as(u[0], "GET", rootPath+"/thread").is(200).keys(messageKeys, "root").keys(messageKeys, "data", 0)
	r.has(`"root"`, "root", "content").has(`3`, "root", "replyCount").has(`false`, "page", "hasMore")
	if got := r.list("content"); got != "[r0 r1 r2]" {
		t.Error(got)
	}
	if got := w.as(u[0], "GET", fmt.Sprintf("/api/chat/messages/%d/thread?after=%d&limit=1", replies[2], replies[0])).is(200).has(`"root"`, "root", "content").list("content"); got != "[r1]" {
		t.Error(got)
	}
	w.as(u[0], "GET", rootPath+"/thread?before=0").fails(400, chat.ValidationFailed).field("before")
	w.as(u[2], "GET", rootPath+"/thread").fails(403, chat.NotParticipant, notParticipantText)
	mine := w.as(u[0], "GET", "/api/chat/threads").is(200).keys(messageKeys+" lastReply unreadReplies", "data", 0).keys(messageKeys, "data", 0, "lastReply")
	mine.has(`"root"`, "data", 0, "content").has(fmt.Sprint(len(replies)), "data", 0, "replyCount").has(`false`, "page", "hasMore").has(fmt.Sprint(replies[len(replies)-1]), "page", "before")
	w.as(u[0], "GET", fmt.Sprint("/api/chat/threads?before=", replies[len(replies)-1])).is(200).has(`[]`, "data").has(`null`, "page", "before")
	w.as(u[2], "GET", "/api/chat/threads").is(200).has(`[]`, "data")
	w.as(u[0], "GET", "/api/chat/threads?unread=x").fails(400, chat.ValidationFailed).field("unread")
	w.as(u[0], "GET", "/api/chat/threads?limit=0").fails(400, chat.ValidationFailed).field("limit")
	w.as(u[0], "GET", "/api/chat/messages/99999/thread").fails(404, chat.NotFound, "Message not found")
	w.as(u[0], "GET", "/api/chat/messages/x/thread").fails(404, chat.NotFound, "Message not found")
}

func TestEditMessage(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid")
	_, path := w.group(u[0], u[1])
	_, m := w.say(u[1], path, "first")
	r := w.as(u[1], "PUT", m, `{"content":"second","metadata":{"a":1}}`).is(200).keys(messageKeys, "data")
	r.has(`"second"`, "data", "content").has(`true`, "data", "isEdited").has(`{"a":1}`, "data", "metadata").has(`"MESSAGE_UPDATED"`, "data", "eventType")
	same := w.as(u[1], "PUT", m, `{"content":"second"}`).is(200).has(`{"a":1}`, "data", "metadata")
	if same.at("data", "editedAt") != r.at("data", "editedAt") {
		t.Error("the same text again was an edit")
	}
	h := w.as(u[1], "GET", m+"/history").is(200).keys("version content metadata createdAt", "data", 0).has(`"first"`, "data", 0, "content")
	if h.list("content") != "[first]" {
		t.Error(h.list("content"))
	}
	w.as(u[0], "GET", m+"/history").is(200)
	w.as(u[0], "PUT", m, `{"content":"mine"}`).fails(403, chat.Forbidden)
	w.as(u[2], "PUT", m, `{"content":"mine"}`).fails(403, chat.NotParticipant, notParticipantText)
	w.as(u[2], "GET", m+"/history").fails(403, chat.NotParticipant, notParticipantText)
	w.as(u[1], "PUT", m, `{"content":""}`).fails(400, chat.ValidationFailed).field("content")
	w.as(u[1], "PUT", m, `{}`).fails(400, chat.ValidationFailed).field("content")
	w.as(u[1], "PUT", "/api/chat/messages/99999", `{"content":"x"}`).fails(404, chat.NotFound, "Message not found")
	system := w.as(u[0], "GET", path+"/messages?limit=100").is(200).id(0, "id")
	w.as(u[0], "PUT", fmt.Sprint("/api/chat/messages/", system), `{"content":"x"}`).fails(403, chat.Forbidden)
	_, own := w.say(u[0], path, "of the owner")
	w.as(u[1], "GET", own+"/history").fails(403, chat.RoleRequired)
	w.as(u[1], "DELETE", m).is(200)
	w.as(u[1], "PUT", m, `{"content":"x"}`).fails(409, chat.Conflict)
}

func TestDeleteMessage(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid", "dan")
	id, path := w.group(u[0], u[1], u[2])
	w.as(u[0], "PUT", fmt.Sprintf("%s/participants/%d/role", path, u[1]), `{"role":"ADMIN"}`).is(200)
	root, rootPath := w.say(u[2], path, "root")
	reply := w.as(u[0], "POST", path+"/messages", fmt.Sprintf(`{"content":"re","parentMessageId":%d,"metadata":{"a":1}}`, root)).is(201).id("id")
	replyPath := fmt.Sprint("/api/chat/messages/", reply)
	w.as(u[0], "POST", replyPath+"/reactions", `{"emoji":"👍"}`).is(200)

	w.as(u[2], "DELETE", replyPath).fails(403, chat.RoleRequired)
	w.as(u[1], "DELETE", replyPath).fails(403, chat.RoleRequired)
	w.as(u[3], "DELETE", replyPath).fails(403, chat.NotParticipant, notParticipantText)
	for range 2 {
		w.as(u[0], "DELETE", replyPath).is(200).has(fmt.Sprintf(`{"messageId":%d,"conversationId":%d,"isDeleted":true}`, reply, id), "data")
	}
	r := w.as(u[2], "GET", rootPath+"/thread").is(200).has(`0`, "root", "replyCount")
	r.has(`""`, "data", 0, "content").has(`true`, "data", 0, "isDeleted").has(`{}`, "data", 0, "reactionSummary").has(`[]`, "data", 0, "attachments").has(`{}`, "data", 0, "metadata").has(`"MESSAGE_DELETED"`, "data", 0, "eventType")
	w.as(u[1], "DELETE", rootPath).is(200)
	w.as(u[0], "DELETE", "/api/chat/messages/99999").fails(404, chat.NotFound, "Message not found")
	_, direct := w.direct(u[0], u[1])
	_, m := w.say(u[1], direct, "x")
	w.as(u[0], "DELETE", m).fails(403, chat.Forbidden)
}

func TestForward(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid")
	_, from := w.group(u[0], u[1])
	to1, path1 := w.group(u[1], u[2])
	to2, _ := w.direct(u[1], u[2])
	_, m := w.say(u[0], from, "take this")
	r := w.as(u[1], "POST", m+"/forward", fmt.Sprintf(`{"conversationIds":[%d,"%d"]}`, to1, to2)).is(201).keys(messageKeys, "data", 0)
	if got := r.list("conversationId"); got != fmt.Sprint([]any{to1, to2}) {
		t.Error(got)
	}
	r.has(`"Ann"`, "data", 0, "forwardedFrom", "senderName").keys("senderId senderName createdAt", "data", 0, "forwardedFrom")
	w.as(u[2], "GET", path1+"/messages?limit=1").is(200).has(`"take this"`, "data", 0, "content")
	w.as(u[0], "POST", m+"/forward", fmt.Sprintf(`{"conversationIds":[%d]}`, to1)).fails(403, chat.NotParticipant, notParticipantText)
	w.as(u[1], "POST", m+"/forward", `{"conversationIds":[999]}`).fails(404, chat.NotFound, notFoundText)
	w.as(u[2], "POST", m+"/forward", `{"conversationIds":[2]}`).fails(403, chat.NotParticipant, notParticipantText)
	w.as(u[1], "POST", m+"/forward", `{}`).fails(400, chat.ValidationFailed).field("conversationIds")
	w.as(u[1], "POST", "/api/chat/messages/99999/forward", `[1]`).fails(404, chat.NotFound, "Message not found")
}

func TestHistoryForNew(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid")
	_, path := w.group(u[0], u[1])
	_, before := w.say(u[0], path, "before")
	w.as(u[0], "PUT", path, `{"historyForNew":"join"}`).is(200)
	w.as(u[0], "POST", path+"/participants", fmt.Sprintf("[%d]", u[2])).is(200)
	w.say(u[0], path, "after")
	if got := w.as(u[2], "GET", path+"/messages").is(200).list("content"); strings.Contains(got, "before") || !strings.Contains(got, "after") {
		t.Error(got)
	}
	for _, call := range []string{"GET " + before + "/thread", "GET " + before + "/reactions", "GET " + before + "/read-receipts", "POST " + before + "/reactions"} {
		method, p, _ := strings.Cut(call, " ")
		w.as(u[2], method, p, `{"emoji":"👍"}`).fails(404, chat.NotFound, "Message not found")
	}
}

func TestMessagesAround(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob")
	_, path := w.group(u[0])
	var ids []int64
	for i := range 10 {
		id, _ := w.say(u[0], path, fmt.Sprint(i))
		ids = append(ids, id)
	}
	around := func(query string) *reply { return w.as(u[0], "GET", path+"/messages?"+query) }
	r := around(fmt.Sprintf("around=%d&limit=4", ids[5])).is(200)
	if got, want := r.list("id"), fmt.Sprint(ids[3:7]); got != want {
		t.Errorf("around: %s, want %s", got, want)
	}
	r.has(fmt.Sprintf(`{"limit":4,"hasMore":true,"before":%d,"after":%d,"hasNewer":true}`, ids[3], ids[6]), "page")
	r = around(fmt.Sprintf("around=%d&limit=100", ids[9])).is(200).has(`false`, "page", "hasNewer").has(`false`, "page", "hasMore")
	if n := len(r.at("data").([]any)); n != 11 {
		t.Errorf("%d messages", n)
	}
	r = around(fmt.Sprintf("around=%d&limit=1", ids[2])).is(200).has(`true`, "page", "hasMore")
	if got := r.list("id"); got != fmt.Sprint(ids[2:3]) {
		t.Errorf("one: %s", got)
	}
	around("around=1&limit=2").is(200).has(`false`, "page", "hasMore").has(`true`, "page", "hasNewer")
	around("around=-1").fails(400, chat.ValidationFailed)
	around("around=5&before=7").fails(400, chat.ValidationFailed).field("around")
	w.as(u[1], "GET", path+"/messages?around=5").fails(403, chat.NotParticipant, notParticipantText)
	w.as(u[0], "GET", fmt.Sprintf("/api/chat/messages/%d", ids[4])).is(200).has(`"4"`, "data", "content")
	w.as(u[1], "GET", fmt.Sprintf("/api/chat/messages/%d", ids[4])).fails(403, chat.NotParticipant, notParticipantText)
	w.as(u[1], "GET", "/api/chat/messages/999").fails(404, chat.NotFound, "Message not found")
}
