package socketio

import (
	"encoding/json"

	"parley/internal/chat"
	"parley/internal/gateway"
	"parley/internal/toolkit"
)

// Acknowledgements.
type (
	done struct {
		OK bool `json:"ok"`
	}
	failed struct {
		OK         bool      `json:"ok"`
		Error      string    `json:"error"`
		Code       chat.Code `json:"code"`
		Field      string    `json:"field,omitempty"`
		RetryAfter int64     `json:"retry_after,omitempty"` // seconds
	}
	authenticatedAck struct {
		OK     bool   `json:"ok"`
		UserID string `json:"user_id"`
	}
	withMessage struct {
		OK        bool            `json:"ok"`
		Message   toolkit.Message `json:"message"`
		Duplicate bool            `json:"duplicate,omitempty"`
	}
	withReactions struct {
		OK        bool              `json:"ok"`
		Added     bool              `json:"added"`
		Reactions toolkit.Reactions `json:"reactions"`
	}
	withRead struct {
		OK        bool   `json:"ok"`
		MessageID string `json:"message_id"`
		Unread    int64  `json:"unread_count"`
	}
	withConversation struct {
		OK           bool                 `json:"ok"`
		Conversation toolkit.Conversation `json:"conversation"`
	}
	withMessages struct {
		OK       bool              `json:"ok"`
		Messages []toolkit.Message `json:"messages"`
		HasMore  bool              `json:"has_more"`
	}
	withEvents struct {
		OK      bool     `json:"ok"`
		Events  []synced `json:"events"`
		Rev     int64    `json:"rev"` // up to which this tells everything
		HasMore bool     `json:"has_more"`
		Gap     bool     `json:"gap,omitempty"` // something before the first is not there any more
	}
	synced struct {
		Rev   int64  `json:"rev"`
		Event string `json:"event"`
		Data  any    `json:"data"`
	}
)

func (p *Protocol) encodeReply(frames [][]byte, o *gateway.Reply) [][]byte {
	t, _ := o.Request.Tag.(*tag)
	switch {
	case o.Err != nil:
		return p.encodeProblem(frames, o.Request, o.Err)
	case t == nil:
		return frames
	case t.foreign != "":
		return append(frames, write44("4"+t.foreign+",", connectError{Message: "Invalid namespace"}))
	case t.connect:
		return append(frames, p.connectAnswer())
	}
	if err := p.rooms(t); err != nil {
		return p.encodeProblem(frames, o.Request, err)
	}
	if t.ack != "" {
		return append(frames, write("43", t.ack, p.result(o)))
	}
	if sent, ok := o.Result.(chat.Sent); ok && sent.Duplicate { // he waits for a copy
		return append(frames, p.emit("new-message", p.sent(sent), ""))
	}
	return frames
}

// maxLeft is how many conversations a socket may have left.
const maxLeft = 10_000

// rooms notes what the client wants to hear of.
func (p *Protocol) rooms(t *tag) error {
	if t.enter != 0 {
		delete(p.left, t.enter)
	}
	if t.leave == 0 {
		return nil
	}
	switch {
	case p.user == 0:
		return chat.Errorf(chat.Unauthenticated, "Not authenticated")
	case len(p.left) >= maxLeft:
		return chat.Errorf(chat.RateLimited, "Too many conversations were left")
	case p.left == nil:
		p.left = map[chat.ConversationID]bool{}
	}
	p.left[t.leave] = true
	return nil
}

func (p *Protocol) sent(s chat.Sent) toolkit.Message {
	m := p.Mapper.Message(s.Message)
	m.ClientID = s.TempID
	return m
}

// result is what an acknowledgement says.
func (p *Protocol) result(o *gateway.Reply) any {
	switch v := o.Result.(type) {
	case chat.Sent:
		return withMessage{true, p.sent(v), v.Duplicate}
	case *chat.Message:
		return withMessage{true, p.Mapper.Message(v), false}
	case chat.Reacted:
		return withReactions{true, v.Added, p.Mapper.Reactions(v.Summary)}
	case chat.ReadState:
		return withRead{true, toolkit.ID(v.MessageID), v.Unread}
	case *chat.ConversationView:
		return withConversation{true, p.Mapper.Conversation(v)}
	case chat.MessagePage:
		return withMessages{true, p.Mapper.Messages(v.Messages), v.HasMore}
	case []*chat.Event:
		in, _ := o.Request.Args.(gateway.Sync)
		return p.synced(in.After, v)
	}
	return done{true}
}

func (p *Protocol) synced(after int64, events []*chat.Event) withEvents {
	out := withEvents{OK: true, Events: []synced{}, Rev: after, HasMore: len(events) == gateway.SyncPage}
	for i, e := range events {
		if i == 0 && e.Rev != after+1 {
			out.Gap = true
		}
		out.Rev = e.Rev
		if name, data := p.named(e, false); name != "" {
			out.Events = append(out.Events, synced{e.Rev, name, data})
		}
	}
	return out
}

// encodeProblem tells of an error: to the acknowledgement that waits for it, or
// as an event.
func (p *Protocol) encodeProblem(frames [][]byte, r gateway.Request, err error) [][]byte {
	e := chat.Explain(err)
	if e.Code == gateway.BadFrame { // the connection is closed; that says it
		return frames
	}
	t, _ := r.Tag.(*tag)
	if t == nil {
		t = &tag{}
	}
	loggingIn := r.Do == gateway.LoggingIn && p.user == 0
	if p.passing = loggingIn && passing[e.Code]; p.passing && t.connect {
		return frames // neither accepted nor refused: the client tries again
	}
	text := explain(e, loggingIn)
	switch {
	case t.connect:
		return append(frames, write44("4", connectError{text, &connectData{e.Code}}))
	case t.ack != "":
		wait := int64((e.RetryAfter + 999_999_999) / 1_000_000_000)
		frames = append(frames, write("43", t.ack, failed{false, text, e.Code, e.Field, wait}))
		if !loggingIn {
			return frames
		}
	}
	return append(frames, p.emit("error", failure{text, e.Code, t.event, t.clientID}, ""))
}

// passing are the errors after which a client that wants to log in should come
// back by itself.
var passing = map[chat.Code]bool{chat.Internal: true, chat.Overloaded: true, chat.ShuttingDown: true}

// texts are what this dialect calls some errors (contracts/socketio.md).
var texts = map[chat.Code]string{
	chat.NotParticipant: "User not authorized",
	chat.RateLimited:    "Rate limit exceeded. Please slow down.",
	chat.Internal:       "Internal error",
}

func explain(e *chat.Error, loggingIn bool) string {
	if loggingIn && !passing[e.Code] && e.Code != chat.RateLimited {
		return "Authentication failed"
	}
	if text, ok := texts[e.Code]; ok {
		return text
	}
	return e.Message
}

func write44(prefix string, data connectError) []byte {
	b, _ := json.Marshal(data) // texts: this cannot fail
	return append([]byte("4"+prefix), b...)
}
