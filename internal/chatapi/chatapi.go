// Package chatapi maps what the domain returns to the JSON objects of
// contracts/chat-api.md and contracts/core.md. Every dialect that speaks them
// takes them from here, so they are the same everywhere.
//
// An object without "View" in its name is what all participants see alike, as it
// travels in events. A View adds what differs from reader to reader.
package chatapi

import (
	"time"

	"parley/internal/chat"
	"parley/internal/sanitize"
)

// Mapper makes the objects for one dialect.
type Mapper struct {
	// Mode is applied to contents, names and descriptions.
	Mode sanitize.Mode
	// Presences returns the presence of users, in their order. Without it nobody's
	// status is shown.
	Presences func([]chat.UserID) []chat.Presence
	// Now is the clock for what ends by itself; nil is the machine's.
	Now func() time.Time
}

func (m Mapper) text(s string) string { return sanitize.Text(m.Mode, s) }

func (m Mapper) now() time.Time {
	if m.Now == nil {
		return time.Now()
	}
	return m.Now()
}

// Time writes a time as all dialects do: RFC 3339, UTC, milliseconds.
func Time(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// orNull is nil for the zero time.
func orNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := Time(t)
	return &s
}

// filled is nil for "".
func filled(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// present is nil for 0.
func present[ID ~int64](id ID) *ID {
	if id == 0 {
		return nil
	}
	return &id
}

// list is an empty array instead of null.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
