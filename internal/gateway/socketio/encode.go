package socketio

import (
	"crypto/rand"
	"encoding/json"
	"strings"

	"parley/internal/chat"
	"parley/internal/gateway"
	"parley/internal/gateway/cursor"
	"parley/internal/hub"
	"parley/internal/toolkit"
)

// Encode appends the packets that say out.
func (p *Protocol) Encode(frames [][]byte, out gateway.Output) [][]byte {
	switch o := out.(type) {
	case *gateway.Event:
		return p.encodeEvent(frames, o)
	case *gateway.Signal:
		return p.encodeSignal(frames, o)
	case *gateway.Ready:
		return p.encodeReady(frames, o)
	case *gateway.Reply:
		return p.encodeReply(frames, o)
	case *gateway.Problem:
		return p.encodeProblem(frames, o.Request, o.Err)
	case *gateway.Gap:
		return p.encodeGap(frames, o)
	case *gateway.Gone:
		if c, ok := o.Stream.Conversation(); ok {
			return append(frames, p.emit("conversation-removed", conversationRemoved{toolkit.ID(c), ""}, p.offsetNow()))
		}
	case *gateway.Bye:
		if o.Code == gateway.ByeUnauthorized && p.open && !p.passing {
			return append(frames, []byte(disconnectMessage))
		}
	}
	return frames
}

// Payloads of events, and of acknowledgements.
type (
	connectAnswer struct {
		SID string `json:"sid"`
		PID string `json:"pid,omitempty"`
	}
	connectError struct {
		Message string       `json:"message"`
		Data    *connectData `json:"data,omitempty"`
	}
	connectData struct {
		Code chat.Code `json:"code"`
	}
	authenticated struct {
		UserID string `json:"user_id"`
	}
	failure struct {
		Message  string    `json:"message"`
		Code     chat.Code `json:"code"`
		Event    string    `json:"event,omitempty"`
		ClientID string    `json:"client_id,omitempty"`
	}
	userTyping struct {
		UserID         string `json:"user_id"`
		IsTyping       bool   `json:"is_typing"`
		ConversationID string `json:"conversation_id"`
	}
	userPresence struct {
		UserID   string  `json:"user_id"`
		Status   string  `json:"status"`
		LastSeen *string `json:"last_seen"`
		DND      bool    `json:"dnd,omitempty"`
	}
	messageDelivered struct {
		MessageID      string `json:"message_id"`
		UserID         string `json:"user_id"`
		ConversationID string `json:"conversation_id"`
	}
	conversationGap struct {
		ConversationID *string `json:"conversation_id"`
	}
)

// packet writes a packet's type, acknowledgement and data.
func write(prefix, ack string, data ...any) []byte {
	b, err := json.Marshal(data)
	if err != nil { // what a client may have stored is valid JSON: this is a bug of ours
		b, _ = json.Marshal([]any{"error", failure{Message: "Internal error", Code: chat.Internal}})
	}
	return append([]byte(prefix+ack), b...)
}

// emit makes an event. An offset stands behind its data (see Config.Recovery);
// no other argument may be a string there.
func (p *Protocol) emit(name string, data any, offset string) []byte {
	if offset == "" {
		return write("42", "", name, data)
	}
	return write("42", "", name, data, offset)
}

func (p *Protocol) encodeReady(frames [][]byte, o *gateway.Ready) [][]byte {
	t, _ := o.Request.Tag.(*tag)
	p.user = o.User
	recovered := p.recover(o)
	if t != nil && t.connect {
		if !recovered && p.Recovery != nil {
			p.pid = rand.Text()
		}
		frames = append(frames, p.connectAnswer())
	}
	offset := ""
	if p.pid != "" { // before the first event the client has no other
		offset = p.offsetNow()
	}
	frames = append(frames, p.emit("authenticated", authenticated{p.Mapper.User(o.User)}, offset))
	if t != nil && t.ack != "" {
		frames = append(frames, write("43", t.ack, authenticatedAck{true, p.Mapper.User(o.User)}))
	}
	return frames
}

// recover finds out where the client goes on: after its offset, if that is one of
// this user's, else with what happens from now on.
func (p *Protocol) recover(o *gateway.Ready) (recovered bool) {
	if p.Recovery == nil {
		return false
	}
	if p.offset != "" && p.pid != "" {
		c, err := p.Recovery.Unpack(o.User, p.offset)
		if recovered = err == nil; recovered {
			p.resume = hub.Resume{Revs: c.Revs, Rest: hub.FromPosition, Since: c.Position}
		}
	}
	p.marks = cursor.Begin(o.User, p.resume, o)
	return recovered
}

func (p *Protocol) connectAnswer() []byte {
	p.open = true
	b, _ := json.Marshal(connectAnswer{p.sid, p.pid}) // texts: this cannot fail
	return append([]byte("40"), b...)
}

// offsetNow is where the client would go on now; "" without recovery.
func (p *Protocol) offsetNow() string {
	if p.pid == "" {
		return ""
	}
	text, _ := p.marks.Text(p.user, p.Recovery)
	return text
}

func (p *Protocol) encodeGap(frames [][]byte, o *gateway.Gap) [][]byte {
	if p.pid != "" {
		p.marks.Gap(o.Stream)
	}
	gap := conversationGap{}
	if c, ok := o.Stream.Conversation(); ok {
		gap.ConversationID = new(toolkit.ID(c))
	}
	return append(frames, p.emit("conversation-gap", gap, p.offsetNow()))
}

func (p *Protocol) encodeSignal(frames [][]byte, s *gateway.Signal) [][]byte {
	if s.UserID == p.user && s.Kind == chat.SignalTyping || p.left[s.ConversationID] {
		return frames
	}
	if b := s.Encoding(dialect, p.Mapper.Mode); b != nil {
		return append(frames, b)
	}
	var b []byte
	who := p.Mapper.User(s.UserID)
	switch s.Kind {
	case chat.SignalTyping:
		b = p.emit("user-typing", userTyping{who, s.Typing, toolkit.ID(s.ConversationID)}, "")
	case chat.SignalDelivered:
		b = p.emit("message-delivered", messageDelivered{toolkit.ID(s.MessageID), who, toolkit.ID(s.ConversationID)}, "")
	case chat.SignalPresence:
		b = p.emit("user-presence", presenceOf(who, s.Presence), "")
	default:
		return frames
	}
	s.Share(dialect, p.Mapper.Mode, b)
	return append(frames, b)
}

// presenceOf shows who does not want to be disturbed as online.
func presenceOf(who string, pr chat.Presence) userPresence {
	out := userPresence{UserID: who, Status: strings.ToLower(string(pr.Status))}
	if pr.Status == chat.DND {
		out.Status, out.DND = "online", true
	}
	if !pr.LastSeenAt.IsZero() {
		out.LastSeen = new(toolkit.Time(pr.LastSeenAt))
	}
	return out
}
