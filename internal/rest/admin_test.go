package rest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"parley/internal/auth"
	"parley/internal/chat"
)

// office is a world with an administrator in it.
type office struct {
	*world
	admin string // his token
}

func newOffice(t *testing.T) *office {
	t.Helper()
	w := newWorld(t, setup{})
	return &office{w, w.register(annsAccount).is(201).text("data", "accessToken")}
}

func (o *office) do(method, path string, body ...any) *reply {
	o.Helper()
	return o.bearer(o.admin, method, path, body...)
}

// join makes an account with a password and returns its id and token.
func (o *office) join(name string) (id int64, token string) {
	o.Helper()
	r := o.register(fmt.Sprintf(`{"username":%q,"password":"correct horse battery"}`, name)).is(201)
	return r.id("user", "id"), r.text("data", "accessToken")
}

func TestAdminUsers(t *testing.T) {
	o := newOffice(t)
	bob, bobs := o.join("bob")
	o.join("cat")
	list := o.do("GET", "/api/admin/users?limit=2").is(200).has(`2`, "page", "limit").has(`true`, "page", "hasMore")
	if got := list.list("username"); got != "[ann bob]" {
		t.Error(got)
	}
	list.keys(`id username displayName avatarUrl kind createdAt externalId email emailVerified roles state disabledAt deletedAt
		online lastSeenAt sessions messages files fileBytes`, "data", 0).has(`["admin"]`, "data", 0, "roles").has(`1`, "data", 0, "sessions")
	rest := o.do("GET", "/api/admin/users?limit=2&after="+list.text("page", "next")).is(200).has(`{"limit":2,"hasMore":false,"next":null}`, "page")
	if got := rest.list("username"); got != "[cat]" {
		t.Error(got)
	}
	if got := o.do("GET", "/api/admin/users?role=admin").is(200).list("username"); got != "[ann]" {
		t.Error(got)
	}
	if got := o.do("GET", "/api/admin/users?query=BO").is(200).list("username"); got != "[bob]" {
		t.Error(got)
	}
	o.do("GET", "/api/admin/users?after=x").fails(400, chat.ValidationFailed).field("after")
	o.do("GET", "/api/admin/users?limit=201").fails(400, chat.ValidationFailed).field("limit")
	o.do("GET", "/api/admin/users?role=king").fails(400, chat.ValidationFailed).field("role")

	path := fmt.Sprint("/api/admin/users/", bob)
	o.do("PUT", path+"/roles/agent").is(200).has(`["agent"]`, "data", "roles")
	o.do("PUT", path+"/roles/admin").is(200).has(`["admin","agent"]`, "data", "roles")
	o.do("DELETE", path+"/roles/agent").is(200).has(`["admin"]`, "data", "roles")
	o.do("DELETE", path+"/roles/admin").is(200).has(`[]`, "data", "roles")
	o.do("PUT", path+"/roles/king").fails(400, chat.ValidationFailed).field("role")
	o.do("DELETE", "/api/admin/users/1/roles/admin").fails(409, chat.Conflict)
	o.do("POST", "/api/admin/users/1/disable").fails(409, chat.Conflict)
	o.do("DELETE", "/api/admin/users/1").fails(409, chat.Conflict)

	o.do("GET", path+"/sessions").is(200).keys("id kind current userAgent ipPrefix createdAt lastUsedAt expiresAt", "data", 0).has(`false`, "data", 0, "current")
	o.do("GET", "/api/admin/users/1/sessions").is(200).has(`true`, "data", 0, "current")
	session := o.do("GET", path+"/sessions").id(0, "id")
	o.do("DELETE", fmt.Sprint(path, "/sessions/", session)).is(200).has(`true`, "data", "ended")
	o.do("DELETE", fmt.Sprint(path, "/sessions/", session)).fails(404, chat.NotFound, "Session not found")
	o.bearer(bobs, "GET", "/api/users/me").fails(401, chat.TokenInvalid)

	password := o.do("POST", path+"/password").is(200).has(fmt.Sprint(bob), "data", "userId").text("data", "password")
	login := fmt.Sprintf(`{"login":"bob","password":%q}`, password)
	again := o.world.do(request{method: "POST", path: "/api/auth/login", body: login}).is(200).text("data", "accessToken")
	o.do("POST", path+"/disable").is(200).has(`"disabled"`, "data", "state").has(`0`, "data", "sessions")
	o.bearer(again, "GET", "/api/users/me").fails(401, chat.TokenInvalid)
	o.world.do(request{method: "POST", path: "/api/auth/login", body: login}).fails(403, chat.Forbidden)
	o.do("POST", path+"/enable").is(200).has(`"active"`, "data", "state").has(`null`, "data", "disabledAt")
	o.world.do(request{method: "POST", path: "/api/auth/login", body: login}).is(200)
	o.do("DELETE", path+"/sessions").is(200).has(`true`, "data", "ended")
	if got := o.do("GET", path+"/sessions").is(200).list("id"); got != "[]" {
		t.Error(got)
	}

	o.do("DELETE", path).is(200).has(fmt.Sprintf(`{"id":%d,"isDeleted":true}`, bob), "data")
	o.do("DELETE", path).fails(404, chat.NotFound, "User not found")
	o.do("GET", path).is(200).has(`"deleted"`, "data", "state").has(`"Deleted user"`, "data", "displayName")
	o.do("GET", "/api/admin/users/99").fails(404, chat.NotFound, "User not found")
	o.do("POST", "/api/admin/users/99/password").fails(404, chat.NotFound, "User not found")
	if got := o.do("GET", "/api/admin/users?state=deleted").is(200).list("id"); got != fmt.Sprintf("[%d]", bob) {
		t.Error(got)
	}
}

