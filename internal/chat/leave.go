package chat

import (
	"context"
	"time"
)

// Departure is how a participant wants to go.
type Departure struct {
	Delete     bool   // the owner deletes the conversation for everybody
	TransferTo UserID // the owner names his successor; 0: the longest-serving one
}

// Departed is what came of it.
type Departed struct {
	Result   string // "HIDDEN", "LEFT" or "DELETED"
	NewOwner UserID // 0: the owner stayed the same
}

// Leave is DELETE /conversations/{id} of contracts/chat-api.md: it hides a DIRECT
// for the actor, leaves a group, or deletes it. The default never destroys other
// people's data.
func (s *Service) Leave(ctx context.Context, a Actor, id ConversationID, d Departure) (Departed, error) {
	var done Departed
	err := s.commit(ctx, func(ctx context.Context, tx Tx) error {
		st, err := accessConversation(ctx, tx, a, id)
		if err != nil {
			return err
		}
		switch {
		case st.Kind == Room:
			return Errorf(Forbidden, "A seat in a room is left by its own way")
		case st.Kind == Direct:
			done = Departed{Result: "HIDDEN"}
			return s.hide(ctx, tx, st)
		case d.Delete:
			if err := st.mayRule("delete the conversation"); err != nil {
				return err
			}
			done = Departed{Result: "DELETED"}
			return s.dissolve(ctx, tx, st.Conversation, a.ID)
		}
		done, err = s.depart(ctx, tx, st, d.TransferTo)
		return err
	})
	return done, err
}

// hide ends a DIRECT for one side: his history is gone for him. A new message
// brings it back with only newer messages.
func (s *Service) hide(ctx context.Context, tx Tx, st seat) error {
	now, p := s.clock(), st.me
	p.HiddenAt, p.HiddenBefore, p.HiddenRev = now, st.LastSeq, st.LastRev
	p.PinnedAt, p.ArchivedAt = time.Time{}, time.Time{}
	p.Unread = UnreadMark{}
	p.Read = ReadPosition{Seq: st.LastSeq, Count: st.LastCount, MessageID: st.LastMessageID, At: now, Announced: st.LastSeq, AnnouncedAt: p.Read.AnnouncedAt}
	if err := tx.UpdateParticipant(ctx, p); err != nil {
		return err
	}
	if err := tx.SetDraft(ctx, st.ID, p.UserID, nil); err != nil {
		return err
	}
	return s.tellLeft(ctx, tx, st.ID, p.UserID, now, ReasonHidden)
}

// depart leaves a group; an owner is succeeded by somebody, or by nobody, and
// then the conversation is deleted.
func (s *Service) depart(ctx context.Context, tx Tx, st seat, transferTo UserID) (Departed, error) {
	done := Departed{Result: "LEFT"}
	if st.me.Role == Owner {
		next, err := s.successor(ctx, tx, st, transferTo)
		if err != nil {
			return done, err
		}
		if next == nil {
			return Departed{Result: "DELETED"}, s.dissolve(ctx, tx, st.Conversation, st.me.UserID)
		}
		done.NewOwner = next.UserID
		st.me.Role = Admin
		if err := tx.UpdateParticipant(ctx, st.me); err != nil {
			return done, err
		}
		if err := s.assignRole(ctx, tx, st.Conversation, next, Owner, st.me.UserID); err != nil {
			return done, err
		}
	}
	return done, s.unseat(ctx, tx, st.Conversation, st.me, st.me.UserID, ReasonLeft)
}

func (s *Service) successor(ctx context.Context, tx Tx, st seat, named UserID) (*Participant, error) {
	if named == 0 {
		return tx.Successor(ctx, st.ID, st.me.UserID)
	}
	p, err := tx.Participant(ctx, st.ID, named)
	if err != nil {
		return nil, err
	}
	if p == nil || named == st.me.UserID {
		return nil, Invalid("transferTo", "transferTo must be another participant")
	}
	return p, nil
}

// dissolve deletes a conversation for everybody: it is gone at once, its rows
// are erased in the background.
func (s *Service) dissolve(ctx context.Context, tx Tx, c *Conversation, by UserID) error {
	now := s.clock()
	gone := Conversation{ID: c.ID, Kind: c.Kind}
	if err := emit(ctx, tx, c, ConversationDeleted, by, now, &gone); err != nil {
		return err
	}
	for after := UserID(0); ; {
		page, err := tx.Participants(ctx, c.ID, after, MaxParticipants)
		if err != nil {
			return err
		}
		for _, p := range page {
			if err := s.tellLeft(ctx, tx, c.ID, p.UserID, now, ReasonDeleted); err != nil {
				return err
			}
			after = p.UserID
		}
		if len(page) < MaxParticipants {
			break
		}
	}
	if err := tx.DoomConversation(ctx, c.ID, now); err != nil {
		return err
	}
	return tx.Enqueue(ctx, EraseConversation{int64(c.ID)})
}
