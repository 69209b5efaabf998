package store

import (
	"context"
	"encoding/json"
	"strconv"

	"parley/internal/chat"
)

// seatKey is one user in one conversation.
type seatKey struct {
	conversation chat.ConversationID
	user         chat.UserID
}

// tempKey is what makes a repeated send a repeat.
type tempKey struct {
	seatKey
	tempID string
}

// shownKey is one file in one conversation.
type shownKey struct {
	conversation chat.ConversationID
	file         chat.FileID
}

// appendBatch is what one typed batch of messages needs to know and to write.
type appendBatch struct {
	conversations map[chat.ConversationID]*chat.Conversation
	seats         map[seatKey]*chat.Participant
	repeats       map[tempKey]*chat.Message
	parents       map[chat.MessageID]*chat.Message
	blocked       map[seatKey]bool
	files         map[chat.FileID]chat.File
	shown         map[shownKey]int64

	written []*chat.Message
	senders map[seatKey]bool
	wakes   []wake
}

// wake is a message that may bring its conversation back into lists.
type wake struct {
	conversation chat.ConversationID
	rev          int64 // the conversation's head before the message
}

// appendAll writes a batch of messages with a handful of statements.
func (t *tx) appendAll(ctx context.Context, jobs []*job) error {
	b := &appendBatch{senders: map[seatKey]bool{}, repeats: map[tempKey]*chat.Message{}}
	if err := t.loadBatch(ctx, b, jobs); err != nil {
		return err
	}
	if err := t.drawPositions(ctx, len(jobs)); err != nil {
		return err
	}
	for _, j := range jobs {
		if j.err = b.admit(j.append); j.err == nil && !j.append.Duplicate {
			if err := b.number(ctx, t, j.append); err != nil {
				return err
			}
		}
	}
	t.drawn = nil // what is left was drawn before the locks of other streams
	if len(b.written) == 0 {
		return nil
	}
	return t.writeBatch(ctx, b)
}

func (t *tx) loadBatch(ctx context.Context, b *appendBatch, jobs []*job) error {
	var seats []seatKey
	var temps []tempKey
	var parents []chat.MessageID
	var files []chat.FileID
	seen, convs := map[seatKey]bool{}, []chat.ConversationID{}
	for _, j := range jobs {
		m := j.append.Message
		k := seatKey{m.ConversationID, m.SenderID}
		if !seen[k] {
			seen[k] = true
			seats = append(seats, k)
		}
		if c := (seatKey{conversation: m.ConversationID}); !seen[c] {
			seen[c] = true
			convs = append(convs, m.ConversationID)
		}
		if m.TempID != "" {
			temps = append(temps, tempKey{k, m.TempID})
		}
		if m.ParentID != 0 {
			parents = append(parents, m.ParentID)
		}
		files = append(files, j.append.Files...)
	}
	var err error
	if b.conversations, err = t.conversationsByID(ctx, convs); err != nil {
		return err
	}
	if b.seats, err = t.seatsOf(ctx, seats); err != nil {
		return err
	}
	if b.blocked, err = t.blockedSeats(ctx, b.conversations, seats); err != nil {
		return err
	}
	if err = t.loadRepeats(ctx, b.repeats, temps); err != nil {
		return err
	}
	if b.files, err = t.lockFiles(ctx, files); err != nil {
		return err
	}
	if b.shown, err = t.shownFiles(ctx, jobs, b.files); err != nil {
		return err
	}
	b.parents, err = t.parentsByID(ctx, parents)
	return err
}

