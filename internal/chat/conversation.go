package chat

import (
	"encoding/json"
	"time"
)

// Kind is the kind of a conversation.
type Kind string

const (
	Direct  Kind = "DIRECT"
	Group   Kind = "GROUP"
	Channel Kind = "CHANNEL"
	Room    Kind = "ROOM"
	Support Kind = "SUPPORT"
)

// Who may see the messages from before somebody joined.
const (
	HistoryAll  = "all"
	HistoryJoin = "join"
)

// Who may do something in a conversation, and who may find a channel.
const (
	ByAll    = "ALL"
	ByAdmins = "ADMINS"

	VisibilityPublic  = "PUBLIC"
	VisibilityPrivate = "PRIVATE"
)

// Conversation is a group of participants and the messages between them.
type Conversation struct {
	ID          ConversationID
	Kind        Kind
	Name        string // "" in a DIRECT
	Description string
	AvatarURL   string
	CreatedBy   UserID
	CreatedAt   time.Time
	UpdatedAt   time.Time

	LastSeq       int64 // newest message's number
	LastRev       int64 // newest event's number
	LastCount     int64 // newest countNo
	LastMessageID MessageID
	LastMessageAt time.Time

	ParticipantCount int

	Settings
	Metadata json.RawMessage // an object

	// DirectA and DirectB are the two sides of a DIRECT, the smaller id first.
	DirectA, DirectB UserID
}

// Settings are what owners and admins may change about a conversation.
type Settings struct {
	AllowReactions   bool
	AllowReplies     bool
	AllowFileUploads bool
	MaxFileSizeMb    int
	AllowedFileTypes []string
	MembersCanInvite bool
	SlowModeSeconds  int
	HistoryForNew    string // HistoryAll or HistoryJoin
	WhoMayPost       string // ByAll or ByAdmins, as the three below
	WhoMayReact      string
	WhoMayReply      string
	WhoMayUpload     string
	Visibility       string // channels: VisibilityPublic or VisibilityPrivate; else ""
}

// WhoMayInvite is MembersCanInvite in the words of the others.
func (s *Settings) WhoMayInvite() string {
	if s.MembersCanInvite {
		return ByAll
	}
	return ByAdmins
}

// Other returns the other side of a DIRECT as seen by user; for the
// conversation with oneself that is oneself.
func (c *Conversation) Other(user UserID) UserID {
	if c.DirectA == user {
		return c.DirectB
	}
	return c.DirectA
}

// ConversationView is a conversation as one participant sees it.
type ConversationView struct {
	Conversation
	// Title and Picture are the name and avatar to show: in a DIRECT those of the
	// other side.
	Title, Picture string

	Me           Participant
	Participants []Participant
	LastMessage  *Message // nil if none is visible to Me
	UnreadCount  int64
	MentionCount int64
}

// Unread is one line of the unread summary.
type Unread struct {
	ConversationID    ConversationID
	UnreadCount       int64
	MentionCount      int64
	LastMessageID     MessageID
	LastReadMessageID MessageID
	Muted             bool
}
