package chat

import (
	"context"
	"slices"
)

// The operations in this file are the administrators': they are not participants,
// see no content, and the caller has checked who they are. Only groups and channels
// are theirs to look after.

// administered finds a group or channel without taking part in it.
func administered(ctx context.Context, r Reader, id ConversationID) (*Conversation, error) {
	c, err := r.Conversation(ctx, id)
	if err == nil && (c == nil || c.Kind != Group && c.Kind != Channel) {
		err = errConversationNotFound()
	}
	return c, err
}

// Administered returns a group or channel, as administrators see it.
func (s *Service) Administered(ctx context.Context, id ConversationID) (c *Conversation, err error) {
	err = s.store.Read(ctx, func(r Reader) error {
		c, err = administered(ctx, r, id)
		return err
	})
	return c, err
}

// AdministeredParticipants returns at most limit participants by user id, after the
// given one.
func (s *Service) AdministeredParticipants(ctx context.Context, id ConversationID, after UserID, limit int) (list []Participant, err error) {
	err = s.store.Read(ctx, func(r Reader) error {
		if _, err := administered(ctx, r, id); err != nil {
			return err
		}
		list, err = r.Participants(ctx, id, after, limit)
		return err
	})
	return list, err
}

// HandOver makes a participant the owner of a group or channel; who owned it before
// becomes an admin.
func (s *Service) HandOver(ctx context.Context, by Actor, id ConversationID, to UserID) error {
	return s.commit(ctx, func(ctx context.Context, tx Tx) error {
		c, err := administered(ctx, tx, id)
		if err != nil {
			return err
		}
		next, err := tx.Participant(ctx, id, to)
		switch {
		case err != nil:
			return err
		case next == nil:
			return Invalid("userId", "The new owner must be a participant")
		case next.Role == Owner:
			return nil
		}
		u, err := tx.User(ctx, to)
		if err != nil {
			return err
		}
		if u == nil || !u.Active() {
			return Invalid("userId", "The new owner must be somebody who may sign in")
		}
		before, err := ownerOf(ctx, tx, id)
		if err != nil {
			return err
		}
		detail := map[string]any{"to": to}
		if before != nil {
			detail["from"] = before.UserID
			if err := s.assignRole(ctx, tx, c, before, Admin, by.ID); err != nil {
				return err
			}
		}
		if err := s.assignRole(ctx, tx, c, next, Owner, by.ID); err != nil {
			return err
		}
		return Record(ctx, tx, by, s.clock(), ActionHandedOver, int64(id), detail)
	})
}

// ownerOf is nil if nobody owns the conversation.
func ownerOf(ctx context.Context, r Reader, id ConversationID) (*Participant, error) {
	leading, err := r.LeadingParticipants(ctx, []ConversationID{id}, 1)
	list := leading[id]
	i := slices.IndexFunc(list, func(p Participant) bool { return p.Role == Owner })
	if err != nil || i < 0 {
		return nil, err
	}
	return &list[i], nil
}

// DeleteConversation deletes a group or channel for everybody.
func (s *Service) DeleteConversation(ctx context.Context, by Actor, id ConversationID) error {
	return s.commit(ctx, func(ctx context.Context, tx Tx) error {
		c, err := administered(ctx, tx, id)
		if err != nil {
			return err
		}
		detail := map[string]any{"type": c.Kind, "messages": c.LastCount, "participants": c.ParticipantCount}
		if err := s.dissolve(ctx, tx, c, by.ID); err != nil {
			return err
		}
		return Record(ctx, tx, by, s.clock(), ActionConversationGone, int64(id), detail)
	})
}
