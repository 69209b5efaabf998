package rest_test

import (
	"fmt"
	"strings"
	"testing"

	"parley/internal/chat"
)

// What clients in the field send, and what the contract says comes of it.
func TestTolerance(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid")
	id, path := w.group(u[0], u[1])
	m, mPath := w.say(u[0], path, "hello")
	for _, c := range []struct {
		about, method, path, body string
		status                    int
	}{
		{"id as a string", "POST", path + "/messages", fmt.Sprintf(`{"content":"x","conversationId":"%d"}`, id), 201},
		{"id as a float", "POST", path + "/messages", fmt.Sprintf(`{"content":"x","conversationId":%d.0}`, id), 201},
		{"null list", "POST", "/api/chat/conversations", `{"name":"x","participantIds":null}`, 201},
		{"list of strings", "POST", "/api/chat/conversations", `{"name":"x","participantIds":["2",3]}`, 201},
		{"nulls everywhere", "POST", path + "/messages", `{"content":"x","parentMessageId":null,"attachmentIds":null,"metadata":null,"tempId":null,"messageType":null,"conversationId":null}`, 201},
		{"unknown members", "POST", path + "/messages", `{"content":"x","clientVersion":"1","nested":{"a":[{}]}}`, 201},
		{"duplicate keys", "POST", path + "/messages", `{"content":"first","content":"second"}`, 201},
		{"no content type", "POST", path + "/messages", `{"content":"x"}`, 201},
		{"white space around", "POST", path + "/messages", "\r\n\t {\"content\":\"x\"} \n", 201},
		{"bare list", "POST", path + "/participants", `[3]`, 200},
		{"bare list of strings", "POST", path + "/participants", `["3"]`, 200},
		{"other name", "POST", path + "/participants", `{"participantIds":[3],"userIds":null}`, 200},
		{"empty body for read", "POST", path + "/read", ``, 200},
		{"null body for read", "POST", path + "/read", `null`, 200},
		{"empty object for read", "POST", path + "/read", `{}`, 200},
		{"id as a string for read", "POST", path + "/read", fmt.Sprintf(`{"lastReadMessageId":"%d"}`, m), 200},
		{"flag in the body", "PUT", path + "/mute", `{"muted":true}`, 200},
		{"query wins over body", "PUT", path + "/mute?muted=true", `{"muted":false}`, 200},
		{"body of a DELETE is not read", "DELETE", mPath + "/reactions/%F0%9F%91%8D", `{"rubbish`, 200},
		{"body of a GET is not read", "GET", path, `{"rubbish`, 200},
		{"empty query values", "GET", path + "/messages?before=&limit=&after=", ``, 200},
		{"unknown query", "GET", path + "/messages?_=17053146", ``, 200},
		{"repeated query", "GET", path + "/messages?limit=1&limit=2", ``, 200},
	} {
		header := map[string]string{"X-Api-Key": w.key, "X-Act-As": "1"}
		if c.about == "no content type" {
			header["Content-Type"] = ""
		}
		r := w.do(request{method: c.method, path: c.path, body: c.body, header: header})
		if r.status != c.status {
			t.Errorf("%s: %d %s", c.about, r.status, r.raw)
		}
	}
	w.as(u[0], "PUT", path+"/mute?muted=true", `{"muted":false}`).is(200).has(`true`, "data", "isMuted")
	w.as(u[0], "POST", path+"/messages", `{"content":"first","content":"second"}`).is(201).has(`"second"`, "data", "content")
}

func TestBadBodies(t *testing.T) {
	w := newWorld(t, setup{})
	ann := w.user("ann")
	_, path := w.group(ann)
	path += "/messages"
	deep := func(n int) string {
		return `{"content":"x","metadata":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}`
	}
	for _, c := range []struct {
		about, body string
		contentType string
		status      int
		code        chat.Code
		field       string
	}{
		{"cut off", `{"content":"x`, "", 400, chat.ValidationFailed, "content"},
		{"cut off in a later member", `{"tempId":"a","content":[1,`, "", 400, chat.ValidationFailed, "content"},
		{"no value", `{"tempId": , "content":"x"}`, "", 400, chat.ValidationFailed, "tempId"},
		{"no quotes", `{content:"x"}`, "", 400, chat.ValidationFailed, ""},
		{"something behind", `{"content":"x"}{}`, "", 400, chat.ValidationFailed, "content"},
		{"a string", `"x"`, "", 400, chat.ValidationFailed, ""},
		{"a number", `5`, "", 400, chat.ValidationFailed, ""},
		{"a list", `["x"]`, "", 400, chat.ValidationFailed, ""},
		{"XML", `<content>x</content>`, "", 400, chat.ValidationFailed, ""},
		{"not UTF-8", "{\"content\":\"\xff\"}", "", 400, chat.ValidationFailed, ""},
		{"raw control character", "{\"content\":\"a\x00b\"}", "", 400, chat.ValidationFailed, "content"},
		{"33 deep", deep(32), "", 400, chat.ValidationFailed, ""},
		{"100,000 deep", strings.Repeat("[", 100_000), "", 400, chat.ValidationFailed, ""},
		{"brackets in text are not depth", `{"content":"` + strings.Repeat("[", 100) + `"}`, "", 201, "", ""},
		{"too large", `{"content":"` + strings.Repeat("x", 256<<10) + `"}`, "", 413, chat.PayloadTooLarge, ""},
		{"escaped to six times its size", `{"content":"` + strings.Repeat(`\u00e9`, 10_000) + `"}`, "", 201, "", ""},
		{"form", `content=x`, "application/x-www-form-urlencoded", 415, chat.UnsupportedType, ""},
		{"text", `{"content":"x"}`, "text/plain", 415, chat.UnsupportedType, ""},
		{"nonsense type", `{"content":"x"}`, "nonsense/", 415, chat.UnsupportedType, ""},
		{"JSON with charset", `{"content":"x"}`, "application/json; charset=UTF-8", 201, "", ""},
		{"JSON of another name", `{"content":"x"}`, "application/vnd.parley+json", 201, "", ""},
		{"empty form", ``, "application/x-www-form-urlencoded", 400, chat.ValidationFailed, "content"},
	} {
		header := map[string]string{"X-Api-Key": w.key, "X-Act-As": "1"}
		if c.contentType != "" {
			header["Content-Type"] = c.contentType
		}
		r := w.do(request{method: "POST", path: path, body: c.body, header: header})
		code, _ := r.json["code"].(string)
		field, _ := r.json["field"].(string)
		if r.status != c.status || code != string(c.code) || field != c.field {
			t.Errorf("%s: %d %s", c.about, r.status, r.raw)
		}
	}
}

