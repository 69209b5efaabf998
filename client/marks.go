package client

import (
	"context"
	"net/http"
	"time"
)

// Levels of notification.
const (
	NotifyAll      = "ALL"
	NotifyMentions = "MENTIONS"
	NotifyNothing  = "NOTHING"
)

// Kept is what else a conversation is to oneself.
type Kept struct {
	PinnedAt           time.Time   `json:"pinnedAt"` // zero: not pinned
	NotificationLevel  string      `json:"notificationLevel"`
	NotificationsUntil time.Time   `json:"notificationsUntil"` // when the level ends; zero: never
	Draft              *SavedDraft `json:"draft"`              // nil: none
}

// SavedDraft is what one has begun to write.
type SavedDraft struct {
	Content   string    `json:"content"`
	ParentID  int64     `json:"parentMessageId"`
	UpdatedAt time.Time `json:"updatedAt"`
}

// BookmarkChange says that one has made or removed a bookmark.
type BookmarkChange struct {
	MessageID      int64     `json:"messageId"`
	ConversationID int64     `json:"conversationId"`
	BookmarkedAt   time.Time `json:"bookmarkedAt"` // zero: removed
}

// Bookmark is a bookmarked message.
type Bookmark struct {
	Message
	BookmarkedAt time.Time `json:"bookmarkedAt"`
}

// SetNotifications says what to be told of a conversation until a time, or until
// changed if that is zero.
func (c *Client) SetNotifications(ctx context.Context, id int64, level string, until time.Time) (Conversation, error) {
	body := map[string]any{"level": level}
	if !until.IsZero() {
		body["until"] = until
	}
	return fetch[Conversation](ctx, c, request{method: http.MethodPut, path: conversationPath(id, "/notifications"), body: body})
}

// SaveDraft keeps what one has begun to write, for all of one's devices; without a
// text there is no draft any more, and it returns nil. parentID is the message
// that it answers, or 0.
func (c *Client) SaveDraft(ctx context.Context, id int64, content string, parentID int64) (*SavedDraft, error) {
	body := map[string]any{"content": content}
	if parentID != 0 {
		body["parentMessageId"] = parentID
	}
	type saved struct {
		Draft *SavedDraft `json:"draft"`
	}
	s, err := fetch[saved](ctx, c, request{method: http.MethodPut, path: conversationPath(id, "/draft"), body: body})
	return s.Draft, err
}

// MarkUnread makes the messages from one on unread for oneself; 0 means the
// newest of somebody else.
func (c *Client) MarkUnread(ctx context.Context, conversationID, messageID int64) (ReadState, error) {
	body := map[string]int64{}
	if messageID != 0 {
		body["fromMessageId"] = messageID
	}
	return fetch[ReadState](ctx, c, request{method: http.MethodPost, path: conversationPath(conversationID, "/unread"), body: body})
}

// PinMessage pins a message for everybody in its conversation.
func (c *Client) PinMessage(ctx context.Context, messageID int64) (Message, error) {
	return fetch[Message](ctx, c, request{method: http.MethodPut, path: messagePath(messageID, "/pin")})
}

// UnpinMessage takes a pin away.
func (c *Client) UnpinMessage(ctx context.Context, messageID int64) (Message, error) {
	return fetch[Message](ctx, c, request{method: http.MethodDelete, path: messagePath(messageID, "/pin")})
}

// Pins lists the pinned messages of a conversation, the newest pin first.
func (c *Client) Pins(ctx context.Context, conversationID int64) ([]Message, error) {
	return fetch[[]Message](ctx, c, request{method: http.MethodGet, path: conversationPath(conversationID, "/pins")})
}

// AddBookmark bookmarks a message for oneself.
func (c *Client) AddBookmark(ctx context.Context, messageID int64) (BookmarkChange, error) {
	return fetch[BookmarkChange](ctx, c, request{method: http.MethodPut, path: pathOf("/api/chat/bookmarks/%d", messageID)})
}

// RemoveBookmark removes a bookmark.
func (c *Client) RemoveBookmark(ctx context.Context, messageID int64) error {
	_, err := c.call(ctx, request{method: http.MethodDelete, path: pathOf("/api/chat/bookmarks/%d", messageID)})
	return err
}

