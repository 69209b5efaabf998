package rest_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"parley/internal/chat"
	"parley/internal/ratelimit"
	"parley/internal/rest"
)

const (
	ownUserKeys = "id username displayName avatarUrl kind createdAt email roles settings presence"
	userKeys    = "id username displayName avatarUrl kind createdAt"
	annsAccount = `{"username":"ann","password":"correct horse battery","displayName":"Ann","email":"ann@example.com"}`
)

func (w *world) bearer(token, method, path string, body ...any) *reply {
	w.Helper()
	r := request{method: method, path: path, header: map[string]string{"Authorization": "Bearer " + token}}
	if len(body) > 0 {
		r.body = body[0]
	}
	return w.do(r)
}

func (r *reply) text(path ...any) string {
	r.w.Helper()
	s, ok := r.at(path...).(string)
	if !ok || s == "" {
		r.w.Fatalf("%s: no text at %v: %s", r.about, path, r.raw)
	}
	return s
}

func (w *world) register(body string) *reply {
	w.Helper()
	return w.do(request{method: "POST", path: "/api/auth/register", body: body})
}

func TestRegisterAndLogin(t *testing.T) {
	w := newWorld(t, setup{})
	r := w.register(annsAccount).is(201).keys("user accessToken expiresIn refreshToken", "data").keys(ownUserKeys, "data", "user")
	r.has(`900`, "data", "expiresIn").has(`"ann"`, "data", "user", "username").has(`"ann@example.com"`, "data", "user", "email")
	if r.header.Get("Set-Cookie") != "" {
		t.Error("a cookie that nobody asked for")
	}
	w.bearer(r.text("data", "accessToken"), "GET", "/api/users/me").is(200).keys(ownUserKeys, "data").has(`"MEMBER"`, "data", "kind")

	w.register(strings.ReplaceAll(annsAccount, `"ann"`, `"ANN"`)).fails(409, chat.AlreadyExists).field("username")
	w.register(`{"username":"bob","password":"correct horse battery","email":"ANN@example.com"}`).fails(409, chat.AlreadyExists).field("email")
	w.register(`{"username":"b","password":"correct horse battery"}`).fails(400, chat.ValidationFailed).field("username")
	w.register(`{"username":"bob","password":"short"}`).fails(400, chat.ValidationFailed).field("password")
	w.register(`{"username":"bob","password":"password"}`).fails(400, chat.ValidationFailed).field("password")
	w.register(`{"username":"bob","password":"correct horse battery","email":"nowhere"}`).fails(400, chat.ValidationFailed).field("email")
	w.register(`{"password":"correct horse battery"}`).fails(400, chat.ValidationFailed, "username is required").field("username")
	w.register(`{"username":"bob"}`).fails(400, chat.ValidationFailed, "password is required").field("password")

	login := func(body string) *reply {
		t.Helper()
		return w.do(request{method: "POST", path: "/api/auth/login", body: body})
	}
	login(`{"login":"Ann","password":"correct horse battery"}`).is(200).keys("user accessToken expiresIn refreshToken", "data")
	wrong := login(`{"login":"ann","password":"wrong horse battery"}`).fails(401, chat.Unauthenticated)
	nobody := login(`{"login":"nobody","password":"wrong horse battery"}`).fails(401, chat.Unauthenticated)
	if wrong.at("error") != nobody.at("error") {
		t.Error("the texts tell who has an account")
	}
	login(`{"login":"ann"}`).fails(400, chat.ValidationFailed, "password is required").field("password")
	login(`{"login":"ann\u0000","password":"x"}`).fails(401, chat.Unauthenticated)
}

