package client

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"time"
)

// Draft is a message to send. Content is needed, unless there is an attachment
// or Encrypted.
type Draft struct {
	ConversationID int64          `json:"conversationId"`
	Content        string         `json:"content,omitempty"`
	Encrypted      string         `json:"encryptedContent,omitempty"`
	Type           string         `json:"messageType,omitempty"`     // "": TEXT
	ParentID       int64          `json:"parentMessageId,omitempty"` // the message to reply to
	AttachmentIDs  []int64        `json:"attachmentIds,omitempty"`
	Mentions       []int64        `json:"mentions,omitempty"` // beside those that the text names with @
	Metadata       map[string]any `json:"metadata,omitempty"`
	Poll           *NewPoll       `json:"poll,omitempty"` // stands instead of content

	// TempID is the sender's own name for the message, at most 64 characters:
	// sending it again sends it once. "" means a new one.
	TempID string `json:"tempId,omitempty"`
}

// Edit is a change of a message.
type Edit struct {
	Content   string         `json:"content,omitempty"`
	Encrypted string         `json:"encryptedContent,omitempty"`
	Mentions  []int64        `json:"mentions,omitempty"`
	Metadata  map[string]any `json:"metadata,omitzero"` // nil: as they are
}

// Page is a part of a list of messages: without a cursor the newest, with Before
// those below it, with After those above it. Both are exclusive message ids.
type Page struct {
	Before, After  int64
	Limit          int // 1 to 100; 0: 50
	WithoutReplies bool
}

// Search asks for messages; a zero field does not narrow it.
type Search struct {
	Query          string // words, each of which must begin a word
	ConversationID int64  // 0: all of one's conversations
	SenderID       int64
	Has            string // image, file, audio, video, or attachment for any
	From, To       time.Time
	Before         int64
	Limit          int // 1 to 50; 0: 20
}

// Found is a message that a search found. Highlights count code points.
type Found struct {
	Message
	Highlight []struct{ Start, End int } `json:"highlight"`
}

// Search returns messages that match, the newest first, and the Before of the next
// page, 0 if there is none. A page may be empty and not the last one.
func (c *Client) Search(ctx context.Context, s Search) (found []Found, next int64, err error) {
	q := queryOf("query", s.Query, "in", number(s.ConversationID), "senderId", number(s.SenderID), "has", s.Has,
		"before", number(s.Before), "limit", number(s.Limit))
	for name, at := range map[string]time.Time{"from": s.From, "to": s.To} {
		if !at.IsZero() {
			q.Set(name, at.UTC().Format(time.RFC3339Nano))
		}
	}
	found, e, err := fetchPage[[]Found](ctx, c, request{method: http.MethodGet, path: "/api/chat/search", query: q})
	if err != nil || !e.Page.HasMore {
		return found, 0, err
	}
	return found, e.Page.Before, nil
}

// MessagePage is a page of messages, the oldest first.
type MessagePage struct {
	Messages []Message
	HasMore  bool     // in the direction of the cursor
	Root     *Message // of Thread
}

func (p Page) query() url.Values {
	q := queryOf("before", number(p.Before), "after", number(p.After), "limit", number(p.Limit))
	if p.WithoutReplies {
		q.Set("threads", "false")
	}
	return q
}

// Messages returns messages of a conversation.
func (c *Client) Messages(ctx context.Context, conversationID int64, p Page) (MessagePage, error) {
	return c.page(ctx, conversationPath(conversationID, "/messages"), p)
}

// Thread returns replies to a message, which is Root; the id of a reply means
// the thread that it is in.
func (c *Client) Thread(ctx context.Context, messageID int64, p Page) (MessagePage, error) {
	return c.page(ctx, messagePath(messageID, "/thread"), p)
}

func (c *Client) page(ctx context.Context, path string, p Page) (MessagePage, error) {
	list, e, err := fetchPage[[]Message](ctx, c, request{method: http.MethodGet, path: path, query: p.query()})
	if err != nil {
		return MessagePage{}, err
	}
	return MessagePage{list, e.Page.HasMore, e.Root}, nil
}