func TestAdminConversations(t *testing.T) {
	o := newOffice(t)
	bob, bobs := o.join("bob")
	cat, _ := o.join("cat")
	made := o.bearer(bobs, "POST", "/api/chat/conversations", fmt.Sprintf(`{"name":"Secret <b>plans</b>","description":"nobody knows","participantIds":[%d]}`, cat)).is(201)
	path := fmt.Sprint("/api/admin/conversations/", made.id("id"))
	o.bearer(bobs, "POST", fmt.Sprintf("/api/chat/conversations/%d/messages", made.id("id")), `{"content":"the treasure is buried"}`).is(201)
	o.bearer(bobs, "POST", fmt.Sprintf("/api/chat/conversations/direct/%d", cat)).is(201)

	r := o.do("GET", "/api/admin/conversations?query=plans").is(200).keys(`id type visibility name avatarUrl ownerId ownerName createdBy
		createdAt lastMessageAt participantCount messageCount files fileBytes`, "data", 0)
	r.has(`1`, "data", 0, "messageCount").has(`2`, "data", 0, "participantCount").has(`"bob"`, "data", 0, "ownerName").has(`null`, "data", 0, "visibility")
	for _, content := range []string{"treasure", "nobody knows"} {
		for _, at := range []string{"/api/admin/conversations", path, path + "/participants", "/api/admin/audit", "/api/admin/stats"} {
			if strings.Contains(string(o.do("GET", at).is(200).raw), content) {
				t.Errorf("%s tells %q", at, content)
			}
		}
	}
	if got := o.do("GET", "/api/admin/conversations").is(200).list("type"); got != "[GROUP]" {
		t.Error(got)
	}
	o.do("GET", path+"/participants?limit=1").is(200).keys("userId name username role joinedAt", "data", 0).has(fmt.Sprintf(`{"limit":1,"hasMore":true,"before":%d,"after":%d}`, bob, bob), "page")
	o.do("PUT", path+"/owner", `{}`).fails(400, chat.ValidationFailed).field("userId")
	o.do("PUT", path+"/owner", `{"userId":1}`).fails(400, chat.ValidationFailed).field("userId")
	o.do("PUT", path+"/owner", fmt.Sprintf(`{"userId":%d}`, cat)).is(200).has(fmt.Sprint(cat), "data", "ownerId")
	o.do("DELETE", path).is(200).has(`"DELETED"`, "data", "result")
	o.do("GET", path).fails(404, chat.NotFound, "Conversation not found")
	o.do("DELETE", path).fails(404, chat.NotFound, "Conversation not found")
	o.do("GET", path+"/participants").fails(404, chat.NotFound, "Conversation not found")
}

