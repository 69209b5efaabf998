package rest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

type openAPI struct {
	OpenAPI string                                 `json:"openapi"`
	Info    struct{ Title, Version string }        `json:"info"`
	Paths   map[string]map[string]openAPIOperation `json:"paths"`
}

type openAPIOperation struct {
	OperationID string                     `json:"operationId"`
	Summary     string                     `json:"summary"`
	Tags        []string                   `json:"tags"`
	Security    []map[string][]string      `json:"security"`
	Responses   map[string]json.RawMessage `json:"responses"`
	RequestBody json.RawMessage            `json:"requestBody"`
	Parameters  []struct{ Name, In, Description string }
}

func TestOpenAPIDescribesEveryRoute(t *testing.T) {
	w := newWorld(t, setup{})
	r := w.do(request{method: "GET", path: "/api/openapi.json"})
	var doc openAPI
	w.must(json.Unmarshal(r.raw, &doc))
	if doc.OpenAPI != "3.1.0" || doc.Info.Title != "Parley" || doc.Info.Version != "1.2.3" {
		t.Errorf("%+v", doc.Info)
	}
	var ids []string
	for path, methods := range doc.Paths {
		for method, o := range methods {
			about := strings.ToUpper(method) + " " + path
			ids = append(ids, o.OperationID)
			checkDescription(t, about, path, o)
			// The router knows it: without credentials it is refused by the operation
			// itself, or answers, but is never unknown.
			concrete := regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, "1")
			if got := w.do(request{method: strings.ToUpper(method), path: concrete}); got.status == 404 || got.status == 405 {
				t.Errorf("%s is documented, but answers %d", about, got.status)
			} else if (got.status == 401) != (len(o.Security) > 0) {
				t.Errorf("%s: security %v, but answers %d", about, o.Security, got.status)
			}
		}
	}
	slices.Sort(ids)
	if n := len(ids); n != 114 || len(slices.Compact(ids)) != n {
		t.Errorf("%d operations: %v", n, ids)
	}
}

func checkDescription(t *testing.T, about, path string, o openAPIOperation) {
	t.Helper()
	if o.OperationID == "" || o.Summary == "" || len(o.Tags) != 1 {
		t.Errorf("%s: %+v", about, o)
	}
	var named []string
	for _, p := range o.Parameters {
		if p.Description == "" {
			t.Errorf("%s: parameter %s has no description", about, p.Name)
		}
		if p.In == "path" {
			named = append(named, "{"+p.Name+"}")
		}
	}
	if got := regexp.MustCompile(`\{\w+\}`).FindAllString(path, -1); !slices.Equal(got, named) {
		t.Errorf("%s: path parameters %v", about, named)
	}
	success := 0
	for status := range o.Responses {
		if status < "300" {
			success++
		}
	}
	want := []string{"500", "503"}
	if len(o.Security) > 0 {
		want = append(want, "401", "429")
	}
	if len(o.Parameters) > 0 || o.RequestBody != nil {
		want = append(want, "400")
	}
	if o.RequestBody != nil {
		want = append(want, "413", "415")
	}
	if strings.Contains(path, "{") {
		want = append(want, "404")
	}
	for _, status := range want {
		if o.Responses[status] == nil {
			t.Errorf("%s: no response %s", about, status)
		}
	}
	if success == 0 {
		t.Errorf("%s never succeeds", about)
	}
}

func TestEveryReferenceResolves(t *testing.T) {
	w := newWorld(t, setup{})
	for _, path := range []string{"/api/openapi.json", "/api/asyncapi.json"} {
		r := w.do(request{method: "GET", path: path})
		if r.status != 200 || r.header.Get("Content-Type") != "application/json; charset=utf-8" {
			t.Fatal(path, r.status, r.header)
		}
		var doc any
		w.must(json.Unmarshal(r.raw, &doc))
		refs := 0
		walk(doc, func(ref string) {
			refs++
			at := doc
			for step := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
				m, _ := at.(map[string]any)
				at = m[strings.NewReplacer("~1", "/", "~0", "~").Replace(step)]
			}
			if at == nil {
				t.Errorf("%s: %s leads nowhere", path, ref)
			}
		})
		if refs == 0 {
			t.Errorf("%s has no references", path)
		}
	}
}

func walk(v any, visit func(ref string)) {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if ref, ok := member.(string); ok && name == "$ref" {
				visit(ref)
			}
			walk(member, visit)
		}
	case []any:
		for _, item := range v {
			walk(item, visit)
		}
	}
}

