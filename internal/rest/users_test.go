package rest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"parley/internal/chat"
)

func TestProfiles(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob")
	w.as(u[0], "GET", "/api/users/me").is(200).keys(ownUserKeys, "data")
	w.as(u[0], "GET", fmt.Sprint("/api/users/", u[1])).is(200).keys(userKeys, "data").has(`"Bob"`, "data", "displayName")
	for _, id := range []string{"99", "bob", "0", "ext:", "ext:nobody", "9007199254740993", "%20", "-1"} {
		w.as(u[0], "GET", "/api/users/"+id).fails(404, chat.NotFound, "User not found")
	}
	r := w.as(u[0], "PATCH", "/api/users/me", `{"displayName":"  Ann   B. ","email":"ann@example.com","username":"annie"}`).is(200).keys(ownUserKeys, "data")
	r.has(`"Ann B."`, "data", "displayName").has(`"ann@example.com"`, "data", "email").has(`"annie"`, "data", "username")
	w.as(u[0], "PATCH", "/api/users/me").is(200).has(`"ann@example.com"`, "data", "email")
	w.as(u[0], "PATCH", "/api/users/me", `{"email":null,"displayName":null}`).is(200).has(`null`, "data", "email").has(`"annie"`, "data", "displayName")
	w.as(u[0], "PATCH", "/api/users/me", `{"username":"BOB"}`).fails(409, chat.AlreadyExists).field("username")
	w.as(u[0], "PATCH", "/api/users/me", `{"username":"no spaces"}`).fails(400, chat.ValidationFailed).field("username")
	w.as(u[0], "PATCH", "/api/users/me", `{"email":"x"}`).fails(400, chat.ValidationFailed).field("email")
	w.as(u[0], "PATCH", "/api/users/me", `{"displayName":"`+strings.Repeat("x", 101)+`"}`).fails(400, chat.ValidationFailed).field("displayName")
	w.as(u[0], "PATCH", "/api/users/me", `{"displayName":7}`).fails(400, chat.ValidationFailed, "displayName must be a string").field("displayName")
}

func TestSearchPeople(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "anne")
	search := func(query, want string) {
		t.Helper()
		if got := w.as(u[0], "GET", "/api/users?"+query).is(200).list("username"); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	search("query=an", "[ann anne]")
	search("query=BOB", "[bob]")
	search("query=%25", "[]")
	search("query=zzz", "[]")
	search("limit=1&query=an", "[ann]")
	w.as(u[0], "GET", "/api/users?limit=51").fails(400, chat.ValidationFailed).field("limit")
	w.as(u[0], "GET", "/api/users?query="+strings.Repeat("x", 101)).fails(400, chat.ValidationFailed).field("query")
}

func TestDeleteMe(t *testing.T) {
	w := newWorld(t, setup{})
	token := w.register(annsAccount).is(201).text("data", "accessToken")
	w.do(request{method: "DELETE", path: "/api/users/me", body: `{"password":"wrong"}`, header: map[string]string{"Authorization": "Bearer " + token}}).fails(403, chat.Forbidden).field("password")
	w.bearer(token, "DELETE", "/api/users/me").is(200).has(`{"id":1,"isDeleted":true}`, "data")
	w.bearer(token, "GET", "/api/users/me").is(401)
	w.do(request{method: "POST", path: "/api/auth/login", body: `{"login":"ann","password":"correct horse battery"}`}).fails(401, chat.Unauthenticated)
	bob := w.user("bob")
	w.as(bob, "GET", "/api/users/1").fails(404, chat.NotFound, "User not found")
}

// In a browser that somebody left open, the account cannot be erased without its password.
func TestDeleteMeInABrowser(t *testing.T) {
	w := newWorld(t, setup{})
	w.register(annsAccount).is(201)
	c := w.do(request{method: "POST", path: "/api/auth/login", body: `{"login":"ann","password":"correct horse battery","cookie":true}`}).is(200).cookie("parley_session")
	erase := func(body any) *reply {
		return w.do(request{method: "DELETE", path: "/api/users/me", body: body, cookie: c, header: map[string]string{"Sec-Fetch-Site": "same-origin"}})
	}
	erase(nil).fails(403, chat.Forbidden, "The password is wrong").field("password")
	erase(`{"password":"correct horse"}`).fails(403, chat.Forbidden).field("password")
	w.do(request{method: "GET", path: "/api/users/me", cookie: c}).is(200)
	erase(`{"password":"correct horse battery"}`).is(200).has(`{"id":1,"isDeleted":true}`, "data")
	w.do(request{method: "GET", path: "/api/users/me", cookie: c}).is(401)
}

