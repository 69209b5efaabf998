package rest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"parley/internal/auth"
	"parley/internal/chat"
	"parley/internal/rest"
)

func TestUnknownPathsAndMethods(t *testing.T) {
	w := newWorld(t, setup{})
	ann := w.user("ann")
	for _, path := range []string{
		"/api", "/api/", "/api/nothing", "/api/chat", "/api/chat/conversations/", "/api/chat//conversations", "/api/chat/conversations/1/", "/api/chat/conversations/1/nothing",
		"/api/chat/../users", "/api/chat/conversations/pinned/messages", "/api/chat/messages", "/docs/", "/docs/nothing", "/api/chat/conversations//messages",
	} {
		w.as(ann, "GET", path).fails(404, chat.NotFound)
	}
	for call, allow := range map[string]string{
		"PATCH /api/chat/conversations/1":                  "DELETE, GET, HEAD, PUT",
		"DELETE /api/chat/conversations":                   "GET, HEAD, POST",
		"GET /api/auth/login":                              "POST",
		"POST /api/chat/conversations/pinned":              "GET, HEAD",
		"GET /api/chat/conversations/direct/1":             "POST",
		"PUT /api/users/me":                                "DELETE, GET, HEAD, PATCH",
		"OPTIONS /api/users/me":                            "DELETE, GET, HEAD, PATCH",
		"POST /api/chat/messages/1/reactions/%F0%9F%91%8D": "DELETE",
		"POST /docs": "GET, HEAD",
	} {
		method, path, _ := strings.Cut(call, " ")
		r := w.do(request{method: method, path: path}).fails(405, chat.MethodNotAllowed, "Method not allowed")
		if got := r.header.Get("Allow"); got != allow {
			t.Errorf("%s: Allow %q, want %q", call, got, allow)
		}
	}
	if r := w.as(ann, "HEAD", "/api/users/me"); r.status != 200 || len(r.raw) != 0 || r.header.Get("Content-Length") == "" {
		t.Errorf("HEAD: %d %v", r.status, r.header)
	}
}

func TestHeaders(t *testing.T) {
	w := newWorld(t, setup{})
	ann := w.user("ann")
	for _, r := range []*reply{w.as(ann, "GET", "/api/users/me").is(200), w.as(ann, "GET", "/api/nothing").is(404)} {
		for name, want := range map[string]string{
			"Content-Type": "application/json; charset=utf-8", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"X-Frame-Options": "DENY", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Cache-Control": "no-store",
		} {
			if got := r.header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", r.about, name, got, want)
			}
		}
	}
	id := func(sent string) string {
		t.Helper()
		got := w.do(request{method: "GET", path: "/api/users/me", header: map[string]string{"X-Request-Id": sent}}).is(401).header.Get("X-Request-Id")
		if got == "" {
			t.Fatal("no X-Request-Id")
		}
		return got
	}
	if got := id("trace-1.a_B"); got != "trace-1.a_B" {
		t.Error(got)
	}
	for _, strange := range []string{"", "a b", "<b>", strings.Repeat("x", 65), "é"} {
		if got := id(strange); got == strange || len(got) != 26 {
			t.Errorf("%q: %q", strange, got)
		}
	}
}

func TestCORS(t *testing.T) {
	w := newWorld(t, setup{edge: func(o *rest.Options) { o.AllowedOrigins = []string{"https://app.example"} }})
	ann := w.user("ann")
	call := func(method, origin string, header map[string]string) *reply {
		t.Helper()
		h := map[string]string{"Origin": origin}
		for k, v := range header {
			h[k] = v
		}
		return w.do(request{method: method, path: "/api/users/me", header: h})
	}
	preflight := map[string]string{"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization,content-type"}
	r := call("OPTIONS", "https://app.example", preflight)
	if r.status != 204 || r.header.Get("Access-Control-Allow-Origin") != "https://app.example" ||
		!strings.Contains(r.header.Get("Access-Control-Allow-Headers"), "Authorization") || !strings.Contains(r.header.Get("Access-Control-Allow-Methods"), "PATCH") ||
		r.header.Get("Access-Control-Max-Age") == "" || r.header.Get("Vary") != "Origin" {
		t.Error(r.status, r.header)
	}
	r = call("GET", "https://app.example", nil).is(401)
	if r.header.Get("Access-Control-Allow-Origin") != "https://app.example" || !strings.Contains(r.header.Get("Access-Control-Expose-Headers"), "X-Request-Id") {
		t.Error(r.header)
	}
	for _, origin := range []string{"https://evil.example", "https://app.example.evil", "http://app.example", "https://app.example:8443", "null"} {
		for method, header := range map[string]map[string]string{"OPTIONS": preflight, "GET": nil} {
			if r := call(method, origin, header); r.header.Get("Access-Control-Allow-Origin") != "" {
				t.Error(origin, r.header)
			}
		}
	}
	for _, r := range []*reply{call("OPTIONS", "https://app.example", preflight), w.as(ann, "GET", "/api/users/me")} {
		if r.header.Get("Access-Control-Allow-Credentials") != "" {
			t.Error("cookies across origins")
		}
	}
}

