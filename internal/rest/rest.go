// Package rest is Parley's HTTP interface: contracts/chat-api.md, and accounts
// and profiles of contracts/core.md. Every operation is one line in the table
// of routes.go and one function in the file of its resource; the OpenAPI
// document is made from the table and from the types of the functions.
//
// Requests are read by package binding and answered by this package, not by
// huma, which only describes them: the contract's tolerance (numbers as strings,
// bare and null lists, unknown members), its statuses and its texts are all
// exceptions to what huma does.
package rest

import (
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"parley/internal/admin"
	"parley/internal/chat"
	"parley/internal/ratelimit"
)

// Options of New. Only Chat, Auth, Presence and Files are needed, and Admin for
// administrators.
type Options struct {
	Chat     *chat.Service
	Auth     Accounts
	Presence Presence
	Files    Files
	Admin    *admin.Service
	Limits   Limits
	Rooms    Rooms

	// TrustsProxy reports whether a peer's X-Forwarded headers are believed; nil
	// believes nobody.
	TrustsProxy func(peer netip.Addr) bool
	// AllowedOrigins are the other sites whose pages may use the API, exactly as
	// browsers write an Origin.
	AllowedOrigins []string
	// PublicURL is where people reach the server; "" if unknown.
	PublicURL string
	// Shown is how an application knows a user; nil: by Parley's own id.
	Shown   func(chat.UserID) string
	Log     *slog.Logger // nil: nothing is logged
	Version string       // of Parley, for the documents
	// Observe is told of each request: its route ("" if none), the status and how
	// long it took. May be nil.
	Observe func(route string, status int, took time.Duration)
	// Shutdown reports that the server is on its way out: no new work. May be nil.
	Shutdown func() bool
}

// Limits are the rate limits of the edge; a nil one allows everything.
type Limits struct {
	Total    *ratelimit.Limiter[chat.UserID] // all requests of a user
	Search   *ratelimit.Limiter[chat.UserID]
	Login    *ratelimit.Limiter[netip.Prefix] // attempts per network
	Register *ratelimit.Limiter[netip.Prefix]
}

// Presence is what the API needs to know of who is there.
type Presence interface {
	// Of returns the presence of each user, in order.
	Of(users []chat.UserID) []chat.Presence
	// Online returns those who are not offline.
	Online() []chat.UserID
	// Touch notes that a user was active.
	Touch(user chat.UserID)
}

// API is the handler of /api/ and /docs. It is safe for concurrent use.
type API struct {
	options      Options
	chat         *chat.Service
	log          *slog.Logger
	publicOrigin string
	router       router
	exporting    sync.Map // users whose data is being sent
	uploading    uploads
}

// New returns the API. It panics if its table of routes makes no sense.
func New(o Options) *API {
	a := &API{options: o, chat: o.Chat, log: o.Log, publicOrigin: originOf(o.PublicURL)}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	operations := a.operations()
	for _, op := range slices.Concat(a.toolkitRoutes(), a.aliasRoutes(), a.roomRoutes(), operations) {
		a.router.add(op.pattern, op.serve)
	}
	for _, p := range a.documents(operations) {
		a.router.add(p.pattern, p.serve)
	}
	return a
}

// Serves reports whether a path is the API's to answer, beside its documents.
func Serves(path string) bool {
	return strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/f/") || isToolkit(path)
}

// ServeHTTP answers every request in the envelope, also those that go wrong.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := a.begin(r)
	rec := &recorder{ResponseWriter: w}
	rec.Header().Set("X-Request-Id", x.id)
	secure(rec.Header())
	defer a.logAccess(r, rec, x)
	defer a.recoverPanic(rec, r, x)
	if a.allowOrigin(rec, r) {
		return
	}
	if err := a.dispatch(rec, r, x); err != nil {
		a.fail(rec, r, x, err)
	}
}

func (a *API) dispatch(w http.ResponseWriter, r *http.Request, x *exchange) error {
	if a.options.Shutdown != nil && a.options.Shutdown() {
		return chat.Errorf(chat.ShuttingDown, "The server is shutting down")
	}
	e, allow := a.router.find(r)
	switch {
	case e != nil:
		x.route = e.pattern
		return e.serve(w, r, x)
	case len(allow) > 0:
		w.Header().Set("Allow", strings.Join(allow, ", "))
		return chat.Errorf(chat.MethodNotAllowed, "Method not allowed")
	}
	return chat.Errorf(chat.NotFound, "Not found")
}

func (a *API) recoverPanic(w *recorder, r *http.Request, x *exchange) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler { //nolint:errorlint // what was recovered, compared the way net/http does
		panic(p)
	}
	a.log.LogAttrs(r.Context(), slog.LevelError, "panic",
		slog.String("requestId", x.id), slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
	if w.status == 0 {
		a.fail(w, r, x, chat.Errorf(chat.Internal, "Internal error"))
	}
}