// Bookmarks lists one's bookmarks, the newest first; page is from 0, size 1 to
// 100, 0 for the server's default.
func (c *Client) Bookmarks(ctx context.Context, page, size int) (list []Bookmark, hasMore bool, err error) {
	list, e, err := fetchPage[[]Bookmark](ctx, c, request{
		method: http.MethodGet, path: "/api/chat/bookmarks", query: queryOf("page", number(page), "size", number(size)),
	})
	if err != nil {
		return nil, false, err
	}
	return list, e.Page.HasMore, nil
}

// ReminderChange says that one is to be reminded of a message, is reminded, or not
// any more.
type ReminderChange struct {
	MessageID      int64     `json:"messageId"`
	ConversationID int64     `json:"conversationId"`
	RemindAt       time.Time `json:"remindAt"` // zero: removed
	IsDue          bool      `json:"isDue"`
}

// Reminder is a message that one is to be reminded of.
type Reminder struct {
	Message
	RemindAt time.Time `json:"remindAt"`
	IsDue    bool      `json:"isDue"`
}

// SetReminder has one reminded of a message; setting it again moves it.
func (c *Client) SetReminder(ctx context.Context, messageID int64, at time.Time) (ReminderChange, error) {
	return fetch[ReminderChange](ctx, c, request{method: http.MethodPut, path: pathOf("/api/chat/reminders/%d", messageID), body: map[string]any{"at": at}})
}

// RemoveReminder removes a reminder.
func (c *Client) RemoveReminder(ctx context.Context, messageID int64) error {
	_, err := c.call(ctx, request{method: http.MethodDelete, path: pathOf("/api/chat/reminders/%d", messageID)})
	return err
}

// Reminders lists one's reminders, the earliest first; page is from 0, size 1 to
// 100, 0 for the server's default.
func (c *Client) Reminders(ctx context.Context, page, size int) (list []Reminder, hasMore bool, err error) {
	list, e, err := fetchPage[[]Reminder](ctx, c, request{
		method: http.MethodGet, path: "/api/chat/reminders", query: queryOf("page", number(page), "size", number(size)),
	})
	if err != nil {
		return nil, false, err
	}
	return list, e.Page.HasMore, nil
}

// Message returns one message.
func (c *Client) Message(ctx context.Context, id int64) (Message, error) {
	return fetch[Message](ctx, c, request{method: http.MethodGet, path: messagePath(id, "")})
}

// UserSettings are how a user wants to have it, on all his devices.
type UserSettings struct {
	Theme         string     `json:"theme"` // system, light, dark, contrast or own
	OwnTheme      *OwnTheme  `json:"ownTheme"`
	Accent        string     `json:"accent"`   // the name of a colour, or #rrggbb
	Density       string     `json:"density"`  // comfortable or compact
	TextSize      string     `json:"textSize"` // small, normal, large or larger
	Language      string     `json:"language"`
	EnterSends    bool       `json:"enterSends"`
	EmojiSkinTone int        `json:"emojiSkinTone"`
	Sounds        bool       `json:"sounds"`
	LinkPreviews  bool       `json:"linkPreviews"`
	HideLastSeen  bool       `json:"hideLastSeen"`
	QuietHours    QuietHours `json:"quietHours"`
}

// OwnTheme is a theme with colours of one's own.
type OwnTheme struct {
	Name   string            `json:"name"`
	Base   string            `json:"base"`   // light or dark
	Tokens map[string]string `json:"tokens"` // colours by the names of the web app's tokens
}

// QuietHours are when a user wants to be told of nothing.
type QuietHours struct {
	On       bool   `json:"on"`
	From     string `json:"from"`
	To       string `json:"to"`
	TimeZone string `json:"timeZone"`
}

// UserSettings returns one's own settings.
func (c *Client) UserSettings(ctx context.Context) (UserSettings, error) {
	return fetch[UserSettings](ctx, c, request{method: http.MethodGet, path: "/api/users/me/settings"})
}

// SetUserSettings changes all of one's own settings.
func (c *Client) SetUserSettings(ctx context.Context, s UserSettings) (UserSettings, error) {
	return fetch[UserSettings](ctx, c, request{method: http.MethodPut, path: "/api/users/me/settings", body: s})
}
