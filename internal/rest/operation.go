package rest

import (
	"context"
	"net/http"
	"reflect"
	"slices"

	"parley/internal/auth"
	"parley/internal/chat"
	"parley/internal/rest/binding"
	"parley/internal/sanitize"
)

// operation is one line of the table: how it is called, what it is made of, and
// who may use it.
type operation struct {
	pattern, id, summary string
	tag                  string
	in, out              reflect.Type
	access               access
	codes                []chat.Code // of failures, beside those that follow from in and access
	statuses             []int       // of success; none: 200
	beside               []sibling
	form                 reflect.Type // of a multipart request; nil: JSON
	bytes                bool         // succeeds with bytes, not in the envelope
	serve                func(http.ResponseWriter, *http.Request, *exchange) error
}

// sibling is something that stands beside data in the envelope.
type sibling struct {
	name string
	typ  reflect.Type
}

// answers says with which statuses the operation succeeds, the usual one first.
func (o operation) answers(statuses ...int) operation {
	o.statuses = statuses
	return o
}

// with says that something like the example stands beside data.
func (o operation) with(name string, example any) operation {
	o.beside = append(o.beside, sibling{name, reflect.TypeOf(example)})
	return o
}

// takes says that the request is a multipart form with the fields of the example.
func (o operation) takes(form any) operation {
	o.form = reflect.TypeOf(form)
	return o
}

// to says who may use the operation.
func (o operation) to(who access) operation {
	o.access = who
	return o
}

// access says whose requests an operation answers.
type access int

const (
	signedIn access = iota
	anybody         // without credentials
	keyOnly         // an API key with the scope users:write
	inPerson        // the user himself, not an application that acts for him
	byAdmin         // an administrator, or an API key with the scope admin
)

// call is what an operation may know of its request beside its input.
type call struct {
	context.Context
	chat.Actor
	identity auth.Identity
	mode     sanitize.Mode
	w        http.ResponseWriter
	request  *http.Request
	exchange *exchange
}

// text is a name as the caller gets it.
func (c *call) text(s string) string { return sanitize.Text(c.mode, s) }

// handler is the code of an operation: a method of API.
type handler[In, Out any] func(c *call, in In) (answer[Out], error)

// op makes an operation from a handler. What it takes and gives is read off the
// handler's types.
func op[In, Out any](a *API, pattern, id, summary string, h handler[In, Out], codes ...chat.Code) operation {
	return accessibleTo(a, signedIn, pattern, id, summary, h, codes...)
}

// open makes an operation that needs no credentials.
func open[In, Out any](a *API, pattern, id, summary string, h handler[In, Out], codes ...chat.Code) operation {
	return accessibleTo(a, anybody, pattern, id, summary, h, codes...)
}

// keyed makes an operation for API keys with the scope users:write.
func keyed[In, Out any](a *API, pattern, id, summary string, h handler[In, Out], codes ...chat.Code) operation {
	return accessibleTo(a, keyOnly, pattern, id, summary, h, codes...)
}

// personal makes an operation that no application may do for its users: it
// concerns the account itself.
func personal[In, Out any](a *API, pattern, id, summary string, h handler[In, Out], codes ...chat.Code) operation {
	return accessibleTo(a, inPerson, pattern, id, summary, h, codes...)
}

// administrative makes an operation for administrators.
func administrative[In, Out any](a *API, pattern, id, summary string, h handler[In, Out], codes ...chat.Code) operation {
	return accessibleTo(a, byAdmin, pattern, id, summary, h, append(codes, chat.RoleRequired)...)
}

func accessibleTo[In, Out any](a *API, who access, pattern, id, summary string, h handler[In, Out], codes ...chat.Code) operation {
	return operation{
		pattern: pattern, id: id, summary: summary, access: who, codes: codes,
		in: reflect.TypeFor[In](), out: reflect.TypeFor[Out](),
		serve: serving(a, who, h, func(w http.ResponseWriter, got answer[Out]) {
			write(w, got.status, envelope{Success: true, Data: got.data, Page: got.page, Root: got.root, Skipped: got.skipped})
		}),
	}
}

// serving answers requests with a handler: who may ask, what the handler is given,
// and how its answer is written.
func serving[In, Out any](a *API, who access, h handler[In, Out], write func(http.ResponseWriter, answer[Out])) func(http.ResponseWriter, *http.Request, *exchange) error {
	plan := binding.For(reflect.TypeFor[In]())
	return func(w http.ResponseWriter, r *http.Request, x *exchange) error {
		c, err := a.admit(w, r, x, who)
		if err != nil {
			return err
		}
		var in In
		if err := plan.Fill(w, r, &in); err != nil {
			return err
		}
		got, err := h(c, in)
		if err != nil {
			return err
		}
		if got.status == 0 {
			got.status = http.StatusOK
		}
		write(w, got)
		return nil
	}
}

// admit finds out who is asking and whether he may ask now.
func (a *API) admit(w http.ResponseWriter, r *http.Request, x *exchange, who access) (*call, error) {
	c := &call{Context: r.Context(), w: w, request: r, exchange: x}
	if who == anybody {
		return c, nil
	}
	var err error
	if c.identity, err = a.identify(r, x); err != nil {
		return nil, err
	}
	c.Actor, x.user = c.identity.Actor, c.identity.Actor.ID
	if err := c.mayUse(who); err != nil {
		return nil, err
	}
	if value, given := a.sessionCookie(r, x); given && c.identity.Renewed {
		a.setSession(w, x, value)
	}
	if c.identity.Cookie || r.URL.Query().Get("raw") == "1" {
		c.mode = sanitize.None
	}
	if c.ID == 0 { // an application itself, not one of its users
		return c, nil
	}
	if err := a.spendRequest(c); err != nil {
		return nil, err
	}
	a.options.Presence.Touch(c.ID)
	return c, nil
}

// mayUse keeps the operations of applications and of people apart.
func (c *call) mayUse(who access) error {
	switch {
	case who == keyOnly && !slices.Contains(c.identity.Scopes, auth.ScopeUsersWrite):
		return chat.Errorf(chat.Forbidden, "An API key with the scope %s is required", auth.ScopeUsersWrite)
	case who == inPerson && c.identity.Scopes != nil:
		return chat.Errorf(chat.Forbidden, "Only the user himself may do this, not an API key")
	case who == byAdmin && !c.administers():
		return chat.Errorf(chat.RoleRequired, "Only an administrator may do this")
	case who == signedIn && c.ID == 0:
		return chat.Errorf(chat.Forbidden, "Name the user to act for in X-Act-As")
	}
	return nil
}

// administers reports whether the caller is an administrator, or a key that may do
// what one may. A key without that scope has no role of the users it acts for.
func (c *call) administers() bool {
	if c.ID == 0 {
		return slices.Contains(c.identity.Scopes, auth.ScopeAdmin)
	}
	return c.Is(chat.RoleServerAdmin)
}

// spendSearch counts a search against its user's limit.
func (a *API) spendSearch(c *call) error {
	if d := a.options.Limits.Search.Allow(c.ID, 1); !d.OK {
		return chat.TooOften(d)
	}
	return nil
}

// spendRequest counts the request against its user's total.
func (a *API) spendRequest(c *call) error {
	d := a.options.Limits.Total.Allow(c.ID, 1)
	if d.Limit == 0 {
		return nil
	}
	if !d.OK {
		return chat.TooOften(d)
	}
	showLimit(c.w.Header(), chat.Limit{Limit: d.Limit, Remaining: d.Remaining, ResetAt: d.ResetAt})
	return nil
}
