package stomp

import (
	"encoding/json"
	"fmt"

	"parley/internal/chat"
	"parley/internal/chatapi"
	"parley/internal/gateway"
)

// messageEvents are what happened to a message, as clients know it.
var messageEvents = map[chat.EventType]string{
	chat.MessageCreated: "MESSAGE_SENT",
	chat.MessageUpdated: "MESSAGE_UPDATED",
	chat.MessageDeleted: "MESSAGE_DELETED",
}

// conversationEvents are what happened to a conversation.
var conversationEvents = map[chat.EventType]string{
	chat.ConversationJoined:   "CREATED",
	chat.ConversationUpdated:  "UPDATED",
	chat.ConversationSettings: "UPDATED",
	chat.ConversationDeleted:  "DELETED",
	chat.ConversationLeft:     "DELETED",
	chat.ParticipantAdded:     "PARTICIPANT_ADDED",
	chat.ParticipantUpdated:   "UPDATED",
	chat.ParticipantRemoved:   "PARTICIPANT_REMOVED",
	chat.ReadMarked:           "READ", // one's own
	chat.ReadMoved:            "READ",
}

// queueOf is where an event is told.
func queueOf(t chat.EventType) string {
	switch t {
	case chat.MessageCreated, chat.MessageUpdated, chat.MessageDeleted:
		return messages
	case chat.ReactionAdded, chat.ReactionRemoved:
		return reactions
	case chat.ReadMarked:
		return receipts
	}
	if conversationEvents[t] != "" {
		return conversations
	}
	return ""
}

func (p *Protocol) event(frames [][]byte, e *gateway.Event) [][]byte {
	queue := queueOf(e.Type)
	var own []byte // of one's own read mark, told where conversations are
	if m, ok := e.Payload.(*chat.ReadMark); ok && m.UserID == p.user {
		own = p.ownMark(m)
		if e.Type == chat.ReadMoved || p.asked(m) {
			queue = ""
		}
	}
	for _, s := range p.subs {
		switch {
		case !s.takes(e.Stream, e.Rev) || e.Variant == gateway.Hidden:
		case own != nil && s.queue == conversations:
			frames = append(frames, s.message(idOf(e)+"-own", rest(aboutEvent(e), own)))
		case s.queue == queue:
			if frame := p.told(s, e); frame != nil {
				frames = append(frames, frame)
			}
		}
	}
	if was, again := p.replays[e.Stream]; again && e.Rev >= was {
		delete(p.replays, e.Stream)
	}
	return frames
}

// aboutEvent are the headers by which a client can resume.
func aboutEvent(e *gateway.Event) string {
	c, ok := e.Stream.Conversation()
	if !ok {
		return ""
	}
	return fmt.Sprintf("x-conversation:%d\nx-rev:%d\n", c, e.Rev)
}

// idOf names an event, also when it is told again.
func idOf(e *gateway.Event) string { return fmt.Sprintf("%d-%d", e.Stream, e.Rev) }

// told is the MESSAGE that tells a subscription an event: the same to all whose
// subscription has the same name, as in the sessions of one application.
func (p *Protocol) told(s *subscription, e *gateway.Event) []byte {
	if b := e.Encoding(s.key, p.mapper.Mode); b != nil {
		return b
	}
	rest := p.toldRest(e)
	if rest == nil {
		return nil
	}
	b := s.message(idOf(e), rest)
	e.Share(s.key, p.mapper.Mode, b)
	return b
}

// toldRest is what such a MESSAGE ends with whatever the subscription's name.
func (p *Protocol) toldRest(e *gateway.Event) []byte {
	if b := e.Encoding(dialect, p.mapper.Mode); b != nil {
		return b
	}
	body, err := json.Marshal(p.data(e))
	if err != nil || string(body) == "null" {
		return nil
	}
	b := rest(aboutEvent(e), body)
	e.Share(dialect, p.mapper.Mode, b)
	return b
}

