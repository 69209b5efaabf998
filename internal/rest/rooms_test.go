package rest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"parley/internal/chat"
)

// Neither names of rooms nor tokens reach the log.
func TestRoomsAreNotLogged(t *testing.T) {
	const id, token = "m1FPyq3XT4mLWmVUbVf0Yg", "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"
	if got := loggedPath(adminRooms + id); strings.Contains(got, id) {
		t.Errorf("the path is logged as %s", got)
	}
	if got := redact(url.Values{"roomId": {id}, "token": {token}, "lastEventId": {token}}); strings.Contains(got, id) || strings.Contains(got, token) {
		t.Errorf("the query is logged as %s", got)
	}
}

// What rooms call errors.
func TestErrorsOfRooms(t *testing.T) {
	for _, c := range []struct {
		path string
		err  error
		code string
	}{
		{"/api/room/ttl", chat.Errorf(chat.NotFound, ""), "room-not-found"},
		{"/api/room/ttl", chat.Errorf(chat.Gone, ""), "room-ended"},
		{"/api/room/ttl", chat.Errorf(chat.Unauthenticated, ""), "unauthorized"},
		{"/api/room/ttl", &chat.Error{Code: chat.Gone}, "room-ended"},
		{"/api/room/join", chat.Errorf(chat.Conflict, ""), "room-full"},
		{"/api/room/join", &chat.Error{Code: chat.Unauthenticated, Field: "pass"}, "wrong-pass"},
		{"/api/room/create", chat.Errorf(chat.Overloaded, ""), "capacity"},
		{"/api/messages", chat.Errorf(chat.Overloaded, ""), "overloaded"},
		{"/api/messages", chat.Invalid("text", ""), "validation_failed"},
		{"/api/room/files/1", &chat.Error{Code: chat.NotFound, Field: "id"}, "not_found"},
	} {
		if got := explainToRoom(c.path, chat.Explain(c.err), "text"); got.Error != c.code || got.Message != "text" {
			t.Errorf("%s, %v: %+v", c.path, c.err, got)
		}
	}
}

func TestWhatNoFormSends(t *testing.T) {
	for _, c := range []struct {
		header [2]string
		want   bool
	}{
		{[2]string{"Sec-Fetch-Site", "same-origin"}, true},
		{[2]string{"Sec-Fetch-Site", "none"}, false},
		{[2]string{"X-Requested-With", "parley"}, true},
		{[2]string{"Content-Type", "application/json; charset=utf-8"}, true},
		{[2]string{"Content-Type", "text/plain"}, false},
		{[2]string{"User-Agent", "Slackbot"}, false},
	} {
		r := &http.Request{Header: http.Header{}}
		r.Header.Set(c.header[0], c.header[1])
		if isDeliberate(r) != c.want {
			t.Errorf("%v: %t", c.header, !c.want)
		}
	}
}
