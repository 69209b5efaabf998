package test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"parley/internal/chat"
	"parley/internal/parleytest"
)

// toolkit calls the plain REST for a person.
type toolkit struct {
	t     *testing.T
	s     *parleytest.Server
	token string
}

func (k toolkit) do(method, path, contentType string, body io.Reader) (status int, raw []byte) {
	k.t.Helper()
	r, err := http.NewRequestWithContext(k.t.Context(), method, k.s.URL+path, body)
	if err != nil {
		k.t.Fatal(err)
	}
	if k.token != "" {
		r.Header.Set("Authorization", "Bearer "+k.token)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		k.t.Fatal(err)
	}
	defer res.Body.Close()
	if raw, err = io.ReadAll(res.Body); err != nil {
		k.t.Fatal(err)
	}
	return res.StatusCode, raw
}

// fails checks an error's status and text: it has no envelope.
func (k toolkit) fails(status int, text, method, path, contentType string, body io.Reader) {
	k.t.Helper()
	got, raw := k.do(method, path, contentType, body)
	var answer map[string]any
	if err := json.Unmarshal(raw, &answer); err != nil || got != status || answer["error"] != text || answer["success"] != nil {
		k.t.Errorf("%s %s: %d %s, want %d %q", method, path, got, raw, status, text)
	}
}

// answers reads the body of a success.
func (k toolkit) answers(into any, method, path, contentType string, body io.Reader) {
	k.t.Helper()
	status, raw := k.do(method, path, contentType, body)
	if err := json.Unmarshal(raw, into); err != nil || status != 200 {
		k.t.Fatalf("%s %s: %d %s %v", method, path, status, raw, err)
	}
}

