package chat

import (
	"context"
	"time"

	"parley/internal/text"
)

// Bounds of a status.
const (
	MaxStatusMessage = 100                  // characters
	MaxStatusLasts   = 366 * 24 * time.Hour // until it is cleared
)

// SetStatus changes how others see the actor. nil leaves something as it is; a new
// line or emoji without an end lasts until changed.
type SetStatus struct {
	Choice  *PresenceChoice
	Message *string
	Emoji   *string    // "" for none
	ClearAt *time.Time // when line and emoji go by themselves; zero: never
}

// StatusAt is the line and the emoji that others see, and when they go; all are
// empty if that is over.
func (u *User) StatusAt(now time.Time) (message, emoji string, clearAt time.Time) {
	if !u.StatusClearAt.IsZero() && !u.StatusClearAt.After(now) {
		return "", "", time.Time{}
	}
	return u.StatusMessage, u.StatusEmoji, u.StatusClearAt
}

// SetStatus sets the actor's presence by hand, and what he says of it. What has an
// end is cleared by a job, so all nodes and devices hear of it, after a restart too.
func (s *Service) SetStatus(ctx context.Context, a Actor, r SetStatus) (*User, error) {
	set := func(u *User) error { return r.apply(u, s.clock()) }
	return s.changeUserAnd(ctx, a.ID, set, func(ctx context.Context, tx Tx, u *User) error {
		if u.StatusClearAt.IsZero() {
			return nil
		}
		return s.enqueueTimed(ctx, tx, ClearStatus{int64(u.ID), u.StatusClearAt.UnixMilli()}, u.StatusClearAt)
	})
}

func (r SetStatus) apply(u *User, now time.Time) error {
	set(&u.Presence, r.Choice)
	if r.Message != nil || r.Emoji != nil {
		u.StatusClearAt = time.Time{}
	}
	if r.Message != nil {
		m, err := text.Line(*r.Message)
		if err != nil || text.Length(m) > MaxStatusMessage {
			return Invalid("statusMessage", "statusMessage must be at most %d characters of valid UTF-8", MaxStatusMessage)
		}
		u.StatusMessage = m
	}
	if r.Emoji != nil {
		if u.StatusEmoji = ""; *r.Emoji != "" {
			emoji, _, ok := text.Emoji(*r.Emoji)
			if !ok {
				return Invalid("emoji", "emoji must be an emoji or a :custom_name:")
			}
			u.StatusEmoji = emoji
		}
	}
	if r.ClearAt != nil {
		at := r.ClearAt.UTC().Truncate(time.Millisecond)
		switch {
		case r.ClearAt.IsZero():
			at = time.Time{}
		case !at.After(now) || at.Sub(now) > MaxStatusLasts:
			return Invalid("clearAt", "clearAt must be in the future, at most a year from now")
		}
		u.StatusClearAt = at
	}
	if u.StatusMessage == "" && u.StatusEmoji == "" {
		u.StatusClearAt = time.Time{}
	}
	return nil
}

// ClearStatus takes somebody's line and emoji away at their end. It is for the
// job: if he has changed the end since, another one comes.
func (s *Service) ClearStatus(ctx context.Context, id UserID, end time.Time) error {
	_, err := s.changeUser(ctx, id, func(u *User) error {
		if u.StatusClearAt.Equal(end) {
			u.StatusMessage, u.StatusEmoji, u.StatusClearAt = "", "", time.Time{}
		}
		return nil
	})
	if Has(err, NotFound) {
		return nil
	}
	return err
}
