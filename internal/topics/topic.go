// Package topics tells consumers outside what happens in all conversations: as
// topics with payloads (contracts/socketio.md, "Topics"). Those of the log can be
// read again from any place, alone or in groups that share the work; typing,
// presence and delivery are announced once and not kept.
package topics

import (
	"encoding/json"
	"strings"
	"time"

	"parley/internal/chat"
	"parley/internal/sanitize"
	"parley/internal/toolkit"
)

// Topic names one kind of thing that happens.
type Topic string

// The topics.
const (
	MessageNew         Topic = "chat.message.new"
	MessageUpdated     Topic = "chat.message.updated"
	MessageDeleted     Topic = "chat.message.deleted"
	ReceiptRead        Topic = "chat.receipt.read"
	ReactionChanged    Topic = "chat.reaction"
	ConversationChange Topic = "chat.conversation.updated"
	ConversationEnd    Topic = "chat.conversation.deleted"
	ParticipantAdded   Topic = "chat.conversation.participant_added"
	ParticipantUpdated Topic = "chat.conversation.participant_updated"
	ParticipantRemoved Topic = "chat.conversation.participant_removed"

	Typing           Topic = "chat.typing"
	Presence         Topic = "chat.presence"
	ReceiptDelivered Topic = "chat.receipt.delivered"
)

// durable are the topics that come from the log.
var durable = map[chat.EventType]Topic{
	chat.MessageCreated: MessageNew, chat.MessageUpdated: MessageUpdated, chat.MessageDeleted: MessageDeleted,
	chat.ReadMarked: ReceiptRead, chat.ReactionAdded: ReactionChanged, chat.ReactionRemoved: ReactionChanged,
	chat.ConversationUpdated: ConversationChange, chat.ConversationDeleted: ConversationEnd,
	chat.ParticipantAdded: ParticipantAdded, chat.ParticipantUpdated: ParticipantUpdated, chat.ParticipantRemoved: ParticipantRemoved,
}

// live are the topics that are not kept.
var live = map[chat.SignalKind]Topic{
	chat.SignalTyping: Typing, chat.SignalPresence: Presence, chat.SignalDelivered: ReceiptDelivered,
}

// isDurable and isLive say what a topic is; neither: there is none by that name.
func (t Topic) isDurable() bool { return has(durable, t) }
func (t Topic) isLive() bool    { return has(live, t) }

func has[K comparable](table map[K]Topic, t Topic) bool {
	for _, v := range table {
		if v == t {
			return true
		}
	}
	return false
}

// Message is one thing that happened.
type Message struct {
	Topic   Topic
	Offset  chat.Position // 0: not kept
	Payload json.RawMessage
}

// mapper leaves texts as they are: consumers are programs.
var mapper = toolkit.Mapper{Mode: sanitize.None}

// payload is what stands in a message beside its own fields.
type payload = map[string]any

// payloadOf makes the payload of an event that has its own; nil if there is nothing
// to tell: a message that was deleted since tells only of that.
func payloadOf(e *chat.Event) payload {
	c, _ := e.Stream.Conversation()
	p := payload{"conversation_id": toolkit.ID(c), "timestamp": toolkit.Time(e.At)}
	switch about := e.Payload.(type) {
	case *chat.Message:
		return messagePayload(p, e, about)
	case *chat.ReadMark:
		p["message_id"], p["user_id"], p["read_at"] = toolkit.ID(about.MessageID), toolkit.ID(about.UserID), toolkit.Time(about.At)
	case *chat.ReactionChange:
		if about.Emoji == "" {
			return nil
		}
		p["message_id"], p["user_id"], p["emoji"], p["added"] = toolkit.ID(about.MessageID), toolkit.ID(about.UserID), about.Emoji, about.Added
	case *chat.Conversation:
		if e.Type == chat.ConversationUpdated {
			p["name"], p["description"] = about.Name, about.Description
		}
		p["by"] = toolkit.ID(e.Actor)
	case *chat.ParticipantChange:
		p["user_id"], p["role"], p["by"] = toolkit.ID(about.UserID), strings.ToLower(string(about.Role)), toolkit.ID(about.By)
		if about.Reason != "" {
			p["reason"] = strings.ToLower(about.Reason)
		}
	default:
		return nil
	}
	return p
}

func messagePayload(p payload, e *chat.Event, m *chat.Message) payload {
	if e.Type == chat.MessageDeleted {
		p["message_id"], p["deleted_by"] = toolkit.ID(m.ID), toolkit.ID(e.Actor)
		return p
	}
	if m.Deleted() {
		return nil
	}
	p["message"] = mapper.Message(m)
	return p
}

// payloadOfSignal makes the payload of what is not kept.
func payloadOfSignal(s chat.Signal, now time.Time) payload {
	p := payload{"user_id": toolkit.ID(s.UserID), "timestamp": toolkit.Time(now)}
	switch s.Kind {
	case chat.SignalTyping:
		p["conversation_id"], p["is_typing"] = toolkit.ID(s.ConversationID), s.Typing
	case chat.SignalPresence:
		p["status"] = statusOf(s.Presence.Status)
	case chat.SignalDelivered:
		p["conversation_id"], p["message_id"] = toolkit.ID(s.ConversationID), toolkit.ID(s.MessageID)
	}
	return p
}

// statusOf is a presence as the toolkit's clients know it: who does not want to be
// disturbed is online to them.
func statusOf(s chat.PresenceStatus) string {
	switch s {
	case chat.Online, chat.DND:
		return "online"
	case chat.Away:
		return "away"
	}
	return "offline"
}
