// Package toolkit maps what the domain returns to the JSON objects of
// contracts/socketio.md: those of the Socket.IO events and of the toolkit's
// plain REST. All ids in them are strings.
package toolkit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"parley/internal/chat"
	"parley/internal/sanitize"
)

// Mapper makes the objects.
type Mapper struct {
	// Mode is applied to contents and names.
	Mode sanitize.Mode
	// Shown is how a user's id is shown; nil: as Parley's own. It must not take
	// long.
	Shown func(chat.UserID) string
}

// Message is a Message of the contract.
type Message struct {
	ID             string          `json:"id"`
	ConversationID string          `json:"conversation_id"`
	SenderID       string          `json:"sender_id"`
	Content        string          `json:"content"`
	Type           string          `json:"type"`
	Encrypted      *string         `json:"encrypted_content"`
	FileURL        *string         `json:"file_url"`
	FileName       *string         `json:"file_name"`
	FileSize       *int64          `json:"file_size"`
	DurationMs     *int64          `json:"duration_ms,omitempty"` // of sound and film
	Peaks          []int           `json:"peaks,omitempty"`       // of a voice message
	Metadata       json.RawMessage `json:"metadata"`
	Reactions      Reactions       `json:"reactions"`
	ReplyToID      *string         `json:"reply_to_id"`
	IsEdited       bool            `json:"is_edited"`
	IsDeleted      bool            `json:"is_deleted"`
	IsFlagged      bool            `json:"is_flagged"`
	EditedAt       *string         `json:"edited_at"`
	DeletedAt      *string         `json:"deleted_at"`
	CreatedAt      string          `json:"created_at"`
	Seq            int64           `json:"seq"`
	SenderName     string          `json:"sender_name"`
	// ClientID is set in what goes to the sender's own sockets, and only there.
	ClientID string `json:"client_id,omitempty"`
}

// Reactions is an object from emoji to the ids of those who reacted, in the
// order of first use. Of many only the first chat.MaxReactors are named.
type Reactions []Reaction

// Reaction is one emoji with those who reacted with it.
type Reaction struct {
	Emoji string
	Users []string
}