func TestRefreshAndLogout(t *testing.T) {
	w := newWorld(t, setup{})
	first := w.register(annsAccount).is(201)
	refresh := func(token string) *reply {
		return w.do(request{method: "POST", path: "/api/auth/refresh", body: map[string]string{"refreshToken": token}})
	}
	second := refresh(first.text("data", "refreshToken")).is(200).keys("user accessToken expiresIn refreshToken", "data")
	refresh("rubbish").fails(401, chat.TokenInvalid)
	w.do(request{method: "POST", path: "/api/auth/refresh"}).fails(400, chat.ValidationFailed, "refreshToken is required").field("refreshToken")
	refresh(first.text("data", "refreshToken")).fails(401, chat.TokenInvalid)
	w.bearer(second.text("data", "accessToken"), "GET", "/api/users/me").fails(401, chat.TokenInvalid)

	again := w.do(request{method: "POST", path: "/api/auth/login", body: `{"login":"ann","password":"correct horse battery"}`}).is(200)
	token := again.text("data", "accessToken")
	w.bearer(token, "POST", "/api/auth/logout").is(200).has(`{}`, "data")
	w.bearer(token, "GET", "/api/users/me").fails(401, chat.TokenInvalid)
	refresh(again.text("data", "refreshToken")).fails(401, chat.TokenInvalid)
	w.as(1, "POST", "/api/auth/logout").fails(403, chat.Forbidden)
}

func TestSessionsAndPassword(t *testing.T) {
	w := newWorld(t, setup{})
	login := request{method: "POST", path: "/api/auth/login", body: `{"login":"ann","password":"correct horse battery"}`, header: map[string]string{"User-Agent": "phone"}}
	here := w.register(annsAccount).is(201).text("data", "accessToken")
	phone := w.do(login).is(200).text("data", "accessToken")
	r := w.bearer(here, "GET", "/api/auth/sessions").is(200).keys("id kind current userAgent ipPrefix createdAt lastUsedAt expiresAt", "data", 0)
	var other int64
	for i := range 2 {
		if r.at("data", i, "current") == false {
			other = r.id(i, "id")
			r.has(`"phone"`, "data", i, "userAgent").has(`"127.0.0.0/24"`, "data", i, "ipPrefix").has(`"token"`, "data", i, "kind")
		}
	}
	stranger := w.register(`{"username":"bob","password":"correct horse battery"}`).is(201).text("data", "accessToken")
	w.bearer(stranger, "DELETE", fmt.Sprint("/api/auth/sessions/", other)).fails(404, chat.NotFound, "Session not found")
	w.bearer(here, "DELETE", "/api/auth/sessions/x").fails(404, chat.NotFound, "Session not found")
	w.bearer(here, "DELETE", fmt.Sprint("/api/auth/sessions/", other)).is(200).has(fmt.Sprintf(`{"sessionId":%d,"ended":true}`, other), "data")
	w.bearer(phone, "GET", "/api/users/me").fails(401, chat.TokenInvalid)

	phone = w.do(login).is(200).text("data", "accessToken")
	w.bearer(here, "PUT", "/api/auth/password", `{"current":"wrong horse battery","new":"another horse battery"}`).fails(403, chat.Forbidden).field("current")
	w.bearer(here, "PUT", "/api/auth/password", `{"current":"correct horse battery","new":"12345678"}`).fails(400, chat.ValidationFailed).field("new")
	w.bearer(here, "PUT", "/api/auth/password", `{"new":"12345678"}`).fails(400, chat.ValidationFailed, "current is required").field("current")
	w.bearer(here, "PUT", "/api/auth/password", `{"current":"correct horse battery","new":"another horse battery"}`).is(200)
	w.bearer(phone, "GET", "/api/users/me").fails(401, chat.TokenInvalid)
	w.bearer(here, "GET", "/api/users/me").is(200)
}

func (r *reply) cookie(name string) *http.Cookie {
	r.w.Helper()
	res := http.Response{Header: r.header}
	for _, c := range res.Cookies() {
		if c.Name == name {
			return c
		}
	}
	r.w.Fatalf("%s: no cookie %s in %v", r.about, name, r.header)
	return nil
}

