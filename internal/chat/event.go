package chat

import (
	"strings"
	"time"
)

// EventType names a durable change. The names are those of contracts/stream.md.
type EventType string

// Events on a conversation's stream: every participant may see them.
const (
	MessageCreated      EventType = "message.created"      // *Message
	MessageUpdated      EventType = "message.updated"      // *Message
	MessageDeleted      EventType = "message.deleted"      // *Message
	ReactionAdded       EventType = "reaction.added"       // *ReactionChange
	ReactionRemoved     EventType = "reaction.removed"     // *ReactionChange
	ReadMarked          EventType = "read.marked"          // *ReadMark
	ParticipantAdded    EventType = "participant.added"    // *ParticipantChange
	ParticipantUpdated  EventType = "participant.updated"  // *ParticipantChange
	ParticipantRemoved  EventType = "participant.removed"  // *ParticipantChange
	ConversationUpdated EventType = "conversation.updated" // *Conversation
	ConversationDeleted EventType = "conversation.deleted" // *Conversation
)

// Events on a user's own stream.
const (
	ConversationJoined   EventType = "conversation.joined"   // *Joined
	ConversationLeft     EventType = "conversation.left"     // *Left
	ConversationSettings EventType = "conversation.settings" // *Participant
	UserUpdated          EventType = "user.updated"          // *User
	ReadMoved            EventType = "read.moved"            // *ReadMark; it may go back
	BookmarkAdded        EventType = "bookmark.added"        // *BookmarkChange
	BookmarkRemoved      EventType = "bookmark.removed"      // *BookmarkChange
	ReminderSet          EventType = "reminder.set"          // *ReminderChange
	ReminderRemoved      EventType = "reminder.removed"      // *ReminderChange
	ReminderDue          EventType = "reminder.due"          // *ReminderChange
	PollVoted            EventType = "poll.voted"            // *PollVote
)

// Event is a durable change in one stream. What the log keeps is small; Payload
// is the thing as it is when the event is read, so a replay never brings back
// what was deleted. Payload has the type that stands beside the event type, or
// is nil when the event came without (another node's); Service.Hydrate fills it.
//
// Events and their payloads are shared between goroutines: never change one.
type Event struct {
	Stream StreamID
	Rev    int64 // 1..n without holes in the stream
	Pos    Position
	Type   EventType
	Actor  UserID
	At     time.Time
	Ref    int64  // id of what changed: message, user or conversation
	Seq    int64  // the message's seq, of events about a message; else 0
	Detail string // the little that the current state cannot tell

	Payload any
}

// ReactionChange is the payload of the reaction events.
type ReactionChange struct {
	MessageID      MessageID
	ConversationID ConversationID
	UserID         UserID
	UserName       string
	Emoji          string // "" when the message was deleted since
	Added          bool
	Summary        []ReactionCount
}

// ReadMark is the payload of ReadMarked and ReadMoved: a user has read
// everything up to a message.
type ReadMark struct {
	ConversationID ConversationID
	UserID         UserID
	UserName       string
	MessageID      MessageID // 0: nothing there to read
	Seq            int64
	At             time.Time
	// Left is what is unread now, of ReadMoved.
	Left *Unread
}

// ParticipantChange is the payload of the participant events.
type ParticipantChange struct {
	Participant
	By     UserID
	Reason string // Reason…; of added and removed
}

// Joined is the payload of ConversationJoined. The events after Head follow.
type Joined struct {
	View ConversationView
	Head int64
}

// Left is the payload of ConversationLeft.
type Left struct {
	ConversationID ConversationID
	Reason         string // Reason…, "DELETED" or "HIDDEN"
}

// Reasons of Left beside those of participants.
const (
	ReasonDeleted = "DELETED"
	ReasonHidden  = "HIDDEN"
)

// Signal is what is announced but never stored: it may be lost, and expires.
type Signal struct {
	Kind           SignalKind
	ConversationID ConversationID // typing, delivered
	UserID         UserID         // whom it is about
	Other          UserID         // blocked: the other side
	UserName       string
	Typing         bool
	Presence       Presence
	MessageID      MessageID // delivered
	Session        SessionID // revoked: this session, or 0 for all of the user
	Node           *NodePresence
	// Relayed says that it came from another node.
	Relayed bool `json:"-"`
}

// NodePresence is what a node tells others of the presence of its users.
type NodePresence struct {
	Node   string     // of an ask: whose list is wanted, or "" for everybody's
	Number int64      // of the node's announcements so far
	Hash   uint64     // digest: of all it has announced
	List   []Presence // list: everybody who is there
	Part   int        // list: which part this is, of how many
	Parts  int
}

// SignalKind names a signal.
type SignalKind string

const (
	SignalTyping    SignalKind = "typing"
	SignalPresence  SignalKind = "presence"
	SignalDelivered SignalKind = "delivered"
	SignalRevoked   SignalKind = "revoked"
	SignalBlocked   SignalKind = "blocked"  // from now on neither sees the other's presence
	SignalSettings  SignalKind = "settings" // an administrator changed some
	SignalKnock     SignalKind = "knock"    // somebody stood before a full room

	// Between nodes only.
	SignalPresenceDigest SignalKind = "presence.digest"
	SignalPresenceAsk    SignalKind = "presence.ask"
	SignalPresenceList   SignalKind = "presence.list"
	SignalNodeLeaving    SignalKind = "node.leaving"
)

// roomSignals stands before the kinds of signals that concern rooms.
const roomSignals = "room."

// InRooms is the kind under which a signal travels that concerns a room or its
// guests. Nobody hears it but who listens to rooms.
func (k SignalKind) InRooms() SignalKind { return roomSignals + k }

// OfRooms is the kind that InRooms was given; not ok of all other signals.
func (k SignalKind) OfRooms() (kind SignalKind, ok bool) {
	s, ok := strings.CutPrefix(string(k), roomSignals)
	return SignalKind(s), ok
}

// PresenceStatus is what others see of a user's presence.
type PresenceStatus string

const (
	Online  PresenceStatus = "ONLINE"
	Away    PresenceStatus = "AWAY"
	DND     PresenceStatus = "DND"
	Offline PresenceStatus = "OFFLINE"
)

// Presence is a user's presence as others see it.
type Presence struct {
	UserID        UserID
	Status        PresenceStatus
	LastSeenAt    time.Time // zero: never, or not to be seen
	StatusMessage string
	Emoji         string
	ClearAt       time.Time // when message and emoji go by themselves; zero: never
	DeviceType    string
}
