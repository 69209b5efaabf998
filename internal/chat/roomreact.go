package chat

import (
	"context"

	"parley/internal/text"
)

// Bounds of reactions in rooms.
const (
	// MaxRoomReaction is how long one may be that is encrypted.
	MaxRoomReaction = 512 // bytes
	// MaxRoomReactions is how often reactions may change in one room: each change is
	// an event in its log.
	MaxRoomReactions = 1000
)

// RoomReaction is the request to put a reaction in place of the one that the holder
// of a seat has on a message.
type RoomReaction struct {
	MessageID MessageID
	Encrypted string // opaque, also when it takes the reaction away
	Emoji     string // stands instead of it; "": none
}

// RoomReactionKey is under which key the reaction of a seat stands: each seat has one
// on each message, whatever is in it.
func RoomReactionKey(seat int) string { return string(rune('0' + seat)) }

// ReactInRoom puts a reaction in place of the one before. One in clear marks the room
// as a message does.
func (s *Service) ReactInRoom(ctx context.Context, v *RoomView, r RoomReaction) error {
	content, err := readReaction(r)
	if err != nil {
		return err
	}
	if err := spend(s.limits.React, v.Actor().ID, 1); err != nil {
		return err
	}
	me := func(RoomID) string { return v.Me }
	return s.commit(ctx, func(ctx context.Context, tx Tx) error {
		now, err := s.accessRoom(ctx, tx, me, v.ID, s.clock())
		if err != nil {
			return err
		}
		st, m, err := accessMessage(ctx, tx, now.Actor(), r.MessageID)
		if Has(err, NotFound) || err == nil && m.Deleted() {
			return &Error{Code: NotFound, Field: "messageId", Message: "There is no such message"}
		}
		if err != nil {
			return roomError(err)
		}
		used, err := tx.RoomUse(ctx, now.Conversation)
		if err != nil {
			return err
		}
		if used.Reactions >= MaxRoomReactions {
			return Errorf(PayloadTooLarge, "Reactions may change at most %d times in a room", MaxRoomReactions)
		}
		if r.Encrypted == "" && content != "" {
			if err := s.becomePlain(ctx, tx, now); err != nil {
				return err
			}
		}
		return s.replaceReaction(ctx, tx, st, m, RoomReactionKey(now.Seat), content)
	})
}

func readReaction(r RoomReaction) (string, error) {
	switch {
	case len(r.Encrypted) > MaxRoomReaction:
		return "", Errorf(PayloadTooLarge, "A reaction may have at most %d bytes", MaxRoomReaction)
	case r.Encrypted != "" && r.Emoji != "":
		return "", Invalid("emoji", "emoji must not stand beside enc")
	case r.Encrypted != "":
		return r.Encrypted, nil
	case r.Emoji == "":
		return "", nil
	}
	emoji, _, ok := text.Emoji(r.Emoji)
	if !ok {
		return "", Invalid("emoji", "emoji must be an emoji")
	}
	return emoji, nil
}

// replaceReaction stores the change and tells both.
func (s *Service) replaceReaction(ctx context.Context, tx Tx, st seat, m *Message, key, content string) error {
	if _, err := tx.RemoveReaction(ctx, m.ID, st.me.UserID, key); err != nil {
		return err
	}
	at, typ := s.clock(), ReactionRemoved
	if content != "" {
		typ = ReactionAdded
		if _, err := tx.AddReaction(ctx, &Reaction{MessageID: m.ID, UserID: st.me.UserID, Emoji: content, Key: key, CreatedAt: at}); err != nil {
			return err
		}
	}
	return tx.Emit(ctx, &Event{
		Stream: st.ID.Stream(), Type: typ, Actor: st.me.UserID, At: at, Ref: int64(m.ID), Seq: m.Seq, Detail: content,
		Payload: &ReactionChange{MessageID: m.ID, ConversationID: st.ID, UserID: st.me.UserID, Emoji: content, Added: content != ""},
	})
}
