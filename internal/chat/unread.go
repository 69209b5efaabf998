package chat

import (
	"context"
	"strconv"
	"time"
)

// newestToUnread is how far back the newest message of somebody else is looked for.
const newestToUnread = 100

// MarkUnread makes the messages from one on unread for the actor, on all his
// devices; 0 means the newest of somebody else. Nobody else sees that: a receipt
// once given stays. What is unread already changes nothing.
func (s *Service) MarkUnread(ctx context.Context, a Actor, c ConversationID, from MessageID) (ReadState, error) {
	found, err := s.unreadFrom(ctx, a, c, from)
	if err != nil {
		return ReadState{}, err
	}
	var state ReadState
	err = s.commit(ctx, func(ctx context.Context, tx Tx) error {
		st, err := accessConversation(ctx, tx, a, c)
		if err != nil {
			return err
		}
		now := s.clock()
		if seq, _ := st.me.ReadSeq(); found.mark.From <= seq {
			if err := found.set(ctx, tx, st); err != nil {
				return err
			}
			left, err := LeftFor(ctx, tx, st.Conversation, st.me)
			if err != nil {
				return err
			}
			if err := tx.Emit(ctx, MovedBy(st.me, now, left)); err != nil {
				return err
			}
		}
		state = ReadState{ConversationID: c, MessageID: st.me.ReadUpTo(), At: now}
		state.Unread, _, err = tx.UnreadIn(ctx, st.Conversation, st.me)
		return err
	})
	return state, err
}

// unreadFrom is a mark as it stands when the conversation's head is at rev.
type unreadFrom struct {
	mark UnreadMark
	rev  int64
}

// unreadFrom works out a mark before anything is changed: counting one's own
// messages from far back takes a while, in which others can write.
func (s *Service) unreadFrom(ctx context.Context, a Actor, c ConversationID, from MessageID) (found unreadFrom, err error) {
	err = s.store.Read(ctx, func(r Reader) error {
		st, err := accessConversation(ctx, r, a, c)
		if err != nil {
			return err
		}
		m, err := firstUnread(ctx, r, st, from)
		if err != nil {
			return err
		}
		found = unreadFrom{UnreadMark{From: m.Seq, Base: m.Count}, st.LastRev}
		if m.Type != TypeSystem { // which counts for nothing
			found.mark.Base--
		}
		before, _, err := r.Messages(ctx, st.ID, st.me.HiddenRev, Page{Before: m.ID, Limit: 1})
		if err != nil {
			return err
		}
		if len(before) > 0 {
			found.mark.After = before[0].ID
		}
		own, err := r.OwnBetween(ctx, c, a.ID, m.Rev-1, found.rev)
		found.mark.Base += own
		return err
	})
	return found, err
}

// set brings the mark up to the head and stores it.
func (f unreadFrom) set(ctx context.Context, tx Tx, st seat) error {
	own, err := tx.OwnBetween(ctx, st.ID, st.me.UserID, f.rev, st.LastRev)
	if err != nil {
		return err
	}
	st.me.Unread = f.mark
	st.me.Unread.Base += own
	return tx.UpdateParticipant(ctx, st.me)
}

// firstUnread is the message from which a conversation is to be unread.
func firstUnread(ctx context.Context, r Reader, st seat, id MessageID) (*Message, error) {
	if id != 0 {
		_, m, err := accessMessage(ctx, r, Actor{ID: st.me.UserID}, id)
		if Has(err, NotFound) || Has(err, NotParticipant) || err == nil && m.ConversationID != st.ID {
			return nil, Invalid("fromMessageId", "The message is not in this conversation")
		}
		return m, err
	}
	newest, _, err := r.Messages(ctx, st.ID, st.me.HiddenRev, Page{Limit: newestToUnread})
	if err != nil {
		return nil, err
	}
	for i := len(newest) - 1; i >= 0; i-- {
		if m := &newest[i]; m.SenderID != st.me.UserID && m.Type != TypeSystem && !m.Deleted() {
			return m, nil
		}
	}
	return nil, Errorf(Conflict, "There is nothing to mark as unread")
}

// LeftFor is what a participant has not read, up to the newest message that c
// knows of.
func LeftFor(ctx context.Context, r Reader, c *Conversation, p *Participant) (*Unread, error) {
	left := &Unread{ConversationID: c.ID, LastMessageID: c.LastMessageID, LastReadMessageID: p.ReadUpTo()}
	var err error
	left.UnreadCount, left.MentionCount, err = r.UnreadIn(ctx, c, p)
	return left, err
}

// MovedBy is the event that tells a user's devices up to where he has read as he
// sees it, and what is left. Without left that is read when it is delivered.
func MovedBy(p *Participant, at time.Time, left *Unread) *Event {
	e := &Event{
		Stream: p.UserID.Stream(), Type: ReadMoved, Actor: p.UserID, At: at, Ref: int64(p.ConversationID),
		Detail: strconv.FormatInt(int64(p.ReadUpTo()), 10),
	}
	if left != nil {
		e.Payload = movedMark(p, at, left)
	}
	return e
}

func movedMark(p *Participant, at time.Time, left *Unread) *ReadMark {
	seq, _ := p.ReadSeq()
	return &ReadMark{ConversationID: p.ConversationID, UserID: p.UserID, UserName: p.Name, MessageID: p.ReadUpTo(), Seq: seq, At: at, Left: left}
}
