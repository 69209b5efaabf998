package rest

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"parley/internal/auth"
	"parley/internal/chat"
)

// Cookie names (contracts/core.md). The prefix makes browsers refuse the cookie
// from anybody but this very host over HTTPS.
const (
	cookieName       = "parley_session"
	secureCookieName = "__Host-" + cookieName
	cookieLife       = 30 * 24 * time.Hour
)

// Credentials tells who sent a request: the Authorization header, an API key or
// the session cookie, in this order. A cookie counts for a request that changes
// something only if the page that sent it is ours.
func (a *API) Credentials(r *http.Request) (auth.Identity, error) {
	return a.identify(r, a.begin(r))
}

func (a *API) identify(r *http.Request, x *exchange) (auth.Identity, error) {
	if token, given := bearer(r); given {
		return a.options.Auth.Authenticate(r.Context(), token)
	}
	if key := r.Header.Get("X-Api-Key"); key != "" {
		return a.keyHolder(r, key)
	}
	value, given := a.sessionCookie(r, x)
	if !given {
		return auth.Identity{}, chat.Errorf(chat.Unauthenticated, "Authentication required")
	}
	if isUnsafe(r.Method) && !a.isOwnPage(r, x) {
		return auth.Identity{}, errForeignPage()
	}
	return a.options.Auth.AuthenticateCookie(r.Context(), value)
}

// HandshakeCredentials is Credentials for the handshake of a stream: the token
// may also stand in the query, and a cookie counts only from our own pages,
// because a browser lets any page open a WebSocket.
func (a *API) HandshakeCredentials(r *http.Request) (auth.Identity, error) {
	if token := r.URL.Query().Get("token"); token != "" && r.Header.Get("Authorization") == "" {
		return a.options.Auth.Authenticate(r.Context(), token)
	}
	_, hasToken := bearer(r)
	if !hasToken && r.Header.Get("X-Api-Key") == "" && !a.isOwnPage(r, a.begin(r)) {
		return auth.Identity{}, chat.Errorf(chat.Unauthenticated, "Authentication required")
	}
	return a.Credentials(r)
}

func (a *API) keyHolder(r *http.Request, key string) (auth.Identity, error) {
	if r.Header.Get("Origin") != "" {
		return auth.Identity{}, chat.Errorf(chat.Forbidden, "API keys are not accepted from browsers")
	}
	return a.options.Auth.AuthenticateKey(r.Context(), key, r.Header.Get("X-Act-As"))
}

// bearer reports an Authorization header even if it is of another kind, so that
// a wrong one is refused instead of passed over.
func bearer(r *http.Request) (token string, given bool) {
	h := r.Header.Get("Authorization")
	scheme, token, _ := strings.Cut(h, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", h != ""
	}
	return strings.TrimSpace(token), true
}

func isUnsafe(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}

func errForeignPage() error {
	return chat.Errorf(chat.Forbidden, "A session cookie is accepted only from this server's own pages")
}

// isOwnPage reports whether a request comes from a page of this server.
func (a *API) isOwnPage(r *http.Request, x *exchange) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return r.Header.Get("Sec-Fetch-Site") == "same-origin"
	}
	return a.isOwnOrigin(origin, x)
}

// isOwnOrigin knows the server by its public address, and by the address that
// the request itself came to.
func (a *API) isOwnOrigin(origin string, x *exchange) bool {
	if origin == a.publicOrigin {
		return a.publicOrigin != ""
	}
	return strings.EqualFold(origin, x.scheme+"://"+x.host)
}

// originOf is scheme and host of an address, as browsers write an Origin.
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}

// isSecure reports whether browsers reach the server over HTTPS.
func (a *API) isSecure(x *exchange) bool {
	return x.scheme == "https" || strings.HasPrefix(a.publicOrigin, "https://")
}

func (a *API) cookieNameFor(x *exchange) string {
	if a.isSecure(x) {
		return secureCookieName
	}
	return cookieName
}

func (a *API) sessionCookie(r *http.Request, x *exchange) (value string, given bool) {
	c, err := r.Cookie(a.cookieNameFor(x))
	if err != nil || c.Value == "" {
		return "", false
	}
	return c.Value, true
}

// setSession gives the browser its session; an empty value takes it away.
func (a *API) setSession(w http.ResponseWriter, x *exchange, value string) {
	c := &http.Cookie{
		Name: a.cookieNameFor(x), Value: value, Path: "/", MaxAge: int(cookieLife.Seconds()),
		HttpOnly: true, Secure: a.isSecure(x), SameSite: http.SameSiteLaxMode,
	}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}
