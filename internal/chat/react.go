package chat

import (
	"context"
	"slices"

	"parley/internal/text"
)

// Bounds of reactions on one message.
const (
	MaxEmoji     = 20 // different ones
	MaxEmojiEach = 10 // of one user
)

// React is the request to add or take back a reaction.
type React struct {
	MessageID      MessageID
	ConversationID ConversationID // 0, or it must be the message's
	Emoji          string
	Add            bool
}

// Reacted is the state after a reaction.
type Reacted struct {
	Added   bool // the reaction is there now
	Changed bool // and was not before, or the other way round
	Summary []ReactionCount
}

// React adds or removes the actor's reaction. What is there already, or not
// there, changes nothing and makes no event.
func (s *Service) React(ctx context.Context, a Actor, r React) (Reacted, error) {
	return s.react(ctx, a, r, func(bool) bool { return r.Add })
}

// ToggleReaction adds the actor's reaction, or removes it if it is there.
func (s *Service) ToggleReaction(ctx context.Context, a Actor, id MessageID, emoji string) (Reacted, error) {
	return s.react(ctx, a, React{MessageID: id, Emoji: emoji, Add: true}, func(has bool) bool { return !has })
}

func (s *Service) react(ctx context.Context, a Actor, r React, want func(has bool) bool) (Reacted, error) {
	emoji, key, ok := text.Emoji(r.Emoji)
	if !ok {
		return Reacted{}, Invalid("emoji", "emoji must be an emoji or a :custom_name:")
	}
	if r.Add {
		if err := spend(s.limits.React, a.ID, 1); err != nil {
			return Reacted{}, err
		}
	}
	var done Reacted
	err := s.commit(ctx, func(ctx context.Context, tx Tx) error {
		st, m, err := accessMessage(ctx, tx, a, r.MessageID)
		if err != nil {
			return err
		}
		if r.ConversationID != 0 && r.ConversationID != m.ConversationID {
			return Invalid("conversationId", "The message is in another conversation")
		}
		mine, err := tx.OwnReactions(ctx, a.ID, []MessageID{m.ID})
		if err != nil {
			return err
		}
		has := slices.Contains(mine[m.ID], key)
		done = Reacted{Added: want(has), Summary: m.Reactions}
		if done.Changed = done.Added != has; !done.Changed {
			return nil
		}
		if done.Added {
			if err := mayReact(st, m, key, mine[m.ID]); err != nil {
				return err
			}
			if err := notBlocked(ctx, tx, st); err != nil {
				return err
			}
		}
		done.Summary, err = s.setReaction(ctx, tx, st, m, emoji, key, done.Added)
		return err
	})
	return done, err
}

func mayReact(st seat, m *Message, key string, mine []string) error {
	switch {
	case !st.AllowReactions:
		return Errorf(FeatureDisabled, "Reactions are switched off in this conversation")
	case m.Deleted():
		return Errorf(Conflict, "Message was deleted")
	case len(mine) >= MaxEmojiEach:
		return Errorf(Conflict, "You can react with at most %d emoji", MaxEmojiEach)
	}
	if err := st.reserved(st.WhoMayReact, "react here"); err != nil {
		return err
	}
	for _, r := range m.Reactions {
		if r.Key == key {
			return nil
		}
	}
	if len(m.Reactions) >= MaxEmoji {
		return Errorf(Conflict, "A message can have at most %d different reactions", MaxEmoji)
	}
	return nil
}

// setReaction stores the change and tells everybody, the actor included.
func (s *Service) setReaction(ctx context.Context, tx Tx, st seat, m *Message, emoji, key string, add bool) ([]ReactionCount, error) {
	at, typ := s.clock(), ReactionAdded
	var err error
	if add {
		_, err = tx.AddReaction(ctx, &Reaction{MessageID: m.ID, UserID: st.me.UserID, Emoji: emoji, Key: key, CreatedAt: at})
	} else {
		typ = ReactionRemoved
		_, err = tx.RemoveReaction(ctx, m.ID, st.me.UserID, key)
	}
	if err != nil {
		return nil, err
	}
	after, err := tx.Message(ctx, m.ID)
	if err != nil {
		return nil, err
	}
	e := &Event{
		Stream: st.ID.Stream(), Type: typ, Actor: st.me.UserID, At: at, Ref: int64(m.ID), Seq: m.Seq, Detail: emoji,
		Payload: &ReactionChange{
			MessageID: m.ID, ConversationID: st.ID, UserID: st.me.UserID, UserName: st.me.Name,
			Emoji: emoji, Added: add, Summary: after.Reactions,
		},
	}
	return after.Reactions, tx.Emit(ctx, e)
}

// Reactions returns who reacted to a message with what, oldest first.
func (s *Service) Reactions(ctx context.Context, a Actor, id MessageID) ([]Reaction, error) {
	var list []Reaction
	err := s.store.Read(ctx, func(r Reader) error {
		_, _, err := accessMessage(ctx, r, a, id)
		if err != nil {
			return err
		}
		list, err = r.Reactions(ctx, id)
		return err
	})
	return list, err
}

// ReactionSummary returns how often each emoji stands under a message.
func (s *Service) ReactionSummary(ctx context.Context, a Actor, id MessageID) ([]ReactionCount, error) {
	var counts []ReactionCount
	err := s.store.Read(ctx, func(r Reader) error {
		_, m, err := accessMessage(ctx, r, a, id)
		if err == nil {
			counts = m.Reactions
		}
		return err
	})
	return counts, err
}
