package client

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// Update is one thing that a stream tells: *Ready, *Event, *Gap, *Typing,
// *Presence, *Delivered, *Interruption, or an *Error that answers no command.
type Update interface{ update() }

func (*Ready) update()        {}
func (*Event) update()        {}
func (*Gap) update()          {}
func (*Typing) update()       {}
func (*Presence) update()     {}
func (*Delivered) update()    {}
func (*Interruption) update() {}
func (*Error) update()        {}

// Ready says that the stream is connected, for the first time or again.
type Ready struct {
	UserID     int64            `json:"userId"`
	SessionID  string           `json:"sessionId"`
	Heads      map[string]int64 `json:"heads"` // newest rev of each stream
	ServerTime time.Time        `json:"serverTime"`
	Limits     Limits           `json:"limits"`
}

// Limits are the server's.
type Limits struct {
	MaxMessageLength int `json:"maxMessageLength"` // characters
	MaxFileSizeMb    int `json:"maxFileSizeMb"`
	MaxFrameBytes    int `json:"maxFrameBytes"`
}

// Interruption says that the connection broke. A new one is on its way; nothing
// durable is lost.
type Interruption struct {
	Err     error
	RetryIn time.Duration
}

// Gap says that too much was missed to be told one by one: reload the
// conversation, or the list of conversations if ConversationID is 0. What
// happens after Head follows.
type Gap struct {
	ConversationID int64 `json:"conversationId"`
	Head           int64 `json:"head"`
}

// Typing says that somebody is typing, or has stopped.
type Typing struct {
	ConversationID int64 `json:"conversationId"`
	UserID         int64 `json:"userId"`
	Typing         bool  `json:"typing"`
}

// Delivered says that somebody's device has everything up to a message.
type Delivered struct {
	ConversationID int64 `json:"conversationId"`
	UserID         int64 `json:"userId"`
	MessageID      int64 `json:"messageId"`
}

// EventType names a durable change.
type EventType string

// Events of a conversation's stream, with the type of their Payload.
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
	ConversationDeleted EventType = "conversation.deleted" // *Left, without a reason
)

// Events of the user's own stream, with the type of their Payload.
const (
	ConversationJoined   EventType = "conversation.joined"   // *Joined
	ConversationLeft     EventType = "conversation.left"     // *Left
	ConversationSettings EventType = "conversation.settings" // *OwnSettings
	UserUpdated          EventType = "user.updated"          // *User
	ReadMoved            EventType = "read.moved"            // *ReadMark; back, if something was marked as unread
	BookmarkAdded        EventType = "bookmark.added"        // *BookmarkChange
	BookmarkRemoved      EventType = "bookmark.removed"      // *BookmarkChange
	ReminderSet          EventType = "reminder.set"          // *ReminderChange
	ReminderRemoved      EventType = "reminder.removed"      // *ReminderChange
	ReminderDue          EventType = "reminder.due"          // *ReminderChange
	PollVoted            EventType = "poll.voted"            // *PollVote
)

// Event is a durable change. Each event of each stream comes once, in the order
// of the stream: Rev is one more than that of the event before it.
type Event struct {
	ConversationID int64 // 0: the user's own stream
	Rev            int64 // 0 of the answer that a resumed conversation is not one's own any more
	Type           EventType
	At             time.Time
	ActorID        int64
	// Payload is what changed, as it is now; see the types of events. It is nil of
	// an event whose content is not for this user, or whose type or content
	// cannot be read here.
	Payload any
	Data    json.RawMessage // Payload as it came
}

// Stream is the name of the event's stream in cursors.
func (e *Event) Stream() string { return streamOf(e.ConversationID) }

// ownStream is the user's own in cursors.
const ownStream = "user"

func streamOf(conversationID int64) string {
	if conversationID == 0 {
		return ownStream
	}
	return strconv.FormatInt(conversationID, 10)
}

// ReactionChange is a reaction that was added or removed.
type ReactionChange struct {
	MessageID      int64          `json:"messageId"`
	ConversationID int64          `json:"conversationId"`
	UserID         int64          `json:"userId"`
	UserName       string         `json:"userName"`
	Emoji          string         `json:"emoji"`
	Reactions      map[string]int `json:"reactionSummary"` // of the message now
}

// ReadMark says how far somebody has read.
type ReadMark struct {
	ConversationID    int64     `json:"conversationId"`
	UserID            int64     `json:"userId"`
	UserName          string    `json:"userName"`
	LastReadMessageID int64     `json:"lastReadMessageId"`
	ReadAt            time.Time `json:"readAt"`

	// Of ReadMoved: what is left, counted up to LastMessageID.
	UnreadCount   int64 `json:"unreadCount"`
	MentionCount  int64 `json:"mentionCount"`
	LastMessageID int64 `json:"lastMessageId"`
}

