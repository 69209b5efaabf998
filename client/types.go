package client

import (
	"encoding/json"
	"time"
)

// User is a person or a bot.
type User struct {
	ID          int64         `json:"id"`
	Username    string        `json:"username"`
	DisplayName string        `json:"displayName"`
	AvatarURL   string        `json:"avatarUrl"`
	Kind        string        `json:"kind"` // MEMBER, VISITOR, GUEST, BOT or SYSTEM
	CreatedAt   time.Time     `json:"createdAt"`
	Email       string        `json:"email"`    // of oneself only
	Roles       []string      `json:"roles"`    // of oneself only
	Settings    *UserSettings `json:"settings"` // of oneself only
}

// Kinds of conversations.
const (
	Direct  = "DIRECT"
	Group   = "GROUP"
	Channel = "CHANNEL"
	Support = "SUPPORT"
)

// Roles of participants.
const (
	Owner  = "OWNER"
	Admin  = "ADMIN"
	Member = "MEMBER"
)

// Conversation is a conversation as its reader sees it. In events it has no more
// than what all participants see alike.
type Conversation struct {
	ID               int64           `json:"id"`
	Type             string          `json:"type"`
	Name             string          `json:"name"` // of a DIRECT: the other person's; "" in events
	AvatarURL        string          `json:"avatarUrl"`
	Description      string          `json:"description"`
	CreatedBy        int64           `json:"createdBy"`
	ParticipantCount int             `json:"participantCount"`
	LastMessageAt    time.Time       `json:"lastMessageAt"`
	AllowReactions   bool            `json:"allowReactions"`
	AllowReplies     bool            `json:"allowReplies"`
	AllowFileUploads bool            `json:"allowFileUploads"`
	MaxFileSizeMb    int             `json:"maxFileSizeMb"`
	AllowedFileTypes []string        `json:"allowedFileTypes"`
	MembersCanInvite bool            `json:"membersCanInvite"`
	SlowModeSeconds  int             `json:"slowModeSeconds"`
	HistoryForNew    string          `json:"historyForNew"` // "all" or "join"
	WhoMayPost       string          `json:"whoMayPost"`    // "ALL" or "ADMINS", as those below
	WhoMayInvite     string          `json:"whoMayInvite"`
	WhoMayReact      string          `json:"whoMayReact"`
	WhoMayReply      string          `json:"whoMayReply"`
	WhoMayUpload     string          `json:"whoMayUpload"`
	Visibility       string          `json:"visibility"` // of channels: "PUBLIC" or "PRIVATE"
	Metadata         json.RawMessage `json:"metadata"`
	CreatedAt        time.Time       `json:"createdAt"`
	UpdatedAt        time.Time       `json:"updatedAt"`

	MyRole            string        `json:"myRole"`
	Participants      []Participant `json:"participants"` // of lists: the first 20 and the admins
	LastMessage       *Message      `json:"lastMessage"`
	UnreadCount       int64         `json:"unreadCount"`
	MentionCount      int64         `json:"mentionCount"`
	LastReadMessageID int64         `json:"lastReadMessageId"`
	IsMuted           bool          `json:"isMuted"`
	MutedUntil        time.Time     `json:"mutedUntil"` // zero: not muted, or until changed
	IsPinned          bool          `json:"isPinned"`
	IsArchived        bool          `json:"isArchived"`
	Kept
}

// Participant is somebody's part in a conversation.
type Participant struct {
	UserID            int64     `json:"userId"`
	Username          string    `json:"username"`
	Name              string    `json:"name"`
	AvatarURL         string    `json:"avatarUrl"`
	Role              string    `json:"role"`
	JoinedAt          time.Time `json:"joinedAt"`
	LastReadMessageID int64     `json:"lastReadMessageId"`
	Status            string    `json:"status"` // "" in events
}

// Message types that a client may send. SYSTEM and CALL come from the server.
const (
	Text   = "TEXT"
	Image  = "IMAGE"
	File   = "FILE"
	Audio  = "AUDIO"
	Video  = "VIDEO"
	System = "SYSTEM"
	Call   = "CALL"
)

