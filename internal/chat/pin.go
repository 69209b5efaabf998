package chat

import (
	"context"
	"time"
)

// MaxPinned is how many messages of one conversation may be pinned.
const MaxPinned = 50

// PinMessage pins a message for everybody in its conversation, or takes the pin
// away. Whoever may speak there may do so; all hear of it by the message, and a
// line tells who pinned it. What is that way already changes nothing.
func (s *Service) PinMessage(ctx context.Context, a Actor, id MessageID, pin bool) (*Message, error) {
	if pin { // which says something in the conversation
		if err := spend(s.limits.send(a), a.ID, 1); err != nil {
			return nil, err
		}
	}
	var pinned *Message
	err := s.commit(ctx, func(ctx context.Context, tx Tx) error {
		st, m, err := accessMessage(ctx, tx, a, id)
		if err != nil {
			return err
		}
		pinned = m
		if err := maySpeak(ctx, tx, st); err != nil {
			return err
		}
		if m.PinnedAt.IsZero() == !pin {
			return nil
		}
		if pin {
			if err := pinnable(ctx, tx, m); err != nil {
				return err
			}
			if err := st.slowDown(s.clock()); err != nil {
				return err
			}
		}
		return s.setPin(ctx, tx, st, m, pin)
	})
	if err != nil {
		return nil, err
	}
	return pinned, s.personalise(ctx, a, []*Message{pinned})
}

func pinnable(ctx context.Context, r Reader, m *Message) error {
	switch {
	case m.Type == TypeSystem:
		return Errorf(Forbidden, "System messages cannot be pinned")
	case m.Deleted():
		return Errorf(Conflict, "Message was deleted")
	}
	n, err := r.CountPins(ctx, m.ConversationID)
	if err != nil {
		return err
	}
	if n >= MaxPinned {
		return Errorf(Conflict, "At most %d messages can be pinned", MaxPinned)
	}
	return nil
}

func (s *Service) setPin(ctx context.Context, tx Tx, st seat, m *Message, pin bool) error {
	now := s.clock()
	if m.PinnedAt, m.PinnedBy = (time.Time{}), 0; pin {
		m.PinnedAt, m.PinnedBy = now, st.me.UserID
	}
	if err := tx.SetPin(ctx, m); err != nil {
		return err
	}
	shown := *m
	if err := emit(ctx, tx, st.Conversation, MessageUpdated, st.me.UserID, now, &shown); err != nil || !pin {
		return err
	}
	if err := say(ctx, tx, st.Conversation, st.me.UserID, now, "pinned a message", systemNote{Kind: "pinned", MessageID: m.ID}); err != nil {
		return err
	}
	st.me.LastSent = now
	return tx.UpdateParticipant(ctx, st.me)
}

// Pins returns the pinned messages of a conversation that the actor sees, the
// newest pin first.
func (s *Service) Pins(ctx context.Context, a Actor, c ConversationID) ([]Message, error) {
	var list []Message
	err := s.store.Read(ctx, func(r Reader) error {
		st, err := accessConversation(ctx, r, a, c)
		if err != nil {
			return err
		}
		if list, err = r.Pins(ctx, c, st.me.HiddenRev); err != nil {
			return err
		}
		return personalise(ctx, r, a, refs(list))
	})
	return list, err
}
