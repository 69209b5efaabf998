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

	MutedUntil    time.Time // zero: not muted; MutedForever: until changed
	MentionsUntil time.Time // only mentions are told until then, like MutedUntil
	PinnedAt      time.Time // zero: not pinned
	ArchivedAt    time.Time // zero: not archived

	// Unread says from where the participant wants to have not read. Others do not
	// see that.
	Unread UnreadMark
	// PresenceHidden says that the reader may not see whether he is there: there is a
	// block between them.
	PresenceHidden bool
	// Draft is what he has begun to write; only where he reads it himself, and nil if
	// there is none.
	Draft *Draft
}

// UnreadMark makes messages unread again for one participant.
type UnreadMark struct {
	From  int64     // seq of the first one; 0: there is no mark
	Base  int64     // what does not count: countNo before it, and his own after it
	After MessageID // the message before it; 0: none
}

// ReadUpTo is the last message that the participant has read as he sees it.
func (p *Participant) ReadUpTo() MessageID {
	if p.Unread.From > 0 {
		return p.Unread.After
	}
	return p.Read.MessageID
}

// ReadSeq is the seq of ReadUpTo, and how much of what counts as unread is not.
func (p *Participant) ReadSeq() (seq, count int64) {
	if p.Unread.From > 0 {
		return p.Unread.From - 1, p.Unread.Base
	}
	return p.Read.Seq, p.Read.Count
}

// Level is what a participant wants to be told of a conversation.
type Level string

const (
	NotifyAll      Level = "ALL"
	NotifyMentions Level = "MENTIONS"
	NotifyNothing  Level = "NOTHING"
)

// Level returns what the participant wants to be told at a time, and until when:
// zero is until he changes it.
func (p *Participant) Level(at time.Time) (level Level, until time.Time) {
	switch {
	case p.Muted(at):
		level, until = NotifyNothing, p.MutedUntil
	case p.MentionsUntil.After(at):
		level, until = NotifyMentions, p.MentionsUntil
	default:
		return NotifyAll, time.Time{}
	}
	if until.Equal(MutedForever) {
		until = time.Time{}
	}
	return level, until
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
