package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// ConversationFilter says which conversations to list.
type ConversationFilter struct {
	Page     int    // from 0
	Size     int    // 1 to 500; 0: 100
	Archived string // "false", "true" or "all"; "": "false"
	Type     string // "": all types
}

// ConversationPage is a part of one's conversations: pinned ones first, then by
// the newest message.
type ConversationPage struct {
	Conversations []Conversation
	Total         int
	HasMore       bool
}

// NewConversation is the request for a group or a channel, which the caller will
// own.
type NewConversation struct {
	Type           string         `json:"type,omitempty"` // Group or Channel; "": Group
	Visibility     string         `json:"visibility,omitempty"`
	Name           string         `json:"name"`
	Description    string         `json:"description,omitempty"`
	ParticipantIDs []int64        `json:"participantIds,omitempty"`
	Metadata       map[string]any `json:"metadata,omitempty"`
	Settings
}

// Settings of a group or channel; nil leaves one as it is.
type Settings struct {
	AllowReactions   *bool     `json:"allowReactions,omitempty"`
	AllowReplies     *bool     `json:"allowReplies,omitempty"`
	AllowFileUploads *bool     `json:"allowFileUploads,omitempty"`
	MaxFileSizeMb    *int      `json:"maxFileSizeMb,omitempty"`
	AllowedFileTypes *[]string `json:"allowedFileTypes,omitempty"`
	MembersCanInvite *bool     `json:"membersCanInvite,omitempty"`
	SlowModeSeconds  *int      `json:"slowModeSeconds,omitempty"`
	HistoryForNew    *string   `json:"historyForNew,omitempty"` // "all" or "join"
	WhoMayPost       *string   `json:"whoMayPost,omitempty"`    // "ALL" or "ADMINS", as those below
	WhoMayInvite     *string   `json:"whoMayInvite,omitempty"`
	WhoMayReact      *string   `json:"whoMayReact,omitempty"`
	WhoMayReply      *string   `json:"whoMayReply,omitempty"`
	WhoMayUpload     *string   `json:"whoMayUpload,omitempty"`
}

// ConversationPatch changes a group or channel; nil leaves something as it is.
type ConversationPatch struct {
	Name        *string        `json:"name,omitempty"`
	Description *string        `json:"description,omitempty"` // "" clears it
	Visibility  *string        `json:"visibility,omitempty"`  // of channels
	Metadata    map[string]any `json:"metadata,omitzero"`     // replaces the whole
	Settings
}

// Departure is how to leave a group.
type Departure struct {
	Delete     bool  // the owner deletes it for everybody
	TransferTo int64 // the owner names his successor; 0: the longest-serving one
}

// Departed is what came of it.
type Departed struct {
	ConversationID int64  `json:"conversationId"`
	Result         string `json:"result"`     // HIDDEN, LEFT or DELETED; REMOVED of others
	NewOwnerID     int64  `json:"newOwnerId"` // 0: the owner stayed the same
}

// Conversations lists one's conversations.
func (c *Client) Conversations(ctx context.Context, f ConversationFilter) (ConversationPage, error) {
	list, e, err := fetchPage[[]Conversation](ctx, c, request{
		method: http.MethodGet, path: "/api/chat/conversations",
		query: queryOf("page", number(f.Page), "size", number(f.Size), "archived", f.Archived, "type", f.Type),
	})
	if err != nil {
		return ConversationPage{}, err
	}
	return ConversationPage{list, e.Page.Total, e.Page.HasMore}, nil
}

// Conversation returns a conversation with up to 1,000 participants.
func (c *Client) Conversation(ctx context.Context, id int64) (Conversation, error) {
	return fetch[Conversation](ctx, c, request{method: http.MethodGet, path: conversationPath(id, "")})
}

// CreateConversation makes a group or channel. Skipped are the people who could
// not be added because of a block.
func (c *Client) CreateConversation(ctx context.Context, n NewConversation) (made Conversation, skipped []int64, err error) {
	made, e, err := fetchPage[Conversation](ctx, c, request{method: http.MethodPost, path: "/api/chat/conversations", body: n})
	if err != nil {
		return made, nil, err
	}
	return made, e.Skipped, nil
}

// OpenDirect returns the conversation with somebody, which is made if there was
// none. With oneself it is for saved messages.
func (c *Client) OpenDirect(ctx context.Context, userID int64) (Conversation, error) {
	return fetch[Conversation](ctx, c, request{method: http.MethodPost, path: pathOf("/api/chat/conversations/direct/%d", userID)})
}

// UpdateConversation changes a group or channel.
func (c *Client) UpdateConversation(ctx context.Context, id int64, p ConversationPatch) (Conversation, error) {
	return fetch[Conversation](ctx, c, request{method: http.MethodPut, path: conversationPath(id, ""), body: p})
}

// LeaveConversation hides a direct conversation for oneself, or leaves a group.
func (c *Client) LeaveConversation(ctx context.Context, id int64, d Departure) (Departed, error) {
	q := queryOf("transferTo", number(d.TransferTo))
	if d.Delete {
		q.Set("delete", "true")
	}
	return fetch[Departed](ctx, c, request{method: http.MethodDelete, path: conversationPath(id, ""), query: q})
}

