package rest_test

import (
	"fmt"
	"strings"
	"testing"

	"parley/internal/chat"
	"parley/internal/ratelimit"
)

const (
	conversationKeys = "id type name description avatarUrl createdBy myRole participantCount participants lastMessage " +
		"lastMessageAt unreadCount mentionCount lastReadMessageId isMuted mutedUntil isPinned isArchived pinnedAt notificationLevel notificationsUntil draft allowReactions allowReplies " +
		"allowFileUploads maxFileSizeMb allowedFileTypes membersCanInvite slowModeSeconds historyForNew whoMayPost whoMayInvite whoMayReact whoMayReply whoMayUpload metadata createdAt updatedAt"
	participantKeys = "userId username name avatarUrl role joinedAt lastReadMessageId status"

	notFoundText       = "Conversation not found"
	notParticipantText = "You are not a participant in this conversation"
)

func TestCreateConversation(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid", "dan")
	w.as(u[3], "PUT", fmt.Sprintf("/api/users/%d/block", u[0])).is(200)

	r := w.as(u[0], "POST", "/api/chat/conversations", map[string]any{
		"name": " Project \n Team ", "description": "Discussion for Project X", "participantIds": []any{u[1], u[1], u[2], u[3], u[0]},
		"allowReplies": false, "metadata": map[string]any{"a": 1}, "slowModeSeconds": "5", "historyForNew": "join", "membersCanInvite": true,
	}).is(201)
	r.keys(conversationKeys+" skipped", "data").keys(participantKeys, "data", "participants", 0)
	r.has(`"Project Team"`, "data", "name").has(`"GROUP"`, "data", "type").has(`"OWNER"`, "data", "myRole")
	r.has(`3`, "data", "participantCount").has(`true`, "data", "allowReactions").has(`false`, "data", "allowReplies")
	r.has(`{"a":1}`, "data", "metadata").has(`5`, "data", "slowModeSeconds").has(`"join"`, "data", "historyForNew").has(`true`, "data", "membersCanInvite")
	r.has(fmt.Sprintf(`[%d]`, u[3]), "data", "skipped").has(fmt.Sprintf(`[%d]`, u[3]), "skipped")
	r.has(`"SYSTEM"`, "data", "lastMessage", "messageType").has(`"created"`, "data", "lastMessage", "metadata", "system", "kind")

	bad := []struct {
		about, body, field, text string
	}{
		{"no name", `{}`, "name", "name is required"},
		{"null name", `{"name":null}`, "name", "name is required"},
		{"blank name", `{"name":" \u200b "}`, "name", "name is required"},
		{"101 characters", `{"name":"` + strings.Repeat("é", 101) + `"}`, "name", "name must be at most 100 characters"},
		{"1,001 characters", `{"name":"x","description":"` + strings.Repeat("x", 1001) + `"}`, "description", "description must be at most 1000 characters"},
		{"unknown users", `{"name":"x","participantIds":[2,999999,1000000]}`, "participantIds", "Unknown users: [999999 1000000]"},
		{"too many", `{"name":"x","participantIds":[` + strings.Repeat("2,", 500) + `2]}`, "participantIds", "At most 500 people can be invited at once"},
		{"unknown type", `{"name":"x","type":"ROOM"}`, "type", "type must be GROUP or CHANNEL"},
		{"visibility", `{"name":"x","type":"CHANNEL","visibility":"SECRET"}`, "visibility", "visibility must be PUBLIC or PRIVATE"},
		{"slow mode", `{"name":"x","slowModeSeconds":-1}`, "slowModeSeconds", "slowModeSeconds must be between 0 and 21600"},
		{"history", `{"name":"x","historyForNew":"some"}`, "historyForNew", "historyForNew must be all or join"},
		{"post", `{"name":"x","whoMayPost":"ME"}`, "whoMayPost", "whoMayPost must be ALL or ADMINS"},
		{"file size", `{"name":"x","maxFileSizeMb":26}`, "maxFileSizeMb", "maxFileSizeMb must be between 1 and 25"},
	}
	for _, b := range bad {
		w.as(u[0], "POST", "/api/chat/conversations", b.body).fails(400, chat.ValidationFailed, b.text).field(b.field)
	}
}

