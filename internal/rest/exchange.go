package rest

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"parley/internal/chat"
)

// exchange is one request and what is known of it besides its own words.
type exchange struct {
	id     string
	client netip.Addr // the person's address, as far as it can be believed
	scheme string     // http or https, at the person's end
	host   string     // with port, at the person's end
	begun  time.Time

	route string // of the operation that answers; "" if none does
	user  chat.UserID
	fault *chat.Error // what was answered instead of data
}

func (a *API) begin(r *http.Request) *exchange {
	x := &exchange{id: requestID(r), begun: time.Now(), host: r.Host, scheme: "http"}
	if r.TLS != nil {
		x.scheme = "https"
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return x
	}
	x.client = peer.Addr().Unmap().WithZone("")
	if !a.trusts(x.client) {
		return x
	}
	x.client = a.clientBehind(x.client, r.Header.Values("X-Forwarded-For"))
	if proto := firstOf(r.Header.Get("X-Forwarded-Proto")); proto == "http" || proto == "https" {
		x.scheme = proto
	}
	if host := firstOf(r.Header.Get("X-Forwarded-Host")); host != "" {
		x.host = host
	}
	return x
}

func firstOf(list string) string {
	value, _, _ := strings.Cut(list, ",")
	return strings.ToLower(strings.TrimSpace(value))
}

func (a *API) trusts(peer netip.Addr) bool {
	return a.options.TrustsProxy != nil && a.options.TrustsProxy(peer)
}

// clientBehind walks back along the proxies that are trusted: the first address
// that is not one of them is the client. What stands before it, anybody may
// have written.
func (a *API) clientBehind(peer netip.Addr, forwardedFor []string) netip.Addr {
	hops := strings.Split(strings.Join(forwardedFor, ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		if peer = hop.Unmap().WithZone(""); !a.trusts(peer) {
			break
		}
	}
	return peer
}

// clientPrefix is the network that counts as one client: /24 and /64.
func (x *exchange) clientPrefix() netip.Prefix {
	bits := 64
	if x.client.Is4() {
		bits = 24
	}
	p, err := x.client.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// requestID keeps the name that a client or proxy gave the request if it is a
// sane one.
func requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if id == "" || len(id) > 64 || strings.Trim(id, letters+"0123456789-_.") != "" {
		return rand.Text()
	}
	return id
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// logAccess writes the access log: no contents, no secrets, no search words.
func (a *API) logAccess(r *http.Request, w *recorder, x *exchange) {
	if a.options.Observe != nil {
		a.options.Observe(x.route, w.status, time.Since(x.begun))
	}
	attrs := []slog.Attr{
		slog.String("requestId", x.id), slog.String("method", r.Method), slog.String("path", loggedPath(r.URL.Path)),
		slog.Int("status", w.status), slog.Int64("bytes", w.bytes), slog.Duration("took", time.Since(x.begun)),
		slog.String("client", x.client.String()),
	}
	if r.URL.RawQuery != "" {
		attrs = append(attrs, slog.String("query", redact(r.URL.Query())))
	}
	if x.route != "" {
		attrs = append(attrs, slog.String("route", x.route))
	}
	if x.user != 0 {
		attrs = append(attrs, slog.Int64("user", int64(x.user)))
	}
	if x.fault != nil {
		attrs = append(attrs, slog.String("code", string(x.fault.Code)))
	}
	a.log.LogAttrs(r.Context(), slog.LevelInfo, "request", attrs...)
}

// loggedPath hides the key of a file, which is half of what it takes to read it, and
// the name of a room, which is gone when the log is read.
func loggedPath(path string) string {
	for _, secret := range []string{"/f/", adminRooms} {
		if strings.HasPrefix(path, secret) {
			return secret + "***"
		}
	}
	return path
}

// redact keeps numbers and flags of a query and hides every other value: it is
// a token, or what somebody searched for.
func redact(query url.Values) string {
	shown := url.Values{}
	for name, values := range query {
		for _, v := range values {
			if v != "true" && v != "false" && (len(v) > 16 || strings.Trim(v, "0123456789-") != "") {
				v = "***"
			}
			shown.Add(name, v)
		}
	}
	return strings.ReplaceAll(shown.Encode(), "%2A%2A%2A", "***")
}

// recorder remembers what was answered, for the log.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap is for http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
