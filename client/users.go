package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Session is one of a user's sessions.
type Session struct {
	ID         int64     `json:"id"`
	Kind       string    `json:"kind"` // "token" or "cookie"
	Current    bool      `json:"current"`
	UserAgent  string    `json:"userAgent"`
	IPPrefix   string    `json:"ipPrefix"`
	CreatedAt  time.Time `json:"createdAt"`
	LastUsedAt time.Time `json:"lastUsedAt"`
	ExpiresAt  time.Time `json:"expiresAt"`
}

// ProfilePatch changes one's own profile; nil leaves something as it is, "" of
// DisplayName or Email takes it away.
type ProfilePatch struct {
	Username    *string `json:"username,omitempty"`
	DisplayName *string `json:"displayName,omitempty"`
	Email       *string `json:"email,omitempty"`
}

// Sessions lists one's own sessions.
func (c *Client) Sessions(ctx context.Context) ([]Session, error) {
	return fetch[[]Session](ctx, c, request{method: http.MethodGet, path: "/api/auth/sessions"})
}

// RevokeSession ends one of one's own sessions.
func (c *Client) RevokeSession(ctx context.Context, id int64) error {
	_, err := c.call(ctx, request{method: http.MethodDelete, path: pathOf("/api/auth/sessions/%d", id)})
	return err
}

// Me returns one's own profile.
func (c *Client) Me(ctx context.Context) (User, error) {
	return fetch[User](ctx, c, request{method: http.MethodGet, path: "/api/users/me"})
}

// UpdateMe changes one's own profile.
func (c *Client) UpdateMe(ctx context.Context, p ProfilePatch) (User, error) {
	return fetch[User](ctx, c, request{method: http.MethodPatch, path: "/api/users/me", body: p})
}

// DeleteMe erases one's own account. It cannot be undone.
func (c *Client) DeleteMe(ctx context.Context) error {
	_, err := c.call(ctx, request{method: http.MethodDelete, path: "/api/users/me"})
	return err
}

// User returns somebody's profile.
func (c *Client) User(ctx context.Context, id int64) (User, error) {
	return fetch[User](ctx, c, request{method: http.MethodGet, path: pathOf("/api/users/%d", id)})
}

// SearchPeople finds people whose name or username has words that begin like
// those of the query; limit is 1 to 50, 0 for the server's default.
func (c *Client) SearchPeople(ctx context.Context, query string, limit int) ([]User, error) {
	return fetch[[]User](ctx, c, request{method: http.MethodGet, path: "/api/users", query: queryOf("query", query, "limit", number(limit))})
}

// UserNamed finds a person by his username, without case. Nobody by that name is
// an *Error with CodeNotFound.
func (c *Client) UserNamed(ctx context.Context, username string) (User, error) {
	const most = 50
	found, err := c.SearchPeople(ctx, username, most)
	if err != nil {
		return User{}, err
	}
	for _, u := range found {
		if strings.EqualFold(u.Username, username) {
			return u, nil
		}
	}
	return User{}, &Error{Status: http.StatusNotFound, Code: CodeNotFound, Message: fmt.Sprintf("Nobody here is called %q", username)}
}

// Block keeps somebody from writing to one, and lifts that again.
func (c *Client) Block(ctx context.Context, userID int64, blocked bool) error {
	method := http.MethodPut
	if !blocked {
		method = http.MethodDelete
	}
	_, err := c.call(ctx, request{method: method, path: pathOf("/api/users/%d/block", userID)})
	return err
}

func pathOf(format string, ids ...any) string { return fmt.Sprintf(format, ids...) }

// queryOf makes a query of names and values; empty values are left out.
func queryOf(pairs ...string) url.Values {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return q
}

// number is "" for 0, which means that it was not given.
func number[N ~int | ~int64](n N) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(int64(n), 10)
}
