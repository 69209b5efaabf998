package chat

import (
	"context"
	"time"
)

// OpenDirect returns the conversation of two people, making it if there is none.
// It comes back into the actor's list; the other side sees it with the first
// message.
func (s *Service) OpenDirect(ctx context.Context, a Actor, other UserID) (v *ConversationView, created bool, err error) {
	var id ConversationID
	err = s.commit(ctx, func(ctx context.Context, tx Tx) error {
		created = false
		them, err := accessUser(ctx, tx, other)
		if err != nil {
			return err
		}
		if blocked, err := tx.BlockedEither(ctx, a.ID, []UserID{other}); err != nil {
			return err
		} else if len(blocked) > 0 {
			return errBlocked()
		}
		c, err := tx.DirectBetween(ctx, a.ID, other)
		if err != nil {
			return err
		}
		if c != nil {
			id = c.ID
			return s.unhide(ctx, tx, c, a)
		}
		if !them.Active() {
			return errUserNotFound()
		}
		created = true
		id, err = s.insertDirect(ctx, tx, a, other)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	v, err = s.Conversation(ctx, a, id)
	return v, created, err
}

func (s *Service) insertDirect(ctx context.Context, tx Tx, a Actor, other UserID) (ConversationID, error) {
	if err := spend(s.limits.CreateConversation, a.ID, 1); err != nil {
		return 0, err
	}
	now := s.clock()
	c := &Conversation{
		Kind: Direct, CreatedBy: a.ID, CreatedAt: now, UpdatedAt: now, LastMessageAt: now, Metadata: EmptyObject,
		DirectA: min(a.ID, other), DirectB: max(a.ID, other),
		Settings: s.defaults(),
	}
	if err := tx.InsertConversation(ctx, c); err != nil {
		return 0, err
	}
	if err := tx.InsertParticipant(ctx, &Participant{ConversationID: c.ID, UserID: a.ID, Role: RoleMember, JoinedAt: now}); err != nil {
		return 0, err
	}
	if other != a.ID {
		p := &Participant{ConversationID: c.ID, UserID: other, Role: RoleMember, JoinedAt: now, HiddenAt: now}
		if err := tx.InsertParticipant(ctx, p); err != nil {
			return 0, err
		}
	}
	return c.ID, s.tellJoined(ctx, tx, c, a.ID, now)
}

// unhide brings a DIRECT back into the actor's list.
func (s *Service) unhide(ctx context.Context, tx Tx, c *Conversation, a Actor) error {
	p, err := tx.Participant(ctx, c.ID, a.ID)
	if err != nil || p == nil || p.HiddenAt.IsZero() {
		return err
	}
	p.HiddenAt = time.Time{}
	if err := tx.UpdateParticipant(ctx, p); err != nil {
		return err
	}
	return s.tellJoined(ctx, tx, c, a.ID, s.clock())
}
