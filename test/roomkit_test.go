package test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"parley/internal/parleytest"
	"parley/internal/roomapi"
)

// browser is somebody with a cookie jar, who writes requests as our page does.
type browser struct {
	t    testing.TB
	base string
	http *http.Client
	own  bool // sends what tells our page from others
}

func newBrowser(t testing.TB, base string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, base: base, own: true, http: &http.Client{Jar: jar, Transport: &http.Transport{}, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}}
	t.Cleanup(b.http.CloseIdleConnections)
	return b
}

// roomAnswer is any answer of rooms.
type roomAnswer struct {
	status  int
	header  http.Header
	body    string
	RoomID  string `json:"roomId"`
	Error   string `json:"error"`
	Field   string `json:"field"`
	Seat    int    `json:"seat"`
	TTL     int64  `json:"ttl"`
	Peers   int    `json:"peers"`
	Expires int64  `json:"expiresAt"`
	URL     string `json:"url"`

	Destroyed, Left, Freed, Duplicate bool

	Full, NeedsPass, Cipher, Mine bool
	KCV, Mode                     string

	ID       string            `json:"id"`
	Seq      int64             `json:"seq"`
	Token    string            `json:"token"`
	Messages []roomapi.Message `json:"messages"`
	Rooms    []struct {
		RoomID string
		Seat   int
	} `json:"rooms"`
}

// ask sends a request; body is nil, or what is written as JSON.
func (b *browser) ask(method, path string, body any, header ...string) roomAnswer {
	b.t.Helper()
	a, err := b.try(method, path, body, header...)
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

func (b *browser) try(method, path string, body any, header ...string) (a roomAnswer, err error) {
	var content io.Reader = http.NoBody
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return a, err
		}
		content = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(context.Background(), method, b.base+path, content)
	if err != nil {
		return a, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if b.own && method != http.MethodGet {
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := b.http.Do(r)
	if err != nil {
		return a, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return a, err
	}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(raw, &a); err != nil {
			return a, fmt.Errorf("%s %s answers %q: %w", method, path, raw, err)
		}
	}
	a.status, a.header, a.body = res.StatusCode, res.Header, string(raw)
	return a, nil
}

// is fails unless an answer has the status, and the error if one is named.
func (a roomAnswer) is(t testing.TB, status int, code string) roomAnswer {
	t.Helper()
	if a.status != status || a.Error != code {
		t.Fatalf("got %d %s, want %d %q", a.status, a.body, status, code)
	}
	return a
}

func (a roomAnswer) ok(t testing.TB) roomAnswer { t.Helper(); return a.is(t, http.StatusOK, "") }

func of(path, room string) string { return path + "?roomId=" + url.QueryEscape(room) }

// create makes a room and takes the maker's seat.
func (b *browser) create(options any) string {
	b.t.Helper()
	a := b.ask(http.MethodPost, "/api/room/create", options).ok(b.t)
	b.ask(http.MethodGet, of("/api/room/ttl", a.RoomID), nil).ok(b.t)
	return a.RoomID
}

func (b *browser) join(room string) roomAnswer {
	b.t.Helper()
	return b.ask(http.MethodPost, of("/api/room/join", room), map[string]any{})
}

func (b *browser) say(room, text string) roomAnswer {
	b.t.Helper()
	return b.ask(http.MethodPost, of("/api/messages", room), map[string]any{"sender": "somebody", "text": text})
}

func (b *browser) read(room string) roomAnswer {
	b.t.Helper()
	return b.ask(http.MethodGet, of("/api/messages", room), nil)
}

// token is the cookie's value.
func (b *browser) token() string {
	b.t.Helper()
	u, err := url.Parse(b.base)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range b.http.Jar.Cookies(u) {
		if c.Name == "x-auth-token" {
			return c.Value
		}
	}
	return ""
}

// roomEvent is an event of a room's stream.
type roomEvent struct {
	id, name string
	data     map[string]any
}

// roomStream is a room's stream as an EventSource reads it.
type roomStream struct {
	t      testing.TB
	events chan roomEvent
	ended  chan struct{}
	stop   context.CancelFunc
}

// hear opens a stream that is live when hear returns.
func (b *browser) hear(room string, header ...string) *roomStream {
	b.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	b.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.base+of("/api/realtime", room), http.NoBody)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		raw, _ := io.ReadAll(res.Body)
		b.t.Fatalf("the stream answers %d %s", res.StatusCode, raw)
	}
	s := &roomStream{t: b.t, events: make(chan roomEvent, 1000), ended: make(chan struct{}), stop: cancel}
	go s.listen(res.Body)
	s.next(roomapi.EventTTL)
	return s
}

func (s *roomStream) listen(body io.ReadCloser) {
	defer close(s.ended)
	defer body.Close()
	var e roomEvent
	for lines := bufio.NewScanner(body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch {
		case name == "id":
			e.id = value
		case name == "event":
			e.name = value
		case name == "data":
			if json.Unmarshal([]byte(value), &e.data) != nil {
				s.t.Errorf("data %q", value)
			}
		case lines.Text() == "" && e.name != "":
			s.events <- e
			e = roomEvent{id: e.id}
		}
	}
}

// next returns the next event by a name, passing over others.
func (s *roomStream) next(name string) roomEvent {
	s.t.Helper()
	for patience := time.After(within); ; {
		if e := s.any(patience, name); e.name == name {
			return e
		}
	}
}

// any returns the next event, whatever it is; patience ends while name is waited for.
func (s *roomStream) any(patience <-chan time.Time, name string) (e roomEvent) {
	s.t.Helper()
	select {
	case e = <-s.events:
	case <-patience:
		s.t.Fatalf("no event %s came", name)
	}
	return e
}

// over waits until the server has ended the stream.
func (s *roomStream) over() {
	s.t.Helper()
	select {
	case <-s.ended:
	case <-time.After(within):
		s.t.Fatal("the stream did not end")
	}
}

// roomFor is a room with both seats taken.
func roomFor(t testing.TB, s *parleytest.Server, options any) (maker, guest *browser, room string) {
	t.Helper()
	maker, guest = newBrowser(t, s.URL), newBrowser(t, s.URL)
	room = maker.create(options)
	guest.join(room).ok(t)
	return maker, guest, room
}
