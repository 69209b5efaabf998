package engineio

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws/wsutil"
)

func TestHandshakesThatMakeNoSense(t *testing.T) {
	e := serve(t, Options{})
	sid := strings.TrimPrefix(e.poller(), "?EIO=4&transport=polling&sid=")
	for name, tc := range map[string]struct {
		method, query string
		status        int
		body          string
	}{
		"version 3":               {"GET", "?EIO=3&transport=polling", 400, `{"code":5,"message":"Unsupported protocol version"}`},
		"no version":              {"GET", "?transport=polling", 400, `{"code":5,"message":"Unsupported protocol version"}`},
		"a version that is none":  {"GET", "?EIO=abc&transport=polling", 400, `{"code":5,"message":"Unsupported protocol version"}`},
		"no transport":            {"GET", "?EIO=4", 400, `{"code":0,"message":"Transport unknown"}`},
		"an unknown transport":    {"GET", "?EIO=4&transport=abc", 400, `{"code":0,"message":"Transport unknown"}`},
		"an unknown sid":          {"GET", "?EIO=4&transport=polling&sid=nobody", 400, `{"code":1,"message":"Session ID unknown"}`},
		"an empty sid":            {"GET", "?EIO=4&transport=polling&sid=", 400, `{"code":1,"message":"Session ID unknown"}`},
		"POST without a session":  {"POST", "?EIO=4&transport=polling", 400, `{"code":2,"message":"Bad handshake method"}`},
		"PUT without a session":   {"PUT", "?EIO=4&transport=polling", 400, `{"code":2,"message":"Bad handshake method"}`},
		"PUT in a session":        {"PUT", "?EIO=4&transport=polling&sid=" + sid, 400, `{"code":3,"message":"Bad request"}`},
		"a WebSocket without one": {"GET", "?EIO=4&transport=websocket", 400, `{"code":3,"message":"Bad request"}`},
		"post to an unknown sid":  {"POST", "?EIO=4&transport=polling&sid=x", 400, `{"code":1,"message":"Session ID unknown"}`},
	} {
		t.Run(name, func(t *testing.T) { e.want(e.do(t.Context(), tc.method, tc.query, ""), tc.status, tc.body) })
	}
	for _, query := range []string{"?transport=websocket", "?EIO=3&transport=websocket", "?EIO=4", "?EIO=4&transport=abc", "?EIO=4&transport=polling", "?EIO=4&transport=websocket&sid=x"} {
		if e.dial(query) != nil {
			t.Errorf("%s opens a WebSocket", query)
		}
	}
}

func TestPollingCarriesPackets(t *testing.T) {
	e := serve(t, Options{})
	q := e.poller()
	for _, tc := range []struct{ sent, back string }{
		{"4test1", "4test1"},
		{"4naïve 👍", "4naïve 👍"},
		{"4", "4"},
		{"bAQIDBA==", "4b\x01\x02\x03\x04"},
	} {
		e.want(e.do(t.Context(), "POST", q, tc.sent), 200, "ok")
		e.want(e.get(q), 200, tc.back)
	}
	e.want(e.do(t.Context(), "POST", q, "4test1\x1e4test2\x1e3\x1e6\x1e4test3"), 200, "ok")
	var got []string
	for len(got) < 3 {
		got = append(got, strings.Split(e.get(q).body, "\x1e")...)
	}
	if strings.Join(got, " ") != "4test1 4test2 4test3" {
		t.Errorf("got %q", got)
	}
}

func TestPayloadsThatEndASession(t *testing.T) {
	for name, body := range map[string]string{
		"no packet": "abc", "nothing": "", "an empty packet": "4a\x1e\x1e4b", "a ping": "2", "an opening": `0{"sid":"x"}`,
		"an upgrade": "5", "bad base64": "b*", "a pong with more": "3x", "a separator alone": "\x1e",
	} {
		t.Run(name, func(t *testing.T) {
			e := serve(t, Options{})
			q := e.poller()
			poll := e.waiting(t.Context(), q)
			if got := e.do(t.Context(), "POST", q, body); name == "nothing" {
				e.want(got, 400, "")
			} else {
				e.want(got, 400, `{"code":3,"message":"Bad request"}`)
			}
			<-poll
			e.want(e.get(q), 400, `{"code":1,"message":"Session ID unknown"}`)
			e.gone()
		})
	}
}

