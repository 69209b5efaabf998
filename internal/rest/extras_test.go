package rest_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"strings"
	"testing"
	"time"

	"parley/internal/chat"
)

func TestReminders(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob")
	c, group := w.group(u[0], u[1])
	m, _ := w.say(u[1], group, "hello")
	path := fmt.Sprintf("/api/chat/reminders/%d", m)
	at := time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond).Format("2006-01-02T15:04:05.000Z")
	set := fmt.Sprintf(`{"messageId":%d,"conversationId":%d,"remindAt":"%s","isDue":false}`, m, c, at)
	for range 2 {
		w.as(u[0], "PUT", path, `{"at":"`+at+`"}`).is(200).has(set, "data")
	}
	w.as(u[0], "GET", "/api/chat/reminders").is(200).has(`"hello"`, "data", 0, "content").has(`"`+at+`"`, "data", 0, "remindAt").has(`false`, "data", 0, "isDue").
		has(`{"page":0,"size":50,"total":1,"hasMore":false}`, "page")
	w.as(u[1], "GET", "/api/chat/reminders").is(200).has(`[]`, "data")
	for body, field := range map[string]string{``: "at", `{}`: "at", `{"at":null}`: "at", `{"at":"soon"}`: "at", `{"at":"2001-01-01T00:00:00Z"}`: "at", `{"at":"2999-01-01T00:00:00Z"}`: "at"} {
		w.as(u[0], "PUT", path, body).fails(400, chat.ValidationFailed).field(field)
	}
	w.as(u[0], "PUT", "/api/chat/reminders/999999", `{"at":"`+at+`"}`).fails(404, chat.NotFound)
	for range 2 {
		w.as(u[0], "DELETE", path).is(200).has(`null`, "data", "remindAt")
	}
	w.as(u[0], "GET", "/api/chat/reminders").is(200).has(`[]`, "data")
}

func TestPolls(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob")
	_, group := w.group(u[0], u[1])
	messages := group + "/messages"
	end := time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond).Format("2006-01-02T15:04:05.000Z")
	r := w.as(u[0], "POST", messages, `{"poll":{"question":"Lunch?","options":["Pizza","Soup"],"multiple":true,"endsAt":"`+end+`"}}`).is(201).
		has(`{"question":"Lunch?","options":[{"id":0,"text":"Pizza","votes":0},{"id":1,"text":"Soup","votes":0}],"multiple":true,"anonymous":false,`+
			`"voterCount":0,"endsAt":"`+end+`","closedAt":null,"closedBy":null}`, "data", "poll")
	poll := fmt.Sprintf("/api/chat/messages/%v/poll", r.at("data", "id"))
	w.as(u[1], "PUT", poll+"/vote", `{"options":["1",0]}`).is(200).has(`[0,1]`, "data", "myVotes").has(`1`, "data", "poll", "voterCount").
		has(fmt.Sprintf(`[%d]`, u[1]), "data", "poll", "options", 1, "voters")
	w.as(u[0], "PUT", poll+"/vote", `[0]`).is(200).has(`2`, "data", "poll", "options", 0, "votes")
	voters := w.as(u[0], "GET", poll+"/voters?limit=1").is(200).has(`"Ann"`, "data", 0, "userName").has(`[0]`, "data", 0, "options").has(`true`, "page", "hasMore")
	w.as(u[0], "GET", fmt.Sprintf("%s/voters?after=%v", poll, voters.at("page", "after"))).is(200).has(`[0,1]`, "data", 0, "options").has(`false`, "page", "hasMore")
	w.as(u[0], "DELETE", poll+"/vote").is(200).has(`1`, "data", "poll", "voterCount")
	w.as(u[0], "PUT", poll+"/vote", `{"options":[7]}`).fails(400, chat.ValidationFailed).field("options")
	w.as(u[0], "PUT", poll+"/vote", `{"options":"x"}`).fails(400, chat.ValidationFailed).field("options")
	w.as(u[1], "PUT", poll+"/close").fails(403, chat.RoleRequired)
	w.as(u[0], "PUT", poll+"/close").is(200).has(fmt.Sprint(u[0]), "data", "poll", "closedBy")
	w.as(u[1], "PUT", poll+"/vote", `{"options":[0]}`).fails(409, chat.Conflict)
	_, other := w.say(u[0], group, "x")
	w.as(u[0], "PUT", other+"/poll/vote", `{"options":[0]}`).fails(404, chat.NotFound, "Poll not found")
	for body, field := range map[string]string{
		`{"poll":{}}`: "poll.question", `{"poll":{"question":"?","options":["a"]}}`: "poll.options", `{"poll":7}`: "poll",
		`{"poll":{"question":"?","options":["a","b"],"endsAt":"2001-01-01T00:00:00Z"}}`: "poll.endsAt", `{"content":"x","poll":{"question":"?","options":["a","b"]}}`: "poll",
	} {
		w.as(u[0], "POST", messages, body).fails(400, chat.ValidationFailed).field(field)
	}
}

// The length and loudness of a voice message may stand before or after its bytes.
func TestVoiceFields(t *testing.T) {
	w := newWorld(t, setup{})
	ann := w.user("ann")
	peaks := "[" + strings.Repeat("7,", 47) + "100]"
	upload := func(first bool, fields map[string]string) *reply {
		var b bytes.Buffer
		form := multipart.NewWriter(&b)
		file := func() {
			part, err := form.CreateFormFile("file", "voice.wav")
			w.must(err)
			_, err = io.WriteString(part, "RIFF\x24\x00\x00\x00WAVEfmt "+strings.Repeat("\x00", 64))
			w.must(err)
		}
		if first {
			file()
		}
		for name, value := range fields {
			w.must(form.WriteField(name, value))
		}
		if !first {
			file()
		}
		w.must(form.Close())
		return w.do(request{method: "POST", path: "/api/chat/attachments", body: b.Bytes(), header: map[string]string{
			"X-Api-Key": w.key, "X-Act-As": fmt.Sprint(ann), "Content-Type": form.FormDataContentType(),
		}})
	}
	for _, first := range []bool{true, false} {
		upload(first, map[string]string{"durationMs": "1500", "peaks": peaks}).is(201).has(`1500`, "data", "durationMs").has(peaks, "data", "peaks")
		for _, wrong := range []string{"", "7", "[]", "[7]", "{}", strings.Replace(peaks, "7", "-1", 1), strings.Replace(peaks, "7", "101", 1), strings.Replace(peaks, "7", "1.5", 1), strings.Replace(peaks, "7", "7,7", 1)} {
			upload(first, map[string]string{"peaks": wrong}).fails(400, chat.ValidationFailed).field("peaks")
		}
		upload(first, map[string]string{"durationMs": "-1"}).fails(400, chat.ValidationFailed).field("durationMs")
	}
}
