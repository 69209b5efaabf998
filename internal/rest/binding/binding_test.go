package binding_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/internal/chat"
	"parley/internal/rest/binding"
)

type everything struct {
	ID      chat.ConversationID `path:"id"`
	Before  chat.MessageID      `query:"before"`
	Limit   int                 `query:"limit" default:"50" minimum:"1" maximum:"100"`
	Order   string              `query:"order" default:"up" enum:"up,down,none"`
	Muted   *bool               `query:"muted" json:"muted"`
	Until   *time.Time          `query:"until" json:"until"`
	Name    *string             `json:"name"`
	About   *string             `json:"about" null:"zero"`
	TempID  string              `json:"tempId" header:"Idempotency-Key"`
	Parent  chat.MessageID      `json:"parent"`
	Size    *int                `json:"size" minimum:"1"`
	Age     int                 `json:"age" maximum:"9"`
	Users   []chat.UserID       `json:"users" bare:"true"`
	Types   []string            `json:"types"`
	Flag    bool                `json:"flag"`
	Meta    json.RawMessage     `json:"meta"`
	At      time.Time           `json:"at"`
	ignored string
}

func fill(method, target, body string, header map[string]string) (everything, error) {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.SetPathValue("id", "7")
	for k, v := range header {
		r.Header.Set(k, v)
	}
	in := everything{ignored: "x"}
	err := binding.For(reflect.TypeFor[everything]()).Fill(httptest.NewRecorder(), r, &in)
	in.ignored = ""
	return in, err
}

func ptr[T any](v T) *T { return &v }

