package client

import (
	"context"
	"net/http"
	"time"
)

// OnlinePeople lists those who are not offline, of the people that one shares a
// conversation with; limit is 1 to 1,000, 0 for the server's default.
func (c *Client) OnlinePeople(ctx context.Context, limit int) ([]Presence, error) {
	return fetch[[]Presence](ctx, c, request{method: http.MethodGet, path: "/api/chat/presence", query: queryOf("limit", number(limit))})
}

// PresenceOf tells whether people are there, in the order asked; at most 200.
// Who may not be seen is OFFLINE.
func (c *Client) PresenceOf(ctx context.Context, userIDs ...int64) ([]Presence, error) {
	return fetch[[]Presence](ctx, c, request{method: http.MethodPost, path: "/api/chat/presence/users", body: map[string]any{"userIds": userIDs}})
}

// PresenceStatus is how one wants to be seen: Online is automatic, Away and DND
// stay until changed, Offline means to appear offline.
type PresenceStatus struct {
	Status  string  `json:"status"`
	Message *string `json:"statusMessage,omitempty"` // nil leaves it, "" takes it away
	Emoji   *string `json:"emoji,omitempty"`         // nil leaves it, "" takes it away
	// ClearAt is when message and emoji go by themselves. Without it new ones stay.
	ClearAt *time.Time `json:"clearAt,omitempty"`
}

// SetPresence changes how one is seen.
func (c *Client) SetPresence(ctx context.Context, p PresenceStatus) (Presence, error) {
	return fetch[Presence](ctx, c, request{method: http.MethodPut, path: "/api/chat/presence/status", body: p})
}
