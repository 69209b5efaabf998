package native

import (
	"encoding/json"
	"errors"
	"strings"

	"parley/internal/chat"
	"parley/internal/chatapi"
	"parley/internal/gateway"
	"parley/internal/hub"
)

// maxTag bounds the id of a command, which is sent back as it came.
const maxTag = 128

// head is what all frames of a client have.
type head struct {
	Type string          `json:"type"`
	ID   json.RawMessage `json:"id"`
}

// Decode reads one frame.
func (p *Protocol) Decode(frame []byte) ([]gateway.Request, error) {
	var h head
	if err := json.Unmarshal(frame, &h); err != nil {
		return nil, chat.Errorf(gateway.BadFrame, "The frame is not a JSON object with a type")
	}
	read, known := readers[h.Type]
	switch {
	case !known:
		return nil, chat.Errorf(gateway.BadFrame, "Unknown type of frame")
	case !isTag(h.ID):
		return nil, chat.Errorf(gateway.BadFrame, "The id of a frame is a short string or a number")
	}
	r, err := read(frame)
	if err != nil {
		r = gateway.Request{Err: invalid(err)}
	}
	r.Do = commands[h.Type]
	if len(h.ID) > 0 && string(h.ID) != "null" {
		r.Tag = h.ID
	}
	return []gateway.Request{r}, nil
}

func isTag(raw json.RawMessage) bool {
	return len(raw) == 0 || len(raw) <= maxTag && raw[0] != '{' && raw[0] != '[' && raw[0] != 't' && raw[0] != 'f'
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
	return chat.Invalid("", "The frame cannot be read")
}

// commands are the frames of a client.
var commands = map[string]gateway.Command{
	"hello":     gateway.Greeting,
	"auth":      gateway.LoggingIn,
	"send":      gateway.Sending,
	"edit":      gateway.Editing,
	"delete":    gateway.Deleting,
	"react":     gateway.Reacting,
	"read":      gateway.Reading,
	"delivered": gateway.Receiving,
	"typing":    gateway.TypingNow,
	"presence":  gateway.Attending,
}

// readers read the rest of each frame.
var readers = map[string]func([]byte) (gateway.Request, error){
	"hello":     reader(hello.request),
	"auth":      reader(auth.request),
	"send":      reader(send.request),
	"edit":      reader(edit.request),
	"delete":    reader(remove.request),
	"react":     reader(react.request),
	"read":      reader(mark.request),
	"delivered": reader(mark.request),
	"typing":    reader(typing.request),
	"presence":  reader(presence.request),
}

func reader[F any](request func(F) (gateway.Request, error)) func([]byte) (gateway.Request, error) {
	return func(frame []byte) (gateway.Request, error) {
		var f F
		if err := json.Unmarshal(frame, &f); err != nil {
			return gateway.Request{}, err
		}
		return request(f)
	}
}

type hello struct {
	Cursors map[string]chatapi.Number `json:"cursors"`
	Device  json.RawMessage           `json:"device"`
}

func (f hello) request() (gateway.Request, error) {
	revs, err := cursors(f.Cursors)
	var device string
	if json.Unmarshal(f.Device, &device) != nil {
		device = ""
	}
	return gateway.Request{Args: gateway.Hello{Resume: hub.Resume{Revs: revs}, Device: device}}, err
}

// Cursors reads the JSON map of cursors as it stands in hello and in ?cursors=.
// "user" there is hub.OwnStream here.
func Cursors(raw []byte) (map[chat.StreamID]int64, error) {
	var named map[string]chatapi.Number
	if err := json.Unmarshal(raw, &named); err != nil {
		return nil, chat.Invalid("cursors", "cursors must be a JSON object from conversation to rev")
	}
	return cursors(named)
}

func cursors(named map[string]chatapi.Number) (map[chat.StreamID]int64, error) {
	revs := make(map[chat.StreamID]int64, len(named))
	for name, rev := range named {
		if name == "user" {
			revs[hub.OwnStream] = int64(rev)
			continue
		}
		id, ok := chat.ParseID(name)
		if !ok {
			return nil, chat.Invalid("cursors", "%q is not a conversation", name)
		}
		revs[chat.ConversationID(id).Stream()] = int64(rev)
	}
	return revs, nil
}

type auth struct {
	Token string `json:"token"`
}

func (f auth) request() (gateway.Request, error) {
	if f.Token == "" {
		return gateway.Request{}, chat.Invalid("token", "token is missing")
	}
	return gateway.Request{Args: gateway.Login{Token: f.Token}}, nil
}

