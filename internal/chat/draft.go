package chat

import (
	"context"
	"time"

	"parley/internal/text"
)

// Draft is what somebody has begun to write in a conversation and not sent.
type Draft struct {
	Content  string
	ParentID MessageID // the message that it answers; 0: none
	At       time.Time
}

// SaveDraft keeps what the actor has begun to write, for all his devices; without
// a text there is no draft any more.
func (s *Service) SaveDraft(ctx context.Context, a Actor, c ConversationID, content string, parent MessageID) (*Draft, error) {
	t, err := text.Normalize(content)
	if err != nil {
		return nil, Invalid("content", "content must be valid UTF-8")
	}
	if n := text.Length(t); n > s.rules.Load().MaxMessageLength {
		return nil, Invalid("content", "A draft must be at most %d characters, this one has %d", s.rules.Load().MaxMessageLength, n)
	}
	if err := spend(s.limits.Draft, a.ID, 1); err != nil {
		return nil, err
	}
	var saved *Draft
	err = s.commit(ctx, func(ctx context.Context, tx Tx) error {
		st, err := accessConversation(ctx, tx, a, c)
		if err != nil {
			return err
		}
		if err := mayAnswer(ctx, tx, st, parent); err != nil {
			return err
		}
		before, err := draftOf(ctx, tx, st)
		if err != nil {
			return err
		}
		if saved = (&Draft{Content: t, ParentID: parent, At: s.clock()}); text.IsBlank(t) {
			saved = nil
		}
		if before == nil && saved == nil || before != nil && saved != nil && before.Content == t && before.ParentID == parent {
			saved = before
			return nil
		}
		if err := tx.SetDraft(ctx, c, a.ID, saved); err != nil {
			return err
		}
		return s.tellSettings(ctx, tx, st)
	})
	return saved, err
}

// mayAnswer lets a draft name the message that it answers.
func mayAnswer(ctx context.Context, r Reader, st seat, parent MessageID) error {
	if parent == 0 {
		return nil
	}
	m, err := r.Message(ctx, parent)
	if err != nil {
		return err
	}
	if m == nil || m.ConversationID != st.ID || !st.me.Sees(m.Seq) {
		return Invalid("parentMessageId", "The message to reply to is not in this conversation")
	}
	return nil
}

func draftOf(ctx context.Context, r Reader, st seat) (*Draft, error) {
	found, err := r.Drafts(ctx, st.me.UserID, []ConversationID{st.ID})
	return found[st.ID], err
}

// tellSettings tells the participant's devices what the conversation is to him.
// That is read when it is delivered.
func (s *Service) tellSettings(ctx context.Context, tx Tx, st seat) error {
	return emitOwn(ctx, tx, st.me.UserID, ConversationSettings, int64(st.ID), "", s.clock(), nil)
}