// NewTempID returns a TempID that was never used before.
func NewTempID() string { return rand.Text() }

// named gives a draft its TempID.
func (d Draft) named() Draft {
	if d.TempID == "" {
		d.TempID = NewTempID()
	}
	return d
}

// SendMessage sends a message. When it returns without an error, the message is
// on disk. After any other error than an *Error it is not known whether it was
// sent: sending again with the same TempID makes sure.
func (c *Client) SendMessage(ctx context.Context, d Draft) (Message, error) {
	d = d.named()
	return fetch[Message](ctx, c, request{method: http.MethodPost, path: conversationPath(d.ConversationID, "/messages"), body: d})
}

// EditMessage changes one's own message. The same text again changes nothing.
func (c *Client) EditMessage(ctx context.Context, messageID int64, e Edit) (Message, error) {
	return fetch[Message](ctx, c, request{method: http.MethodPut, path: messagePath(messageID, ""), body: e})
}

// DeleteMessage deletes a message; one that was deleted before is no error.
func (c *Client) DeleteMessage(ctx context.Context, messageID int64) error {
	_, err := c.call(ctx, request{method: http.MethodDelete, path: messagePath(messageID, "")})
	return err
}

// ForwardMessage copies a message into conversations: all of them get it, or
// none does.
func (c *Client) ForwardMessage(ctx context.Context, messageID int64, conversationIDs ...int64) ([]Message, error) {
	return fetch[[]Message](ctx, c, request{
		method: http.MethodPost, path: messagePath(messageID, "/forward"), body: map[string]any{"conversationIds": conversationIDs},
	})
}

// History returns what a message said before its edits; for its author, owners
// and admins.
func (c *Client) History(ctx context.Context, messageID int64) ([]Version, error) {
	return fetch[[]Version](ctx, c, request{method: http.MethodGet, path: messagePath(messageID, "/history")})
}

// AddReaction reacts to a message and returns its reactions; twice changes
// nothing.
func (c *Client) AddReaction(ctx context.Context, messageID int64, emoji string) (map[string]int, error) {
	return fetch[map[string]int](ctx, c, request{
		method: http.MethodPost, path: messagePath(messageID, "/reactions"), body: map[string]string{"emoji": emoji},
	})
}

// RemoveReaction takes a reaction back and returns what is left.
func (c *Client) RemoveReaction(ctx context.Context, messageID int64, emoji string) (map[string]int, error) {
	return fetch[map[string]int](ctx, c, request{
		method: http.MethodDelete, path: messagePath(messageID, "/reactions/") + url.PathEscape(emoji),
	})
}

// ToggleReaction adds a reaction or takes it back, and tells which.
func (c *Client) ToggleReaction(ctx context.Context, messageID int64, emoji string) (added bool, err error) {
	type toggled struct {
		Added bool `json:"added"`
	}
	t, err := fetch[toggled](ctx, c, request{
		method: http.MethodPost, path: messagePath(messageID, "/reactions/toggle"), body: map[string]string{"emoji": emoji},
	})
	return t.Added, err
}

// Reactions lists who reacted to a message, the oldest first.
func (c *Client) Reactions(ctx context.Context, messageID int64) ([]Reaction, error) {
	return fetch[[]Reaction](ctx, c, request{method: http.MethodGet, path: messagePath(messageID, "/reactions")})
}

// ReactionSummary counts the reactions to a message.
func (c *Client) ReactionSummary(ctx context.Context, messageID int64) (map[string]int, error) {
	return fetch[map[string]int](ctx, c, request{method: http.MethodGet, path: messagePath(messageID, "/reactions/summary")})
}

// ReadReceipts lists who has read a message, its author excluded.
func (c *Client) ReadReceipts(ctx context.Context, messageID int64) ([]ReadReceipt, error) {
	return fetch[[]ReadReceipt](ctx, c, request{method: http.MethodGet, path: messagePath(messageID, "/read-receipts")})
}

func messagePath(id int64, rest string) string { return pathOf("/api/chat/messages/%d", id) + rest }
