// Package roomapi is the JSON of disposable rooms (contracts/rooms.md), which REST
// and their streams share, and what a browser's token is to a room.
package roomapi

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/internal/chat"
)

// Key is the server's secret from which it is worked out who a token is to a room.
type Key []byte

// Holder is who brings a token.
func (k Key) Holder(token string) chat.RoomHolder {
	return func(id chat.RoomID) string {
		if token == "" {
			return ""
		}
		return k.mac("seat", id, token)
	}
}

// Display is the token that messages of a room show to their own sender. It opens
// nothing.
func (k Key) Display(id chat.RoomID, token string) string { return k.mac("display", id, token)[:22] }

func (k Key) mac(use string, id chat.RoomID, token string) string {
	h := hmac.New(sha256.New, k)
	h.Write([]byte(use + "\x00" + string(id) + "\x00" + token))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// NewToken is 256 random bits for a browser.
func NewToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// IsToken says whether a text has the form of a token.
func IsToken(s string) bool {
	return len(s) >= 32 && len(s) <= 128 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// Message is a message as both sides get it.
type Message struct {
	ID        string      `json:"id"`
	Sender    string      `json:"sender"`
	Text      string      `json:"text"`
	Timestamp int64       `json:"timestamp"`
	RoomID    chat.RoomID `json:"roomId"`
	Token     string      `json:"token,omitempty"` // only in answers, on one's own
	Seq       int64       `json:"seq"`
	Type      string      `json:"type"`
	Enc       *Enc        `json:"enc,omitempty"`
	Seat      int         `json:"seat"`
	ClientID  string      `json:"clientId,omitempty"`
	Mine      bool        `json:"mine"`
	Files     []File      `json:"files,omitempty"`
	Reactions []Reaction  `json:"reactions,omitempty"`
	Duplicate bool        `json:"duplicate,omitempty"`
}

// Reaction is what a seat has put under a message: encrypted, or an emoji; neither, if
// it was taken away. Mine: it is the reader's own.
type Reaction struct {
	Seat  int    `json:"seat"`
	Enc   *Enc   `json:"enc,omitempty"`
	Emoji string `json:"emoji,omitempty"`
	Mine  bool   `json:"mine"`
}

// ReactionOf makes a Reaction of what is stored.
func ReactionOf(seat int, stored string, mine bool) Reaction {
	if e := readEnc(stored); e != nil {
		return Reaction{Seat: seat, Enc: e, Mine: mine}
	}
	return Reaction{Seat: seat, Emoji: stored, Mine: mine}
}

// File is a file of a room.
type File struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Size int64  `json:"size"`
	Type string `json:"type"`
}

// FileOf makes a File.
func FileOf(f *chat.File) File {
	return File{strconv.FormatInt(int64(f.ID), 10), f.Name, f.Size, f.Type}
}

// MessageOf makes what a guest gets of a message.
func MessageOf(m *chat.Message, room chat.RoomID, reader chat.UserID) Message {
	note := chat.RoomNoteOf(m)
	out := Message{
		ID: strconv.FormatInt(int64(m.ID), 10), Sender: note.Sender, Text: m.Content, Timestamp: m.CreatedAt.UnixMilli(), RoomID: room,
		Seq: m.Seq, Type: strings.ToLower(string(m.Type)), Seat: note.Seat, ClientID: m.TempID, Mine: m.SenderID == reader,
	}
	if out.Sender == "" {
		out.Sender = strconv.Itoa(note.Seat)
	}
	if m.Encrypted != "" {
		out.Enc = readEnc(m.Encrypted)
	}
	for _, r := range m.Reactions {
		if seat, err := strconv.Atoi(r.Key); err == nil {
			out.Reactions = append(out.Reactions, ReactionOf(seat, r.Emoji, slices.Contains(r.Users, reader)))
		}
	}
	for i := range m.Attachments {
		out.Files = append(out.Files, FileOf(&m.Attachments[i]))
	}
	return out
}

// Seconds is a time to live as rooms tell it: whole seconds, 0 only when it is over.
func Seconds(until, now time.Time) int64 {
	left := until.Sub(now)
	if left <= 0 {
		return 0
	}
	return int64((left + time.Second - 1) / time.Second)
}
