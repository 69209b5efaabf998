package rest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"mime/multipart"
	"testing"

	"parley/internal/chat"
)

// plainly calls an alias and returns what it answers, which has no envelope.
func (w *world) plainly(u chat.UserID, status int, method, path string, body ...any) (got any) {
	w.Helper()
	r := request{method: method, path: path, header: map[string]string{"X-Api-Key": w.key, "X-Act-As": fmt.Sprint(u)}}
	if len(body) > 0 {
		r.body = body[0]
	}
	return w.plain(r, status)
}

func (w *world) plain(r request, status int) (got any) {
	w.Helper()
	res, err := w.send(r)
	w.must(err)
	if res.status != status {
		w.Fatalf("%s %s: %d, want %d: %s", r.method, r.path, res.status, status, res.raw)
	}
	w.must(json.Unmarshal(res.raw, &got))
	return got
}

func member(v any, name string) any { return v.(map[string]any)[name] }

func pictureForm(t *testing.T) (body []byte, contentType string) {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile("file", "a.png")
	if err == nil {
		err = png.Encode(part, image.NewRGBA(image.Rect(0, 0, 8, 8)))
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), form.FormDataContentType()
}

func TestAliases(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid")
	direct := w.plainly(u[0], 201, "POST", "/api/chats/direct", map[string]any{"userId": u[1]})
	w.plainly(u[0], 200, "POST", "/api/chats/direct", map[string]any{"userId": u[1]})
	chats := fmt.Sprintf("/api/chats/%v", member(direct, "id"))
	sent := w.plainly(u[0], 201, "POST", chats+"/messages", `{"content":"hello","tempId":"t"}`)
	if member(sent, "content") != "hello" || member(sent, "tempId") != "t" {
		t.Errorf("sent %v", sent)
	}
	again := w.plainly(u[0], 200, "POST", chats+"/messages", `{"content":"hello","tempId":"t"}`)
	if member(again, "id") != member(sent, "id") {
		t.Errorf("sent twice: %v", again)
	}
	message := fmt.Sprintf("%s/messages/%v", chats, member(sent, "id"))
	if list := w.plainly(u[1], 200, "GET", chats+"/messages").([]any); len(list) != 1 {
		t.Errorf("messages %v", list)
	}
	if list := w.plainly(u[1], 200, "GET", "/api/chats").([]any); len(list) != 1 || member(list[0], "unreadCount") != 1.0 {
		t.Errorf("chats %v", list)
	}
	if got := w.plainly(u[1], 200, "GET", chats+"/unread"); member(got, "unreadCount") != 1.0 {
		t.Errorf("unread %v", got)
	}
	if got := w.plainly(u[1], 200, "POST", chats+"/unread"); member(got, "unreadCount") != 1.0 {
		t.Errorf("unread %v", got)
	}
	if got := w.plainly(u[0], 200, "PATCH", message, `{"content":"hello!"}`); member(got, "isEdited") != true {
		t.Errorf("edited %v", got)
	}
	if got := w.plainly(u[1], 200, "POST", message+"/reactions", `{"emoji":"👍"}`); member(got, "👍") != 1.0 {
		t.Errorf("reactions %v", got)
	}
	if got := w.plainly(u[0], 200, "DELETE", message); member(got, "isDeleted") != true {
		t.Errorf("deleted %v", got)
	}

	group := w.plainly(u[0], 201, "POST", "/api/groups", map[string]any{"name": "Team", "participantIds": []any{u[1]}})
	groups := fmt.Sprintf("/api/groups/%v", member(group, "id"))
	if got := w.plainly(u[0], 200, "PATCH", groups, `{"name":"The Team"}`); member(got, "name") != "The Team" {
		t.Errorf("renamed %v", got)
	}
	if got := w.plainly(u[0], 200, "POST", groups+"/members", map[string]any{"userId": u[2]}).([]any); len(got) != 3 {
		t.Errorf("members %v", got)
	}
	body, contentType := pictureForm(t)
	picture := func(u chat.UserID, method, path string, status int) any {
		t.Helper()
		return w.plain(request{method: method, path: path, body: body, header: map[string]string{
			"X-Api-Key": w.key, "X-Act-As": fmt.Sprint(u), "Content-Type": contentType,
		}}, status)
	}
	if got := picture(u[0], "PUT", groups+"/avatar", 200); member(got, "avatarUrl") == nil {
		t.Errorf("avatar %v", got)
	}
	image := picture(u[1], "POST", "/api/upload/image", 201)
	if r := w.as(u[1], "GET", fmt.Sprintf("/api/images/%v", member(image, "id"))); r.status != 200 || r.header.Get("Content-Type") != "image/png" {
		t.Errorf("image: %d %v", r.status, r.header)
	}
	if got := w.plainly(u[0], 200, "DELETE", fmt.Sprintf("%s/members?userId=%d", groups, u[2]), map[string]any{"userIds": []any{u[2], u[2]}}).([]any); len(got) != 1 || member(got[0], "result") != "REMOVED" {
		t.Errorf("removed %v", got)
	}
	if got := w.plainly(u[0], 200, "DELETE", groups+"?delete=true"); member(got, "result") != "DELETED" {
		t.Errorf("deleted %v", got)
	}
}

