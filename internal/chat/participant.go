package chat

import "time"

// Role is what a participant may do in a conversation.
type Role string

const (
	Owner      Role = "OWNER"
	Admin      Role = "ADMIN"
	RoleMember Role = "MEMBER"
)

// Participant is one user's part in one conversation.
type Participant struct {
	ConversationID ConversationID
	UserID         UserID
	Name           string // the user's, as others see it
	Username       string
	AvatarURL      string
	Role           Role
	JoinedAt       time.Time
	JoinedSeq      int64 // lastSeq when he joined
	JoinedRev      int64 // rev of the event that announced him

	Read      ReadPosition
	Delivered int64     // seq up to which his devices have the messages
	LastSent  time.Time // for slow mode

	// HiddenBefore cuts the history: messages with a seq up to it do not exist
	// for this participant (hidden DIRECT, or joined with HistoryJoin).
	HiddenBefore int64
	HiddenRev    int64     // the conversation's head when the cut was made
	HiddenAt     time.Time // zero: the DIRECT is in his list

	MutedUntil time.Time // zero: not muted; MutedForever: until changed
	PinnedAt   time.Time // zero: not pinned
	ArchivedAt time.Time // zero: not archived
}

// MutedForever is the MutedUntil of a mute without an end.
var MutedForever = time.UnixMilli(MaxID).UTC()

// Muted reports whether the participant wants no notifications at the time.
func (p *Participant) Muted(at time.Time) bool { return p.MutedUntil.After(at) }

// Sees reports whether the message with this seq exists for the participant.
func (p *Participant) Sees(seq int64) bool { return seq > p.HiddenBefore }

// IsAdmin reports whether the participant is OWNER or ADMIN.
func (p *Participant) IsAdmin() bool { return p.Role == Owner || p.Role == Admin }

// ReadPosition is how far somebody has read: everything up to Seq.
type ReadPosition struct {
	Seq       int64
	Count     int64 // countNo at Seq, so that unread is a subtraction
	MessageID MessageID
	At        time.Time
	// Announced is the Seq of the last read.marked event. It may be behind Seq
	// for a second: marks are announced at most once per second.
	Announced   int64
	AnnouncedAt time.Time
}

// Reason says why a participant came or went.
const (
	ReasonAdded   = "ADDED"
	ReasonJoined  = "JOINED"
	ReasonLeft    = "LEFT"
	ReasonRemoved = "REMOVED"
)