func TestAdminSettings(t *testing.T) {
	o := newOffice(t)
	o.do("GET", "/api/admin/settings").is(200).has(`[
		{"name":"registration","description":"Who may register.","value":"open","values":["open","invite","closed"],"minimum":null,"maximum":null,
			"configured":"open","source":"default","pinned":false,"changed":false,"changedBy":null,"changedAt":null},
		{"name":"chat.edit-window-minutes","description":"","value":"15","values":[],"minimum":0,"maximum":60,
			"configured":"15","source":"--chat.edit-window-minutes","pinned":false,"changed":false,"changedBy":null,"changedAt":null},
		{"name":"presence.scope","description":"","value":"shared","values":["shared","all"],"minimum":null,"maximum":null,
			"configured":"shared","source":"default","pinned":true,"changed":false,"changedBy":null,"changedAt":null}]`, "data")
	o.do("PUT", "/api/admin/settings/registration", `{"value":"closed"}`).is(200).has(`"closed"`, "data", "value").has(`1`, "data", "changedBy").has(`true`, "data", "changed")
	o.register(`{"username":"bob","password":"correct horse battery"}`).fails(403, chat.FeatureDisabled)
	o.world.do(request{method: "GET", path: "/api/auth/registration"}).is(200).has(`"closed"`, "data", "mode")
	o.do("PUT", "/api/admin/settings/chat.edit-window-minutes", `{"value":"30"}`).is(200).has(`"30"`, "data", "value")
	o.do("PUT", "/api/admin/settings/registration", `{"value":"ajar"}`).fails(400, chat.ValidationFailed).field("value")
	o.do("PUT", "/api/admin/settings/registration", `{}`).fails(400, chat.ValidationFailed).field("value")
	o.do("PUT", "/api/admin/settings/listen", `{"value":":80"}`).fails(404, chat.NotFound)
	o.do("PUT", "/api/admin/settings/presence.scope", `{"value":"all"}`).fails(409, chat.Conflict)
	o.do("DELETE", "/api/admin/settings/registration").is(200).has(`"open"`, "data", "value").has(`false`, "data", "changed")
	o.register(`{"username":"bob","password":"correct horse battery"}`).is(201)
}