func TestTextIsStoredNormalised(t *testing.T) {
	w := newWorld(t, setup{})
	ann := w.user("ann")
	_, path := w.group(ann)
	for in, want := range map[string]string{
		`a\u0000b`:                 "ab",
		`e\u0301`:                  "é",
		`a\r\nb\rc`:                "a\nb\nc",
		`\u0007bell\u009f`:         "bell",
		`\u202eevil\u202c`:         "\u202eevil\u202c",
		`a\u200db`:                 "a\u200db",
		`  keep\t inner  spaces  `: "keep\t inner  spaces",
		`vector<int> & 1 < 2`:      "vector<int> & 1 < 2",
		`שלום مرحبا 你好 👩‍👩‍👧‍👦`: "שלום مرحبا 你好 👩‍👩‍👧‍👦",
	} {
		if got := w.as(ann, "POST", path+"/messages", `{"content":"`+in+`"}`).is(201).at("data", "content"); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

// Everything about a conversation is closed to who takes no part, and unknown
// ids are unknown (contracts/chat-api.md, "Part.").
func TestEveryOperationIsClosedToOthers(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "eve")
	_, path := w.group(u[0], u[1])
	_, m := w.say(u[0], path, "private")
	calls := []struct{ method, tail, body string }{
		{"GET", "", ""}, {"PUT", "", `{"name":"x"}`}, {"DELETE", "", ""}, {"DELETE", "?delete=true", ""},
		{"GET", "/participants", ""}, {"POST", "/participants", `[3]`}, {"DELETE", "/participants/2", ""}, {"DELETE", "/participants/3", ""},
		{"PUT", "/participants/2/role", `{"role":"ADMIN"}`}, {"PUT", "/mute?muted=true", ""}, {"PUT", "/pin?pinned=true", ""}, {"PUT", "/archive?archived=true", ""},
		{"GET", "/messages", ""}, {"POST", "/messages", `{"content":"x"}`}, {"POST", "/read", ""}, {"POST", "/join", ""},
	}
	for _, c := range calls {
		w.as(u[2], c.method, path+c.tail, c.body).fails(403, chat.NotParticipant, notParticipantText)
		w.as(u[2], c.method, "/api/chat/conversations/999"+c.tail, c.body).fails(404, chat.NotFound, notFoundText)
		w.as(u[2], c.method, "/api/chat/conversations/x"+c.tail, c.body).fails(404, chat.NotFound, notFoundText)
		w.do(request{method: c.method, path: path + c.tail, body: c.body}).fails(401, chat.Unauthenticated)
	}
	for _, c := range []struct{ method, tail, body string }{
		{"PUT", "", `{"content":"x"}`}, {"DELETE", "", ""}, {"GET", "/thread", ""}, {"GET", "/history", ""}, {"POST", "/forward", `[1]`},
		{"GET", "/reactions", ""}, {"GET", "/reactions/summary", ""}, {"POST", "/reactions", `{"emoji":"👍"}`}, {"POST", "/reactions/toggle", `{"emoji":"👍"}`},
		{"DELETE", "/reactions/%F0%9F%91%8D", ""}, {"GET", "/read-receipts", ""},
	} {
		w.as(u[2], c.method, m+c.tail, c.body).fails(403, chat.NotParticipant, notParticipantText)
		w.as(u[2], c.method, "/api/chat/messages/9999"+c.tail, c.body).fails(404, chat.NotFound, "Message not found")
		w.as(u[2], c.method, "/api/chat/messages/9007199254740992"+c.tail, c.body).fails(404, chat.NotFound, "Message not found")
		w.do(request{method: c.method, path: m + c.tail, body: c.body}).fails(401, chat.Unauthenticated)
	}
	if got := w.as(u[0], "GET", path+"/messages").is(200).list("content"); got != "[created the conversation private]" {
		t.Error(got)
	}
}
