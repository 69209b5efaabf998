package stomp

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"unicode/utf8"

	"parley/internal/chat"
	"parley/internal/chatapi"
	"parley/internal/gateway"
)

// destination is where a client may send to.
type destination struct {
	do     gateway.Command
	read   func(body []byte) (gateway.Request, error)
	prefix string // of errors
}

var destinations = map[string]*destination{
	"/app/chat.send":      {gateway.Sending, reading(sendBody.request), "Failed to send message: "},
	"/app/chat.typing":    {gateway.TypingNow, reading(typingBody.request), "Failed to update typing: "},
	"/app/chat.markRead":  {gateway.Reading, reading(markBody.request), "Failed to mark as read: "},
	"/app/chat.reaction":  {gateway.Reacting, reading(reactionBody.request), "Failed to update reaction: "},
	"/app/chat.presence":  {gateway.Attending, reading(presenceBody.request), "Failed to update presence: "},
	"/app/chat.heartbeat": {gateway.BeingThere, func([]byte) (r gateway.Request, err error) { return r, nil }, ""},
}

func reading[B any](request func(B) (gateway.Request, error)) func([]byte) (gateway.Request, error) {
	return func(body []byte) (gateway.Request, error) {
		var b B
		if !utf8.Valid(body) {
			return gateway.Request{}, chat.Invalid("", "The body is not UTF-8")
		}
		if err := json.Unmarshal(body, &b); err != nil {
			return gateway.Request{}, err
		}
		return request(b)
	}
}

// invalid names the field that could not be read.
func invalid(err error) error {
	var known *chat.Error
	if errors.As(err, &known) {
		return known
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return chat.Invalid(wrong.Field, "%s has the wrong type", wrong.Field)
	}
	return chat.Invalid("", "The body is not a JSON object")
}

type sendBody struct {
	ConversationID   chatapi.Number   `json:"conversationId"`
	Content          words            `json:"content"`
	EncryptedContent string           `json:"encryptedContent"`
	MessageType      chat.MessageType `json:"messageType"`
	ParentMessageID  chatapi.Number   `json:"parentMessageId"`
	AttachmentIDs    []chatapi.Number `json:"attachmentIds"`
	Mentions         []chatapi.Number `json:"mentions"`
	Metadata         json.RawMessage  `json:"metadata"`
	TempID           words            `json:"tempId"`
	Poll             *chat.NewPoll    `json:"poll"`
}

func (b sendBody) request() (gateway.Request, error) {
	c := chat.ConversationID(b.ConversationID)
	return gateway.Request{Conversation: c, Args: chat.SendMessage{
		ConversationID: c, Type: b.MessageType, Content: string(b.Content), Encrypted: b.EncryptedContent,
		ParentID: chat.MessageID(b.ParentMessageID), TempID: string(b.TempID), Metadata: notNull(b.Metadata),
		Mentions: chatapi.IDs[chat.UserID](b.Mentions), AttachmentIDs: chatapi.IDs[chat.FileID](b.AttachmentIDs), Poll: b.Poll,
	}}, needed("conversationId", b.ConversationID)
}

type typingBody struct {
	ConversationID chatapi.Number `json:"conversationId"`
	Typing         flag           `json:"typing"`
}

func (b typingBody) request() (gateway.Request, error) {
	c := chat.ConversationID(b.ConversationID)
	return gateway.Request{Conversation: c, Args: gateway.Typing{Conversation: c, Typing: b.Typing != no}},
		needed("conversationId", b.ConversationID)
}

type markBody struct {
	ConversationID    chatapi.Number `json:"conversationId"`
	LastReadMessageID chatapi.Number `json:"lastReadMessageId"`
}

func (b markBody) request() (gateway.Request, error) {
	c := chat.ConversationID(b.ConversationID)
	return gateway.Request{Conversation: c, Args: gateway.Mark{Conversation: c, Message: chat.MessageID(b.LastReadMessageID)}},
		needed("conversationId", b.ConversationID)
}

type reactionBody struct {
	MessageID      chatapi.Number `json:"messageId"`
	ConversationID chatapi.Number `json:"conversationId"`
	Emoji          string         `json:"emoji"`
	Add            flag           `json:"add"`
}

func (b reactionBody) request() (gateway.Request, error) {
	c := chat.ConversationID(b.ConversationID)
	return gateway.Request{Conversation: c, Args: chat.React{
		MessageID: chat.MessageID(b.MessageID), ConversationID: c, Emoji: b.Emoji, Add: b.Add != no,
	}}, needed("messageId", b.MessageID)
}

type presenceBody struct {
	Online     flag   `json:"online"`
	DeviceType string `json:"deviceType"`
}

func (b presenceBody) request() (gateway.Request, error) {
	status := chat.Online
	switch b.Online {
	case unsaid:
		return gateway.Request{}, chat.Invalid("online", "online must be true or false")
	case no:
		status = chat.Offline
	}
	return gateway.Request{Args: gateway.Attend{Status: status, Device: b.DeviceType}}, nil
}

func needed(field string, id chatapi.Number) error {
	if id == 0 {
		return chat.Invalid(field, "%s must be a positive number", field)
	}
	return nil
}

func notNull(raw json.RawMessage) json.RawMessage {
	if string(raw) == "null" {
		return nil
	}
	return raw
}

// words are a text, or a number where a text belongs: Spring reads that too, and
// clients make tempIds of the time.
type words string

// UnmarshalJSON reads a string, a number or null.
func (w *words) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && (raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9') {
		*w = words(raw)
		return nil
	}
	var s string
	err := json.Unmarshal(raw, &s)
	*w = words(s)
	return err
}

// flag is a boolean that may be missing, or come as a string.
type flag int8

const (
	unsaid flag = iota
	yes
	no
)

// UnmarshalJSON reads true, "true", false, "false" or null.
func (f *flag) UnmarshalJSON(raw []byte) error {
	switch strings.ToLower(string(bytes.Trim(raw, `"`))) {
	case "true":
		*f = yes
	case "false":
		*f = no
	case "null", "":
		*f = unsaid
	default:
		return &json.UnmarshalTypeError{Value: "value", Type: reflect.TypeFor[bool]()}
	}
	return nil
}
