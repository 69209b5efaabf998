package socketio

import (
	"parley/internal/chat"
	"parley/internal/gateway"
	"parley/internal/toolkit"
)

// Payloads of durable events that are not an object of package toolkit.
type (
	messageDeleted struct {
		MessageID      string `json:"message_id"`
		ConversationID string `json:"conversation_id"`
		DeletedBy      string `json:"deleted_by"`
		DeletedAt      string `json:"deleted_at"`
	}
	messageRead struct {
		MessageID      string `json:"message_id"`
		UserID         string `json:"user_id"`
		ReadAt         string `json:"read_at"`
		ConversationID string `json:"conversation_id"`
	}
	reaction struct {
		MessageID      string            `json:"message_id"`
		ConversationID string            `json:"conversation_id"`
		UserID         string            `json:"user_id"`
		Emoji          string            `json:"emoji"`
		Add            bool              `json:"add"`
		Reactions      toolkit.Reactions `json:"reactions"`
	}
	conversationRemoved struct {
		ConversationID string `json:"conversation_id"`
		Reason         string `json:"reason,omitempty"`
	}
	conversationUpdated struct {
		ConversationID string       `json:"conversation_id"`
		Name           *string      `json:"name,omitempty"`
		AvatarURL      *string      `json:"avatar_url,omitempty"`
		UpdatedAt      string       `json:"updated_at"`
		Participant    *participant `json:"participant,omitempty"`
	}
	participant struct {
		UserID string `json:"user_id"`
		Role   string `json:"role"`
		Change string `json:"change"` // added, updated or removed
	}
)

// encodeEvent says an event of a stream, unless it is none of this dialect's, its
// content is not the reader's, or he has left the conversation on this socket.
func (p *Protocol) encodeEvent(frames [][]byte, e *gateway.Event) [][]byte {
	if p.pid != "" {
		p.marks.Settle(e.Settled)
		p.marks.Gave(e.Event, e.Head)
	}
	if l, ok := e.Payload.(*chat.Left); ok {
		delete(p.left, l.ConversationID)
	}
	if c, ok := e.Stream.Conversation(); e.Variant == gateway.Hidden || ok && p.left[c] {
		return frames
	}
	b := e.Encoding(dialect, p.Mapper.Mode)
	if b == nil {
		name, data := p.named(e.Event, e.Variant == gateway.Own)
		if name == "" {
			return frames
		}
		b = p.emit(name, data, "")
		e.Share(dialect, p.Mapper.Mode, b)
	}
	return append(frames, withOffset(b, p.offsetNow()))
}

// withOffset adds an argument to an event that is shared with others.
func withOffset(b []byte, offset string) []byte {
	if offset == "" {
		return b
	}
	out := make([]byte, 0, len(b)+len(offset)+3)
	out = append(append(out, b[:len(b)-1]...), `,"`...)
	return append(append(out, offset...), `"]`...)
}

// named is what an event is called and what it says; "" if clients of this
// dialect do not hear of it.
func (p *Protocol) named(e *chat.Event, own bool) (name string, data any) {
	switch v := e.Payload.(type) {
	case *chat.Message:
		return p.messageEvent(e, v, own)
	case *chat.ReactionChange:
		if v.Emoji == "" {
			return "", nil
		}
		return "reaction", reaction{
			toolkit.ID(v.MessageID), toolkit.ID(v.ConversationID), p.Mapper.User(v.UserID), v.Emoji, v.Added, p.Mapper.Reactions(v.Summary),
		}
	case *chat.ReadMark:
		if e.Type != chat.ReadMarked { // the other is for the reader's own unread counts
			return "", nil
		}
		return "message-read", messageRead{toolkit.ID(v.MessageID), p.Mapper.User(v.UserID), toolkit.Time(v.At), toolkit.ID(v.ConversationID)}
	case *chat.Joined:
		return "conversation-added", p.Mapper.Conversation(&v.View)
	case *chat.Left:
		return "conversation-removed", conversationRemoved{toolkit.ID(v.ConversationID), v.Reason}
	case *chat.Conversation:
		if e.Type != chat.ConversationUpdated { // of a deleted one each hears on his own stream
			return "", nil
		}
		return "conversation-updated", p.updated(v)
	case *chat.ParticipantChange:
		return "conversation-updated", conversationUpdated{
			ConversationID: toolkit.ID(v.ConversationID), UpdatedAt: toolkit.Time(e.At),
			Participant: &participant{p.Mapper.User(v.UserID), string(v.Role), changes[e.Type]},
		}
	}
	return "", nil
}

var changes = map[chat.EventType]string{
	chat.ParticipantAdded: "added", chat.ParticipantUpdated: "updated", chat.ParticipantRemoved: "removed",
}

func (p *Protocol) messageEvent(e *chat.Event, m *chat.Message, own bool) (name string, data any) {
	switch e.Type {
	case chat.MessageDeleted:
		return "message-deleted", messageDeleted{toolkit.ID(m.ID), toolkit.ID(m.ConversationID), p.Mapper.User(e.Actor), toolkit.Time(e.At)}
	case chat.MessageUpdated:
		return "message-updated", p.Mapper.Message(m)
	}
	out := p.Mapper.Message(m)
	if own {
		out.ClientID = m.TempID
	}
	return "new-message", out
}

// updated has no name of a direct conversation: that is the other side's.
func (p *Protocol) updated(c *chat.Conversation) conversationUpdated {
	out := conversationUpdated{ConversationID: toolkit.ID(c.ID), UpdatedAt: toolkit.Time(c.UpdatedAt)}
	if c.Kind != chat.Direct {
		v := p.Mapper.Conversation(&chat.ConversationView{Conversation: *c, Title: c.Name, Picture: c.AvatarURL})
		out.Name, out.AvatarURL = &v.Name, v.AvatarURL
	}
	return out
}