// admit decides about one message, with the batch so far as if it were written.
func (b *appendBatch) admit(a *chat.Append) error {
	m := a.Message
	k := seatKey{m.ConversationID, m.SenderID}
	in := chat.AppendContext{
		Conversation: b.conversations[m.ConversationID], Sender: b.seats[k],
		Blocked: b.blocked[k], Message: m, Wanted: a.Files, Shown: map[chat.FileID]int64{},
	}
	for _, id := range a.Files {
		if f, ok := b.files[id]; ok {
			in.Files = append(in.Files, f)
		}
		if seq := b.shown[shownKey{m.ConversationID, id}]; seq != 0 {
			in.Shown[id] = seq
		}
	}
	if p := b.parents[m.ParentID]; p != nil && p.ConversationID == m.ConversationID {
		in.Parent = p
	}
	if first := b.repeats[tempKey{k, m.TempID}]; first != nil && m.TempID != "" && in.Sender != nil && in.Conversation != nil {
		a.Message, a.Duplicate = first, true
		return nil
	}
	return a.Admit(in)
}

// number gives an admitted message its place and notes what has to be written.
func (b *appendBatch) number(ctx context.Context, t *tx, a *chat.Append) error {
	m := a.Message
	position, err := t.nextPosition(ctx)
	if err != nil {
		return err
	}
	m.ID = chat.MessageID(position)
	k := seatKey{m.ConversationID, m.SenderID}
	c, p := b.conversations[m.ConversationID], b.seats[k]
	b.wakes = append(b.wakes, wake{c.ID, c.LastRev})

	hadRead := p.Read.Seq == c.LastSeq && p.Unread.From == 0
	wasAnnounced := p.Read.Announced >= p.Read.Seq
	c.LastSeq++
	c.LastCount++
	c.LastRev++
	m.Rev, m.Seq, m.Count = c.LastRev, c.LastSeq, c.LastCount
	m.SenderName, m.SenderAvatar = p.Name, p.AvatarURL
	c.LastMessageID, c.LastMessageAt = m.ID, m.CreatedAt

	// Writing implies having read. Others see that from the message itself, unless
	// it also covers something that was unread: then the mark must be announced.
	p.Read.Seq, p.Read.Count, p.Read.MessageID, p.Read.At, p.Unread = m.Seq, m.Count, m.ID, m.CreatedAt, chat.UnreadMark{}
	if hadRead && wasAnnounced {
		p.Read.Announced = m.Seq
	}
	a.ReadHeld = p.Read.Announced < p.Read.Seq
	p.Delivered, p.LastSent = m.Seq, m.CreatedAt

	b.written = append(b.written, m)
	b.senders[k] = true
	for i := range m.Attachments { // for those after it in the batch
		f := &m.Attachments[i]
		if f.UsedAt.IsZero() {
			f.UsedAt, f.ConversationID = m.CreatedAt, m.ConversationID
		}
		b.files[f.ID] = *f
		b.shown[shownKey{m.ConversationID, f.ID}] = m.Seq
	}
	if m.TempID != "" {
		b.repeats[tempKey{k, m.TempID}] = m
	}
	t.events = append(t.events, &chat.Event{
		Stream: c.ID.Stream(), Rev: m.Rev, Pos: position, Type: chat.MessageCreated, Actor: m.SenderID, At: m.CreatedAt,
		Ref: int64(m.ID), Seq: m.Seq, Payload: m,
	})
	return nil
}

func (t *tx) writeBatch(ctx context.Context, b *appendBatch) error {
	if err := t.insertMessages(ctx, b.written); err != nil {
		return err
	}
	if err := t.attach(ctx, b.written); err != nil {
		return err
	}
	if err := t.insertPolls(ctx, b.written); err != nil {
		return err
	}
	if err := t.joinThreads(ctx, b.written); err != nil {
		return err
	}
	touched, seen := []*chat.Conversation{}, map[chat.ConversationID]bool{}
	for _, m := range b.written {
		if c := b.conversations[m.ConversationID]; !seen[c.ID] {
			seen[c.ID] = true
			touched = append(touched, c)
		}
	}
	if err := t.storeHeads(ctx, touched...); err != nil {
		return err
	}
	senders := make([]*chat.Participant, 0, len(b.senders))
	for k := range b.senders {
		senders = append(senders, b.seats[k])
	}
	if err := t.storePositions(ctx, senders...); err != nil {
		return err
	}
	for _, m := range b.written {
		if err := t.SetMentions(ctx, m); err != nil {
			return err
		}
	}
	return t.wakeAll(ctx, b.wakes, b.written[0].CreatedAt.UnixMilli())
}