func TestCookieSession(t *testing.T) {
	w := newWorld(t, setup{})
	own := map[string]string{"Origin": w.server.URL}
	body := strings.Replace(annsAccount, "{", `{"cookie":true,`, 1)
	w.do(request{method: "POST", path: "/api/auth/register", body: body, header: map[string]string{"Origin": "https://evil.example"}}).fails(403, chat.Forbidden)
	r := w.do(request{method: "POST", path: "/api/auth/register", body: body, header: own}).is(201).keys("user", "data")
	c := r.cookie("parley_session")
	if !c.HttpOnly || c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.MaxAge != 30*24*3600 || c.Domain != "" {
		t.Errorf("%+v", c)
	}
	browser := func(method, path string, header map[string]string, body any) *reply {
		t.Helper()
		return w.do(request{method: method, path: path, header: header, cookie: &http.Cookie{Name: c.Name, Value: c.Value}, body: body})
	}
	browser("GET", "/api/users/me", nil, nil).is(200).has(`"ann"`, "data", "username")
	browser("POST", "/api/chat/conversations", own, `{"name":"x"}`).is(201)
	browser("POST", "/api/chat/conversations", map[string]string{"Sec-Fetch-Site": "same-origin"}, `{"name":"x"}`).is(201)
	for _, foreign := range []map[string]string{
		nil, {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
		{"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}, {"Origin": w.server.URL + ".evil.example"},
	} {
		browser("POST", "/api/chat/conversations", foreign, `{"name":"x"}`).fails(403, chat.Forbidden)
	}
	browser("GET", "/api/users/me", map[string]string{"Authorization": "Bearer rubbish"}, nil).fails(401, chat.TokenInvalid)
	gone := browser("POST", "/api/auth/logout", own, nil).is(200).cookie("parley_session")
	if gone.MaxAge >= 0 || gone.Value != "" {
		t.Errorf("%+v", gone)
	}
	browser("GET", "/api/users/me", nil, nil).is(401)
}

func TestCookieOverHTTPS(t *testing.T) {
	w := newWorld(t, setup{edge: func(o *rest.Options) { o.PublicURL = "https://Chat.Example.com/" }})
	public := map[string]string{"Origin": "https://chat.example.com"}
	r := w.do(request{method: "POST", path: "/api/auth/register", body: strings.Replace(annsAccount, "{", `{"cookie":true,`, 1), header: public}).is(201)
	c := r.cookie("__Host-parley_session")
	if !c.Secure || c.Path != "/" || c.Domain != "" || !c.HttpOnly {
		t.Errorf("%+v", c)
	}
	w.do(request{method: "POST", path: "/api/auth/logout", header: public, cookie: &http.Cookie{Name: "parley_session", Value: c.Value}}).fails(401, chat.Unauthenticated)
	w.do(request{method: "POST", path: "/api/auth/logout", header: public, cookie: &http.Cookie{Name: c.Name, Value: c.Value}}).is(200)
}

func TestCookieBehindProxy(t *testing.T) {
	for _, trusted := range []bool{true, false} {
		w := newWorld(t, setup{edge: func(o *rest.Options) { o.TrustsProxy = func(netip.Addr) bool { return trusted } }})
		r := w.do(request{method: "POST", path: "/api/auth/register", body: strings.Replace(annsAccount, "{", `{"cookie":true,`, 1), header: map[string]string{
			"X-Forwarded-Proto": "https", "X-Forwarded-Host": "chat.example.com",
		}}).is(201)
		if trusted {
			r.cookie("__Host-parley_session")
		} else {
			r.cookie("parley_session")
		}
	}
}

func TestCredentials(t *testing.T) {
	w := newWorld(t, setup{})
	token := w.register(annsAccount).is(201).text("data", "accessToken")
	get := func(path string, header map[string]string) *reply {
		t.Helper()
		return w.do(request{method: "GET", path: path, header: header})
	}
	if r := get("/api/users/me", nil).fails(401, chat.Unauthenticated); r.header.Get("WWW-Authenticate") != `Bearer realm="parley"` {
		t.Error(r.header)
	}
	get("/api/users/me?token="+token, nil).fails(401, chat.Unauthenticated)
	get("/api/users/me", map[string]string{"Authorization": "bearer  " + token}).is(200)
	if r := get("/api/users/me", map[string]string{"Authorization": "Bearer " + token + "x"}).fails(401, chat.TokenInvalid); !strings.Contains(r.header.Get("WWW-Authenticate"), "invalid_token") {
		t.Error(r.header)
	}
	get("/api/users/me", map[string]string{"Authorization": "Basic YW5uOnB3"}).fails(401, chat.TokenInvalid)
	get("/api/users/me", map[string]string{"Authorization": "Bearer"}).fails(401, chat.TokenInvalid)
	get("/api/users/me", map[string]string{"X-Api-Key": w.key}).fails(403, chat.Forbidden)
	get("/api/users/me", map[string]string{"X-Api-Key": w.key, "X-Act-As": "1"}).is(200)
	get("/api/users/me", map[string]string{"X-Api-Key": w.key, "X-Act-As": "99"}).fails(404, chat.NotFound)
	get("/api/users/me", map[string]string{"X-Api-Key": "pk_wrong", "X-Act-As": "1"}).fails(401, chat.Unauthenticated)
	get("/api/users/me", map[string]string{"X-Api-Key": w.key, "X-Act-As": "1", "Origin": w.server.URL}).fails(403, chat.Forbidden)
	if w.presence.touched[1] != 2 {
		t.Errorf("touched %d times", w.presence.touched[1])
	}
}

func TestSigningInIsLimitedPerNetwork(t *testing.T) {
	rate := ratelimit.Rate{Limit: 2, Per: 60e9}
	w := newWorld(t, setup{edge: func(o *rest.Options) {
		o.TrustsProxy = func(peer netip.Addr) bool { return peer.IsLoopback() }
		o.Limits = rest.Limits{Login: limited[netip.Prefix](rate), Register: limited[netip.Prefix](rate)}
	}})
	try := func(path, from string) *reply {
		t.Helper()
		return w.do(request{method: "POST", path: path, body: `{"login":"nobody","username":"x","password":"short"}`, header: map[string]string{"X-Forwarded-For": from}})
	}
	for _, path := range []string{"/api/auth/login", "/api/auth/register"} {
		try(path, "198.51.100.7")
		try(path, "9.9.9.9, 198.51.100.99")
		r := try(path, "198.51.100.8").fails(429, chat.RateLimited, "Rate limit exceeded. Try again in 30 seconds")
		if r.header.Get("Retry-After") != "30" {
			t.Error(r.header)
		}
		if r := try(path, "198.51.101.8"); r.status == 429 {
			t.Error("another network is limited too")
		}
		try(path, "2001:db8:1:2:3::1")
		try(path, "2001:db8:1:2:4::1")
		try(path, "2001:db8:1:2:5::1").is(429)
		if r := try(path, "2001:db8:1:3::1"); r.status == 429 {
			t.Error("another network is limited too")
		}
	}
}

func TestTotalLimit(t *testing.T) {
	w := newWorld(t, setup{edge: func(o *rest.Options) {
		o.Limits.Total = limited[chat.UserID](ratelimit.Rate{Limit: 2, Per: 60e9})
	}})
	u := w.users("ann", "bob")
	r := w.as(u[0], "GET", "/api/users/me").is(200)
	if r.header.Get("X-RateLimit-Limit") != "2" || r.header.Get("X-RateLimit-Remaining") != "1" || r.header.Get("X-RateLimit-Reset") == "" || r.header.Get("Retry-After") != "" {
		t.Error(r.header)
	}
	w.as(u[0], "GET", "/api/chat/conversations/999").is(404)
	r = w.as(u[0], "GET", "/api/users/me").fails(429, chat.RateLimited, "Rate limit exceeded. Try again in 30 seconds")
	if r.header.Get("Retry-After") != "30" || r.header.Get("X-RateLimit-Remaining") != "0" {
		t.Error(r.header)
	}
	w.as(u[1], "GET", "/api/users/me").is(200)
}

func TestSearchIsLimited(t *testing.T) {
	w := newWorld(t, setup{edge: func(o *rest.Options) {
		o.Limits.Search = limited[chat.UserID](ratelimit.Rate{Limit: 2, Per: 60e9})
	}})
	ann := w.user("ann")
	w.as(ann, "GET", "/api/users?query=x").is(200)
	w.as(ann, "GET", "/api/chat/conversations/search?query=x").is(200)
	w.as(ann, "GET", "/api/users?query=x").fails(429, chat.RateLimited)
}
