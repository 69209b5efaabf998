// Package cursor packs all that a client has into one value, from which he can
// take up his streams again: for dialects whose clients keep a text and give it
// back (Last-Event-ID of Server-Sent Events, the offset of Socket.IO).
package cursor

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"

	"parley/internal/chat"
	"parley/internal/hub"
)

// A packed cursor stays under 2 KiB of text (contracts/stream.md).
const (
	maxCursorText = 2 << 10
	maxCursor     = maxCursorText / 4 * 3
	signature     = 16 // bytes of the HMAC that are kept
	cursorVersion = 1
)

// Cursor is all that a client has, in one value: everything up to a position,
// and of some streams everything up to a rev.
type Cursor struct {
	Position chat.Position
	Revs     map[chat.StreamID]int64
}

// Signer packs cursors so that nobody else can make one, and nobody can use
// another user's.
type Signer struct{ key []byte }

// NewSigner returns a signer with a secret key, which all nodes share.
func NewSigner(key []byte) *Signer { return &Signer{key} }

var errCursor = errors.New("cursor: not a cursor of this user")

// Pack returns the cursor as text, or false if it is too large.
func (s *Signer) Pack(user chat.UserID, c Cursor) (text string, ok bool) {
	body := c.encode(user)
	if len(body)+signature > maxCursor {
		return "", false
	}
	return base64.RawURLEncoding.EncodeToString(append(body, s.sign(user, body)...)), true
}

// Unpack reads what Pack has made for the same user.
func (s *Signer) Unpack(user chat.UserID, text string) (Cursor, error) {
	if len(text) > maxCursorText {
		return Cursor{}, errCursor
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) < signature {
		return Cursor{}, errCursor
	}
	body, sum := raw[:len(raw)-signature], raw[len(raw)-signature:]
	if !hmac.Equal(sum, s.sign(user, body)) {
		return Cursor{}, errCursor
	}
	return decode(user, body)
}

// Resume reads the cursor of a client that comes back. Of one that is not his he
// is told to reload everything: nothing is skipped silently.
func (s *Signer) Resume(user chat.UserID, text string) hub.Resume {
	c, err := s.Unpack(user, text)
	if err != nil {
		return hub.Resume{Rest: hub.FromNowhere}
	}
	return hub.Resume{Revs: c.Revs, Rest: hub.FromPosition, Since: c.Position}
}

func (s *Signer) sign(user chat.UserID, body []byte) []byte {
	mac := hmac.New(sha256.New, s.key)
	mac.Write(binary.AppendVarint([]byte("sse cursor"), int64(user)))
	mac.Write(body)
	return mac.Sum(nil)[:signature]
}

// encode writes version, position, the rev of the own stream or 0, and for each
// conversation by id the distance to the one before and its rev.
func (c Cursor) encode(user chat.UserID) []byte {
	b := binary.AppendUvarint([]byte{cursorVersion}, uint64(c.Position))
	b = binary.AppendUvarint(b, uint64(c.Revs[user.Stream()]))
	var ids []chat.StreamID
	for st := range c.Revs {
		if _, ok := st.Conversation(); ok {
			ids = append(ids, st)
		}
	}
	slices.Sort(ids)
	before := chat.StreamID(0)
	for _, st := range ids {
		b = binary.AppendUvarint(b, uint64(st-before))
		b = binary.AppendUvarint(b, uint64(c.Revs[st]))
		before = st
	}
	return b
}

func decode(user chat.UserID, b []byte) (Cursor, error) {
	c := Cursor{Revs: map[chat.StreamID]int64{}}
	if len(b) == 0 || b[0] != cursorVersion {
		return c, errCursor
	}
	r := reader{b[1:], true}
	c.Position = chat.Position(r.next())
	if own := r.next(); own > 0 {
		c.Revs[user.Stream()] = own
	}
	for st := chat.StreamID(0); len(r.left) > 0; {
		st += chat.StreamID(r.next())
		c.Revs[st] = r.next()
	}
	if !r.ok {
		return Cursor{}, errCursor
	}
	return c, nil
}

// reader reads numbers until something is wrong.
type reader struct {
	left []byte
	ok   bool
}

func (r *reader) next() int64 {
	v, n := binary.Uvarint(r.left)
	if n <= 0 || v > 1<<62 {
		r.ok, r.left = false, nil
		return 0
	}
	r.left = r.left[n:]
	return int64(v)
}