func TestShuttingDown(t *testing.T) {
	var down atomic.Bool
	w := newWorld(t, setup{edge: func(o *rest.Options) { o.Shutdown = down.Load }})
	ann := w.user("ann")
	w.as(ann, "GET", "/api/users/me").is(200)
	down.Store(true)
	if r := w.as(ann, "GET", "/api/users/me").fails(503, chat.ShuttingDown); r.header.Get("Retry-After") == "" {
		t.Error(r.header)
	}
}

type brokenPresence struct{ *whereabouts }

func (brokenPresence) Online() []chat.UserID { panic("the secret of the panic") }

func TestPanicIsInternal(t *testing.T) {
	w := newWorld(t, setup{edge: func(o *rest.Options) { o.Presence = brokenPresence{newWhereabouts()} }})
	ann := w.user("ann")
	r := w.as(ann, "GET", "/api/chat/presence").fails(500, chat.Internal, "Internal error")
	if strings.Contains(string(r.raw), "secret") || !strings.Contains(w.log.String(), "the secret of the panic") || !strings.Contains(w.log.String(), r.text("requestId")) {
		t.Error(string(r.raw), w.log.String())
	}
}

type brokenAccounts struct{ rest.Accounts }

func (brokenAccounts) Sessions(context.Context, chat.Actor) ([]auth.Session, error) {
	return nil, errors.New("the secret of the database")
}

func TestInternalErrorTellsNothing(t *testing.T) {
	w := newWorld(t, setup{edge: func(o *rest.Options) { o.Auth = brokenAccounts{o.Auth} }})
	ann := w.user("ann")
	r := w.as(ann, "GET", "/api/auth/sessions").fails(500, chat.Internal, "Internal error")
	if strings.Contains(string(r.raw), "secret") || !strings.Contains(w.log.String(), "the secret of the database") {
		t.Error(string(r.raw), w.log.String())
	}
}

func TestLogHasNoContents(t *testing.T) {
	w := newWorld(t, setup{edge: func(o *rest.Options) { o.TrustsProxy = func(netip.Addr) bool { return true } }})
	ann := w.user("ann")
	_, path := w.group(ann)
	w.say(ann, path, "hush-content")
	w.as(ann, "GET", "/api/users?query=hush-query&limit=7&token=hush-token").is(200)
	w.as(ann, "GET", path+"/messages?before=123&threads=false").is(200)
	log := w.log.String()
	if strings.Contains(log, "hush") || strings.Contains(log, w.key) {
		t.Error(log)
	}
	for _, want := range []string{`"query":"limit=7&query=***&token=***"`, `"query":"before=123&threads=false"`, `"route":"GET /api/users"`, `"user":1`, `"status":201`, `"client":"127.0.0.1"`} {
		if !strings.Contains(log, want) {
			t.Errorf("no %s in %s", want, log)
		}
	}
}

func TestClientAddress(t *testing.T) {
	proxies := netip.MustParsePrefix("127.0.0.0/8")
	for _, c := range []struct {
		trusts          bool
		forwarded, want string
	}{
		{true, "203.0.113.9", "203.0.113.9"},
		{true, "6.6.6.6, 203.0.113.9", "203.0.113.9"},
		{true, "203.0.113.9, 127.0.0.2", "203.0.113.9"},
		{true, "::ffff:203.0.113.9", "203.0.113.9"},
		{true, "rubbish, 203.0.113.9, 127.0.0.2", "203.0.113.9"},
		{true, "203.0.113.9, rubbish", "127.0.0.1"},
		{true, "", "127.0.0.1"},
		{false, "203.0.113.9", "127.0.0.1"},
	} {
		w := newWorld(t, setup{edge: func(o *rest.Options) {
			o.TrustsProxy = func(a netip.Addr) bool { return c.trusts && proxies.Contains(a) }
		}})
		w.do(request{method: "GET", path: "/api/users/me", header: map[string]string{"X-Forwarded-For": c.forwarded}}).is(401)
		if want := fmt.Sprintf(`"client":"%s"`, c.want); !strings.Contains(w.log.String(), want) {
			t.Errorf("%+v: %s", c, w.log.String())
		}
	}
}