func (p *Protocol) data(e *gateway.Event) any {
	switch v := e.Payload.(type) {
	case *chat.Message:
		m := p.mapper.Message(v)
		m.EventType = messageEvents[e.Type]
		if e.Variant == gateway.Own {
			m.TempID = v.TempID
		}
		if e.Type != chat.MessageCreated {
			return m
		}
		sent := chat.StatusSent
		return chatapi.MessageView{Message: m, MyReactions: []string{}, Status: &sent}
	case *chat.ReactionChange, *chat.ReadMark:
		return p.mapper.Event(e.Event)
	}
	return p.conversation(e)
}

// change is what stands on the conversations queue.
type change struct {
	EventType    string               `json:"eventType"`
	Conversation any                  `json:"conversation"`
	Participant  *chatapi.Participant `json:"participant,omitempty"`
	Reason       string               `json:"reason,omitempty"`
	By           chat.UserID          `json:"by,omitempty"`
}

// Conversations of which only a part is told: what is not there has not changed.
type (
	onlyID struct {
		ID chat.ConversationID `json:"id"`
	}
	settings struct {
		ID chat.ConversationID `json:"id"`
		chatapi.SettingsEvent
	}
	readUpTo struct {
		ID                chat.ConversationID `json:"id"`
		LastReadMessageID *chat.MessageID     `json:"lastReadMessageId"`
	}
)

func (p *Protocol) conversation(e *gateway.Event) any {
	c := change{EventType: conversationEvents[e.Type]}
	switch d := p.mapper.Event(e.Event).(type) {
	case chatapi.JoinedEvent:
		c.Conversation = d.Conversation
	case chatapi.Conversation:
		c.Conversation = d
	case chatapi.DeletedEvent:
		c.Conversation = onlyID{d.ConversationID}
	case chatapi.LeftEvent:
		c.Conversation = onlyID{d.ConversationID}
		if d.Reason != nil {
			c.Reason = *d.Reason
		}
	case chatapi.SettingsEvent:
		c.Conversation = settings{d.ConversationID, d}
	case chatapi.ParticipantEvent:
		c.Conversation, c.Participant, c.Reason, c.By = onlyID{d.ConversationID}, &d.Participant, d.Reason, d.By
	default:
		return nil
	}
	return c
}

// marked notes up to where this session has marked a conversation as read.
func (p *Protocol) marked(o *gateway.Reply) {
	m, _ := o.Request.Args.(gateway.Mark)
	if _, waits := p.marking[m.Conversation]; !waits {
		return
	}
	if state, ok := o.Result.(chat.ReadState); ok {
		p.marking[m.Conversation] = max(1, state.MessageID)
		return
	}
	delete(p.marking, m.Conversation)
}

// asked reports whether this very session asked for a mark of its user's, or for a
// later one: then it is no news to it.
func (p *Protocol) asked(m *chat.ReadMark) bool {
	id, ok := p.marking[m.ConversationID]
	if ok && id != 0 && m.MessageID >= id {
		delete(p.marking, m.ConversationID)
	}
	return ok && (id == 0 || m.MessageID <= id)
}

// ownMark tells the user's sessions up to where he has read; nil if none wants to
// know.
func (p *Protocol) ownMark(mark *chat.ReadMark) []byte {
	if !p.listens(conversations) {
		return nil
	}
	m := p.mapper.Read(mark)
	b, _ := json.Marshal(change{ // numbers: this cannot fail
		EventType: conversationEvents[chat.ReadMoved], Conversation: readUpTo{m.ConversationID, m.LastReadMessageID},
	})
	return b
}

func (p *Protocol) signal(frames [][]byte, s *gateway.Signal) [][]byte {
	queue := map[chat.SignalKind]string{chat.SignalTyping: typing, chat.SignalPresence: presence}[s.Kind]
	if queue == "" || !p.listens(queue) {
		return frames
	}
	told := s.Encoding(dialect, p.mapper.Mode)
	if told == nil {
		told = rest("", p.signalBody(s))
		s.Share(dialect, p.mapper.Mode, told)
	}
	return p.to(frames, queue, told)
}

func (p *Protocol) signalBody(s *gateway.Signal) []byte {
	var data any = p.mapper.Typing(&s.Signal)
	if s.Kind == chat.SignalPresence {
		data = p.mapper.Presence(s.Presence)
	}
	b, _ := json.Marshal(data) // numbers and texts: this cannot fail
	return b
}