// Message is one message. Its Seq counts 1, 2, 3 … in its conversation, without
// holes. A deleted one has no content.
type Message struct {
	ID              int64          `json:"id"`
	ConversationID  int64          `json:"conversationId"`
	Seq             int64          `json:"seq"`
	Type            string         `json:"messageType"`
	Content         string         `json:"content"`
	Encrypted       string         `json:"encryptedContent"`
	SenderID        int64          `json:"senderId"`
	SenderName      string         `json:"senderName"`
	SenderAvatarURL string         `json:"senderAvatarUrl"`
	ParentID        int64          `json:"parentMessageId"` // 0: not a reply
	ReplyCount      int64          `json:"replyCount"`
	IsEdited        bool           `json:"isEdited"`
	IsDeleted       bool           `json:"isDeleted"`
	Attachments     []Attachment   `json:"attachments"`
	Reactions       map[string]int `json:"reactionSummary"`
	Mentions        []int64        `json:"mentions"`
	Metadata        map[string]any `json:"metadata"`
	ForwardedFrom   *Forwarded     `json:"forwardedFrom"`
	MentionsAll     bool           `json:"mentionsAll"` // everybody is mentioned
	PinnedAt        time.Time      `json:"pinnedAt"`    // zero: not pinned
	PinnedBy        int64          `json:"pinnedBy"`
	CreatedAt       time.Time      `json:"createdAt"`
	EditedAt        time.Time      `json:"editedAt"`
	DeletedAt       time.Time      `json:"deletedAt"`

	TempID      string   `json:"tempId"`      // for the sender only
	MyReactions []string `json:"myReactions"` // not in events
	Status      string   `json:"status"`      // SENT, DELIVERED or READ, for the sender; not in events
	Duplicate   bool     `json:"duplicate"`   // of an answer: it had been sent before

	IsBookmarked bool `json:"isBookmarked"` // by oneself; not in events

	Poll         *Poll         `json:"poll"`    // nil: it asks nothing
	MyVotes      []int         `json:"myVotes"` // in the poll; not in events
	LinkPreviews []LinkPreview `json:"linkPreviews"`
}

// Attachment is a file of a message.
type Attachment struct {
	ID           int64  `json:"id"`
	FileName     string `json:"fileName"`
	FileSize     int64  `json:"fileSize"`
	MimeType     string `json:"mimeType"`
	URL          string `json:"url"`
	ThumbnailURL string `json:"thumbnailUrl"`
	Width        int    `json:"width"`
	Height       int    `json:"height"`
	DurationMs   int64  `json:"durationMs"`
	Peaks        *Peaks `json:"peaks"` // of a voice message; nil: not known
}

// Peaks are how loud a voice message is in equal parts, from 0 to 100.
type Peaks [48]int

// Forwarded tells who wrote a forwarded message first.
type Forwarded struct {
	SenderID   int64     `json:"senderId"`
	SenderName string    `json:"senderName"`
	CreatedAt  time.Time `json:"createdAt"`
}

// Version is what a message said before an edit.
type Version struct {
	Version   int64          `json:"version"`
	Content   string         `json:"content"`
	Metadata  map[string]any `json:"metadata"`
	CreatedAt time.Time      `json:"createdAt"`
}

// Reaction is one user's reaction to a message.
type Reaction struct {
	ID        int64     `json:"id"`
	MessageID int64     `json:"messageId"`
	UserID    int64     `json:"userId"`
	UserName  string    `json:"userName"`
	Emoji     string    `json:"emoji"`
	CreatedAt time.Time `json:"createdAt"`
}

// ReadState is one's own read position.
type ReadState struct {
	ConversationID    int64     `json:"conversationId"`
	LastReadMessageID int64     `json:"lastReadMessageId"`
	UnreadCount       int64     `json:"unreadCount"`
	ReadAt            time.Time `json:"readAt"`
}

// ReadReceipt says when somebody read a message.
type ReadReceipt struct {
	MessageID int64     `json:"messageId"`
	UserID    int64     `json:"userId"`
	UserName  string    `json:"userName"`
	ReadAt    time.Time `json:"readAt"`
}

// Unreads is the summary of what is unread. Total leaves muted conversations
// out.
type Unreads struct {
	Total         int64    `json:"total"`
	TotalMuted    int64    `json:"totalMuted"`
	Conversations []Unread `json:"conversations"`
}

// Unread is what is unread in one conversation.
type Unread struct {
	ConversationID    int64 `json:"conversationId"`
	UnreadCount       int64 `json:"unreadCount"`
	MentionCount      int64 `json:"mentionCount"`
	LastMessageID     int64 `json:"lastMessageId"`
	LastReadMessageID int64 `json:"lastReadMessageId"`
}

// Presence statuses.
const (
	Online  = "ONLINE"
	Away    = "AWAY"
	DND     = "DND"
	Offline = "OFFLINE"
)

// Presence is whether somebody is there. On a stream it has no device.
type Presence struct {
	UserID        int64     `json:"userId"`
	Status        string    `json:"status"`
	Online        bool      `json:"online"`
	LastSeenAt    time.Time `json:"lastSeenAt"`
	StatusMessage string    `json:"statusMessage"`
	Emoji         string    `json:"emoji"`
	ClearAt       time.Time `json:"clearAt"` // when message and emoji go by themselves; zero: never
	DeviceType    string    `json:"deviceType"`
}