// MarshalJSON writes the object; a Go map would lose the order.
func (r Reactions) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, one := range r {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(one.Emoji)
		if err != nil {
			return nil, err
		}
		users, err := json.Marshal(one.Users)
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(users)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// Conversation is a Conversation of the contract, as its reader sees it.
type Conversation struct {
	ID             string   `json:"id"`
	Type           string   `json:"type"`
	Name           string   `json:"name"`
	AvatarURL      *string  `json:"avatar_url"`
	ParticipantIDs []string `json:"participant_ids"`
	AdminIDs       []string `json:"admin_ids"`
	LastMessageID  *string  `json:"last_message_id"`
	LastMessageAt  *string  `json:"last_message_at"`
	CreatedBy      string   `json:"created_by"`
	Settings       Settings `json:"settings"`
	CreatedAt      string   `json:"created_at"`
	UpdatedAt      string   `json:"updated_at"`
}

// Settings are what a conversation allows.
type Settings struct {
	AllowReactions   bool   `json:"allow_reactions"`
	AllowReplies     bool   `json:"allow_replies"`
	AllowFileUploads bool   `json:"allow_file_uploads"`
	SlowModeSeconds  int    `json:"slow_mode_seconds"`
	WhoMayPost       string `json:"who_may_post"`
}

// types are what the toolkit calls the types of messages; it has none for sound
// and film.
var types = map[chat.MessageType]string{
	chat.TypeText: "text", chat.TypeImage: "image", chat.TypeFile: "file", chat.TypeAudio: "file",
	chat.TypeVideo: "file", chat.TypeSystem: "system", chat.TypeCall: "call",
}

var kinds = map[chat.Kind]string{
	chat.Direct: "direct", chat.Group: "group", chat.Channel: "channel", chat.Room: "group", chat.Support: "group",
}

// Time writes a time as all dialects do: RFC 3339, UTC, milliseconds.
func Time(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// ID writes an id of a message, conversation or file.
func ID[T ~int64](id T) string { return strconv.FormatInt(int64(id), 10) }

// User writes the id of a user.
func (m Mapper) User(id chat.UserID) string {
	if m.Shown == nil {
		return ID(id)
	}
	return m.Shown(id)
}

func (m Mapper) users(ids []chat.UserID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = m.User(id)
	}
	return out
}

// Message maps what all readers see alike. Of a deleted message that is only
// that it was there.
func (m Mapper) Message(c *chat.Message) Message {
	out := Message{
		ID: ID(c.ID), ConversationID: ID(c.ConversationID), SenderID: m.User(c.SenderID), Type: types[c.Type],
		Metadata: chat.EmptyObject, ReplyToID: idOrNull(c.ParentID), IsEdited: c.Edited(), IsDeleted: c.Deleted(),
		EditedAt: timeOrNull(c.EditedAt), DeletedAt: timeOrNull(c.DeletedAt), CreatedAt: Time(c.CreatedAt),
		Seq: c.Seq, SenderName: m.text(c.SenderName),
	}
	if c.Deleted() {
		return out
	}
	out.Content, out.Encrypted, out.Reactions = m.text(c.Content), filled(c.Encrypted), m.Reactions(c.Reactions)
	if len(c.Metadata) > 0 {
		out.Metadata = c.Metadata
	}
	if len(c.Attachments) > 0 { // the first; the toolkit knows one file per message
		f := &c.Attachments[0]
		out.FileURL, out.FileName, out.FileSize = new(FileURL(f.ID)), new(m.text(f.Name)), &f.Size
		if out.Peaks = f.Peaks; f.Duration > 0 {
			out.DurationMs = new(f.Duration.Milliseconds())
		}
	}
	return out
}

// Messages maps a list without what was deleted.
func (m Mapper) Messages(list []chat.Message) []Message {
	out := make([]Message, 0, len(list))
	for i := range list {
		if !list[i].Deleted() {
			out = append(out, m.Message(&list[i]))
		}
	}
	return out
}

// FileURL is where a file is for who has a token; it is never public.
func FileURL(id chat.FileID) string { return fmt.Sprintf("/api/chat/attachments/%d", id) }

// Reactions maps who reacted to a message.
func (m Mapper) Reactions(counts []chat.ReactionCount) Reactions {
	out := make(Reactions, len(counts))
	for i, c := range counts {
		out[i] = Reaction{c.Emoji, m.users(c.Users)}
	}
	return out
}

// Conversation maps a conversation for one reader.
func (m Mapper) Conversation(v *chat.ConversationView) Conversation {
	out := Conversation{
		ID: ID(v.ID), Type: kinds[v.Kind], Name: m.text(v.Title), AvatarURL: filled(v.Picture),
		ParticipantIDs: []string{}, AdminIDs: []string{},
		LastMessageAt: timeOrNull(v.LastMessageAt), CreatedBy: m.User(v.CreatedBy), Settings: settings(v.Settings),
		CreatedAt: Time(v.CreatedAt), UpdatedAt: Time(v.UpdatedAt),
	}
	if v.LastMessage != nil {
		out.LastMessageID = idOrNull(v.LastMessage.ID)
	}
	for i := range v.Participants {
		p := &v.Participants[i]
		out.ParticipantIDs = append(out.ParticipantIDs, m.User(p.UserID))
		if p.IsAdmin() {
			out.AdminIDs = append(out.AdminIDs, m.User(p.UserID))
		}
	}
	return out
}

func settings(s chat.Settings) Settings {
	return Settings{s.AllowReactions, s.AllowReplies, s.AllowFileUploads, s.SlowModeSeconds, s.WhoMayPost}
}

func (m Mapper) text(s string) string { return sanitize.Text(m.Mode, s) }

func timeOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return new(Time(t))
}

func idOrNull[T ~int64](id T) *string {
	if id == 0 {
		return nil
	}
	return new(ID(id))
}

func filled(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