type send struct {
	ConversationID   chatapi.Number   `json:"conversationId"`
	Content          string           `json:"content"`
	EncryptedContent string           `json:"encryptedContent"`
	MessageType      chat.MessageType `json:"messageType"`
	ParentMessageID  chatapi.Number   `json:"parentMessageId"`
	AttachmentIDs    []chatapi.Number `json:"attachmentIds"`
	Mentions         []chatapi.Number `json:"mentions"`
	Metadata         json.RawMessage  `json:"metadata"`
	TempID           string           `json:"tempId"`
	Poll             *chat.NewPoll    `json:"poll"`
}

func (f send) request() (gateway.Request, error) {
	return gateway.Request{
		Conversation: chat.ConversationID(f.ConversationID),
		Args: chat.SendMessage{
			ConversationID: chat.ConversationID(f.ConversationID),
			Type:           f.MessageType, Content: f.Content, Encrypted: f.EncryptedContent,
			ParentID: chat.MessageID(f.ParentMessageID), TempID: f.TempID, Metadata: f.Metadata,
			Mentions: chatapi.IDs[chat.UserID](f.Mentions), AttachmentIDs: chatapi.IDs[chat.FileID](f.AttachmentIDs), Poll: f.Poll,
		},
	}, nil
}

type edit struct {
	MessageID        chatapi.Number   `json:"messageId"`
	Content          string           `json:"content"`
	EncryptedContent string           `json:"encryptedContent"`
	Metadata         json.RawMessage  `json:"metadata"`
	Mentions         []chatapi.Number `json:"mentions"`
}

func (f edit) request() (gateway.Request, error) {
	return gateway.Request{Args: chat.EditMessage{
		MessageID: chat.MessageID(f.MessageID), Content: f.Content, Encrypted: f.EncryptedContent, Metadata: f.Metadata,
		Mentions: chatapi.IDs[chat.UserID](f.Mentions),
	}}, needed("messageId", f.MessageID)
}

type remove struct {
	MessageID chatapi.Number `json:"messageId"`
}

func (f remove) request() (gateway.Request, error) {
	return gateway.Request{Args: chat.MessageID(f.MessageID)}, needed("messageId", f.MessageID)
}

type react struct {
	MessageID      chatapi.Number `json:"messageId"`
	ConversationID chatapi.Number `json:"conversationId"`
	Emoji          string         `json:"emoji"`
	Add            *bool          `json:"add"`
}

func (f react) request() (gateway.Request, error) {
	return gateway.Request{
		Conversation: chat.ConversationID(f.ConversationID),
		Args: chat.React{
			MessageID: chat.MessageID(f.MessageID), ConversationID: chat.ConversationID(f.ConversationID),
			Emoji: f.Emoji, Add: f.Add == nil || *f.Add,
		},
	}, needed("messageId", f.MessageID)
}

type mark struct {
	ConversationID    chatapi.Number `json:"conversationId"`
	MessageID         chatapi.Number `json:"messageId"`
	LastReadMessageID chatapi.Number `json:"lastReadMessageId"` // as REST calls it
}

func (f mark) request() (gateway.Request, error) {
	m := gateway.Mark{Conversation: chat.ConversationID(f.ConversationID), Message: chat.MessageID(f.MessageID)}
	if m.Message == 0 {
		m.Message = chat.MessageID(f.LastReadMessageID)
	}
	return gateway.Request{Conversation: m.Conversation, Args: m}, needed("conversationId", f.ConversationID)
}

type typing struct {
	ConversationID chatapi.Number `json:"conversationId"`
	Typing         *bool          `json:"typing"`
}

func (f typing) request() (gateway.Request, error) {
	t := gateway.Typing{Conversation: chat.ConversationID(f.ConversationID), Typing: f.Typing == nil || *f.Typing}
	return gateway.Request{Conversation: t.Conversation, Args: t}, needed("conversationId", f.ConversationID)
}

type presence struct {
	Status     chat.PresenceStatus `json:"status"`
	DeviceType string              `json:"deviceType"`
}

func (f presence) request() (gateway.Request, error) {
	status := chat.PresenceStatus(strings.ToUpper(string(f.Status)))
	switch status {
	case chat.Online, chat.Away, chat.DND, chat.Offline:
	default:
		return gateway.Request{}, chat.Invalid("status", "status must be ONLINE, AWAY, DND or OFFLINE")
	}
	return gateway.Request{Args: gateway.Attend{Status: status, Device: f.DeviceType}}, nil
}

func needed(field string, id chatapi.Number) error {
	if id == 0 {
		return chat.Invalid(field, "%s must be a positive number", field)
	}
	return nil
}
