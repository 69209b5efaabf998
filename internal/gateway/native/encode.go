package native

import (
	"encoding/json"
	"time"

	"parley/internal/chat"
	"parley/internal/chatapi"
	"parley/internal/gateway"
)

type (
	readyFrame struct {
		Type       string           `json:"type"`
		UserID     chat.UserID      `json:"userId"`
		SessionID  string           `json:"sessionId"`
		Heads      map[string]int64 `json:"heads"`
		ServerTime string           `json:"serverTime"`
		Limits     limits           `json:"limits"`
	}
	limits struct {
		MaxMessageLength int   `json:"maxMessageLength"`
		MaxFileSizeMb    int   `json:"maxFileSizeMb"`
		MaxFrameBytes    int   `json:"maxFrameBytes"`
		MaxReplay        int   `json:"maxReplay"`
		TypingTTLMs      int64 `json:"typingTtlMs"`
	}
	eventFrame struct {
		Type           string              `json:"type"`
		ConversationID chat.ConversationID `json:"conversationId,omitempty"`
		Rev            int64               `json:"rev,omitempty"`
		Event          chat.EventType      `json:"event"`
		At             string              `json:"at,omitempty"`
		ActorID        chat.UserID         `json:"actorId,omitempty"`
		Data           any                 `json:"data"`
	}
	gapFrame struct {
		Type           string              `json:"type"`
		ConversationID chat.ConversationID `json:"conversationId,omitempty"`
		Head           int64               `json:"head"`
	}
	typingFrame struct {
		Type           string              `json:"type"`
		ConversationID chat.ConversationID `json:"conversationId"`
		UserID         chat.UserID         `json:"userId"`
		Typing         bool                `json:"typing"`
	}
	presenceFrame struct {
		Type       string              `json:"type"`
		UserID     chat.UserID         `json:"userId"`
		Status     chat.PresenceStatus `json:"status"`
		LastSeenAt *string             `json:"lastSeenAt"`
		Message    *string             `json:"statusMessage"`
		Emoji      *string             `json:"emoji"`
		ClearAt    *string             `json:"clearAt"`
	}
	deliveredFrame struct {
		Type           string              `json:"type"`
		ConversationID chat.ConversationID `json:"conversationId"`
		UserID         chat.UserID         `json:"userId"`
		MessageID      chat.MessageID      `json:"messageId"`
	}
	ackFrame struct {
		Type string          `json:"type"`
		ID   json.RawMessage `json:"id"`
		Data any             `json:"data"`
	}
	errorFrame struct {
		Type       string          `json:"type"`
		ID         json.RawMessage `json:"id,omitempty"`
		Code       chat.Code       `json:"code"`
		Error      string          `json:"error"`
		Field      string          `json:"field,omitempty"`
		RetryAfter int64           `json:"retryAfter,omitempty"` // seconds
	}
	byeFrame struct {
		Type      string          `json:"type"`
		Code      gateway.ByeCode `json:"code"`
		Reason    string          `json:"reason"`
		Reconnect bool            `json:"reconnect"`
		AfterMs   int64           `json:"afterMs,omitempty"`
	}
	hidden struct {
		Hidden bool `json:"hidden"`
	}
)

// Encode appends the frame that says out.
func (p *Protocol) Encode(frames [][]byte, out gateway.Output) [][]byte {
	switch o := out.(type) {
	case *gateway.Event:
		return append(frames, p.event(o))
	case *gateway.Signal:
		return append(frames, p.signal(o))
	}
	f := p.frame(out)
	if f == nil {
		return frames
	}
	b, err := json.Marshal(f)
	if err != nil {
		b, _ = json.Marshal(problem(tag(out), err)) // numbers and texts: this cannot fail
	}
	return append(frames, b)
}

// tag is the id of the command that out answers, if any.
func tag(out gateway.Output) json.RawMessage {
	if r, ok := out.(*gateway.Reply); ok {
		id, _ := r.Request.Tag.(json.RawMessage)
		return id
	}
	return nil
}