func TestApplicationsUsers(t *testing.T) {
	w := newWorld(t, setup{})
	ann := w.user("ann")
	put := func(path, body string, header map[string]string) *reply {
		t.Helper()
		return w.do(request{method: "PUT", path: path, body: body, header: header})
	}
	key := map[string]string{"X-Api-Key": w.key}
	r := put("/api/users/ext:crm%2F42", `{"name":"John Doe","email":"john@example.com"}`, key).is(200).keys(userKeys, "data").has(`"John Doe"`, "data", "displayName")
	id := r.id("id")
	put("/api/users/ext:crm%2F42", `{"name":"John"}`, key).is(200).has(fmt.Sprint(id), "data", "id").has(`"John"`, "data", "displayName")
	w.as(ann, "GET", "/api/users/ext:crm%2F42").is(200).has(fmt.Sprint(id), "data", "id")
	w.as(ann, "POST", "/api/chat/conversations/direct/ext:crm%2F42").is(201).has(`"John"`, "data", "name")
	group, path := w.group(ann, chat.UserID(id))
	w.as(ann, "PUT", path+"/participants/ext:crm%2F42/role", `{"role":"ADMIN"}`).is(200)
	w.as(ann, "GET", "/api/chat/presence/ext:crm%2F42").is(200).has(fmt.Sprint(id), "data", "userId")
	w.as(ann, "DELETE", path+"/participants/ext:crm%2F42").is(200).has(fmt.Sprintf(`{"conversationId":%d,"userId":%d,"result":"REMOVED"}`, group, id), "data")
	w.as(ann, "PUT", "/api/users/ext:crm%2F42/block").is(200).has(fmt.Sprintf(`{"userId":%d,"blocked":true}`, id), "data")
	w.do(request{method: "GET", path: "/api/users/me", header: map[string]string{"X-Api-Key": w.key, "X-Act-As": "ext:crm/42"}}).is(200).has(fmt.Sprint(id), "data", "id")

	put("/api/users/ext:"+strings.Repeat("x", 256), `{"name":"x"}`, key).fails(400, chat.ValidationFailed).field("externalId")
	put("/api/users/ext:a%00b", `{"name":"x"}`, key).fails(400, chat.ValidationFailed)
	put("/api/users/ext:y", `{"email":"x"}`, key).fails(400, chat.ValidationFailed).field("email")
	if r := put("/api/users/1", `{"name":"x"}`, key).fails(405, chat.MethodNotAllowed); r.header.Get("Allow") != "GET, HEAD" {
		t.Error(r.header)
	}
	weak, _, err := w.auth.CreateKey(t.Context(), chat.Operator, "weak", []string{"chat:act"})
	w.must(err)
	put("/api/users/ext:y", `{"name":"x"}`, map[string]string{"X-Api-Key": weak}).fails(403, chat.Forbidden)
	put("/api/users/ext:y", `{"name":"x"}`, nil).fails(401, chat.Unauthenticated)
	token := w.register(`{"username":"eve","password":"correct horse battery"}`).is(201).text("data", "accessToken")
	w.bearer(token, "PUT", "/api/users/ext:y", `{"name":"x"}`).fails(403, chat.Forbidden)
}

func TestBlocks(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob")
	path := fmt.Sprintf("/api/users/%d/block", u[1])
	w.as(u[0], "GET", "/api/users/me/blocks").is(200).has(`[]`, "data")
	for range 2 {
		w.as(u[0], "PUT", path).is(200).has(fmt.Sprintf(`{"userId":%d,"blocked":true}`, u[1]), "data")
	}
	w.as(u[0], "GET", "/api/users/me/blocks").is(200).keys(userKeys, "data", 0).has(`"bob"`, "data", 0, "username")
	w.as(u[1], "GET", "/api/users/me/blocks").is(200).has(`[]`, "data")
	for range 2 {
		w.as(u[0], "DELETE", path).is(200).has(fmt.Sprintf(`{"userId":%d,"blocked":false}`, u[1]), "data")
	}
	w.as(u[0], "GET", "/api/users/me/blocks").is(200).has(`[]`, "data")
	w.as(u[0], "PUT", fmt.Sprintf("/api/users/%d/block", u[0])).fails(400, chat.ValidationFailed)
	w.as(u[0], "PUT", "/api/users/99/block").fails(404, chat.NotFound, "User not found")
}

