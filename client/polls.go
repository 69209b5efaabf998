package client

import (
	"context"
	"net/http"
	"time"
)

// NewPoll is a question to all in a group or a channel (Draft.Poll).
type NewPoll struct {
	Question  string    `json:"question"`
	Options   []string  `json:"options"` // 2 to 12
	Multiple  bool      `json:"multiple,omitempty"`
	Anonymous bool      `json:"anonymous,omitempty"`
	EndsAt    time.Time `json:"endsAt,omitzero"` // zero: when it is closed
}

// Poll is what a message asks, and what came of it so far.
type Poll struct {
	Question   string       `json:"question"`
	Options    []PollOption `json:"options"`
	Multiple   bool         `json:"multiple"`
	Anonymous  bool         `json:"anonymous"`
	VoterCount int64        `json:"voterCount"`
	EndsAt     time.Time    `json:"endsAt"`   // zero: when it is closed
	ClosedAt   time.Time    `json:"closedAt"` // zero: not closed by hand
	ClosedBy   int64        `json:"closedBy"`
}

// PollOption is one answer.
type PollOption struct {
	ID     int     `json:"id"`
	Text   string  `json:"text"`
	Votes  int64   `json:"votes"`
	Voters []int64 `json:"voters"` // the first 100; none of an anonymous poll
}

// PollVote is what one has chosen oneself.
type PollVote struct {
	MessageID      int64 `json:"messageId"`
	ConversationID int64 `json:"conversationId"`
	Options        []int `json:"options"`
}

// LinkPreview is what a page that a message names says of itself.
type LinkPreview struct {
	URL         string `json:"url"`
	Title       string `json:"title"`
	Description string `json:"description"`
	SiteName    string `json:"siteName"`
	ImageURL    string `json:"imageUrl"`
	ImageWidth  int    `json:"imageWidth"`
	ImageHeight int    `json:"imageHeight"`
}

// Vote chooses options of a message's poll, in place of those before; none takes
// the vote back.
func (c *Client) Vote(ctx context.Context, messageID int64, options ...int) (Message, error) {
	if options == nil {
		options = []int{}
	}
	return fetch[Message](ctx, c, request{method: http.MethodPut, path: messagePath(messageID, "/poll/vote"), body: map[string]any{"options": options}})
}

// ClosePoll ends voting.
func (c *Client) ClosePoll(ctx context.Context, messageID int64) (Message, error) {
	return fetch[Message](ctx, c, request{method: http.MethodPut, path: messagePath(messageID, "/poll/close")})
}
