package chat

import (
	"strconv"
	"strings"
)

// Ids are positive and stay below 2^53, so that a JavaScript number holds them.
type (
	UserID         int64
	ConversationID int64
	MessageID      int64
	SessionID      int64
)

// MaxID is the largest id that a JavaScript number holds exactly.
const MaxID = 1<<53 - 1

// StreamID names an ordered log of events. A conversation's stream is its id,
// a user's own stream is his id below zero, so one column holds both.
type StreamID int64

// Stream is the log of what all participants of the conversation may see.
func (id ConversationID) Stream() StreamID { return StreamID(id) }

// Stream is the log of what concerns only this user.
func (id UserID) Stream() StreamID { return -StreamID(id) }

// Conversation returns the conversation whose stream this is.
func (s StreamID) Conversation() (ConversationID, bool) { return ConversationID(s), s > 0 }

// User returns the user whose own stream this is.
func (s StreamID) User() (UserID, bool) { return UserID(-s), s < 0 }

// String is the name of the stream in cursors: the conversation's id, or
// "user:" and the user's id.
func (s StreamID) String() string {
	if s < 0 {
		return "user:" + strconv.FormatInt(int64(-s), 10)
	}
	return strconv.FormatInt(int64(s), 10)
}

// Position is an event's place in the log of the whole deployment, for
// consumers that follow everything. It grows; it may have holes.
type Position int64

// ParseID reads a positive decimal id below 2^53. Signs, leading zeros and
// spaces are refused, so an id has one spelling.
func ParseID(s string) (int64, bool) {
	if s == "" || len(s) > 16 || s[0] == '0' || strings.TrimLeft(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n <= MaxID
}