// toolkitForm is an upload; without a name it has no file.
func toolkitForm(t *testing.T, fields map[string]string, name, content string) (contentType string, body io.Reader) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for field, value := range fields {
		if err := w.WriteField(field, value); err != nil {
			t.Fatal(err)
		}
	}
	if name != "" {
		part, err := w.CreateFormFile("file", name)
		if err == nil {
			_, err = io.WriteString(part, content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), &b
}

func TestToolkitFiles(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann, bob, eve := s.Person("ann"), s.Person("bob"), s.Person("eve")
	v, _, err := s.Chat.CreateConversation(t.Context(), ann.Actor, chat.NewConversation{Name: "files", ParticipantIDs: []chat.UserID{bob.ID}})
	if err != nil {
		t.Fatal(err)
	}
	as := func(p *parleytest.Person) toolkit { return toolkit{t, s, p.Token} }
	group := map[string]string{"conversation_id": shownID(v.ID), "user_id": "somebody else"}

	kind, body := toolkitForm(t, group, "", "")
	as(ann).fails(400, "No file provided", "POST", "/upload", kind, body)
	as(ann).fails(400, "No file provided", "POST", "/upload", "", nil)
	kind, body = toolkitForm(t, group, "a.txt", "hello")
	toolkit{t, s, ""}.fails(401, "Authentication required", "POST", "/upload", kind, body)
	kind, body = toolkitForm(t, group, "a.txt", "hello")
	as(eve).fails(403, "User not authorized", "POST", "/upload", kind, body)

	var up struct {
		URL  string `json:"url"`
		Name string `json:"file_name"`
		Size int64  `json:"file_size"`
		Type string `json:"file_type"`
		ID   string `json:"id"`
	}
	kind, body = toolkitForm(t, group, "a.txt", "hello")
	as(ann).answers(&up, "POST", "/upload", kind, body)
	if up.Name != "a.txt" || up.Size != 5 || !strings.HasPrefix(up.Type, "text/plain") || up.ID == "" {
		t.Errorf("uploaded %+v", up)
	}
	if status, raw := (toolkit{t, s, ""}).do("GET", up.URL, "", nil); status != 200 || string(raw) != "hello" {
		t.Errorf("GET %s: %d %s", up.URL, status, raw)
	}
	// Not sent yet, it is its owner's alone.
	as(bob).fails(404, "File not found", "GET", "/files/"+up.ID, "", nil)
	id, err := s.Chat.SendMessage(t.Context(), ann.Actor, chat.SendMessage{ConversationID: v.ID, AttachmentIDs: []chat.FileID{fileID(t, up.ID)}})
	if err != nil {
		t.Fatal(err)
	}
	var signed struct {
		URL string `json:"url"`
	}
	as(bob).answers(&signed, "GET", "/files/"+up.ID, "", nil)
	if status, raw := (toolkit{t, s, ""}).do("GET", signed.URL, "", nil); status != 200 || string(raw) != "hello" {
		t.Errorf("GET %s: %d %s", signed.URL, status, raw)
	}
	for _, path := range []string{up.ID, "999999", "x", "-1"} {
		as(eve).fails(404, "File not found", "GET", "/files/"+path, "", nil)
	}
	m, err := s.Chat.Message(t.Context(), bob.Actor, id.ID)
	if err != nil || len(m.Attachments) != 1 {
		t.Errorf("the message has %d files, %v", len(m.Attachments), err)
	}
	as(ann).fails(405, "Method not allowed", "GET", "/upload", "", nil)
}

func fileID(t *testing.T, s string) (id chat.FileID) {
	t.Helper()
	if _, err := fmt.Sscan(s, &id); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestToolkitSearch(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann, bob, eve := s.Person("ann"), s.Person("bob"), s.Person("eve")
	v, _, err := s.Chat.CreateConversation(t.Context(), ann.Actor, chat.NewConversation{Name: "search", ParticipantIDs: []chat.UserID{bob.ID}})
	if err != nil {
		t.Fatal(err)
	}
	const n = 120
	var ids []string
	for i := range n {
		sent, err := s.Chat.SendMessage(t.Context(), ann.Actor, chat.SendMessage{ConversationID: v.ID, Content: fmt.Sprint("apple ", i)})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, shownID(sent.ID))
	}
	type found []struct {
		ID       string `json:"id"`
		SenderID string `json:"sender_id"`
		Content  string `json:"content"`
	}
	as := func(p *parleytest.Person) toolkit { return toolkit{t, s, p.Token} }
	in := "/conversations/" + shownID(v.ID) + "/search?q=apple"
	var all found
	newest := func(i int) string { return ids[len(ids)-1-i] }
	for deadline := time.Now().Add(within); len(all) < 100 || all[0].ID != newest(0); { // indexed within two seconds
		as(bob).answers(&all, "GET", in+"&limit=100", "", nil)
		if time.Now().After(deadline) {
			t.Fatalf("%d messages are found", len(all))
		}
	}
	for i, m := range all {
		if m.ID != newest(i) {
			t.Fatalf("message %s is number %d, want %s", m.ID, i, newest(i))
		}
	}
	for _, tc := range []struct {
		query       string
		first, size int
	}{{"", 0, 20}, {"&limit=3", 0, 3}, {"&limit=3&offset=70", 70, 3}, {"&limit=100&offset=60", 60, 60}, {"&offset=1000", 0, 0}} {
		var page found
		as(bob).answers(&page, "GET", in+tc.query, "", nil)
		if len(page) != tc.size || len(page) > 0 && page[0].ID != newest(tc.first) {
			t.Errorf("%s: %d messages", tc.query, len(page))
		}
	}
	var everywhere, own, literal found
	as(bob).answers(&everywhere, "GET", "/search?q=apple+7", "", nil)
	as(eve).answers(&own, "GET", "/search?q=apple", "", nil)
	as(bob).answers(&literal, "GET", "/search?q="+url.QueryEscape(".*"), "", nil)
	if len(everywhere) != 11 || len(own) != 0 || len(literal) != 0 {
		t.Errorf("found %d, %d and %d", len(everywhere), len(own), len(literal))
	}
	as(eve).fails(403, "User not authorized", "GET", in, "", nil)
	as(bob).fails(403, "User not authorized", "GET", "/search?q=apple&user_id=nobody", "", nil)
	as(bob).fails(400, "q is missing", "GET", "/search", "", nil)
	as(bob).fails(404, "Conversation not found", "GET", "/conversations/987654/search?q=x", "", nil)
	if status, _ := as(bob).do("GET", in+"&limit=101", "", nil); status != 400 {
		t.Errorf("limit=101 answers %d", status)
	}
}

// Over Socket.IO and the toolkit's REST the toolkit's quotas count.
func TestToolkitQuotas(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t, parleytest.Alone(), parleytest.With("--rate-limits", "on", "--limits.toolkit-upload", "2/1h", "--limits.upload", "1/1h",
		"--limits.toolkit-send", "3/1m", "--limits.send", "1/1m"))
	ann := s.Person("ann")
	k := toolkit{t, s, ann.Token}
	for range 2 {
		var up struct{ URL string }
		kind, body := toolkitForm(t, nil, "a.txt", "hello")
		k.answers(&up, "POST", "/upload", kind, body)
	}
	kind, body := toolkitForm(t, nil, "a.txt", "hello")
	k.fails(429, "Rate limit exceeded. Please slow down.", "POST", "/upload", kind, body)
	group := chatGroup(t, s, ann)
	c := socketIO(t, "Socket.IO websocket", s.URL, ann.Token)
	for i := range 4 {
		_, err := c.ask(t.Context(), "send-message", map[string]any{"conversation_id": shownID(group), "content": "hello"})
		if allowed := i < 3; allowed != (err == nil) || !allowed && !strings.HasSuffix(err.Error(), "rate_limited: Rate limit exceeded. Please slow down.") {
			t.Errorf("message %d: %v", i, err)
		}
	}
}
