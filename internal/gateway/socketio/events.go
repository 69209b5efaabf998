package socketio

import (
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"

	"parley/internal/chat"
	"parley/internal/gateway"
)

// event reads one event of the client.
func (p *Protocol) event(pk packet) ([]gateway.Request, error) {
	name, arg, err := pk.event()
	if err != nil {
		return nil, broken()
	}
	t := &tag{event: shown(name), ack: pk.ack}
	if name == "authenticate" {
		return p.readAuthenticate(arg, t), nil
	}
	read, known := readers[name]
	if !known {
		return []gateway.Request{{Do: gateway.BeingThere, Tag: t, Err: chat.Errorf(chat.ValidationFailed, "Unknown event")}}, nil
	}
	r, err := read(arg, t)
	if err != nil {
		r = gateway.Request{Err: invalid(err)}
	}
	r.Do, r.Tag = commands[name], t
	return []gateway.Request{r}, nil
}

func (p *Protocol) readAuthenticate(arg json.RawMessage, t *tag) []gateway.Request {
	var in struct {
		UserID label  `json:"user_id"`
		Token  string `json:"token"`
	}
	if err := unmarshal(arg, &in); err != nil || in.Token == "" {
		in.Token = "none" // an empty one would mean the handshake's
	}
	return p.authenticate(in.Token, string(in.UserID), t)
}

// commands are the events of a client.
var commands = map[string]gateway.Command{
	"send-message":       gateway.Sending,
	"edit-message":       gateway.Editing,
	"delete-message":     gateway.Deleting,
	"react":              gateway.Reacting,
	"typing":             gateway.TypingNow,
	"mark-read":          gateway.Reading,
	"mark-delivered":     gateway.Receiving,
	"join-conversation":  gateway.Entering,
	"leave-conversation": gateway.BeingThere,
	"set-presence":       gateway.Attending,
	"history":            gateway.Paging,
	"sync":               gateway.Syncing,
}

// readers read the argument of each event.
var readers = map[string]func(json.RawMessage, *tag) (gateway.Request, error){
	"send-message":       reader(send.request),
	"edit-message":       reader(edit.request),
	"delete-message":     reader(remove.request),
	"react":              reader(react.request),
	"typing":             reader(typing.request),
	"mark-read":          reader(mark.request),
	"mark-delivered":     reader(mark.request),
	"join-conversation":  reader(room.enter),
	"leave-conversation": reader(room.leave),
	"set-presence":       reader(presence.request),
	"history":            reader(history.request),
	"sync":               reader(sync.request),
}

func reader[E any](request func(E, *tag) (gateway.Request, error)) func(json.RawMessage, *tag) (gateway.Request, error) {
	return func(arg json.RawMessage, t *tag) (gateway.Request, error) {
		var e E
		if err := unmarshal(arg, &e); err != nil {
			return gateway.Request{}, err
		}
		return request(e, t)
	}
}

func unmarshal(arg json.RawMessage, to any) error {
	if len(arg) == 0 || arg[0] != '{' {
		return chat.Invalid("", "An event has an object with its data")
	}
	return json.Unmarshal(arg, to)
}

// invalid names the field that could not be read.
func invalid(err error) error {
	var e *chat.Error
	if errors.As(err, &e) {
		return e
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return chat.Invalid(wrong.Field, "%s has the wrong type", wrong.Field)
	}
	return chat.Invalid("", "The event cannot be read")
}

type send struct {
	ConversationID number          `json:"conversation_id"`
	Content        string          `json:"content"`
	Type           string          `json:"type"`
	ReplyToID      number          `json:"reply_to_id"`
	ClientID       string          `json:"client_id"`
	Metadata       json.RawMessage `json:"metadata"`
	AttachmentIDs  []number        `json:"attachment_ids"`
	Encrypted      string          `json:"encrypted_content"`
}

// types are what a client may send. Without one, files decide.
var types = map[string]chat.MessageType{"": "", "text": chat.TypeText, "image": chat.TypeImage, "file": chat.TypeFile}

func (e send) request(t *tag) (gateway.Request, error) {
	if t.clientID = e.ClientID; len(t.clientID) > 4*chat.MaxTempID {
		t.clientID = "" // it is refused, and not sent back
	}
	kind, known := types[e.Type]
	if !known {
		return gateway.Request{}, chat.Invalid("type", "type must be text, image or file")
	}
	files := make([]chat.FileID, len(e.AttachmentIDs))
	for i, id := range e.AttachmentIDs {
		files[i] = chat.FileID(id)
	}
	c := chat.ConversationID(e.ConversationID)
	return gateway.Request{Conversation: c, Args: chat.SendMessage{
		ConversationID: c, Type: kind, Content: e.Content, Encrypted: e.Encrypted, ParentID: chat.MessageID(e.ReplyToID),
		TempID: e.ClientID, Metadata: e.Metadata, AttachmentIDs: files,
	}}, needed("conversation_id", e.ConversationID)
}