func (t *tx) insertMessages(ctx context.Context, list []*chat.Message) error {
	rows := make([][]any, len(list))
	for i, m := range list {
		forwarded, err := forwardedJSON(m.Forwarded)
		if err != nil {
			return err
		}
		rows[i] = []any{int64(m.ID), int64(m.ConversationID), m.Rev, m.Seq, m.Count, string(m.Type), int64(m.SenderID), m.Content,
			m.Encrypted, int64(m.ParentID), int64(m.RootID), m.TempID, string(m.Metadata), forwarded, millis(m.CreatedAt)}
	}
	return table{"nnnnntnttnntttn", rows}.each(t.engine, func(query string, args []any) error {
		_, err := t.exec(ctx, `
			INSERT INTO messages (id, conversation_id, rev, seq, count_no, type, sender_id, content,
				encrypted, parent_id, root_id, temp_id, metadata, forwarded, created_at) `+query, args...)
		return err
	})
}

func forwardedJSON(f *chat.Forwarded) (string, error) {
	if f == nil {
		return "", nil
	}
	b, err := json.Marshal(f)
	return string(b), err
}

func (t *tx) storeHeads(ctx context.Context, list ...*chat.Conversation) error {
	rows := make([][]any, len(list))
	for i, c := range list {
		rows[i] = []any{int64(c.ID), c.LastSeq, c.LastRev, c.LastCount, int64(c.LastMessageID), millis(c.LastMessageAt)}
	}
	return table{"nnnnnn", rows}.each(t.engine, func(query string, args []any) error {
		_, err := t.exec(ctx, `
			WITH v (id, seq, rev, counted, message, at) AS (`+query+`)
			UPDATE conversations SET last_seq = v.seq, last_rev = v.rev, last_count = v.counted, last_message_id = v.message, last_message_at = v.at
			FROM v WHERE conversations.id = v.id`, args...)
		return err
	})
}

func (t *tx) storePositions(ctx context.Context, list ...*chat.Participant) error {
	rows := make([][]any, len(list))
	for i, p := range list {
		rows[i] = []any{int64(p.ConversationID), int64(p.UserID), p.Read.Seq, p.Read.Count, int64(p.Read.MessageID), millis(p.Read.At),
			p.Read.Announced, millis(p.Read.AnnouncedAt), p.Delivered, millis(p.LastSent), p.Unread.From, p.Unread.Base, int64(p.Unread.After)}
	}
	return table{"nnnnnnnnnnnnn", rows}.each(t.engine, func(query string, args []any) error {
		_, err := t.exec(ctx, `
			WITH v (c, u, seq, counted, message, at, announced, announced_at, delivered, sent, unread_from, unread_base, unread_after) AS (`+query+`)
			UPDATE participants SET read_seq = v.seq, read_count = v.counted, read_message_id = v.message, read_at = v.at,
				announced_seq = v.announced, announced_at = v.announced_at, delivered_seq = v.delivered, last_sent_at = v.sent,
				unread_from = v.unread_from, unread_base = v.unread_base, unread_after = v.unread_after
			FROM v WHERE participants.conversation_id = v.c AND participants.user_id = v.u`, args...)
		return err
	})
}

