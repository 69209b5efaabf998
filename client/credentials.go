package client

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Tokens are what a session consists of. A refresh token is good for one use.
type Tokens struct {
	Access    string    `json:"access"`
	Refresh   string    `json:"refresh"`
	RenewAt   time.Time `json:"renewAt"` // some time before the access token expires
	ExpiresAt time.Time `json:"expiresAt"`
}

// Renewal exchanges held tokens for newer ones; exchange asks the server. Used
// twice, a refresh token ends its session, so whoever shares a session must see
// to it that only one process exchanges at a time, and that newer tokens of
// another process are taken instead.
type Renewal func(ctx context.Context, held Tokens, exchange func(context.Context, Tokens) (Tokens, error)) (Tokens, error)

func exchangeOnly(ctx context.Context, held Tokens, exchange func(context.Context, Tokens) (Tokens, error)) (Tokens, error) {
	return exchange(ctx, held)
}

// errSignedOut is returned when there is nothing to authenticate with.
var errSignedOut = &Error{Status: http.StatusUnauthorized, Code: CodeUnauthenticated, Message: "Not signed in"}

// renewalMargin is how long before its end an access token is replaced, but
// never more than a quarter of its life.
const renewalMargin = time.Minute

// credentials are what requests are signed with.
type credentials struct {
	source  func(context.Context) (string, error)
	apiKey  string
	actAs   int64
	renewal Renewal
	gate    chan struct{} // held while tokens are renewed

	mu   sync.Mutex
	held Tokens
}

// Tokens returns the session's tokens as they are now.
func (c *credentials) Tokens() Tokens {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.held
}

func (c *credentials) keep(t Tokens) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = t
}

// authorize signs a request.
func (c *credentials) authorize(h http.Header, token string) {
	if c.apiKey != "" {
		h.Set("X-Api-Key", c.apiKey)
		if c.actAs != 0 {
			h.Set("X-Act-As", strconv.FormatInt(c.actAs, 10))
		}
		return
	}
	h.Set("Authorization", "Bearer "+token)
}

// spoil marks a token as refused, and reports whether there can be another one.
func (c *credentials) spoil(token string) bool {
	if c.source != nil {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held.Access == token {
		c.held.RenewAt, c.held.ExpiresAt = time.Time{}, time.Time{}
	}
	return c.held.Refresh != ""
}

// token returns an access token that is good for a while; "" with an API key.
func (c *Client) token(ctx context.Context) (string, error) {
	switch {
	case c.apiKey != "":
		return "", nil
	case c.source != nil:
		return c.source(ctx)
	}
	held := c.Tokens()
	switch {
	case held.Access == "":
		return "", errSignedOut
	case held.Refresh == "" || time.Now().Before(held.RenewAt):
		return held.Access, nil
	}
	newer, err := c.renew(ctx, held)
	if err == nil {
		return newer.Access, nil
	}
	if !isDenied(err) && time.Now().Before(held.ExpiresAt) {
		return held.Access, nil // the next call will try again
	}
	return "", err
}

// renew replaces stale tokens, unless another call just did.
func (c *Client) renew(ctx context.Context, stale Tokens) (Tokens, error) {
	select {
	case c.gate <- struct{}{}:
		defer func() { <-c.gate }()
	case <-ctx.Done():
		return Tokens{}, ctx.Err()
	}
	held := c.Tokens()
	if held.Access != stale.Access {
		return held, nil
	}
	// A refresh token whose exchange is broken off is lost, and the session with
	// it: the exchange outlives the call that needed it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.timeout)
	defer cancel()
	newer, err := c.renewal(ctx, held, c.exchange)
	if err != nil {
		return Tokens{}, err
	}
	c.keep(newer)
	return newer, nil
}

func (c *Client) exchange(ctx context.Context, held Tokens) (Tokens, error) {
	s, err := fetch[signedIn](ctx, c, request{
		method: http.MethodPost, path: "/api/auth/refresh", open: true,
		body: map[string]string{"refreshToken": held.Refresh},
	})
	return s.tokens(time.Now()), err
}

// signedIn is the answer to register, login and refresh.
type signedIn struct {
	User         User   `json:"user"`
	AccessToken  string `json:"accessToken"`
	ExpiresIn    int64  `json:"expiresIn"` // seconds
	RefreshToken string `json:"refreshToken"`
}

func (s signedIn) tokens(now time.Time) Tokens {
	life := time.Duration(s.ExpiresIn) * time.Second
	return Tokens{
		Access: s.AccessToken, Refresh: s.RefreshToken,
		ExpiresAt: now.Add(life), RenewAt: now.Add(life - min(renewalMargin, life/4)),
	}
}

// Registration is the request for a new account.
type Registration struct {
	Username    string `json:"username"`
	Password    string `json:"password"`
	DisplayName string `json:"displayName,omitempty"`
	Email       string `json:"email,omitempty"`
	Invite      string `json:"invite,omitempty"`
}

// Register makes an account and signs in with it.
func (c *Client) Register(ctx context.Context, r Registration) (User, error) {
	return c.signIn(ctx, "/api/auth/register", r)
}

// Login signs in with a username or a verified e-mail address.
func (c *Client) Login(ctx context.Context, login, password string) (User, error) {
	return c.signIn(ctx, "/api/auth/login", map[string]string{"login": login, "password": password})
}

func (c *Client) signIn(ctx context.Context, path string, body any) (User, error) {
	s, err := fetch[signedIn](ctx, c, request{method: http.MethodPost, path: path, body: body, open: true})
	if err != nil {
		return User{}, err
	}
	c.keep(s.tokens(time.Now()))
	return s.User, nil
}

// Logout ends the session and its streams. The client forgets its tokens even if
// the server cannot be reached; a session that had ended before is no error.
func (c *Client) Logout(ctx context.Context) error {
	_, err := c.call(ctx, request{method: http.MethodPost, path: "/api/auth/logout"})
	c.keep(Tokens{})
	var e *Error
	if errors.As(err, &e) && e.Status == http.StatusUnauthorized {
		return nil
	}
	return err
}

// ChangePassword ends the user's other sessions.
func (c *Client) ChangePassword(ctx context.Context, current, next string) error {
	_, err := c.call(ctx, request{method: http.MethodPut, path: "/api/auth/password", body: map[string]string{"current": current, "new": next}})
	return err
}
