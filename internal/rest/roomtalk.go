package rest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"parley/internal/chat"
	"parley/internal/roomapi"
)

type roomMessagesIn struct {
	RoomID string `query:"roomId"`
	After  int64  `query:"after" minimum:"0"`
}

type roomMessagesOut struct {
	Messages []roomapi.Message `json:"messages"`
}

func (a *API) roomMessages(v *visitor, in roomMessagesIn) (roomMessagesOut, error) {
	r, err := a.enter(v, roomIn{in.RoomID})
	if err != nil {
		return roomMessagesOut{}, err
	}
	list, err := a.chat.RoomMessages(v, r, in.After)
	if err != nil {
		return roomMessagesOut{}, err
	}
	out := roomMessagesOut{Messages: make([]roomapi.Message, len(list))}
	for i := range list {
		out.Messages[i] = a.roomMessage(v, r, &list[i])
	}
	return out, nil
}

// roomMessage is a message in an answer, where one's own have a token.
func (a *API) roomMessage(v *visitor, r *chat.RoomView, m *chat.Message) roomapi.Message {
	out := roomapi.MessageOf(m, r.ID, r.Actor().ID)
	if out.Mine {
		out.Token = a.options.Rooms.Key.Display(r.ID, v.token)
	}
	return out
}

type sendRoomMessageIn struct {
	RoomID   string          `query:"roomId"`
	Sender   string          `json:"sender"`
	Text     string          `json:"text"`
	Type     string          `json:"type"`
	ClientID string          `json:"clientId"`
	Enc      json.RawMessage `json:"enc"`
	FileIDs  []int64         `json:"fileIds"`
}

// messageTypes are those of rooms.
var messageTypes = map[string]chat.MessageType{"": "", "text": chat.TypeText, "image": chat.TypeImage, "file": chat.TypeFile}

func (a *API) sendRoomMessage(v *visitor, in sendRoomMessageIn) (roomapi.Message, error) {
	r, err := a.enter(v, roomIn{in.RoomID})
	if err != nil {
		return roomapi.Message{}, err
	}
	typ, ok := messageTypes[in.Type]
	if !ok {
		return roomapi.Message{}, chat.Invalid("type", "type must be text, image or file")
	}
	said := chat.RoomMessage{Sender: in.Sender, Text: in.Text, Type: typ, ClientID: in.ClientID}
	if said.ClientID == "" {
		said.ClientID = v.request.Header.Get("Idempotency-Key")
	}
	if said.Encrypted, err = roomapi.ParseEnc(in.Enc); err != nil {
		return roomapi.Message{}, err
	}
	for _, id := range in.FileIDs {
		said.Files = append(said.Files, chat.FileID(id))
	}
	sent, err := a.chat.SendRoomMessage(v, r, said)
	if err != nil {
		return roomapi.Message{}, err
	}
	out := a.roomMessage(v, r, sent.Message)
	out.Duplicate = sent.Duplicate
	return out, nil
}

type reactInRoomIn struct {
	RoomID    string          `query:"roomId"`
	MessageID int64           `json:"messageId"`
	Enc       json.RawMessage `json:"enc"`
	Emoji     string          `json:"emoji"`
}

func (a *API) reactInRoom(v *visitor, in reactInRoomIn) (nothing, error) {
	r, err := a.enter(v, roomIn{in.RoomID})
	if err != nil {
		return nothing{}, err
	}
	wanted := chat.RoomReaction{MessageID: chat.MessageID(in.MessageID), Emoji: in.Emoji}
	if wanted.Encrypted, err = roomapi.ParseEnc(in.Enc); err != nil {
		return nothing{}, err
	}
	return nothing{}, a.chat.ReactInRoom(v, r, wanted)
}

type typeInRoomIn struct {
	RoomID string `query:"roomId"`
	Typing bool   `json:"typing"`
}

func (a *API) typeInRoom(v *visitor, in typeInRoomIn) (nothing, error) {
	r, err := a.enter(v, roomIn{in.RoomID})
	if err != nil {
		return nothing{}, err
	}
	return nothing{}, a.chat.TypeInRoom(v, r, in.Typing)
}

func (a *API) readInRoom(v *visitor, in roomIn) (nothing, error) {
	r, err := a.enter(v, in)
	if err != nil {
		return nothing{}, err
	}
	return nothing{}, a.chat.ReadInRoom(v, r)
}

func (a *API) uploadToRoom(v *visitor, in roomIn) (roomapi.File, error) {
	r, err := a.enter(v, in)
	if err != nil {
		return roomapi.File{}, err
	}
	v.Actor = r.Actor()
	f, err := a.takeUpload(v.call, v.Room)
	if err != nil {
		return roomapi.File{}, err
	}
	return roomapi.FileOf(f), nil
}

// serveRoomFile answers with the bytes of a file.
func (a *API) serveRoomFile(w http.ResponseWriter, q *http.Request, x *exchange) error {
	v, err := a.visitor(w, q, x)
	if err != nil {
		return err
	}
	r, err := a.enter(v, roomIn{q.URL.Query().Get("roomId")})
	if err != nil {
		return err
	}
	id, ok := chat.ParseID(q.PathValue("id"))
	if !ok {
		return &chat.Error{Code: chat.NotFound, Field: "id", Message: "There is no such file"}
	}
	f, err := a.chat.RoomFile(v, r, chat.FileID(id))
	if err != nil {
		return err
	}
	v.Actor = r.Actor()
	variant := q.URL.Query().Get("variant")
	if _, err := strconv.Atoi(variant); err != nil || strings.HasPrefix(variant, "-") {
		variant = ""
	}
	return a.give(v.call, f, variant)
}
