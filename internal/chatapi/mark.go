package chatapi

import "parley/internal/chat"

// Reaction is one user's reaction.
type Reaction struct {
	ID        int64          `json:"id"`
	MessageID chat.MessageID `json:"messageId"`
	UserID    chat.UserID    `json:"userId"`
	UserName  string         `json:"userName"`
	Emoji     string         `json:"emoji"`
	CreatedAt string         `json:"createdAt" format:"date-time"`
}

// Toggled is the answer to toggling a reaction.
type Toggled struct {
	Added           bool            `json:"added"`
	ReactionSummary ReactionSummary `json:"reactionSummary"`
}

// ReadReceipt says when somebody read a message.
type ReadReceipt struct {
	MessageID chat.MessageID `json:"messageId"`
	UserID    chat.UserID    `json:"userId"`
	UserName  string         `json:"userName"`
	ReadAt    string         `json:"readAt" format:"date-time"`
}

// ReadState is the answer to marking as read.
type ReadState struct {
	ConversationID    chat.ConversationID `json:"conversationId"`
	LastReadMessageID *chat.MessageID     `json:"lastReadMessageId"`
	UnreadCount       int64               `json:"unreadCount"`
	ReadAt            *string             `json:"readAt" format:"date-time"`
}

// Reactions maps who reacted to a message.
func (m Mapper) Reactions(rs []chat.Reaction) []Reaction {
	out := make([]Reaction, len(rs))
	for i, r := range rs {
		out[i] = Reaction{r.ID, r.MessageID, r.UserID, m.text(r.UserName), r.Emoji, Time(r.CreatedAt)}
	}
	return out
}

// Toggled maps the state after a reaction was toggled.
func (Mapper) Toggled(r chat.Reacted) Toggled { return Toggled{r.Added, r.Summary} }

// ReadReceipts maps who has read a message.
func (m Mapper) ReadReceipts(id chat.MessageID, marks []chat.ReadMark) []ReadReceipt {
	out := make([]ReadReceipt, len(marks))
	for i, r := range marks {
		out[i] = ReadReceipt{id, r.UserID, m.text(r.UserName), Time(r.At)}
	}
	return out
}

// ReadState maps a read position as its owner sees it.
func (Mapper) ReadState(r chat.ReadState) ReadState {
	return ReadState{r.ConversationID, present(r.MessageID), r.Unread, orNull(r.At)}
}