func TestTooLargePayloads(t *testing.T) {
	e := serve(t, Options{MaxPayload: 100})
	q := e.poller()
	e.want(e.do(t.Context(), "POST", q, "4"+strings.Repeat("x", 99)), 200, "ok")
	e.get(q)
	e.want(e.do(t.Context(), "POST", q, "4"+strings.Repeat("x", 100)), 413, "")
	s := e.dial("?EIO=4&transport=websocket")
	e.sid(s.read(), nil)
	s.send("4" + strings.Repeat("x", 100))
	s.want("closed")
}

func TestTwoPollsAtOnceEndTheSession(t *testing.T) {
	e := serve(t, Options{})
	q := e.poller()
	first := e.waiting(t.Context(), q)
	e.want(e.get(q+"&t=2"), 400, "")
	e.want(<-first, 200, "1")
	e.want(e.get(q), 400, "")
}

func TestTwoPostsAtOnceEndTheSession(t *testing.T) {
	held := make(chan struct{})
	e := serveWith(t, Options{}, func(c *Conn) error {
		<-held
		_, err := c.Read()
		return err
	})
	q := e.poller()
	first := make(chan answer, 1)
	go func() { first <- e.do(t.Context(), "POST", q, "4a\x1e4b") }()
	c := e.find(strings.TrimPrefix(q, "?EIO=4&transport=polling&sid="))
	e.until(func() bool { c.mu.Lock(); defer c.mu.Unlock(); return c.posting })
	e.want(e.do(t.Context(), "POST", q, "4c"), 400, "")
	close(held)
	e.want(<-first, 400, "")
	e.want(e.get(q), 400, "")
}

func TestAPollThatIsBrokenOffEndsTheSession(t *testing.T) {
	e := serve(t, Options{})
	q := e.poller()
	ctx, cancel := context.WithCancel(t.Context())
	poll := e.waiting(ctx, q)
	cancel()
	<-poll
	e.gone()
	e.want(e.get(q), 400, `{"code":1,"message":"Session ID unknown"}`)
}

func TestTheClientCloses(t *testing.T) {
	e := serve(t, Options{})
	q := e.poller()
	poll := e.waiting(t.Context(), q)
	e.want(e.do(t.Context(), "POST", q, "1"), 200, "ok")
	e.want(<-poll, 200, "6")
	e.want(e.get(q), 400, "")
	s := e.dial("?EIO=4&transport=websocket")
	e.sid(s.read(), nil)
	s.send("1")
	s.want("closed")
	e.gone()
}