func (p *Protocol) frame(out gateway.Output) any {
	switch o := out.(type) {
	case *gateway.Ready:
		return ready(o)
	case *gateway.Gap:
		c, _ := o.Stream.Conversation()
		return gapFrame{"gap", max(c, 0), o.Head}
	case *gateway.Gone:
		c, _ := o.Stream.Conversation()
		return eventFrame{Type: "event", Event: chat.ConversationLeft, Data: p.mapper.Left(chat.Left{ConversationID: c})}
	case *gateway.Reply:
		return p.reply(o)
	case *gateway.Problem:
		return problem(nil, o.Err)
	case *gateway.Bye:
		return byeFrame{"bye", o.Code, o.Reason, o.Reconnect, o.After.Milliseconds()}
	}
	return nil
}

func ready(o *gateway.Ready) readyFrame {
	heads := make(map[string]int64, len(o.Heads))
	for _, h := range o.Heads {
		name := "user"
		if _, ok := h.Stream.Conversation(); ok {
			name = h.Stream.String()
		}
		heads[name] = h.Rev
	}
	return readyFrame{"ready", o.User, o.Session, heads, chatapi.Time(o.Time), limits{
		o.Limits.MaxMessageLength, o.Limits.MaxFileSizeMb, o.Limits.MaxFrameBytes, chat.MaxReplay, o.Limits.TypingTTL.Milliseconds(),
	}}
}

func (p *Protocol) event(e *gateway.Event) []byte {
	if b := e.Encoding(dialect, p.mapper.Mode); b != nil {
		return b
	}
	c, ok := e.Stream.Conversation()
	if !ok {
		c = 0
	}
	f := eventFrame{"event", c, e.Rev, e.Type, chatapi.Time(e.At), e.Actor, p.data(e)}
	b, err := json.Marshal(f)
	if err != nil { // its rev must not be missing
		f.Data = hidden{true}
		b, _ = json.Marshal(f)
	}
	e.Share(dialect, p.mapper.Mode, b)
	return b
}

func (p *Protocol) data(e *gateway.Event) any {
	if e.Variant == gateway.Hidden {
		return hidden{true}
	}
	if j, ok := e.Payload.(*chat.Joined); ok {
		return p.mapper.Joined(j, e.Head)
	}
	data := p.mapper.Event(e.Event)
	if m, ok := data.(chatapi.Message); ok && e.Variant == gateway.Own {
		m.TempID = e.Payload.(*chat.Message).TempID
		return m
	}
	if data == nil {
		return hidden{true}
	}
	return data
}

func (p *Protocol) signal(s *gateway.Signal) []byte {
	if b := s.Encoding(dialect, p.mapper.Mode); b != nil {
		return b
	}
	var f any
	switch s.Kind {
	case chat.SignalTyping:
		f = typingFrame{"typing", s.ConversationID, s.UserID, s.Typing}
	case chat.SignalDelivered:
		f = deliveredFrame{"delivered", s.ConversationID, s.UserID, s.MessageID}
	default:
		seen := p.mapper.Presence(s.Presence)
		f = presenceFrame{"presence", s.UserID, seen.Status, seen.LastSeenAt, seen.StatusMessage, seen.Emoji, seen.ClearAt}
	}
	b, _ := json.Marshal(f) // numbers and texts: this cannot fail
	s.Share(dialect, p.mapper.Mode, b)
	return b
}

func (p *Protocol) reply(o *gateway.Reply) any {
	id := tag(o)
	switch {
	case o.Err != nil:
		return problem(id, o.Err)
	case id == nil:
		return nil
	}
	return ackFrame{"ack", id, p.result(o.Request, o.Result)}
}

// result is what the command's twin in REST answers.
func (p *Protocol) result(r gateway.Request, result any) any {
	switch v := result.(type) {
	case chat.Sent:
		return p.mapper.Sent(v)
	case *chat.Message:
		if r.Do == gateway.Deleting {
			return p.mapper.Deleted(v)
		}
		return p.mapper.MessageView(v)
	case chat.Reacted:
		return chatapi.ReactionSummary(v.Summary)
	case chat.ReadState:
		return p.mapper.ReadState(v)
	}
	return struct{}{}
}

func problem(id json.RawMessage, err error) errorFrame {
	e := chat.Explain(err)
	return errorFrame{"error", id, e.Code, e.Message, e.Field, int64((e.RetryAfter + time.Second - 1) / time.Second)}
}