// ParticipantChange is somebody who came, went or got another role.
type ParticipantChange struct {
	ConversationID int64 `json:"conversationId"`
	Participant
	Reason string `json:"reason"` // ADDED, LEFT or REMOVED
	By     int64  `json:"by"`
}

// Joined says that one is in a conversation now. Its events after Head follow;
// what was said in it before is for Client.Messages to tell.
type Joined struct {
	Conversation Conversation `json:"conversation"`
	Head         int64        `json:"head"`
}

// Left is the last thing heard of a conversation.
type Left struct {
	ConversationID int64  `json:"conversationId"`
	Reason         string `json:"reason"` // LEFT, REMOVED, DELETED or HIDDEN; "": not known any more
}

// OwnSettings is what a conversation is to oneself.
type OwnSettings struct {
	ConversationID int64     `json:"conversationId"`
	IsMuted        bool      `json:"isMuted"`
	MutedUntil     time.Time `json:"mutedUntil"`
	IsPinned       bool      `json:"isPinned"`
	IsArchived     bool      `json:"isArchived"`
	Kept
}

// NewMessage returns the message if the update says that one was sent, by
// somebody or by oneself. Most bots need no more than this.
func NewMessage(u Update) (*Message, bool) {
	e, ok := u.(*Event)
	if !ok || e.Type != MessageCreated {
		return nil, false
	}
	m, ok := e.Payload.(*Message)
	return m, ok
}

var payloads = map[EventType]func([]byte) (any, error){
	MessageCreated: payload[Message], MessageUpdated: payload[Message], MessageDeleted: payload[Message],
	ReactionAdded: payload[ReactionChange], ReactionRemoved: payload[ReactionChange],
	ReadMarked: payload[ReadMark], ReadMoved: payload[ReadMark],
	ParticipantAdded: payload[ParticipantChange], ParticipantUpdated: payload[ParticipantChange], ParticipantRemoved: payload[ParticipantChange],
	ConversationUpdated: payload[Conversation], ConversationDeleted: payload[Left],
	ConversationJoined: payload[Joined], ConversationLeft: payload[Left], ConversationSettings: payload[OwnSettings],
	UserUpdated: payload[User], BookmarkAdded: payload[BookmarkChange], BookmarkRemoved: payload[BookmarkChange],
	ReminderSet: payload[ReminderChange], ReminderRemoved: payload[ReminderChange], ReminderDue: payload[ReminderChange], PollVoted: payload[PollVote],
}

func payload[P any](data []byte) (any, error) {
	var hidden struct {
		Hidden bool `json:"hidden"`
	}
	if len(data) < 32 && json.Unmarshal(data, &hidden) == nil && hidden.Hidden {
		return nil, nil
	}
	p := new(P)
	return p, json.Unmarshal(data, p)
}

// frame is what the server sends.
type frame struct {
	Type string `json:"type"`

	ConversationID int64           `json:"conversationId"`
	Rev            int64           `json:"rev"`
	Event          EventType       `json:"event"`
	At             time.Time       `json:"at"`
	ActorID        int64           `json:"actorId"`
	Data           json.RawMessage `json:"data"` // of ack too

	ID         string `json:"id"`
	Code       string `json:"code"`
	Error      string `json:"error"`
	Field      string `json:"field"`
	RetryAfter int64  `json:"retryAfter"` // seconds

	Reason    string `json:"reason"`
	Reconnect bool   `json:"reconnect"`
	AfterMs   int64  `json:"afterMs"`
}

// refusal is an error frame as an error.
func (f *frame) refusal() *Error {
	return &Error{Code: f.Code, Message: f.Error, Field: f.Field, RetryAfter: time.Duration(f.RetryAfter) * time.Second}
}

// tells returns what a frame tells; nil if its type is not known here.
func (f *frame) tells(raw []byte) (Update, error) {
	var u Update
	switch f.Type {
	case "event":
		return f.event()
	case "ready":
		u = new(Ready)
	case "gap":
		u = new(Gap)
	case "typing":
		u = new(Typing)
	case "presence":
		u = new(Presence)
	case "delivered":
		u = new(Delivered)
	default:
		return nil, nil
	}
	if err := json.Unmarshal(raw, u); err != nil {
		return nil, fmt.Errorf("unreadable %s: %w", f.Type, err)
	}
	if p, ok := u.(*Presence); ok {
		p.Online = p.Status != Offline
	}
	return u, nil
}

func (f *frame) event() (Update, error) {
	e := &Event{ConversationID: f.ConversationID, Rev: f.Rev, Type: f.Event, At: f.At, ActorID: f.ActorID, Data: f.Data}
	read, known := payloads[f.Event]
	if !known {
		return e, nil
	}
	// What cannot be read must not keep the stream from going on: the next
	// connection would meet it again. Data has it as it came.
	if p, err := read(f.Data); err == nil {
		e.Payload = p
	}
	return e, nil
}