func TestConversationIsOnlyForParticipants(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid")
	_, path := w.group(u[0], u[1])
	w.as(u[1], "GET", path).is(200).keys(conversationKeys, "data").has(`"MEMBER"`, "data", "myRole")
	w.as(u[2], "GET", path).fails(403, chat.NotParticipant, notParticipantText)
	w.as(u[2], "GET", "/api/chat/conversations/999").fails(404, chat.NotFound, notFoundText)
	for _, id := range []string{"0", "-1", "abc", "1e3", "%20", "01", "9007199254740992", "99999999999999999999", "%00", "%ff"} {
		w.as(u[0], "GET", "/api/chat/conversations/"+id).fails(404, chat.NotFound, notFoundText)
	}
}

func TestListConversations(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob")
	var paths []string
	for range 5 {
		_, p := w.group(u[0], u[1])
		paths = append(paths, p)
	}
	w.say(u[1], paths[1], "newest")
	w.as(u[0], "PUT", paths[0]+"/pin?pinned=true").is(200)
	w.as(u[0], "PUT", paths[3]+"/archive?archived=true").is(200)
	_, direct := w.direct(u[0], u[1])

	r := w.as(u[0], "GET", "/api/chat/conversations").is(200)
	r.keys(conversationKeys, "data", 0).has(`{"page":0,"size":100,"total":5,"hasMore":false}`, "page")
	if got := r.list("id"); got != "[1 6 2 5 3]" {
		t.Error("order:", got)
	}
	w.as(u[0], "GET", "/api/chat/conversations?page=1&size=2").is(200).has(`{"page":1,"size":2,"total":5,"hasMore":true}`, "page")
	for query, want := range map[string]string{
		"archived=true": "[4]", "archived=all": "[1 6 2 5 4 3]", "archived=false": "[1 6 2 5 3]",
		"type=DIRECT": "[6]", "page=9": "[]", "size=1": "[1]", "page=": "[1 6 2 5 3]",
	} {
		if got := w.as(u[0], "GET", "/api/chat/conversations?"+query).is(200).list("id"); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	for query, text := range map[string]string{
		"page=-1": "page must be between 0 and 1000000", "size=0": "size must be between 1 and 500", "size=501": "size must be between 1 and 500",
		"size=x": "size must be a number", "archived=maybe": "archived must be false, true or all", "type=ROOM": "type must be DIRECT, GROUP, CHANNEL or SUPPORT",
	} {
		w.as(u[0], "GET", "/api/chat/conversations?"+query).fails(400, chat.ValidationFailed, text)
	}
	w.as(u[1], "GET", "/api/chat/conversations?type=DIRECT").is(200).has(`[]`, "data").has(`0`, "page", "total")
	w.say(u[0], direct, "hello")
	w.as(u[1], "GET", "/api/chat/conversations?type=DIRECT").is(200).has(`"Ann"`, "data", 0, "name").has(`1`, "data", 0, "unreadCount")

	if got := w.as(u[0], "GET", "/api/chat/conversations/pinned").is(200).list("id"); got != "[1]" {
		t.Error("pinned:", got)
	}
}

func TestListsHoldTheFirstParticipantsAndAllAdmins(t *testing.T) {
	w := newWorld(t, setup{})
	var names []string
	for i := range 30 {
		names = append(names, fmt.Sprintf("user%02d", i))
	}
	u := w.users(names...)
	_, path := w.group(u[0], u[1:]...)
	w.as(u[0], "PUT", fmt.Sprintf("%s/participants/%d/role", path, u[29]), `{"role":"ADMIN"}`).is(200).has(`"ADMIN"`, "data", "role")
	list := w.as(u[0], "GET", "/api/chat/conversations").is(200)
	if n := len(list.at("data", 0, "participants").([]any)); n != 21 {
		t.Errorf("%d participants in the list", n)
	}
	list.has(fmt.Sprint(u[29]), "data", 0, "participants", 1, "userId").has(`30`, "data", 0, "participantCount")
	if n := len(w.as(u[0], "GET", path).is(200).at("data", "participants").([]any)); n != 30 {
		t.Errorf("%d participants in the conversation", n)
	}
}

func TestOpenDirect(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid")
	w.presence.set(u[1], chat.Online)
	r := w.as(u[0], "POST", fmt.Sprintf("/api/chat/conversations/direct/%d", u[1])).is(201)
	r.keys(conversationKeys, "data").has(`"DIRECT"`, "data", "type").has(`"Bob"`, "data", "name").has(`"MEMBER"`, "data", "myRole").has(`null`, "data", "lastMessage")
	r.has(`"OFFLINE"`, "data", "participants", 1, "status") // Bob has not seen it, so Ann does not see Bob
	again := w.as(u[0], "POST", fmt.Sprintf("/api/chat/conversations/direct/%d", u[1])).is(200)
	other := w.as(u[1], "POST", fmt.Sprintf("/api/chat/conversations/direct/%d", u[0])).is(200).has(`"Ann"`, "data", "name")
	if r.id("id") != again.id("id") || r.id("id") != other.id("id") {
		t.Error("different conversations")
	}
	w.as(u[0], "GET", fmt.Sprintf("/api/chat/conversations/%d", r.id("id"))).is(200).has(`"ONLINE"`, "data", "participants", 1, "status")
	w.as(u[0], "POST", fmt.Sprintf("/api/chat/conversations/direct/%d", u[0])).is(201).has(`1`, "data", "participantCount")
	w.as(u[0], "POST", fmt.Sprintf("/api/chat/conversations/direct/%d", u[0])).is(200)
	w.as(u[0], "POST", "/api/chat/conversations/direct/999").fails(404, chat.NotFound, "User not found")
	w.as(u[0], "POST", "/api/chat/conversations/direct/bob").fails(404, chat.NotFound, "User not found")
	w.as(u[0], "POST", "/api/chat/conversations/direct/ext:nobody").fails(404, chat.NotFound, "User not found")
	w.as(u[2], "PUT", fmt.Sprintf("/api/users/%d/block", u[0])).is(200)
	w.as(u[0], "POST", fmt.Sprintf("/api/chat/conversations/direct/%d", u[2])).fails(403, chat.Blocked)
	w.as(u[2], "POST", fmt.Sprintf("/api/chat/conversations/direct/%d", u[0])).fails(403, chat.Blocked)
}

func TestUpdateConversation(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid")
	_, path := w.group(u[0], u[1])
	r := w.as(u[0], "PUT", path, `{"name":"New","description":"About","allowReactions":false,"allowedFileTypes":["image/png"],"maxFileSizeMb":5,"metadata":{"x":[1]},"whoMayPost":"ADMINS","slowModeSeconds":30,"historyForNew":"join","membersCanInvite":true}`).is(200)
	r.keys(conversationKeys, "data").has(`"New"`, "data", "name").has(`"About"`, "data", "description").has(`false`, "data", "allowReactions")
	r.has(`["image/png"]`, "data", "allowedFileTypes").has(`5`, "data", "maxFileSizeMb").has(`{"x":[1]}`, "data", "metadata").has(`"ADMINS"`, "data", "whoMayPost")
	r.has(`30`, "data", "slowModeSeconds").has(`"join"`, "data", "historyForNew").has(`true`, "data", "membersCanInvite").has(`"renamed"`, "data", "lastMessage", "metadata", "system", "kind")

	r = w.as(u[0], "PUT", path, `{"description":null,"avatarUrl":null,"name":null,"metadata":null}`).is(200)
	r.has(`null`, "data", "description").has(`null`, "data", "avatarUrl").has(`"New"`, "data", "name").has(`{"x":[1]}`, "data", "metadata")
	w.as(u[0], "PUT", path).is(200).has(`"New"`, "data", "name")

	w.as(u[1], "PUT", path, `{"name":"Mine"}`).fails(403, chat.RoleRequired)
	w.as(u[2], "PUT", path, `{"name":"Mine"}`).fails(403, chat.NotParticipant, notParticipantText)
	w.as(u[0], "PUT", path, `{"name":""}`).fails(400, chat.ValidationFailed).field("name")
	w.as(u[0], "PUT", path, `{"maxFileSizeMb":26}`).fails(400, chat.ValidationFailed).field("maxFileSizeMb")
	_, direct := w.direct(u[0], u[1])
	w.as(u[0], "PUT", direct, `{"name":"Us"}`).fails(403, chat.Forbidden)
	w.as(u[0], "PUT", "/api/chat/conversations/999", `{"name":"x"}`).fails(404, chat.NotFound, notFoundText)
}

// The six cases of DELETE in contracts/chat-api.md.
func TestLeaveConversation(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid", "dan")
	id, direct := w.direct(u[0], u[1])
	w.say(u[0], direct, "secret")
	w.as(u[0], "DELETE", direct).is(200).has(fmt.Sprintf(`{"conversationId":%d,"result":"HIDDEN"}`, id), "data")
	w.as(u[0], "GET", "/api/chat/conversations?type=DIRECT").is(200).has(`[]`, "data")
	w.as(u[1], "GET", direct+"/messages").is(200).has(`"secret"`, "data", 0, "content")
	w.say(u[1], direct, "back")
	if got := w.as(u[0], "GET", direct+"/messages").is(200).list("content"); got != "[back]" {
		t.Error("after hiding:", got)
	}

	id, path := w.group(u[0], u[1], u[2], u[3])
	w.as(u[2], "DELETE", path+"?delete=true").fails(403, chat.RoleRequired)
	w.as(u[2], "DELETE", path).is(200).has(fmt.Sprintf(`{"conversationId":%d,"result":"LEFT"}`, id), "data")
	w.as(u[2], "DELETE", path).fails(403, chat.NotParticipant, notParticipantText)
	w.as(u[2], "GET", path+"/messages").fails(403, chat.NotParticipant, notParticipantText)
	w.as(u[0], "DELETE", path+"?transferTo="+fmt.Sprint(u[2])).fails(400, chat.ValidationFailed).field("transferTo")
	w.as(u[0], "DELETE", path+"?transferTo=x").fails(400, chat.ValidationFailed).field("transferTo")
	w.as(u[0], "DELETE", path+"?delete=").fails(400, chat.ValidationFailed).field("delete")
	w.as(u[0], "DELETE", path+"?transferTo="+fmt.Sprint(u[3])).is(200).has(fmt.Sprintf(`{"conversationId":%d,"result":"LEFT","newOwnerId":%d}`, id, u[3]), "data")
	w.as(u[3], "DELETE", path).is(200).has(fmt.Sprint(u[1]), "data", "newOwnerId")
	w.as(u[1], "DELETE", path).is(200).has(`"DELETED"`, "data", "result")
	w.as(u[1], "GET", path).fails(404, chat.NotFound, notFoundText)

	_, path = w.group(u[0], u[1])
	w.as(u[0], "DELETE", path+"?delete=true").is(200).has(`"DELETED"`, "data", "result")
	w.as(u[1], "GET", path).fails(404, chat.NotFound, notFoundText)
	w.as(u[1], "DELETE", "/api/chat/conversations/999").fails(404, chat.NotFound, notFoundText)
}

func TestSearchConversations(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob")
	make := func(owner chat.UserID, body string) { w.as(owner, "POST", "/api/chat/conversations", body).is(201) }
	make(u[0], `{"name":"Café Crème"}`)
	make(u[0], `{"name":"项目讨论组","description":"all about Coffee"}`)
	make(u[1], `{"name":"Coffee lovers","type":"CHANNEL","visibility":"PUBLIC"}`)
	make(u[1], `{"name":"Coffee secrets","type":"CHANNEL"}`)
	make(u[1], `{"name":"Coffee group"}`)
	search := func(query, want string) {
		t.Helper()
		if got := w.as(u[0], "GET", "/api/chat/conversations/search?query="+query).is(200).list("name"); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	search("cafe", "[Café Crème]")
	search("CREME%20caf", "[Café Crème]")
	search("%E9%A1%B9%E7%9B%AE", "[项目讨论组]")
	search("coffee", "[项目讨论组 Coffee lovers]")
	search("nothing", "[]")
	search("%25", "[]")
	w.as(u[0], "GET", "/api/chat/conversations/search").fails(400, chat.ValidationFailed).field("query")
	w.as(u[0], "GET", "/api/chat/conversations/search?query=").fails(400, chat.ValidationFailed).field("query")
	w.as(u[0], "GET", "/api/chat/conversations/search?query="+strings.Repeat("x", 101)).fails(400, chat.ValidationFailed).field("query")
	w.as(u[0], "GET", "/api/chat/conversations/search?query=x&limit=51").fails(400, chat.ValidationFailed).field("limit")
}

func TestJoinChannel(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob")
	public := w.as(u[0], "POST", "/api/chat/conversations", `{"name":"News","type":"CHANNEL","visibility":"PUBLIC"}`).is(201)
	public.has(`"CHANNEL"`, "data", "type").has(`"PUBLIC"`, "data", "visibility")
	private := w.as(u[0], "POST", "/api/chat/conversations", `{"name":"Board","type":"CHANNEL"}`).is(201).has(`"PRIVATE"`, "data", "visibility")
	_, group := w.group(u[0])
	w.as(u[1], "POST", fmt.Sprintf("/api/chat/conversations/%d/join", public.id("id"))).is(200).has(`"MEMBER"`, "data", "myRole").has(`2`, "data", "participantCount")
	w.as(u[1], "POST", fmt.Sprintf("/api/chat/conversations/%d/join", public.id("id"))).is(200).has(`2`, "data", "participantCount")
	w.as(u[1], "POST", fmt.Sprintf("/api/chat/conversations/%d/join", private.id("id"))).fails(403, chat.NotParticipant, notParticipantText)
	w.as(u[1], "POST", group+"/join").fails(403, chat.NotParticipant, notParticipantText)
	w.as(u[1], "POST", "/api/chat/conversations/999/join").fails(404, chat.NotFound, notFoundText)
}

func TestOwnSettings(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid")
	_, path := w.group(u[0], u[1])
	for _, s := range []struct{ name, member string }{{"mute", "isMuted"}, {"pin", "isPinned"}, {"archive", "isArchived"}} {
		param := strings.ToLower(strings.TrimPrefix(s.member, "is"))
		w.as(u[0], "PUT", path+"/"+s.name+"?"+param+"=true").is(200).keys(conversationKeys, "data").has(`true`, "data", s.member)
		w.as(u[0], "PUT", path+"/"+s.name+"?"+param+"=true").is(200).has(`true`, "data", s.member)
		w.as(u[1], "GET", path).is(200).has(`false`, "data", s.member)
		w.as(u[0], "PUT", path+"/"+s.name, `{"`+param+`":false}`).is(200).has(`false`, "data", s.member)
		for _, query := range []string{"", "?" + param + "=", "?" + param + "=yes", "?" + param + "=1", "?" + param + "=TRUE", "?" + param} {
			w.as(u[0], "PUT", path+"/"+s.name+query).fails(400, chat.ValidationFailed).field(param)
		}
		w.as(u[0], "PUT", path+"/"+s.name, `{"`+param+`":"maybe"}`).fails(400, chat.ValidationFailed, param+" must be true or false").field(param)
		w.as(u[2], "PUT", path+"/"+s.name+"?"+param+"=true").fails(403, chat.NotParticipant, notParticipantText)
		w.as(u[2], "PUT", "/api/chat/conversations/999/"+s.name+"?"+param+"=true").fails(404, chat.NotFound, notFoundText)
	}
	w.as(u[0], "PUT", path+"/mute?muted=true&until=2099-01-02T03:04:05Z").is(200).has(`"2099-01-02T03:04:05.000Z"`, "data", "mutedUntil")
	w.as(u[0], "PUT", path+"/mute", `{"muted":true,"until":"2099-01-02T03:04:05.5+02:00"}`).is(200).has(`"2099-01-02T01:04:05.500Z"`, "data", "mutedUntil")
	w.as(u[0], "PUT", path+"/mute", `{"muted":true}`).is(200).has(`null`, "data", "mutedUntil").has(`true`, "data", "isMuted")
	w.as(u[0], "PUT", path+"/mute?muted=true&until=tomorrow").fails(400, chat.ValidationFailed).field("until")
	w.as(u[0], "PUT", path+"/mute?muted=true&until=2001-01-01T00:00:00Z").fails(400, chat.ValidationFailed).field("until")
}

func TestAtMostTwentyPins(t *testing.T) {
	w := newWorld(t, setup{})
	ann := w.user("ann")
	for range 20 {
		_, path := w.group(ann)
		w.as(ann, "PUT", path+"/pin?pinned=true").is(200)
	}
	_, path := w.group(ann)
	w.as(ann, "PUT", path+"/pin?pinned=true").fails(409, chat.Conflict)
}

func TestUnreadSummary(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob")
	id1, loud := w.group(u[0], u[1])
	id2, quiet := w.group(u[0], u[1])
	w.as(u[1], "GET", "/api/chat/conversations/unread").is(200).has(`{"total":0,"totalMuted":0,"conversations":[]}`, "data")
	w.as(u[1], "PUT", quiet+"/mute?muted=true").is(200)
	w.say(u[0], loud, "one")
	last, _ := w.say(u[0], loud, "two @bob")
	w.say(u[0], quiet, "three")
	r := w.as(u[1], "GET", "/api/chat/conversations/unread").is(200)
	r.keys("total totalMuted conversations", "data").keys("conversationId unreadCount mentionCount lastMessageId lastReadMessageId", "data", "conversations", 0)
	r.has(`2`, "data", "total").has(`1`, "data", "totalMuted")
	for i := range 2 {
		switch r.id("conversations", i, "conversationId") {
		case id1:
			r.has(`2`, "data", "conversations", i, "unreadCount").has(`1`, "data", "conversations", i, "mentionCount").has(fmt.Sprint(last), "data", "conversations", i, "lastMessageId")
		case id2:
			r.has(`1`, "data", "conversations", i, "unreadCount")
		}
	}
}

func TestCreateConversationIsLimited(t *testing.T) {
	w := newWorld(t, setup{limits: chat.Limits{CreateConversation: ratelimit.New[chat.UserID](ratelimit.Rate{Limit: 1, Per: 3600e9})}})
	ann := w.user("ann")
	w.group(ann)
	r := w.as(ann, "POST", "/api/chat/conversations", `{"name":"x"}`).fails(429, chat.RateLimited)
	if text := r.at("error").(string); text != fmt.Sprintf("Rate limit exceeded. Try again in %s seconds", r.header.Get("Retry-After")) {
		t.Error(text, r.header)
	}
	if r.header.Get("X-RateLimit-Limit") != "1" || r.header.Get("X-RateLimit-Remaining") != "0" || len(r.header.Get("X-RateLimit-Reset")) != 10 {
		t.Error(r.header)
	}
}

func TestChannelDirectory(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob")
	make := func(body string) *reply { return w.as(u[0], "POST", "/api/chat/conversations", body).is(201) }
	make(`{"name":"news","type":"CHANNEL","visibility":"PUBLIC","description":"What happens"}`)
	lunch := make(`{"name":"Lunch","type":"CHANNEL","visibility":"PUBLIC"}`)
	make(`{"name":"Board","type":"CHANNEL"}`)
	make(`{"name":"Group"}`)
	w.say(u[0], fmt.Sprintf("/api/chat/conversations/%d", lunch.id("id")), "soup today")
	r := w.as(u[1], "GET", "/api/chat/channels").is(200).has(`{"page":0,"size":50,"total":2,"hasMore":false}`, "page")
	if got := r.list("name"); got != "[Lunch news]" {
		t.Error("channels:", got)
	}
	r.keys(conversationKeys+" visibility", "data", 0).has(`null`, "data", 0, "myRole").has(`[]`, "data", 0, "participants").has(`1`, "data", 0, "participantCount")
	r.has(`null`, "data", 0, "lastMessage").has(`0`, "data", 0, "unreadCount")
	w.as(u[0], "GET", "/api/chat/channels").is(200).has(`"OWNER"`, "data", 0, "myRole").has(`"soup today"`, "data", 0, "lastMessage", "content")
	if got := w.as(u[1], "GET", "/api/chat/channels?query=happen").is(200).list("name"); got != "[news]" {
		t.Error("found:", got)
	}
	w.as(u[1], "GET", "/api/chat/channels?size=1").is(200).has(`{"page":0,"size":1,"total":2,"hasMore":true}`, "page")
	w.as(u[1], "GET", "/api/chat/channels?size=1&page=1").is(200).has(`"news"`, "data", 0, "name").has(`false`, "page", "hasMore")
	w.as(u[1], "GET", "/api/chat/channels?query="+strings.Repeat("x", 101)).fails(400, chat.ValidationFailed).field("query")
	w.as(u[1], "POST", fmt.Sprintf("/api/chat/conversations/%d/join", lunch.id("id"))).is(200)
	w.as(u[1], "GET", "/api/chat/channels?query=lunch").is(200).has(`"MEMBER"`, "data", 0, "myRole").has(`0`, "data", 0, "unreadCount")
}

func TestWhoMay(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid")
	_, path := w.group(u[0], u[1])
	m, mp := w.say(u[0], path, "hello")
	r := w.as(u[0], "PUT", path, `{"whoMayInvite":"ALL","whoMayReact":"ADMINS","whoMayReply":"ADMINS","whoMayUpload":"ADMINS"}`).is(200)
	r.has(`"ALL"`, "data", "whoMayInvite").has(`true`, "data", "membersCanInvite").has(`"ADMINS"`, "data", "whoMayReact")
	for _, who := range []struct {
		user   chat.UserID
		status int
	}{{u[0], 0}, {u[1], 403}} {
		for about, got := range map[string]*reply{
			"react":  w.as(who.user, "POST", mp+"/reactions", `{"emoji":"👍"}`),
			"reply":  w.as(who.user, "POST", path+"/messages", map[string]any{"content": "x", "parentMessageId": m}),
			"upload": w.uploadTo(who.user, path),
		} {
			if ok := got.status/100 == 2; ok != (who.status == 0) || !ok && got.json["code"] != "role_required" {
				t.Errorf("%s by %d: %s", about, who.user, got.raw)
			}
		}
	}
	w.as(u[1], "POST", path+"/messages", `{"content":"x"}`).is(201)
	w.as(u[1], "POST", path+"/participants", map[string]any{"userIds": []any{u[2]}}).is(200)
	w.as(u[0], "PUT", path, `{"membersCanInvite":false}`).is(200).has(`"ADMINS"`, "data", "whoMayInvite")
	for _, field := range []string{"whoMayPost", "whoMayInvite", "whoMayReact", "whoMayReply", "whoMayUpload"} {
		w.as(u[0], "PUT", path, map[string]string{field: "ME"}).fails(400, chat.ValidationFailed, field+" must be ALL or ADMINS").field(field)
	}
}
