package store

import (
	"context"
	"time"

	"parley/internal/chat"
)

// announceEvery keeps a user's read marks in one conversation this far apart
// (promises.md: at most one per second, the newest winning).
const announceEvery = time.Second

// movePosition moves one read or delivery position.
func (t *tx) movePosition(ctx context.Context, j *job) error {
	m := j.move
	c, err := t.Conversation(ctx, m.ConversationID)
	if err != nil {
		return err
	}
	var p *chat.Participant
	var target *chat.Message
	if c != nil {
		if p, err = t.Participant(ctx, m.ConversationID, m.UserID); err != nil {
			return err
		}
		if target, err = t.moveTarget(ctx, c, m.MessageID); err != nil {
			return err
		}
	}
	if j.err = m.Admit(c, p, target); j.err != nil {
		return nil //nolint:nilerr // j carries the refusal; an error here would undo the whole batch
	}
	m.Conversation, m.Participant = c, p
	m.Moved, m.Held = false, false
	if m.Delivered {
		return t.moveDelivered(ctx, m, target)
	}
	return t.moveRead(ctx, m, target)
}

// moveTarget is the message to move to, nil unless it is in the conversation.
// No id means the newest, which is nil only if there is none.
func (t *tx) moveTarget(ctx context.Context, c *chat.Conversation, id chat.MessageID) (*chat.Message, error) {
	if id == 0 {
		return &chat.Message{ID: c.LastMessageID, ConversationID: c.ID, Seq: c.LastSeq, Rev: c.LastRev, Count: c.LastCount}, nil
	}
	scan := func(r row, m *chat.Message) error {
		return r.Scan((*int64)(&m.ConversationID), &m.Seq, &m.Rev, &m.Count)
	}
	m, err := one(ctx, t.session, scan, `SELECT conversation_id, seq, rev, count_no FROM messages WHERE id = $1`, int64(id))
	if m == nil || m.ConversationID != c.ID {
		return nil, err
	}
	m.ID = id
	return m, nil
}

func (t *tx) moveDelivered(ctx context.Context, m *chat.Move, target *chat.Message) error {
	if target.Seq <= m.Participant.Delivered {
		return nil
	}
	m.Participant.Delivered, m.Moved = target.Seq, true
	return t.storePositions(ctx, m.Participant)
}

func (t *tx) moveRead(ctx context.Context, m *chat.Move, target *chat.Message) (err error) {
	p := m.Participant
	switch {
	case target.Seq > p.Read.Seq:
		m.Moved, p.Unread = true, chat.UnreadMark{}
		p.Read.Seq, p.Read.Count, p.Read.MessageID, p.Read.At = target.Seq, target.Count, target.ID, m.At
		p.Delivered = max(p.Delivered, target.Seq)
		if gap := m.At.Sub(p.Read.AnnouncedAt); gap >= announceEvery || gap < 0 {
			return t.announceMove(ctx, m)
		}
		m.Held = true
		if err := t.storePositions(ctx, p); err != nil {
			return err
		}
	case p.Unread.From > 0 && target.Seq >= p.Unread.From:
		m.Moved = true
		return t.readAgain(ctx, m, target)
	}
	m.Unread, _, err = t.UnreadIn(ctx, m.Conversation, p)
	return err
}

// readAgain moves a mark that the participant has put back by hand. The others
// know already that he has read this.
func (t *tx) readAgain(ctx context.Context, m *chat.Move, target *chat.Message) error {
	p, mark := m.Participant, chat.UnreadMark{}
	if target.Seq < p.Read.Seq {
		base, err := t.baseAfter(ctx, p, target)
		if err != nil {
			return err
		}
		mark = chat.UnreadMark{From: target.Seq + 1, Base: base, After: target.ID}
	}
	p.Unread = mark
	if err := t.storePositions(ctx, p); err != nil {
		return err
	}
	left, err := chat.LeftFor(ctx, t, m.Conversation, p)
	if err != nil {
		return err
	}
	m.Unread = left.UnreadCount
	return t.Emit(ctx, chat.MovedBy(p, m.At, left))
}

// baseAfter is what does not count behind target: what did not count so far, and what
// others wrote from the mark up to target. Only that stretch is looked at.
func (t *tx) baseAfter(ctx context.Context, p *chat.Participant, target *chat.Message) (int64, error) {
	type place struct{ rev, count int64 }
	before, err := one(ctx, t.session, func(r row, p *place) error { return r.Scan(&p.rev, &p.count) }, `
		SELECT rev, count_no FROM messages WHERE conversation_id = $1 AND rev <= $2 AND seq < $3 ORDER BY rev DESC LIMIT 1`,
		int64(p.ConversationID), target.Rev, p.Unread.From)
	if err != nil {
		return 0, err
	}
	if before == nil {
		before = &place{}
	}
	own, err := t.OwnBetween(ctx, p.ConversationID, p.UserID, before.rev, target.Rev)
	return p.Unread.Base + target.Count - before.count - own, err
}

// announceMove makes a move known and says what it leaves.
func (t *tx) announceMove(ctx context.Context, m *chat.Move) error {
	left, err := chat.LeftFor(ctx, t, m.Conversation, m.Participant)
	if err != nil {
		return err
	}
	m.Unread = left.UnreadCount
	return t.announceRead(ctx, m.Participant, m.At, left)
}

