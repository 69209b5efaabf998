package chatapi

import "parley/internal/chat"

// ReactionEvent is the data of reaction.added and reaction.removed.
type ReactionEvent struct {
	MessageID       chat.MessageID      `json:"messageId"`
	ConversationID  chat.ConversationID `json:"conversationId"`
	UserID          chat.UserID         `json:"userId"`
	UserName        string              `json:"userName"`
	Emoji           string              `json:"emoji"`
	Action          string              `json:"action"` // ADDED or REMOVED
	Add             bool                `json:"add"`
	ReactionSummary ReactionSummary     `json:"reactionSummary"`
}

// ReadEvent is the data of read.marked.
type ReadEvent struct {
	ConversationID    chat.ConversationID `json:"conversationId"`
	UserID            chat.UserID         `json:"userId"`
	UserName          string              `json:"userName"`
	LastReadMessageID *chat.MessageID     `json:"lastReadMessageId"`
	ReadAt            *string             `json:"readAt" format:"date-time"`
}

// MovedEvent is the data of read.moved, which only the reader hears.
type MovedEvent struct {
	ReadEvent
	UnreadCount   int64           `json:"unreadCount"`
	MentionCount  int64           `json:"mentionCount"`
	LastMessageID *chat.MessageID `json:"lastMessageId"` // up to where was counted
}

// ParticipantEvent is the data of participant.added, .updated and .removed.
type ParticipantEvent struct {
	ConversationID chat.ConversationID `json:"conversationId"`
	Participant
	Reason string      `json:"reason,omitempty"`
	By     chat.UserID `json:"by,omitempty"`
}

// DeletedEvent is the data of conversation.deleted.
type DeletedEvent struct {
	ConversationID chat.ConversationID `json:"conversationId"`
}

// JoinedEvent is the data of conversation.joined. The conversation's events
// after Head follow.
type JoinedEvent struct {
	Conversation ConversationView `json:"conversation"`
	Head         int64            `json:"head"`
}

// LeftEvent is the data of conversation.left.
type LeftEvent struct {
	ConversationID chat.ConversationID `json:"conversationId"`
	Reason         *string             `json:"reason"` // null if it is not known any more
}

// SettingsEvent is the data of conversation.settings.
type SettingsEvent struct {
	ConversationID chat.ConversationID `json:"conversationId"`
	IsMuted        bool                `json:"isMuted"`
	MutedUntil     *string             `json:"mutedUntil" format:"date-time"`
	IsPinned       bool                `json:"isPinned"`
	IsArchived     bool                `json:"isArchived"`
	Own
}

// BookmarkEvent is the data of bookmark.added and bookmark.removed.
type BookmarkEvent struct {
	MessageID      chat.MessageID      `json:"messageId"`
	ConversationID chat.ConversationID `json:"conversationId"`
	BookmarkedAt   *string             `json:"bookmarkedAt" format:"date-time"` // null: removed
}

// ReminderEvent is the data of reminder.set, .removed and .due.
type ReminderEvent struct {
	MessageID      chat.MessageID      `json:"messageId"`
	ConversationID chat.ConversationID `json:"conversationId"`
	RemindAt       *string             `json:"remindAt" format:"date-time"` // null: removed
	IsDue          bool                `json:"isDue"`
}

// Typing is what is announced of somebody who types.
type Typing struct {
	ConversationID chat.ConversationID `json:"conversationId"`
	UserID         chat.UserID         `json:"userId"`
	UserName       string              `json:"userName"`
	Typing         bool                `json:"typing"`
}

// Typing maps the signal of somebody who types.
func (m Mapper) Typing(s *chat.Signal) Typing {
	return Typing{s.ConversationID, s.UserID, m.text(s.UserName), s.Typing}
}

// Event maps the payload of an event to its data, the same for all who see it;
// nil if there is none.
func (m Mapper) Event(e *chat.Event) any {
	switch p := e.Payload.(type) {
	case *chat.Message:
		return m.Message(p)
	case *chat.ReactionChange:
		return m.reactionEvent(p)
	case *chat.ReadMark:
		if e.Type == chat.ReadMoved {
			return m.moved(p)
		}
		return m.Read(p)
	case *chat.ParticipantChange:
		return ParticipantEvent{p.ConversationID, m.participant(&p.Participant), p.Reason, p.By}
	case *chat.Conversation:
		if e.Type == chat.ConversationDeleted {
			return DeletedEvent{p.ID}
		}
		return m.Conversation(p)
	case *chat.Joined:
		return m.Joined(p, p.Head)
	case *chat.Left:
		return m.Left(*p)
	case *chat.Participant:
		return m.Settings(p)
	case *chat.BookmarkChange:
		return m.Bookmarked(*p)
	case *chat.PollVote:
		return m.Voted(p)
	case *chat.ReminderChange:
		return m.Reminded(*p)
	case *chat.User:
		if p != nil {
			return m.OwnUser(p)
		}
	}
	return nil
}

// Read maps how far somebody has read.
func (m Mapper) Read(p *chat.ReadMark) ReadEvent {
	return ReadEvent{p.ConversationID, p.UserID, m.text(p.UserName), present(p.MessageID), orNull(p.At)}
}

func (m Mapper) moved(p *chat.ReadMark) MovedEvent {
	out := MovedEvent{ReadEvent: m.Read(p)}
	if left := p.Left; left != nil {
		out.UnreadCount, out.MentionCount, out.LastMessageID = left.UnreadCount, left.MentionCount, present(left.LastMessageID)
	}
	return out
}

func (m Mapper) reactionEvent(p *chat.ReactionChange) ReactionEvent {
	action := "REMOVED"
	if p.Added {
		action = "ADDED"
	}
	return ReactionEvent{p.MessageID, p.ConversationID, p.UserID, m.text(p.UserName), p.Emoji, action, p.Added, p.Summary}
}

// Joined maps conversation.joined for a session that follows from head.
func (m Mapper) Joined(j *chat.Joined, head int64) JoinedEvent {
	return JoinedEvent{m.ConversationView(&j.View), head}
}

// Left maps conversation.left.
func (Mapper) Left(l chat.Left) LeftEvent {
	return LeftEvent{l.ConversationID, filled(l.Reason)}
}

// Bookmarked maps the change of a bookmark.
func (Mapper) Bookmarked(b chat.BookmarkChange) BookmarkEvent {
	return BookmarkEvent{b.MessageID, b.ConversationID, orNull(b.At)}
}

// Reminded maps the change of a reminder.
func (Mapper) Reminded(r chat.ReminderChange) ReminderEvent {
	return ReminderEvent{r.MessageID, r.ConversationID, orNull(r.At), r.Due}
}

// Settings maps what a conversation is to one participant alone.
func (m Mapper) Settings(p *chat.Participant) SettingsEvent {
	out := SettingsEvent{
		ConversationID: p.ConversationID,
		IsMuted:        p.Muted(m.now()), IsPinned: !p.PinnedAt.IsZero(), IsArchived: !p.ArchivedAt.IsZero(),
		Own: m.own(p),
	}
	if out.IsMuted && !p.MutedUntil.Equal(chat.MutedForever) {
		out.MutedUntil = orNull(p.MutedUntil)
	}
	return out
}