func TestPresence(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid")
	w.group(u[0], u[1])
	for _, x := range u {
		w.presence.set(x, chat.Online)
	}
	r := w.as(u[0], "GET", "/api/chat/presence").is(200).keys("userId status online lastSeenAt statusMessage emoji clearAt deviceType", "data", 0).has(`{"limit":200,"hasMore":false}`, "page")
	if got := r.list("userId"); got != "[1 2]" {
		t.Error(got)
	}
	w.as(u[0], "GET", "/api/chat/presence?limit=1").is(200).has(`true`, "page", "hasMore")
	w.as(u[0], "GET", "/api/chat/presence?limit=0").fails(400, chat.ValidationFailed).field("limit")
	w.as(u[0], "GET", "/api/chat/presence/2").is(200).has(`"ONLINE"`, "data", "status").has(`true`, "data", "online")
	w.as(u[0], "GET", "/api/chat/presence/3").is(200).has(`{"userId":3,"status":"OFFLINE","online":false,"lastSeenAt":null,"statusMessage":null,"emoji":null,"clearAt":null,"deviceType":null}`, "data")
	seen := time.Date(2024, 1, 15, 10, 30, 0, 0, time.UTC)
	w.must(w.chat.SawUser(t.Context(), u[1], seen))
	w.must(w.chat.SawUser(t.Context(), u[2], seen))
	w.presence.set(u[1], chat.Offline)
	w.as(u[0], "GET", "/api/chat/presence/2").is(200).has(`{"userId":2,"status":"OFFLINE","online":false,"lastSeenAt":"2024-01-15T10:30:00.000Z","statusMessage":null,"emoji":null,"clearAt":null,"deviceType":null}`, "data")
	w.as(u[0], "GET", "/api/chat/presence/3").is(200).has(`null`, "data", "lastSeenAt")
	w.presence.set(u[1], chat.Away)
	w.as(u[0], "GET", "/api/chat/presence/99").is(200).has(`"OFFLINE"`, "data", "status")
	w.as(u[0], "GET", "/api/chat/presence/x").fails(404, chat.NotFound)

	for _, body := range []string{`{"userIds":[3,"2",1,2]}`, `[3,2,1,2]`} {
		r := w.as(u[0], "POST", "/api/chat/presence/users", body).is(200)
		if r.list("userId") != "[3 2 1 2]" || r.list("status") != "[OFFLINE AWAY ONLINE AWAY]" {
			t.Error(string(r.raw))
		}
	}
	for _, body := range []string{``, `{}`, `{"userIds":null}`, `[]`} {
		w.as(u[0], "POST", "/api/chat/presence/users", body).is(200).has(`[]`, "data")
	}
	w.as(u[0], "POST", "/api/chat/presence/users", "["+strings.Repeat("1,", 200)+"1]").fails(400, chat.ValidationFailed).field("userIds")
	w.as(u[0], "POST", "/api/chat/presence/users", `{"userIds":["x"]}`).fails(400, chat.ValidationFailed, "userIds must be a list of numbers").field("userIds")
}

func TestSetPresence(t *testing.T) {
	w := newWorld(t, setup{})
	ann := w.user("ann")
	stored := func() *chat.User {
		t.Helper()
		u, err := w.chat.Me(t.Context(), chat.Actor{ID: ann})
		w.must(err)
		return u
	}
	w.as(ann, "PUT", "/api/chat/presence/status", `{"status":"DND","statusMessage":"In a meeting"}`).is(200).has(`{"userId":1,"status":"DND","online":true,"lastSeenAt":null,"statusMessage":"In a meeting","emoji":null,"clearAt":null,"deviceType":null}`, "data")
	if u := stored(); u.Presence != chat.PresenceDND || u.StatusMessage != "In a meeting" {
		t.Errorf("%+v", u)
	}
	w.as(ann, "PUT", "/api/chat/presence/status?status=AWAY").is(200)
	if u := stored(); u.Presence != chat.PresenceAway || u.StatusMessage != "In a meeting" {
		t.Errorf("%+v", u)
	}
	w.as(ann, "PUT", "/api/chat/presence/status", `{"status":"ONLINE","statusMessage":null}`).is(200)
	if u := stored(); u.Presence != chat.PresenceAutomatic || u.StatusMessage != "" {
		t.Errorf("%+v", u)
	}
	w.as(ann, "PUT", "/api/chat/presence/status", `{"status":"OFFLINE"}`).is(200).has(`false`, "data", "online")
	if u := stored(); u.Presence != chat.PresenceInvisible {
		t.Errorf("%+v", u)
	}
	w.as(ann, "PUT", "/api/chat/presence/status", `{"status":"BUSY"}`).fails(400, chat.ValidationFailed, "status must be ONLINE, AWAY, DND or OFFLINE").field("status")
	w.as(ann, "PUT", "/api/chat/presence/status").fails(400, chat.ValidationFailed, "status is required").field("status")
	w.as(ann, "PUT", "/api/chat/presence/status", `{"status":"AWAY","statusMessage":"`+strings.Repeat("x", 101)+`"}`).fails(400, chat.ValidationFailed).field("statusMessage")
	end := time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)
	shown := end.Format("2006-01-02T15:04:05.000Z")
	w.as(ann, "PUT", "/api/chat/presence/status", `{"status":"DND","statusMessage":"Lunch","emoji":"🍜","clearAt":"`+shown+`"}`).is(200).has(`"🍜"`, "data", "emoji").has(`"`+shown+`"`, "data", "clearAt")
	w.as(ann, "GET", "/api/users/me").is(200).has(`{"status":"DND","statusMessage":"Lunch","emoji":"🍜","clearAt":"`+shown+`"}`, "data", "presence")
	w.as(ann, "PUT", "/api/chat/presence/status", `{"status":"ONLINE","clearAt":null}`).is(200)
	w.as(ann, "GET", "/api/users/me").is(200).has(`{"status":"ONLINE","statusMessage":"Lunch","emoji":"🍜","clearAt":null}`, "data", "presence")
	for body, field := range map[string]string{
		`{"status":"AWAY","emoji":"lunch"}`: "emoji", `{"status":"AWAY","clearAt":"2001-01-01T00:00:00Z"}`: "clearAt", `{"status":"AWAY","clearAt":"soon"}`: "clearAt",
	} {
		w.as(ann, "PUT", "/api/chat/presence/status", body).fails(400, chat.ValidationFailed).field(field)
	}
}