// An alias lets nobody do more than what it stands for.
func TestAliasesAuthorise(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "stray")
	id, path := w.group(u[0], u[1])
	other, otherPath := w.group(u[0], u[2])
	m, _ := w.say(u[0], path, "hello")
	elsewhere, _ := w.say(u[0], otherPath, "elsewhere")
	chats, groups := fmt.Sprintf("/api/chats/%d", id), fmt.Sprintf("/api/groups/%d", id)
	message := fmt.Sprintf("%s/messages/%d", chats, m)
	for _, try := range []struct {
		who          chat.UserID
		status       int
		code         chat.Code
		method, path string
		body         string
	}{
		{u[2], 403, chat.NotParticipant, "GET", chats + "/messages", ""},
		{u[2], 403, chat.NotParticipant, "POST", chats + "/messages", `{"content":"x"}`},
		{u[2], 403, chat.NotParticipant, "PATCH", message, `{"content":"x"}`},
		{u[2], 403, chat.NotParticipant, "DELETE", message, ""},
		{u[2], 403, chat.NotParticipant, "POST", message + "/reactions", `{"emoji":"👍"}`},
		{u[2], 403, chat.NotParticipant, "GET", chats + "/unread", ""},
		{u[2], 403, chat.NotParticipant, "POST", chats + "/unread", ""},
		{u[2], 403, chat.NotParticipant, "PATCH", groups, `{"name":"x"}`},
		{u[2], 403, chat.NotParticipant, "DELETE", groups, ""},
		{u[2], 403, chat.NotParticipant, "POST", groups + "/members", `{"userIds":[1]}`},
		{u[2], 403, chat.NotParticipant, "DELETE", groups + "/members", `[1]`},
		{u[2], 403, chat.NotParticipant, "PUT", groups + "/avatar", ""},
		{u[1], 403, chat.Forbidden, "PATCH", message, `{"content":"x"}`},
		{u[1], 403, chat.RoleRequired, "DELETE", message, ""},
		{u[1], 403, chat.RoleRequired, "PATCH", groups, `{"name":"x"}`},
		{u[1], 403, chat.RoleRequired, "POST", groups + "/members", `{"userIds":[3]}`},
		{u[1], 403, chat.RoleRequired, "PUT", groups + "/avatar", ""},
		{u[1], 403, chat.RoleRequired, "DELETE", groups + "?delete=true", ""},
		// The message of another conversation, by whatever way.
		{u[0], 404, chat.NotFound, "PATCH", fmt.Sprintf("%s/messages/%d", chats, elsewhere), `{"content":"x"}`},
		{u[0], 404, chat.NotFound, "DELETE", fmt.Sprintf("/api/chats/%d/messages/%d", other, m), ""},
		{u[0], 400, chat.ValidationFailed, "POST", fmt.Sprintf("/api/chats/%d/messages/%d/reactions", other, m), `{"emoji":"👍"}`},
		{u[0], 400, chat.ValidationFailed, "DELETE", groups + "/members", ""},
		{u[0], 400, chat.ValidationFailed, "POST", "/api/chats/direct", ""},
		{u[0], 404, chat.NotFound, "GET", "/api/chats/999/messages", ""},
		{u[0], 404, chat.NotFound, "GET", "/api/chats/x/messages", ""},
		{u[0], 405, chat.MethodNotAllowed, "PUT", "/api/chats", ""},
		{u[0], 404, chat.NotFound, "GET", "/api/images/99", ""},
	} {
		got := w.plainly(try.who, try.status, try.method, try.path, try.body)
		if member(got, "code") != string(try.code) || member(got, "error") == "" || len(got.(map[string]any)) != 2 {
			t.Errorf("%s %s: %v, want %s", try.method, try.path, got, try.code)
		}
	}
	if got := w.plain(request{method: "GET", path: "/api/chats"}, 401); member(got, "code") != "unauthenticated" {
		t.Errorf("without credentials: %v", got)
	}
}