// What the server answers is what its document says: the members that are
// always there are there, and none is unknown to it.
func TestAnswersMatchTheirSchemas(t *testing.T) {
	w := newWorld(t, setup{})
	var doc struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]any
				Required   []string
				Examples   []map[string]any
			}
		}
	}
	w.must(json.Unmarshal(w.do(request{method: "GET", path: "/api/openapi.json"}).raw, &doc))
	u := w.users("ann", "bob")
	_, path := w.group(u[0], u[1])
	_, m := w.say(u[0], path, "hello")
	w.as(u[1], "POST", m+"/reactions", `{"emoji":"👍"}`).is(200)
	w.as(u[1], "POST", path+"/read").is(200)
	for schema, object := range map[string]any{
		"ConversationResponse": w.as(u[0], "GET", path).is(200).at("data"),
		"ChatMessageResponse":  w.as(u[0], "GET", path+"/messages").is(200).at("data", 1),
		"Participant":          w.as(u[0], "GET", path+"/participants").is(200).at("data", 0),
		"CursorPageMessageID":  w.as(u[0], "GET", path+"/messages").is(200).at("page"),
		"ListPage":             w.as(u[0], "GET", "/api/chat/conversations").is(200).at("page"),
		"Unreads":              w.as(u[0], "GET", "/api/chat/conversations/unread").is(200).at("data"),
		"Reaction":             w.as(u[0], "GET", m+"/reactions").is(200).at("data", 0),
		"ReadReceipt":          w.as(u[0], "GET", m+"/read-receipts").is(200).at("data", 0),
		"PresenceResponse":     w.as(u[0], "GET", "/api/chat/presence/2").is(200).at("data"),
		"OwnUser":              w.as(u[0], "GET", "/api/users/me").is(200).at("data"),
		"User":                 w.as(u[0], "GET", "/api/users/2").is(200).at("data"),
		"SentMessage":          w.as(u[0], "POST", path+"/messages", `{"content":"x","tempId":"t"}`).is(201).at("data"),
		"Failure":              any(w.as(u[0], "GET", "/api/users/99").is(404).json),
	} {
		s, known := doc.Components.Schemas[schema]
		if !known {
			t.Errorf("no schema %s", schema)
		}
		checkMembers(t, schema, object.(map[string]any), s.Properties, s.Required)
	}
	for name, s := range doc.Components.Schemas {
		for _, example := range s.Examples {
			checkMembers(t, "the example of "+name, example, s.Properties, s.Required)
		}
	}
}

func checkMembers(t *testing.T, about string, object, properties map[string]any, required []string) {
	t.Helper()
	for _, name := range required {
		if _, ok := object[name]; !ok {
			t.Errorf("%s: %s is required and not there", about, name)
		}
	}
	for name := range object {
		if properties[name] == nil {
			t.Errorf("%s: %s is not documented", about, name)
		}
	}
}

func TestDocumentationAsksNobodyElse(t *testing.T) {
	w := newWorld(t, setup{})
	foreign := regexp.MustCompile(`(?:src|href)="(?:https?:)?//|\burl\(|@import|https?://`)
	for path, contentType := range map[string]string{
		"/docs": "text/html; charset=utf-8", "/docs/docs.css": "text/css; charset=utf-8",
		"/docs/docs.js": "text/javascript; charset=utf-8", "/docs/render.js": "text/javascript; charset=utf-8",
	} {
		r := w.do(request{method: "GET", path: path})
		if r.status != 200 || r.header.Get("Content-Type") != contentType {
			t.Error(path, r.status, r.header)
		}
		policy := r.header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") {
			t.Error(path, policy)
		}
		if at := foreign.FindIndex(r.raw); at != nil {
			t.Errorf("%s asks somebody else: %s", path, r.raw[at[0]:min(at[1]+40, len(r.raw))])
		}
		for _, inline := range []string{"<style", "style=", " onclick=", "<script>", "innerHTML", "eval("} {
			if bytes.Contains(r.raw, []byte(inline)) {
				t.Errorf("%s has %s", path, inline)
			}
		}
		again := w.do(request{method: "GET", path: path, header: map[string]string{"If-None-Match": r.header.Get("ETag")}})
		if again.status != 304 {
			t.Error(path, "is sent again:", again.status)
		}
	}
}

// contracts/stream.md: the documentation shows one example of each event.
func TestAsyncAPIShowsEveryEvent(t *testing.T) {
	w := newWorld(t, setup{})
	raw := string(w.do(request{method: "GET", path: "/api/asyncapi.json"}).raw)
	for _, event := range strings.Fields(`message.created message.updated message.deleted reaction.added reaction.removed read.marked
		participant.added participant.updated participant.removed conversation.updated conversation.deleted
		conversation.joined conversation.left conversation.settings user.updated read.moved bookmark.added bookmark.removed`) {
		if !strings.Contains(raw, fmt.Sprintf(`"event": "%s"`, event)) {
			t.Errorf("no example of %s", event)
		}
	}
	for _, frame := range strings.Fields("ready event gap typing presence delivered ack error bye hello send edit delete react read auth") {
		if !strings.Contains(raw, fmt.Sprintf(`"type": "%s"`, frame)) {
			t.Errorf("no example of the frame %s", frame)
		}
	}
}