type edit struct {
	MessageID number `json:"message_id"`
	Content   string `json:"content"`
}

func (e edit) request(*tag) (gateway.Request, error) {
	return gateway.Request{Args: chat.EditMessage{MessageID: chat.MessageID(e.MessageID), Content: e.Content}}, needed("message_id", e.MessageID)
}

type remove struct {
	MessageID number `json:"message_id"`
}

func (e remove) request(*tag) (gateway.Request, error) {
	return gateway.Request{Args: chat.MessageID(e.MessageID)}, needed("message_id", e.MessageID)
}

type react struct {
	MessageID number `json:"message_id"`
	Emoji     string `json:"emoji"`
	Add       *bool  `json:"add"`
}

func (e react) request(*tag) (gateway.Request, error) {
	return gateway.Request{
		Args: chat.React{MessageID: chat.MessageID(e.MessageID), Emoji: e.Emoji, Add: e.Add == nil || *e.Add},
	}, needed("message_id", e.MessageID)
}

type typing struct {
	ConversationID number `json:"conversation_id"`
	IsTyping       *bool  `json:"is_typing"`
}

func (e typing) request(*tag) (gateway.Request, error) {
	c := chat.ConversationID(e.ConversationID)
	return gateway.Request{Conversation: c, Args: gateway.Typing{Conversation: c, Typing: e.IsTyping == nil || *e.IsTyping}},
		needed("conversation_id", e.ConversationID)
}

type mark struct {
	MessageID number `json:"message_id"`
}

func (e mark) request(*tag) (gateway.Request, error) {
	return gateway.Request{Args: gateway.Mark{Message: chat.MessageID(e.MessageID)}}, needed("message_id", e.MessageID)
}

// room is a conversation to hear of, or not to.
type room struct {
	ConversationID number `json:"conversation_id"`
}

func (e room) enter(t *tag) (gateway.Request, error) {
	t.enter = chat.ConversationID(e.ConversationID)
	return gateway.Request{Conversation: t.enter, Args: t.enter}, needed("conversation_id", e.ConversationID)
}

func (e room) leave(t *tag) (gateway.Request, error) {
	t.leave = chat.ConversationID(e.ConversationID)
	return gateway.Request{}, needed("conversation_id", e.ConversationID)
}

type presence struct {
	Status string `json:"status"`
}

func (e presence) request(*tag) (gateway.Request, error) {
	status := chat.PresenceStatus(strings.ToUpper(e.Status))
	if status != chat.Online && status != chat.Away {
		return gateway.Request{}, chat.Invalid("status", "status must be online or away")
	}
	return gateway.Request{Args: gateway.Attend{Status: status}}, nil
}

type history struct {
	ConversationID number `json:"conversation_id"`
	Before         number `json:"before"`
	Limit          int    `json:"limit"`
}

func (e history) request(*tag) (gateway.Request, error) {
	p := gateway.Page{Conversation: chat.ConversationID(e.ConversationID)}
	if p.Before, p.Limit = chat.MessageID(e.Before), e.Limit; p.Limit == 0 {
		p.Limit = chat.DefaultPage
	}
	return gateway.Request{Conversation: p.Conversation, Args: p}, needed("conversation_id", e.ConversationID)
}

type sync struct {
	ConversationID number `json:"conversation_id"`
	AfterRev       number `json:"after_rev"`
}

func (e sync) request(*tag) (gateway.Request, error) {
	c := chat.ConversationID(e.ConversationID)
	return gateway.Request{Conversation: c, Args: gateway.Sync{Conversation: c, After: int64(e.AfterRev)}}, needed("conversation_id", e.ConversationID)
}

func needed(field string, id number) error {
	if id == 0 {
		return chat.Invalid(field, "%s must be a positive number", field)
	}
	return nil
}

// number is an id or a rev: a string of digits, or the number itself. null is 0.
type number int64

// UnmarshalJSON refuses what is negative, has a fraction, or does not fit into a
// JavaScript number.
func (n *number) UnmarshalJSON(raw []byte) error {
	var s label
	if err := s.UnmarshalJSON(raw); err != nil {
		return err
	}
	if s == "" {
		return nil
	}
	v, err := strconv.ParseInt(string(s), 10, 64)
	if err != nil || v < 0 || v > chat.MaxID || s[0] == '+' {
		return &json.UnmarshalTypeError{Value: "value", Type: reflect.TypeFor[number]()}
	}
	*n = number(v)
	return nil
}

// label is a string, or a number as it is written. null is "".
type label string

// UnmarshalJSON takes strings and numbers.
func (l *label) UnmarshalJSON(raw []byte) error {
	switch c := raw[0]; {
	case c == '"':
		return json.Unmarshal(raw, (*string)(l))
	case string(raw) == "null":
		return nil
	case c == '-' || c >= '0' && c <= '9':
		*l = label(raw)
		return nil
	}
	return &json.UnmarshalTypeError{Value: "value", Type: reflect.TypeFor[label]()}
}