// AppendMessage implements chat.Tx.
func (t *tx) AppendMessage(ctx context.Context, c *chat.Conversation, m *chat.Message) error {
	if err := t.lock(ctx, c.ID); err != nil {
		return err
	}
	counts := m.Type != chat.TypeSystem
	before := c.LastRev
	sender, err := t.User(ctx, m.SenderID)
	if err != nil {
		return err
	}
	if sender != nil {
		m.SenderName, m.SenderAvatar = sender.Name(), sender.AvatarURL
	}
	position, err := t.nextPosition(ctx)
	if err != nil {
		return err
	}
	c.LastSeq++
	if counts {
		c.LastCount++
	}
	m.ID, m.Seq, m.Count = chat.MessageID(position), c.LastSeq, c.LastCount
	c.LastMessageID, c.LastMessageAt = m.ID, m.CreatedAt
	if m.Metadata == nil {
		m.Metadata = chat.EmptyObject
	}
	e := &chat.Event{
		Stream: c.ID.Stream(), Pos: position, Type: chat.MessageCreated, Actor: m.SenderID, At: m.CreatedAt,
		Ref: int64(m.ID), Seq: m.Seq, Payload: m,
	}
	if err := t.Emit(ctx, e); err != nil {
		return err
	}
	c.LastRev, m.Rev = e.Rev, e.Rev
	if err := t.insertMessages(ctx, []*chat.Message{m}); err != nil {
		return err
	}
	if err := t.attach(ctx, []*chat.Message{m}); err != nil {
		return err
	}
	if err := t.storeHeads(ctx, c); err != nil || !counts {
		return err
	}
	if err := t.readOwn(ctx, m); err != nil {
		return err
	}
	return t.wakeAll(ctx, []wake{{c.ID, before}}, millis(m.CreatedAt))
}

// readOwn moves the sender's read position to his own message.
func (t *tx) readOwn(ctx context.Context, m *chat.Message) error {
	p, err := t.Participant(ctx, m.ConversationID, m.SenderID)
	if err != nil || p == nil {
		return err
	}
	p.Read.Seq, p.Read.Count, p.Read.MessageID, p.Read.At, p.Unread = m.Seq, m.Count, m.ID, m.CreatedAt, chat.UnreadMark{}
	p.Delivered, p.LastSent = m.Seq, m.CreatedAt
	return t.storePositions(ctx, p)
}

type sleeper struct {
	seatKey
	hidden, archived, mutedUntil int64
}

// wakeAll brings conversations back for those who had hidden or archived them.
func (t *tx) wakeAll(ctx context.Context, wakes []wake, now int64) error {
	heads, ids := map[chat.ConversationID]int64{}, []chat.ConversationID{}
	for _, w := range wakes {
		if _, seen := heads[w.conversation]; !seen {
			heads[w.conversation] = w.rev
			ids = append(ids, w.conversation)
		}
	}
	scan := func(r row, s *sleeper) error {
		return r.Scan((*int64)(&s.conversation), (*int64)(&s.user), &s.hidden, &s.archived, &s.mutedUntil)
	}
	asleep, err := list(ctx, t.session, scan, `
		SELECT conversation_id, user_id, hidden_at, archived_at, muted_until FROM participants
		WHERE hidden_at + archived_at > 0 AND conversation_id IN IDS($1)`, idsJSON(ids))
	if err != nil {
		return err
	}
	for _, s := range asleep {
		if err := t.wake(ctx, s, heads[s.conversation], now); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) wake(ctx context.Context, s sleeper, head, now int64) error {
	e := &chat.Event{Stream: s.user.Stream(), Actor: s.user, At: fromMillis(now), Ref: int64(s.conversation)}
	switch {
	case s.hidden != 0:
		e.Type, e.Detail = chat.ConversationJoined, strconv.FormatInt(head, 10)
	case s.mutedUntil <= now:
		e.Type = chat.ConversationSettings
	default: // archived and muted stays archived
		return nil
	}
	_, err := t.exec(ctx, `UPDATE participants SET hidden_at = 0, archived_at = 0 WHERE conversation_id = $1 AND user_id = $2`,
		int64(s.conversation), int64(s.user))
	if err != nil {
		return err
	}
	return t.Emit(ctx, e)
}