func TestWebSocketCarriesPackets(t *testing.T) {
	e := serve(t, Options{})
	s := e.dial("?EIO=4&transport=websocket")
	e.sid(s.read(), nil)
	s.send("4hello")
	s.want("4hello")
	s.send("6")
	if err := wsutil.WriteClientBinary(s.conn, []byte{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	s.want("4b\x01\x02\x03")
	s.send("abc")
	s.want("closed")
}

func TestHeartBeat(t *testing.T) {
	o := Options{PingInterval: 150 * time.Millisecond, PingTimeout: 300 * time.Millisecond}
	e := serve(t, o)
	q := e.poller()
	for range 3 {
		e.want(e.get(q), 200, "2")
		e.want(e.do(t.Context(), "POST", q, "3"), 200, "ok")
	}
	s := e.dial("?EIO=4&transport=websocket")
	e.sid(s.read(), nil)
	s.want("2")
	s.send("3")
	s.want("2") // and no answer
	s.want("closed")
	e.gone() // also the one that does not poll any more
	e.want(e.get(q), 400, "")
	e.until(func() bool { e.mu.Lock(); defer e.mu.Unlock(); return len(e.ends) == 2 })
	for _, err := range e.ends {
		if !errors.Is(err, ErrSilent) {
			t.Errorf("ended with %v", err)
		}
	}
}

// upgraded moves a polling session to a WebSocket.
func (e *echoes) upgraded(q string) *socket {
	e.Helper()
	s := e.dial(strings.Replace(q, polling, socketing, 1))
	s.send("2probe")
	s.want("3probe")
	s.send("5")
	return s
}

func TestUpgrade(t *testing.T) {
	e := serve(t, Options{})
	q := e.poller()
	s := e.upgraded(q)
	s.send("4hello")
	s.want("4hello")
	e.want(e.get(q), 400, `{"code":3,"message":"Bad request"}`)
	e.want(e.do(t.Context(), "POST", q, "4x"), 400, `{"code":3,"message":"Bad request"}`)
	if e.dial(strings.Replace(q, polling, socketing, 1)) != nil {
		t.Error("a second WebSocket is let in")
	}
	s.send("4still here")
	s.want("4still here")
}

func TestAProbeLetsPollsGo(t *testing.T) {
	e := serve(t, Options{})
	q := e.poller()
	before := e.waiting(t.Context(), q)
	s := e.dial(strings.Replace(q, polling, socketing, 1))
	s.send("2probe")
	s.want("3probe")
	e.want(<-before, 200, "6")
	e.want(e.get(q), 200, "6") // at once
	// What is said now goes by a poll, or by the WebSocket.
	e.want(e.do(t.Context(), "POST", q, "4by post"), 200, "ok")
	s.send("5")
	s.want("4by post")
}

func TestWhatWaitsMovesToTheWebSocket(t *testing.T) {
	e := serve(t, Options{})
	q := e.poller()
	e.want(e.do(t.Context(), "POST", q, "4before"), 200, "ok")
	s := e.upgraded(q)
	s.want("4before")
}

func TestHalfOpenUpgradesTimeOut(t *testing.T) {
	e := serve(t, Options{UpgradeTimeout: 50 * time.Millisecond})
	for _, said := range []string{"", "2probe", "4hello", "3probe"} {
		q := e.poller()
		s := e.dial(strings.Replace(q, polling, socketing, 1))
		if said != "" {
			s.send(said)
		}
		if said == "2probe" {
			s.want("3probe")
		}
		s.want("closed")
		// The session goes on polling, and may try again.
		e.want(e.do(t.Context(), "POST", q, "4hello"), 200, "ok")
		e.until(func() bool { return e.get(q).body == "4hello" })
		e.until(func() bool { return e.dial(strings.Replace(q, polling, socketing, 1)) != nil })
	}
}

func TestCORS(t *testing.T) {
	e := serve(t, Options{Origins: []string{"https://app.example.com"}})
	every := serve(t, Options{Origins: []string{"*"}})
	for _, tc := range []struct {
		e                    *echoes
		origin, allowed, may string
	}{
		{e, "https://app.example.com", "https://app.example.com", "true"}, {e, "https://evil.example.com", "", ""},
		{every, "https://evil.example.com", "*", ""},
	} {
		for _, method := range []string{http.MethodGet, http.MethodOptions} {
			r, err := http.NewRequestWithContext(t.Context(), method, tc.e.url+"?EIO=4&transport=polling", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Origin", tc.origin)
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			h := res.Header
			if h.Get("Access-Control-Allow-Origin") != tc.allowed || h.Get("Access-Control-Allow-Credentials") != tc.may {
				t.Errorf("%s from %s: %v", method, tc.origin, h)
			}
		}
	}
}

func TestANodeThatLeavesTakesNoSessions(t *testing.T) {
	e := serve(t, Options{Leaving: func() bool { return true }})
	e.want(e.get("?EIO=4&transport=polling"), 503, "")
}

func TestSilentSessionsAreBounded(t *testing.T) {
	e := serve(t, Options{MaxSilent: 2})
	q := e.poller()
	e.poller()
	e.want(e.get("?EIO=4&transport=polling"), 503, "")
	e.want(e.do(t.Context(), "POST", q, "4hello"), 200, "ok") // not silent any more
	e.poller()
}

// eager is an answer whose client comes back as soon as he has it, which is before
// the handler has returned.
type eager struct {
	*httptest.ResponseRecorder
	back func()
}

func (w eager) Flush() {
	w.ResponseRecorder.Flush()
	w.back()
}

// Who has the answer to a poll may poll again: that is no second poll at once.
func TestAPollMayFollowItsAnswerAtOnce(t *testing.T) {
	s := New(Options{Open: func(*http.Request) func(*Conn) { return func(c *Conn) { _ = echo(c) } }})
	ask := func(w http.ResponseWriter, method, sid, body string) {
		address := "/socket.io/?EIO=4&transport=polling"
		if sid != "" {
			address += "&sid=" + sid
		}
		s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body)))
	}
	opened := httptest.NewRecorder()
	ask(opened, "GET", "", "")
	var opening struct{ SID string }
	if err := json.Unmarshal(opened.Body.Bytes()[1:], &opening); err != nil {
		t.Fatal(err)
	}
	posted := httptest.NewRecorder()
	ask(posted, "POST", opening.SID, "4hello")
	if posted.Flushed || posted.Body.String() != "ok" {
		t.Errorf("the answer to a POST left before it had ended: %q", posted.Body)
	}
	c := s.find(opening.SID)
	refused := errMethod
	polled := eager{httptest.NewRecorder(), func() { _, refused = c.beginPoll() }}
	ask(polled, "GET", opening.SID, "")
	if refused != nil || polled.Body.String() != "4hello" {
		t.Errorf("the next poll: %+v, after %q", refused, polled.Body)
	}
	c.Close(1000, "")
}