func TestAdminAudit(t *testing.T) {
	o := newOffice(t)
	bob, _ := o.join("bob")
	o.do("PUT", fmt.Sprintf("/api/admin/users/%d/roles/agent", bob)).is(200)
	password := o.do("POST", fmt.Sprintf("/api/admin/users/%d/password", bob)).is(200).text("data", "password")
	code := o.do("POST", "/api/admin/invitations").is(201).text("data", "code")
	key, k, err := o.auth.CreateKey(t.Context(), chat.Operator, "crm", []string{auth.ScopeAdmin})
	o.must(err)
	o.world.do(request{method: "POST", path: "/api/admin/invitations", header: map[string]string{"X-Api-Key": key}}).is(201)

	r := o.do("GET", "/api/admin/audit").is(200)
	r.keys("id at actorId actorName apiKeyId action targetType targetId targetName detail", "data", 0)
	if got := r.list("action"); got != "[invitation.created apikey.created invitation.created user.password user.roles apikey.created]" {
		t.Error(got)
	}
	r.has(`null`, "data", 0, "actorId").has(fmt.Sprint(k.ID), "data", 0, "apiKeyId")
	r.has(`null`, "data", 1, "actorId").has(`null`, "data", 1, "apiKeyId").has(`{"scopes":["admin"]}`, "data", 1, "detail")
	r.has(`1`, "data", 4, "actorId").has(`"Ann"`, "data", 4, "actorName").has(`"user"`, "data", 4, "targetType").has(`"bob"`, "data", 4, "targetName").
		has(`{"from":[],"to":["agent"]}`, "data", 4, "detail")
	for _, secret := range []string{password, code, key} {
		if strings.Contains(string(r.raw), secret) {
			t.Error("the log holds a secret")
		}
	}
	for query, want := range map[string]string{
		"?action=user.roles":                          "[user.roles]",
		"?action=user.":                               "[user.password user.roles]",
		"?actorId=0&limit=2":                          "[invitation.created apikey.created]",
		"?actorId=1&action=invitation.":               "[invitation.created]",
		fmt.Sprint("?targetType=user&targetId=", bob): "[user.password user.roles]",
		"?from=2099-01-01T00:00:00Z":                  "[]",
		"?to=2099-01-01T00:00:00Z&limit=1":            "[invitation.created]",
		fmt.Sprint("?limit=1&before=", r.id(3, "id")): "[user.roles]",
	} {
		if got := o.do("GET", "/api/admin/audit"+query).is(200).list("action"); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	o.do("GET", "/api/admin/audit?limit=2").has(fmt.Sprintf(`{"limit":2,"hasMore":true,"before":%d,"after":%d}`, r.id(1, "id"), r.id(0, "id")), "page")
	o.do("GET", "/api/admin/audit?action=user").fails(400, chat.ValidationFailed).field("action")

	o.must(o.chat.NoteAccesses(t.Context(), []chat.Access{{FileID: 5, UserID: chat.UserID(bob), Variant: "320", IPPrefix: "10.1.2.0/24", At: time.Now()}}))
	o.do("GET", "/api/admin/audit?action=file.accessed").is(200).has(`"file"`, "data", 0, "targetType").has(`5`, "data", 0, "targetId").
		has(`"bob"`, "data", 0, "actorName").has(`{"variant":"320","network":"10.1.2.0/24"}`, "data", 0, "detail")
}

func TestAdminStatsAndHealth(t *testing.T) {
	o := newOffice(t)
	r := o.do("GET", "/api/admin/stats?days=7").is(200).keys("at messages activeUsers delivery connections storage totals days last24Hours", "data")
	r.has(`[]`, "data", "storage", "filesByKind")
	r.has(`1`, "data", "totals", "users").has(`1`, "data", "totals", "administrators").has(`{"count":0,"p50Ms":0,"p99Ms":0}`, "data", "delivery")
	if n := len(r.at("data", "days").([]any)); n != 7 {
		t.Errorf("%d days", n)
	}
	r.has(fmt.Sprintf("%q", time.Now().UTC().Format(time.DateOnly)), "data", "days", 6, "date")
	o.do("GET", "/api/admin/stats?days=91").fails(400, chat.ValidationFailed).field("days")
	o.do("GET", "/api/admin/health").is(200).keys("at ok troubles nodes followers jobs logCheck checking lastBackup", "data").has(`null`, "data", "logCheck").has(`null`, "data", "lastBackup").has(`true`, "data", "ok")
	o.do("POST", "/api/admin/health/check").is(200).has(`true`, "data", "asked")
	o.do("GET", "/api/admin/health").is(200).has(`{"kind":"check_log","waiting":1,"running":0,"retrying":0,"failed":0}`, "data", "jobs", 0)
}

// What administrators are answered is what the document says.
func TestAdminAnswersMatchTheirSchemas(t *testing.T) {
	o := newOffice(t)
	var doc struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]any
				Required   []string
			}
		}
	}
	o.must(json.Unmarshal(o.world.do(request{method: "GET", path: "/api/openapi.json"}).raw, &doc))
	made := o.do("POST", "/api/chat/conversations", `{"name":"x"}`).is(201)
	bob, _ := o.join("bob")
	o.do("PUT", fmt.Sprintf("/api/admin/users/%d/roles/agent", bob)).is(200)
	for schema, object := range map[string]any{
		"AdminUser":     o.do("GET", "/api/admin/users").is(200).at("data", 0),
		"NextPage":      o.do("GET", "/api/admin/users").is(200).at("page"),
		"AdminGroup":    o.do("GET", fmt.Sprint("/api/admin/conversations/", made.id("id"))).is(200).at("data"),
		"GroupMember":   o.do("GET", fmt.Sprintf("/api/admin/conversations/%d/participants", made.id("id"))).is(200).at("data", 0),
		"ServerSetting": o.do("GET", "/api/admin/settings").is(200).at("data", 0),
		"Deed":          o.do("GET", "/api/admin/audit").is(200).at("data", 0),
		"Stats":         o.do("GET", "/api/admin/stats").is(200).at("data"),
		"StatsDay":      o.do("GET", "/api/admin/stats").is(200).at("data", "days", 0),
		"StatsTotals":   o.do("GET", "/api/admin/stats").is(200).at("data", "totals"),
		"Health":        o.do("GET", "/api/admin/health").is(200).at("data"),
	} {
		s, known := doc.Components.Schemas[schema]
		if !known {
			t.Errorf("no schema %s", schema)
			continue
		}
		checkMembers(t, schema, object.(map[string]any), s.Properties, s.Required)
	}
}
