package chat

import (
	"context"
	"time"
)

// OwnSettings changes what a conversation is to the actor alone; nil leaves
// something as it is.
type OwnSettings struct {
	Muted      *bool
	MutedUntil time.Time // with Muted: until then; zero: until changed
	Level      *Level
	LevelUntil time.Time // with Level: until then; zero: until changed
	Pinned     *bool
	Archived   *bool
}

// UpdateOwnSettings mutes, pins or archives a conversation for the actor, or says
// what he wants to be told of it.
func (s *Service) UpdateOwnSettings(ctx context.Context, a Actor, id ConversationID, o OwnSettings) (*ConversationView, error) {
	err := s.commit(ctx, func(ctx context.Context, tx Tx) error {
		st, err := accessConversation(ctx, tx, a, id)
		if err != nil {
			return err
		}
		before := *st.me
		if err := s.applyOwn(ctx, tx, st.me, o); err != nil {
			return err
		}
		if before == *st.me {
			return nil
		}
		if err := tx.UpdateParticipant(ctx, st.me); err != nil {
			return err
		}
		return s.tellSettings(ctx, tx, st)
	})
	if err != nil {
		return nil, err
	}
	return s.Conversation(ctx, a, id)
}

func (s *Service) applyOwn(ctx context.Context, tx Tx, p *Participant, o OwnSettings) error {
	now := s.clock()
	if o.Muted != nil {
		if p.MutedUntil = (time.Time{}); *o.Muted {
			until, err := lasts(o.MutedUntil, now)
			if err != nil {
				return err
			}
			p.MutedUntil = until
		}
	}
	if o.Level != nil {
		if err := p.setLevel(*o.Level, o.LevelUntil, now); err != nil {
			return err
		}
	}
	if o.Pinned != nil && *o.Pinned == p.PinnedAt.IsZero() {
		if p.PinnedAt = (time.Time{}); *o.Pinned {
			p.PinnedAt = now
			if n, err := tx.CountPinned(ctx, p.UserID); err != nil {
				return err
			} else if n >= MaxPins {
				return Errorf(Conflict, "At most %d conversations can be pinned", MaxPins)
			}
		}
	}
	if o.Archived != nil && *o.Archived == p.ArchivedAt.IsZero() {
		if p.ArchivedAt = (time.Time{}); *o.Archived {
			p.ArchivedAt = now
		}
	}
	return nil
}

// lasts is until when something holds; zero means until it is changed.
func lasts(until, now time.Time) (time.Time, error) {
	switch {
	case until.IsZero():
		return MutedForever, nil
	case !until.After(now):
		return until, Invalid("until", "until must be in the future")
	case until.After(MutedForever):
		return MutedForever, nil
	}
	return until.UTC().Truncate(time.Millisecond), nil
}

// setLevel says what the participant wants to be told until a time. After NOTHING
// that ends by itself comes what was before.
func (p *Participant) setLevel(level Level, until, now time.Time) error {
	ends, err := lasts(until, now)
	if err != nil {
		return err
	}
	switch level {
	case NotifyAll:
		p.MutedUntil, p.MentionsUntil = time.Time{}, time.Time{}
	case NotifyMentions:
		p.MutedUntil, p.MentionsUntil = time.Time{}, ends
	case NotifyNothing:
		p.MutedUntil = ends
	default:
		return Invalid("level", "level must be ALL, MENTIONS or NOTHING")
	}
	return nil
}