func TestFill(t *testing.T) {
	at := time.Date(2024, 1, 15, 10, 30, 0, 500e6, time.UTC)
	for _, c := range []struct {
		about, query, body string
		header             map[string]string
		want               func(*everything)
	}{
		{"nothing", "", "", nil, func(*everything) {}},
		{"query", "before=5&limit=3&order=none", "", nil, func(e *everything) { e.Before, e.Limit, e.Order = 5, 3, "none" }},
		{"empty query values", "before=&limit=&order=", "", nil, func(*everything) {}},
		{"a cursor from the end of the numbers", "before=9223372036854775807", "", nil, func(e *everything) { e.Before = chat.MaxID }},
		{"body", "", `{"name":"x","parent":5,"size":2,"users":[1,2],"types":["a"],"flag":true,"meta":{"a":[1]},"at":"2024-01-15T12:30:00.5+02:00"}`, nil, func(e *everything) {
			e.Name, e.Parent, e.Size, e.Users, e.Types, e.Flag, e.Meta, e.At = ptr("x"), 5, ptr(2), []chat.UserID{1, 2}, []string{"a"}, true, json.RawMessage(`{"a":[1]}`), at
		}},
		{"numbers as strings", "", `{"parent":"5","size":"2","users":["1","2"]}`, nil, func(e *everything) { e.Parent, e.Size, e.Users = 5, ptr(2), []chat.UserID{1, 2} }},
		{"numbers as floats", "", `{"parent":5.0,"size":2e0,"users":[1.0]}`, nil, func(e *everything) { e.Parent, e.Size, e.Users = 5, ptr(2), []chat.UserID{1} }},
		{"nulls", "", `{"name":null,"parent":null,"size":null,"users":null,"types":null,"flag":null,"meta":null,"at":null,"muted":null,"tempId":null}`, nil, func(*everything) {}},
		{"null that means something", "", `{"about":null}`, nil, func(e *everything) { e.About = ptr("") }},
		{"null body", "", `null`, nil, func(*everything) {}},
		{"bare list", "", ` [3,"4"] `, nil, func(e *everything) { e.Users = []chat.UserID{3, 4} }},
		{"empty bare list", "", `[]`, nil, func(e *everything) { e.Users = []chat.UserID{} }},
		{"unknown members", "limited=1", `{"Name":"y","names":1,"x":{"y":[]}}`, nil, func(*everything) {}},
		{"the last of two", "limit=1&limit=2", `{"name":"x","name":"y"}`, nil, func(e *everything) { e.Name, e.Limit = ptr("y"), 1 }},
		{"query beats body", "muted=true", `{"muted":false}`, nil, func(e *everything) { e.Muted = ptr(true) }},
		{"body", "", `{"muted":false}`, nil, func(e *everything) { e.Muted = ptr(false) }},
		{"header", "", ``, map[string]string{"Idempotency-Key": "k"}, func(e *everything) { e.TempID = "k" }},
		{"body beats header", "", `{"tempId":"t"}`, map[string]string{"Idempotency-Key": "k"}, func(e *everything) { e.TempID = "t" }},
		{"time in the query", "until=2024-01-15T10:30:00.5Z", ``, nil, func(e *everything) { e.Until = &at }},
		{"escapes", "", `{"name":"\u00e9\ud83d\ude00\u0000"}`, nil, func(e *everything) { e.Name = ptr("é😀\x00") }},
	} {
		want := everything{ID: 7, Limit: 50, Order: "up"}
		c.want(&want)
		got, err := fill("POST", "/x?"+c.query, c.body, c.header)
		if err != nil {
			t.Errorf("%s: %v", c.about, err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(everything{})); diff != "" {
			t.Errorf("%s: %s", c.about, diff)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct{ query, body, field, text string }{
		{"before=0", "", "before", "before must be a positive number"},
		{"before=-1", "", "before", "before must be a positive number"},
		{"before=x", "", "before", "before must be a number"},
		{"limit=0", "", "limit", "limit must be between 1 and 100"},
		{"limit=101", "", "limit", "limit must be between 1 and 100"},
		{"limit=1.5", "", "limit", "limit must be a number"},
		{"order=sideways", "", "order", "order must be up, down or none"},
		{"order=%ff", "", "order", "order must be valid UTF-8 without NUL"},
		{"order=%00", "", "order", "order must be valid UTF-8 without NUL"},
		{"muted=", "", "muted", "muted must be true or false"},
		{"muted=1", "", "muted", "muted must be true or false"},
		{"until=now", "", "until", "until must be a time like 2024-01-15T10:30:00.000Z"},
		{"", `{"name":1}`, "name", "name must be a string"},
		{"", `{"name":{}}`, "name", "name must be a string"},
		{"", `{"flag":"true"}`, "flag", "flag must be true or false"},
		{"", `{"flag":0}`, "flag", "flag must be true or false"},
		{"", `{"parent":"x"}`, "parent", "parent must be a number"},
		{"", `{"parent":" 1"}`, "parent", "parent must be a number"},
		{"", `{"parent":1.5}`, "parent", "parent must be a number"},
		{"", `{"parent":1e300}`, "parent", "parent must be a number"},
		{"", `{"parent":9007199254740992}`, "parent", "parent must be a number"},
		{"", `{"parent":"9007199254740992"}`, "parent", "parent must be a number"},
		{"", `{"parent":true}`, "parent", "parent must be a number"},
		{"", `{"size":0}`, "size", "size must be at least 1"},
		{"", `{"age":10}`, "age", "age must be at most 9"},
		{"", `{"users":5}`, "users", "users must be a list of numbers"},
		{"", `{"users":[null]}`, "users", "users must be a list of numbers"},
		{"", `{"users":[[1]]}`, "users", "users must be a list of numbers"},
		{"", `["x"]`, "users", "users must be a list of numbers"},
		{"", `[1`, "users", "Malformed JSON at users"},
		{"", `{"types":["a",1]}`, "types", "types must be a list of strings"},
		{"", `{"at":"yesterday"}`, "at", "at must be a time like 2024-01-15T10:30:00.000Z"},
		{"", `{"at":5}`, "at", "at must be a time like 2024-01-15T10:30:00.000Z"},
		{"", `"x"`, "", "The body must be a JSON object"},
		{"", `{"name":"x"`, "name", "Malformed JSON at name"},
		{"", `{"meta":{"a":[1,{"b":}]}}`, "meta", "Malformed JSON at meta"},
		{"", `{"a":{"b":1},"c":[1,2],"name":tru`, "name", "Malformed JSON at name"},
		{"", `{"<script>":}`, "", "Malformed JSON"},
		{"", `{`, "", "Malformed JSON"},
		{"", `{'name':1}`, "", "Malformed JSON"},
	} {
		_, err := fill("POST", "/x?"+c.query, c.body, nil)
		e := chat.Explain(err)
		if err == nil || e.Code != chat.ValidationFailed || e.Field != c.field || e.Message != c.text {
			t.Errorf("%s %s: %v, field %q", c.query, c.body, err, e.Field)
		}
	}
}

func TestIdsInPaths(t *testing.T) {
	type in[ID any] struct {
		ID ID `path:"id"`
	}
	try := func(plan *binding.Plan, into any, id string) error {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.SetPathValue("id", id)
		return plan.Fill(httptest.NewRecorder(), r, into)
	}
	for _, id := range []string{"0", "-1", "+1", "01", "1.0", "abc", "9007199254740992", "99999999999999999999", "１", "", "\x00", "\xff"} {
		var c in[chat.ConversationID]
		if err := try(binding.For(reflect.TypeOf(c)), &c, id); !chat.Has(err, chat.NotFound) || chat.Explain(err).Message != "Conversation not found" {
			t.Errorf("%s: %v", id, err)
		}
		var m in[chat.MessageID]
		if err := try(binding.For(reflect.TypeOf(m)), &m, id); chat.Explain(err).Message != "Message not found" {
			t.Errorf("%s: %v", id, err)
		}
	}
	var s in[string]
	if err := try(binding.For(reflect.TypeOf(s)), &s, "👍"); err != nil || s.ID != "👍" {
		t.Error(err, s)
	}
	if err := try(binding.For(reflect.TypeOf(s)), &s, "\xff"); !chat.Has(err, chat.ValidationFailed) {
		t.Error(err)
	}
}

func TestRequired(t *testing.T) {
	type in struct {
		Emoji string `json:"emoji" required:"true"`
		Muted *bool  `query:"muted" json:"muted" required:"true"`
	}
	for body, field := range map[string]string{``: "emoji", `{"emoji":""}`: "emoji", `{"emoji":"x"}`: "muted", `{"emoji":"x","muted":false}`: ""} {
		var got in
		err := binding.For(reflect.TypeFor[in]()).Fill(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)), &got)
		if (err == nil) != (field == "") || err != nil && (chat.Explain(err).Field != field || chat.Explain(err).Message != field+" is required") {
			t.Errorf("%s: %v", body, err)
		}
	}
}

type loud struct{ word string }

func (l *loud) UnmarshalText(b []byte) error {
	if string(b) == "quiet" {
		return errors.New("not loud")
	}
	l.word = strings.ToUpper(string(b))
	return nil
}

func TestTextUnmarshaler(t *testing.T) {
	type in struct {
		Word loud `query:"word"`
	}
	plan := binding.For(reflect.TypeFor[in]())
	var got in
	if err := plan.Fill(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/?word=hey", nil), &got); err != nil || got.Word.word != "HEY" {
		t.Error(err, got)
	}
	err := plan.Fill(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/?word=quiet", nil), &got)
	if e := chat.Explain(err); e.Code != chat.ValidationFailed || e.Field != "word" {
		t.Error(err)
	}
}

func TestBodies(t *testing.T) {
	for _, c := range []struct {
		about, body, contentType string
		code                     chat.Code
	}{
		{"JSON", `{}`, "application/json", ""},
		{"with a charset", `{}`, "application/json;charset=utf-8", ""},
		{"a suffix", `{}`, "application/problem+json", ""},
		{"no type", `{}`, "", ""},
		{"nothing, of any type", " \n", "text/plain", ""},
		{"text", `{}`, "text/plain", chat.UnsupportedType},
		{"multipart", `{}`, "multipart/form-data; boundary=x", chat.UnsupportedType},
		{"rubbish", `{}`, ";;", chat.UnsupportedType},
		{"at the limit", `"` + strings.Repeat("x", binding.MaxBody-2) + `"`, "", ""},
		{"over the limit", `"` + strings.Repeat("x", binding.MaxBody-1) + `"`, "", chat.PayloadTooLarge},
		{"at the depth", strings.Repeat("[", 32) + strings.Repeat("]", 32), "", ""},
		{"over the depth", strings.Repeat("[", 33) + strings.Repeat("]", 33), "", chat.ValidationFailed},
		{"not deep, only long", strings.Repeat("[]", 1000), "", ""},
		{"brackets in strings", `"` + strings.Repeat(`[\"`, 100) + `"`, "", ""},
		{"not UTF-8", "\"\xc3\x28\"", "", chat.ValidationFailed},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(c.body))
		if c.contentType != "" {
			r.Header.Set("Content-Type", c.contentType)
		}
		got, err := binding.ReadBody(httptest.NewRecorder(), r)
		if err == nil && c.code != "" || err != nil && chat.Explain(err).Code != c.code {
			t.Errorf("%s: %v", c.about, err)
		}
		if err == nil && string(got) != strings.TrimSpace(c.body) {
			t.Errorf("%s: %d bytes of %d", c.about, len(got), len(c.body))
		}
	}
}

func TestMistakesShowAtOnce(t *testing.T) {
	type nowhere struct{ X string }
	type badBound struct {
		X int `query:"x" minimum:"one"`
	}
	for _, bad := range []reflect.Type{reflect.TypeFor[nowhere](), reflect.TypeFor[badBound]()} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s is accepted", bad)
				}
			}()
			binding.For(bad)
		}()
	}
}

// Whatever comes, it is filled in or refused as the client's mistake.
func FuzzFill(f *testing.F) {
	for _, seed := range []string{`{"name":"x","parent":"5","users":[1]}`, `[1,"2"]`, `{"at":"2024-01-15T10:30:00Z","meta":{"a":[]}}`, `{"a":{"b":`, "\xff", `{"size":1e3}`} {
		f.Add("limit=3&muted=true", seed)
	}
	f.Fuzz(func(t *testing.T, query, body string) {
		r := &http.Request{Method: http.MethodPost, Header: http.Header{}, Body: httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)).Body}
		r.URL = httptest.NewRequest(http.MethodPost, "/", nil).URL
		r.URL.RawQuery = query
		r.SetPathValue("id", "7")
		var in everything
		err := binding.For(reflect.TypeFor[everything]()).Fill(httptest.NewRecorder(), r, &in)
		var known *chat.Error
		if err != nil && (!errors.As(err, &known) || known.Code == chat.Internal) {
			t.Errorf("%q %q: %v", query, body, err)
		}
		if err == nil && (in.Limit < 1 || in.Limit > 100 || in.Parent > chat.MaxID || in.ID != 7) {
			t.Errorf("%q %q: %+v", query, body, in)
		}
	})
}