// Channels lists the channels that anybody may find, by name; page is from 0, size
// 1 to 100, 0 for the server's default.
func (c *Client) Channels(ctx context.Context, query string, page, size int) (ConversationPage, error) {
	list, e, err := fetchPage[[]Conversation](ctx, c, request{
		method: http.MethodGet, path: "/api/chat/channels", query: queryOf("query", query, "page", number(page), "size", number(size)),
	})
	if err != nil {
		return ConversationPage{}, err
	}
	return ConversationPage{list, e.Page.Total, e.Page.HasMore}, nil
}

// JoinChannel joins a public channel.
func (c *Client) JoinChannel(ctx context.Context, id int64) (Conversation, error) {
	return fetch[Conversation](ctx, c, request{method: http.MethodPost, path: conversationPath(id, "/join")})
}

// PinnedConversations lists the conversations that one has pinned.
func (c *Client) PinnedConversations(ctx context.Context) ([]Conversation, error) {
	return fetch[[]Conversation](ctx, c, request{method: http.MethodGet, path: "/api/chat/conversations/pinned"})
}

// SearchGroups finds groups that one is in, and public channels, by name and
// description; limit is 1 to 50, 0 for the server's default.
func (c *Client) SearchGroups(ctx context.Context, query string, limit int) ([]Conversation, error) {
	return fetch[[]Conversation](ctx, c, request{
		method: http.MethodGet, path: "/api/chat/conversations/search", query: queryOf("query", query, "limit", number(limit)),
	})
}

// Mute keeps a conversation quiet for oneself until the given time, or until
// changed if that is zero.
func (c *Client) Mute(ctx context.Context, id int64, until time.Time) (Conversation, error) {
	q := url.Values{"muted": {"true"}}
	if !until.IsZero() {
		q.Set("until", until.UTC().Format(time.RFC3339Nano))
	}
	return c.own(ctx, id, "/mute", q)
}

// Unmute ends Mute.
func (c *Client) Unmute(ctx context.Context, id int64) (Conversation, error) {
	return c.own(ctx, id, "/mute", url.Values{"muted": {"false"}})
}

// Pin keeps a conversation on top of one's list, or no longer.
func (c *Client) Pin(ctx context.Context, id int64, pinned bool) (Conversation, error) {
	return c.own(ctx, id, "/pin", url.Values{"pinned": {strconv.FormatBool(pinned)}})
}

// Archive takes a conversation out of one's list, or brings it back.
func (c *Client) Archive(ctx context.Context, id int64, archived bool) (Conversation, error) {
	return c.own(ctx, id, "/archive", url.Values{"archived": {strconv.FormatBool(archived)}})
}

func (c *Client) own(ctx context.Context, id int64, what string, q url.Values) (Conversation, error) {
	return fetch[Conversation](ctx, c, request{method: http.MethodPut, path: conversationPath(id, what), query: q})
}

// Unread counts what is unread.
func (c *Client) Unread(ctx context.Context) (Unreads, error) {
	return fetch[Unreads](ctx, c, request{method: http.MethodGet, path: "/api/chat/conversations/unread"})
}

// MarkRead says that one has read everything up to a message, or up to the
// newest if the id is 0. A position only moves forward.
func (c *Client) MarkRead(ctx context.Context, conversationID, messageID int64) (ReadState, error) {
	body := map[string]int64{}
	if messageID != 0 {
		body["lastReadMessageId"] = messageID
	}
	return fetch[ReadState](ctx, c, request{method: http.MethodPost, path: conversationPath(conversationID, "/read"), body: body})
}

// ParticipantPage is a part of a conversation's participants, by their ids.
type ParticipantPage struct {
	Participants []Participant
	HasMore      bool
}

// Participants lists participants with a larger id than after; limit is 1 to
// 500, 0 for the server's default.
func (c *Client) Participants(ctx context.Context, id, after int64, limit int) (ParticipantPage, error) {
	list, e, err := fetchPage[[]Participant](ctx, c, request{
		method: http.MethodGet, path: conversationPath(id, "/participants"), query: queryOf("after", number(after), "limit", number(limit)),
	})
	if err != nil {
		return ParticipantPage{}, err
	}
	return ParticipantPage{list, e.Page.HasMore}, nil
}

// AddParticipants adds people to a group and returns who is in it then. Skipped
// could not be added because of a block.
func (c *Client) AddParticipants(ctx context.Context, id int64, userIDs ...int64) (all []Participant, skipped []int64, err error) {
	all, e, err := fetchPage[[]Participant](ctx, c, request{
		method: http.MethodPost, path: conversationPath(id, "/participants"), body: map[string]any{"userIds": userIDs},
	})
	if err != nil {
		return nil, nil, err
	}
	return all, e.Skipped, nil
}

// RemoveParticipant takes somebody out of a group; oneself means to leave.
func (c *Client) RemoveParticipant(ctx context.Context, id, userID int64) (Departed, error) {
	return fetch[Departed](ctx, c, request{method: http.MethodDelete, path: participantPath(id, userID)})
}

// SetRole changes somebody's role. Owner hands the conversation over.
func (c *Client) SetRole(ctx context.Context, id, userID int64, role string) (Participant, error) {
	return fetch[Participant](ctx, c, request{
		method: http.MethodPut, path: participantPath(id, userID) + "/role", body: map[string]string{"role": role},
	})
}

func conversationPath(id int64, rest string) string {
	return pathOf("/api/chat/conversations/%d", id) + rest
}

func participantPath(id, userID int64) string {
	return pathOf("/api/chat/conversations/%d/participants/%d", id, userID)
}