// OwnBetween implements chat.Reader.
func (r reader) OwnBetween(ctx context.Context, c chat.ConversationID, u chat.UserID, after, upTo int64) (int64, error) {
	return number(ctx, r.session, `
		SELECT COUNT(*) FROM messages WHERE conversation_id = $1 AND rev > $2 AND rev <= $3 AND sender_id = $4 AND type <> 'SYSTEM'`,
		int64(c), after, upTo, int64(u))
}

// announceRead makes a position known: an event for the conversation, one for
// the user's other devices, and a mark for read receipts. left may be nil.
func (t *tx) announceRead(ctx context.Context, p *chat.Participant, now time.Time, left *chat.Unread) error {
	p.Read.Announced, p.Read.AnnouncedAt = p.Read.Seq, now
	if err := t.storePositions(ctx, p); err != nil {
		return err
	}
	_, err := t.exec(ctx, `
		INSERT INTO read_marks (conversation_id, user_id, seq, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		int64(p.ConversationID), int64(p.UserID), p.Read.Seq, millis(p.Read.At))
	if err != nil {
		return err
	}
	mark := &chat.ReadMark{ConversationID: p.ConversationID, UserID: p.UserID, UserName: p.Name, MessageID: p.Read.MessageID, Seq: p.Read.Seq, At: p.Read.At}
	err = t.Emit(ctx, &chat.Event{
		Stream: p.ConversationID.Stream(), Type: chat.ReadMarked, Actor: p.UserID, At: p.Read.At, Ref: int64(p.Read.MessageID), Payload: mark,
	})
	if err != nil {
		return err
	}
	return t.Emit(ctx, chat.MovedBy(p, p.Read.At, left))
}

// announceChunk bounds the marks of one commit.
const announceChunk = 200

// AnnounceReads implements chat.Store.
func (s *Store) AnnounceReads(ctx context.Context, now time.Time) (waiting int, err error) {
	held, err := s.heldReads(ctx)
	if err != nil {
		return 0, err
	}
	var due []seatKey
	for _, h := range held {
		if gap := now.Sub(h.announced); gap >= announceEvery || gap < 0 {
			due = append(due, h.seatKey)
		} else {
			waiting++
		}
	}
	if len(held) == announceChunk {
		waiting++ // there may be more
	}
	if len(due) == 0 {
		return waiting, nil
	}
	return waiting, s.committer.submit(ctx, &job{run: func(t *tx) error {
		for _, k := range due {
			p, err := t.Participant(ctx, k.conversation, k.user)
			if err != nil {
				return err
			}
			if p == nil || p.Read.Seq <= p.Read.Announced {
				continue
			}
			if err := t.announceRead(ctx, p, now, nil); err != nil {
				return err
			}
		}
		return nil
	}})
}

type heldRead struct {
	seatKey
	announced time.Time // the last mark before
}

func (s *Store) heldReads(ctx context.Context) (held []heldRead, err error) {
	scan := func(r row, h *heldRead) error {
		return r.Scan((*int64)(&h.conversation), (*int64)(&h.user), at{&h.announced})
	}
	err = s.read(ctx, func(r *session) error {
		held, err = list(ctx, r, scan, `
			SELECT p.conversation_id, p.user_id, p.announced_at FROM participants p JOIN conversations c ON c.id = p.conversation_id
			WHERE p.read_seq > p.announced_seq AND c.deleted_at = 0
			ORDER BY p.announced_at LIMIT $1`, announceChunk)
		return err
	})
	return held, err
}

// LowestPositions implements chat.Reader.
func (r reader) LowestPositions(ctx context.Context, c chat.ConversationID, user chat.UserID) (read, delivered int64, ok bool, err error) {
	type lowest struct{ read, delivered, others int64 }
	scan := func(r row, l *lowest) error { return r.Scan(&l.read, &l.delivered, &l.others) }
	l, err := one(ctx, r.session, scan, `
		SELECT COALESCE(MIN(read_seq), 0), COALESCE(MIN(delivered_seq), 0), COUNT(*)
		FROM participants WHERE conversation_id = $1 AND user_id <> $2`, int64(c), int64(user))
	if err != nil {
		return 0, 0, false, err
	}
	return l.read, l.delivered, l.others > 0, nil
}

// ReadMarks implements chat.Reader. A position that was reached by writing, with
// nothing unread before it, has no mark of its own; then the next one counts, or
// the position itself.
func (r reader) ReadMarks(ctx context.Context, m *chat.Message) ([]chat.ReadMark, error) {
	scan := func(r row, k *chat.ReadMark) error {
		return r.Scan((*int64)(&k.UserID), &k.UserName, at{&k.At})
	}
	marks, err := list(ctx, r.session, scan, `
		SELECT p.user_id, CASE WHEN u.display_name <> '' THEN u.display_name ELSE u.username END,
			COALESCE((SELECT k.at FROM read_marks k WHERE k.conversation_id = p.conversation_id AND k.user_id = p.user_id AND k.seq >= $1
				ORDER BY k.seq LIMIT 1), p.read_at)
		FROM participants p JOIN users u ON u.id = p.user_id
		WHERE p.conversation_id = $2 AND p.read_seq >= $1 AND p.user_id <> $3 AND p.joined_seq < $1
		ORDER BY 3, 1`, m.Seq, int64(m.ConversationID), int64(m.SenderID))
	for i := range marks {
		marks[i].ConversationID, marks[i].MessageID, marks[i].Seq = m.ConversationID, m.ID, m.Seq
	}
	return marks, err
}
