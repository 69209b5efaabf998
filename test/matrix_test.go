package test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley/internal/chat"
	"parley/internal/parleytest"
)

// The authorisation matrix (promise P5) as clients meet it over REST: operation ×
// role × kind of conversation. "" is allowed; anything else is the code of a 403.
// internal/chat holds the same table for the operations themselves.
const (
	yes  = ""
	out  = "not_participant"
	role = "role_required"
	forb = "forbidden"
	none = "not_found" // polls are not for two
)

// aForm uploads a file.
const aForm = "--form\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nhi\r\n--form--\r\n"

// Columns: GROUP owner, admin, member, stranger; CHANNEL in which only admins
// post, the same; DIRECT participant, stranger.
var restMatrix = []struct {
	method, path, body string
	want               [10]string
}{
	{"GET", "/api/chat/conversations/{c}", "", [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"GET", "/api/chat/conversations/{c}/messages", "", [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"GET", "/api/chat/conversations/{c}/messages/search?query=from", "", [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"GET", "/api/chat/search?query=from&in={c}", "", [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"GET", "/api/chat/conversations/{c}/participants", "", [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"GET", "/api/chat/messages/{theirs}/thread", "", [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"GET", "/api/chat/messages/{theirs}/reactions", "", [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"GET", "/api/chat/messages/{theirs}/reactions/summary", "", [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"GET", "/api/chat/messages/{theirs}/read-receipts", "", [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"GET", "/api/chat/messages/{mine}/history", "", [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"GET", "/api/chat/messages/{theirs}/history", "", [10]string{yes, yes, role, out, yes, yes, role, out, role, out}},
	{"POST", "/api/chat/conversations/{c}/messages", `{"content":"hi"}`, [10]string{yes, yes, yes, out, yes, yes, role, out, yes, out}},
	{"POST", "/api/chat/conversations/{c}/messages", `{"content":"hi","parentMessageId":{theirs}}`, [10]string{yes, yes, yes, out, yes, yes, role, out, yes, out}},
	{"POST", "/api/chat/conversations/{c}/read", "", [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"POST", "/api/chat/messages/{theirs}/reactions", `{"emoji":"👍"}`, [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"DELETE", "/api/chat/messages/{theirs}/reactions/%F0%9F%91%8D", "", [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"POST", "/api/chat/messages/{theirs}/reactions/toggle", `{"emoji":"👍"}`, [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"PUT", "/api/chat/messages/{mine}", `{"content":"edited"}`, [10]string{yes, yes, yes, out, yes, yes, role, out, yes, out}},
	{"PUT", "/api/chat/messages/{theirs}", `{"content":"edited"}`, [10]string{forb, forb, forb, out, forb, forb, forb, out, forb, out}},
	{"DELETE", "/api/chat/messages/{mine}", "", [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"DELETE", "/api/chat/messages/{theirs}", "", [10]string{yes, yes, role, out, yes, yes, role, out, forb, out}},
	{"POST", "/api/chat/messages/{theirs}/forward", `{"conversationIds":[{c}]}`, [10]string{yes, yes, yes, out, yes, yes, role, out, yes, out}},
	{"PUT", "/api/chat/conversations/{c}/mute?muted=true", "", [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"PUT", "/api/chat/conversations/{c}/pin?pinned=false", "", [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"PUT", "/api/chat/conversations/{c}/archive?archived=true", "", [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"PUT", "/api/chat/conversations/{c}", `{"name":"new"}`, [10]string{yes, yes, role, out, yes, yes, role, out, forb, out}},
	{"POST", "/api/chat/conversations/{c}/participants", `{"userIds":[{stranger}]}`, [10]string{yes, yes, role, out, yes, yes, role, out, forb, out}},
	{"DELETE", "/api/chat/conversations/{c}/participants/{peer}", "", [10]string{yes, yes, role, out, yes, yes, role, out, forb, out}},
	{"DELETE", "/api/chat/conversations/{c}/participants/{owner}", "", [10]string{"", forb, forb, out, "", forb, forb, out, forb, out}}, // the owner himself leaves
	{"PUT", "/api/chat/conversations/{c}/participants/{peer}/role", `{"role":"ADMIN"}`, [10]string{yes, role, role, out, yes, role, role, out, forb, out}},
	{"DELETE", "/api/chat/conversations/{c}?delete=true", "", [10]string{yes, role, role, out, yes, role, role, out, yes, out}},
	{"DELETE", "/api/chat/conversations/{c}", "", [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"POST", "/api/chat/conversations/{c}/attachments", aForm, [10]string{yes, yes, yes, out, yes, yes, role, out, yes, out}},
	{"GET", "/api/chat/conversations/{c}/attachments", "", [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"GET", "/api/chat/attachments/{file}", "", [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"POST", "/api/chat/attachments/{file}/url", "", [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"GET", "/api/chat/messages/{theirs}", "", [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"GET", "/api/chat/conversations/{c}/messages?around={theirs}", "", [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"PUT", "/api/chat/conversations/{c}/notifications", `{"level":"MENTIONS"}`, [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"PUT", "/api/chat/conversations/{c}/draft", `{"content":"so far"}`, [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"DELETE", "/api/chat/conversations/{c}/draft", "", [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"POST", "/api/chat/conversations/{c}/unread", `{"fromMessageId":{theirs}}`, [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"PUT", "/api/chat/messages/{theirs}/pin", "", [10]string{yes, yes, yes, out, yes, yes, role, out, yes, out}},
	{"DELETE", "/api/chat/messages/{theirs}/pin", "", [10]string{yes, yes, yes, out, yes, yes, role, out, yes, out}},
	{"GET", "/api/chat/conversations/{c}/pins", "", [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"PUT", "/api/chat/bookmarks/{theirs}", "", [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"DELETE", "/api/chat/bookmarks/{theirs}", "", [10]string{yes, yes, yes, yes, yes, yes, yes, yes, yes, yes}}, // of what one may not see any more, too
	{"PUT", "/api/chat/reminders/{theirs}", `{"at":"{soon}"}`, [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
	{"DELETE", "/api/chat/reminders/{theirs}", "", [10]string{yes, yes, yes, yes, yes, yes, yes, yes, yes, yes}}, // of what one may not see any more, too
	{"POST", "/api/chat/conversations/{c}/messages", `{"poll":{"question":"?","options":["a","b"]}}`, [10]string{yes, yes, yes, out, yes, yes, role, out, forb, out}},
	{"PUT", "/api/chat/messages/{poll}/poll/vote", `{"options":[1]}`, [10]string{yes, yes, yes, out, yes, yes, yes, out, none, out}},
	{"DELETE", "/api/chat/messages/{poll}/poll/vote", "", [10]string{yes, yes, yes, out, yes, yes, yes, out, none, out}},
	{"GET", "/api/chat/messages/{poll}/poll/voters", "", [10]string{yes, yes, yes, out, yes, yes, yes, out, none, out}},
	{"PUT", "/api/chat/messages/{poll}/poll/close", "", [10]string{yes, yes, role, out, yes, yes, role, out, none, out}},
	{"POST", "/api/chat/conversations/{c}/join", "", [10]string{yes, yes, yes, out, yes, yes, yes, out, yes, out}},
}

// cast is who takes part in the matrix.
type cast struct {
	*parleytest.Server
	owner, admin, member, peer, stranger *parleytest.Person
}

func TestAuthorisationMatrixOverREST(t *testing.T) { repeatedly(t, authorisationMatrixOverREST) }

func authorisationMatrixOverREST(t *testing.T) {
	s := parleytest.New(t)
	people := &cast{s, s.Person("owner"), s.Person("admin"), s.Person("member"), s.Person("peer"), s.Person("stranger")}
	columns := []struct {
		kind chat.Kind
		who  *parleytest.Person
	}{
		{chat.Group, people.owner}, {chat.Group, people.admin}, {chat.Group, people.member}, {chat.Group, people.stranger},
		{chat.Channel, people.owner}, {chat.Channel, people.admin}, {chat.Channel, people.member}, {chat.Channel, people.stranger},
		{chat.Direct, people.owner}, {chat.Direct, people.stranger},
	}
	for _, row := range restMatrix {
		for i, col := range columns {
			t.Run(fmt.Sprintf("%s %s/%s/%s", row.method, row.path, col.kind, col.who.Name), func(t *testing.T) {
				ids := people.conversation(t, col.kind, col.who)
				if strings.Contains(row.path, "{file}") {
					ids = people.file(t, ids.Replace("{c}"))
				}
				code, status := call(t, s.URL, col.who.Token, row.method, ids.Replace(row.path), ids.Replace(row.body))
				if want := row.want[i]; code != want || want == "" && status/100 != 2 || want != "" && status != statusOf(want) {
					t.Errorf("%d %q, want %q", status, code, want)
				}
			})
		}
	}
}

func statusOf(code string) int {
	if code == none {
		return http.StatusNotFound
	}
	return http.StatusForbidden
}

// conversation makes a fresh one and returns its ids, by their names in the table.
func (c *cast) conversation(t *testing.T, kind chat.Kind, who *parleytest.Person) *strings.Replacer {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	say := func(p *parleytest.Person, id chat.ConversationID) chat.MessageID {
		sent, err := c.Chat.SendMessage(ctx, p.Actor, chat.SendMessage{ConversationID: id, Content: "from " + p.Name})
		must(err)
		return sent.ID
	}
	var id chat.ConversationID
	var mine, theirs, poll chat.MessageID
	if kind == chat.Direct {
		v, _, err := c.Chat.OpenDirect(ctx, c.owner.Actor, c.peer.ID)
		must(err)
		id, theirs, mine = v.ID, say(c.peer, v.ID), say(c.owner, v.ID)
		poll = theirs
	} else {
		v, _, err := c.Chat.CreateConversation(ctx, c.owner.Actor, chat.NewConversation{
			Kind: kind, Name: "x", ParticipantIDs: []chat.UserID{c.admin.ID, c.member.ID, c.peer.ID, c.stranger.ID},
		})
		must(err)
		id = v.ID
		_, err = c.Chat.SetRole(ctx, c.owner.Actor, id, c.admin.ID, chat.Admin)
		must(err)
		theirs, mine = say(c.peer, id), say(who, id)
		asked, err := c.Chat.SendMessage(ctx, c.owner.Actor, chat.SendMessage{
			ConversationID: id, Poll: &chat.NewPoll{Question: "?", Options: []string{"a", "b"}},
		})
		must(err)
		poll = asked.ID
		if kind == chat.Channel {
			only := chat.ByAdmins
			_, err = c.Chat.UpdateConversation(ctx, c.owner.Actor, id, chat.ConversationPatch{Settings: chat.SettingsPatch{WhoMayPost: &only}})
			must(err)
		}
		_, err = c.Chat.Leave(ctx, c.stranger.Actor, id, chat.Departure{})
		must(err)
	}
	return strings.NewReplacer("{c}", fmt.Sprint(id), "{mine}", fmt.Sprint(mine), "{theirs}", fmt.Sprint(theirs), "{poll}", fmt.Sprint(poll),
		"{soon}", time.Now().Add(time.Hour).UTC().Format(time.RFC3339),
		"{owner}", fmt.Sprint(c.owner.ID), "{peer}", fmt.Sprint(c.peer.ID), "{stranger}", fmt.Sprint(c.stranger.ID))
}

// file puts a file into a conversation. It reads as an answer, as which call takes
// it when it is given out.
func (c *cast) file(t *testing.T, conversation string) *strings.Replacer {
	t.Helper()
	id, err := strconv.ParseInt(conversation, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	a := upload(t, c.Server, c.owner, fileNamed("a.json", []byte(`{"success":true}`)))
	attach(t, c.Server, c.owner, chat.ConversationID(id), a.ID)
	return strings.NewReplacer("{file}", fmt.Sprint(a.ID))
}

// call makes one request and returns the envelope's code and the status.
func call(t *testing.T, base, token, method, path, body string) (code string, status int) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if strings.HasPrefix(body, "--form") {
		r.Header.Set("Content-Type", "multipart/form-data; boundary=form")
	} else if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var envelope struct {
		Success *bool
		Code    string
	}
	if err := json.Unmarshal(b, &envelope); err != nil || envelope.Success == nil {
		t.Fatalf("%s %s answered %d %s", method, path, res.StatusCode, b)
	}
	return envelope.Code, res.StatusCode
}
