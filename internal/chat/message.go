package chat

import (
	"encoding/json"
	"time"
)

// MessageType is the messageType of contracts/chat-api.md.
type MessageType string

const (
	TypeText   MessageType = "TEXT"
	TypeImage  MessageType = "IMAGE"
	TypeFile   MessageType = "FILE"
	TypeAudio  MessageType = "AUDIO"
	TypeVideo  MessageType = "VIDEO"
	TypeSystem MessageType = "SYSTEM"
	TypeCall   MessageType = "CALL"
)

// Message is one message. What the store holds comes first; the rest is joined
// in when it is read and is the same for every reader, except Mine.
type Message struct {
	ID             MessageID
	ConversationID ConversationID
	Rev            int64 // of the event that announced it
	Seq            int64 // 1..n without holes in the conversation
	Count          int64 // countNo: counts only what can be unread
	Type           MessageType
	SenderID       UserID
	Content        string
	Encrypted      string // encryptedContent: opaque, stored untouched
	ParentID       MessageID
	RootID         MessageID // the thread's first message; 0 outside threads
	TempID         string    // shown to the sender's own sessions only
	Metadata       json.RawMessage
	Forwarded      *Forwarded
	CreatedAt      time.Time
	EditedAt       time.Time
	DeletedAt      time.Time
	DeletedBy      UserID
	PinnedAt       time.Time // zero: not pinned
	PinnedBy       UserID

	SenderName   string
	SenderAvatar string
	ReplyCount   int64
	Reactions    []ReactionCount // by first use
	Mentions     []UserID
	MentionsAll  bool // everybody in the conversation
	Attachments  []File
	Poll         *Poll     // nil: it asks nothing
	Previews     []Preview // of its links, as far as there is something to show

	Mine *MessageMine // only in answers to one reader
}

// MessageMine is what differs from reader to reader.
type MessageMine struct {
	Reactions  []string
	Status     DeliveryStatus // only for the sender
	Bookmarked bool
	Votes      []int // in the message's poll
}

// Deleted reports whether only the tombstone is left.
func (m *Message) Deleted() bool { return !m.DeletedAt.IsZero() }

// Edited reports whether the content was changed after sending.
func (m *Message) Edited() bool { return !m.EditedAt.IsZero() }

// Forwarded tells where a forwarded message came from, without naming the
// conversation, which the readers may not know of.
type Forwarded struct {
	SenderID   UserID    `json:"senderId"`
	SenderName string    `json:"senderName"`
	CreatedAt  time.Time `json:"createdAt"`
}

// DeliveryStatus is how far a message has come, for its sender.
type DeliveryStatus string

const (
	StatusSent      DeliveryStatus = "SENT"
	StatusDelivered DeliveryStatus = "DELIVERED"
	StatusRead      DeliveryStatus = "READ"
)

// MessageVersion is what a message said before an edit.
type MessageVersion struct {
	MessageID MessageID
	Version   int64 // 1 is the original
	Content   string
	Metadata  json.RawMessage
	At        time.Time // when this version was written
}

// Page says which messages of an ordered list to return: at most Limit, with
// ids strictly between After and Before. A zero bound is open. With only
// Before, or neither, the newest; with After, the oldest.
type Page struct {
	Before, After  MessageID
	Limit          int
	WithoutReplies bool
}