func TestHandshakeCredentials(t *testing.T) {
	w := newWorld(t, setup{})
	api := rest.New(rest.Options{Chat: w.chat, Auth: w.auth, Presence: w.presence})
	token := w.register(annsAccount).is(201).text("data", "accessToken")
	cookie := w.do(request{method: "POST", path: "/api/auth/login", body: `{"login":"ann","password":"correct horse battery","cookie":true}`}).is(200).cookie("parley_session")
	try := func(path string, header map[string]string, withCookie bool) (handshake, plain bool) {
		t.Helper()
		r, err := http.NewRequest(http.MethodGet, path, nil)
		w.must(err)
		r.Host = "chat.example"
		for k, v := range header {
			r.Header.Set(k, v)
		}
		if withCookie {
			r.AddCookie(cookie)
		}
		h, handshakeErr := api.HandshakeCredentials(r)
		p, plainErr := api.Credentials(r)
		return handshakeErr == nil && h.Actor.ID == 1, plainErr == nil && p.Actor.ID == 1
	}
	own := map[string]string{"Origin": "http://chat.example"}
	for _, c := range []struct {
		about            string
		path             string
		header           map[string]string
		cookie           bool
		handshake, plain bool
	}{
		{"query token", "/api/realtime?token=" + token, nil, false, true, false},
		{"wrong query token", "/api/realtime?token=x", nil, true, false, true},
		{"header wins over query", "/api/realtime?token=x", map[string]string{"Authorization": "Bearer " + token}, false, true, true},
		{"wrong header is not forgiven", "/api/realtime?token=" + token, map[string]string{"Authorization": "Bearer x"}, false, false, false},
		{"cookie of our own page", "/api/realtime", own, true, true, true},
		{"cookie of another page", "/api/realtime", map[string]string{"Origin": "http://evil.example"}, true, false, true},
		{"cookie without an origin", "/api/realtime", nil, true, false, true},
		{"nothing", "/api/realtime", own, false, false, false},
	} {
		handshake, plain := try(c.path, c.header, c.cookie)
		if handshake != c.handshake || plain != c.plain {
			t.Errorf("%s: handshake %v, plain %v", c.about, handshake, plain)
		}
	}
}

func TestSanitising(t *testing.T) {
	w := newWorld(t, setup{})
	account := w.register(annsAccount).is(201)
	token := account.text("data", "accessToken")
	path := fmt.Sprintf("/api/chat/conversations/%d/messages", w.bearer(token, "POST", "/api/chat/conversations", `{"name":"x"}`).is(201).id("id"))
	const nasty = `<b onclick="x()">a < b</b><script>alert(1)</script>`
	w.bearer(token, "POST", path, map[string]string{"content": nasty}).is(201).has(`"<b>a < b</b>"`, "data", "content")
	w.bearer(token, "GET", path+"?limit=1").is(200).has(`"<b>a < b</b>"`, "data", 0, "content")
	w.as(1, "GET", path+"?limit=1").is(200).has(`"<b>a < b</b>"`, "data", 0, "content")
	if got := w.bearer(token, "GET", path+"?limit=1&raw=1").is(200).at("data", 0, "content"); got != nasty {
		t.Error(got)
	}
	c := w.do(request{method: "POST", path: "/api/auth/login", body: `{"login":"ann","password":"correct horse battery","cookie":true}`}).is(200).cookie("parley_session")
	if got := w.do(request{method: "GET", path: path + "?limit=1", cookie: c}).is(200).at("data", 0, "content"); got != nasty {
		t.Error(got)
	}
}

// A body that never ends is cut off at the limit, and one whose sender goes
// away answers nobody.
func TestEndlessBody(t *testing.T) {
	w := newWorld(t, setup{})
	ann := w.user("ann")
	_, path := w.group(ann)
	endless := strings.NewReader(`{"content":"` + strings.Repeat("x", 1<<20))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.server.URL+path+"/messages", io.MultiReader(endless))
	w.must(err)
	req.Header.Set("X-Api-Key", w.key)
	req.Header.Set("X-Act-As", "1")
	res, err := http.DefaultClient.Do(req)
	w.must(err)
	defer res.Body.Close()
	if res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Error(res.Status)
	}

	conn, err := net.Dial("tcp", strings.TrimPrefix(w.server.URL, "http://"))
	w.must(err)
	fmt.Fprintf(conn, "POST %s/messages HTTP/1.1\r\nHost: x\r\nX-Api-Key: %s\r\nX-Act-As: 1\r\nContent-Length: 100\r\n\r\n{\"content\":", path, w.key)
	w.must(conn.Close())
	if got := w.as(ann, "GET", path+"/messages").is(200).list("messageType"); got != "[SYSTEM]" {
		t.Error(got)
	}
}
