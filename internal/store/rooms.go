package store

import (
	"context"
	"time"

	"parley/internal/chat"
)

// last_until and look_at are written by hand: what a room's end depends on beside
// them is in its conversation, which a message changes anyway.
const roomSelect = `SELECT r.id, r.conversation_id, r.created_at, r.ttl_ms, r.mode, r.last_until, r.owner_id, r.creator,
	r.seat1, r.guest1, r.left1, r.seat2, r.guest2, r.left2, r.kicked, r.pass_hash, r.kcv, r.plain, r.ended_at, r.reason, COALESCE(c.last_message_at, 0),
	COALESCE(c.allow_uploads, 0)
	FROM rooms r LEFT JOIN conversations c ON c.id = r.conversation_id `

func scanRoom(r row, o *chat.DisposableRoom) error {
	var ttl int64
	a, b := &o.Seats[0], &o.Seats[1]
	err := r.Scan((*string)(&o.ID), (*int64)(&o.Conversation), at{&o.CreatedAt}, &ttl, (*string)(&o.Mode), at{&o.LastUntil}, (*int64)(&o.Owner), &o.Creator,
		&a.Holder, (*int64)(&a.Guest), &a.Left, &b.Holder, (*int64)(&b.Guest), &b.Left, texts{&o.Kicked}, &o.PassHash, &o.KCV, &o.Plain,
		at{&o.EndedAt}, (*string)(&o.Reason), at{&o.LastSaidAt}, &o.Files)
	o.TTL = time.Duration(ttl) * time.Millisecond
	return err
}

// Room implements chat.Reader.
func (r reader) Room(ctx context.Context, id chat.RoomID) (*chat.DisposableRoom, error) {
	return one(ctx, r.session, scanRoom, roomSelect+`WHERE r.id = $1`, string(id))
}

// Room implements chat.Reader. Functions run one at a time, but messages are sent
// beside them, unless the conversation is held.
func (t *tx) Room(ctx context.Context, id chat.RoomID) (*chat.DisposableRoom, error) {
	room, err := t.reader.Room(ctx, id)
	if err != nil || room == nil || room.Conversation == 0 || t.engine.Shared == nil {
		return room, err
	}
	if err := t.lock(ctx, room.Conversation); err != nil {
		return nil, err
	}
	return t.reader.Room(ctx, id)
}

// OpenRooms implements chat.Reader.
func (r reader) OpenRooms(ctx context.Context, after chat.RoomID, limit int) ([]chat.DisposableRoom, error) {
	return list(ctx, r.session, scanRoom, roomSelect+`WHERE r.ended_at = 0 AND r.id > $1 ORDER BY r.id LIMIT $2`, string(after), limit)
}

// CountRooms implements chat.Reader.
func (r reader) CountRooms(ctx context.Context) (int64, error) {
	return number(ctx, r.session, `SELECT COUNT(*) FROM rooms WHERE ended_at = 0`)
}

// DueRooms implements chat.Reader. look_at is not after the room's end, and seldom
// much before.
func (r reader) DueRooms(ctx context.Context, now, endedBefore time.Time, limit int) (due []chat.RoomID, next time.Time, err error) {
	scan := func(r row, id *chat.RoomID) error { return r.Scan((*string)(id)) }
	for _, q := range []struct {
		text string
		at   time.Time
	}{
		{`SELECT id FROM rooms WHERE ended_at = 0 AND look_at <= $1 ORDER BY look_at LIMIT $2`, now},
		{`SELECT id FROM rooms WHERE ended_at <> 0 AND ended_at <= $1 ORDER BY ended_at LIMIT $2`, endedBefore},
	} {
		found, err := list(ctx, r.session, scan, q.text, millis(q.at), limit)
		if err != nil {
			return nil, time.Time{}, err
		}
		due = append(due, found...)
	}
	if len(due) > 0 {
		return due, time.Time{}, nil
	}
	soonest, err := number(ctx, r.session, `SELECT COALESCE(MIN(look_at), 0) FROM rooms WHERE ended_at = 0`)
	return nil, fromMillis(soonest), err
}

// RoomUse implements chat.Reader.
func (r reader) RoomUse(ctx context.Context, c chat.ConversationID) (chat.RoomUse, error) {
	scan := func(r row, u *chat.RoomUse) error { return r.Scan(&u.Bytes, &u.FileBytes, &u.Reactions) }
	u, err := one(ctx, r.session, scan, `
		SELECT (SELECT CAST(COALESCE(SUM(OCTET_LENGTH(content) + OCTET_LENGTH(encrypted)), 0) AS BIGINT) FROM messages WHERE conversation_id = $1),
			(SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM files WHERE conversation_id = $1 AND doomed_at = 0),
			(SELECT COUNT(*) FROM events WHERE stream = $1 AND type IN ('reaction.added', 'reaction.removed'))`, int64(c))
	if u == nil {
		u = &chat.RoomUse{}
	}
	return *u, err
}

// InsertRoom implements chat.Tx.
func (t *tx) InsertRoom(ctx context.Context, r *chat.DisposableRoom) error {
	_, err := t.exec(ctx, `
		INSERT INTO rooms (id, conversation_id, created_at, ttl_ms, mode, last_until, look_at, owner_id, creator, pass_hash, kcv)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		string(r.ID), int64(r.Conversation), millis(r.CreatedAt), r.TTL.Milliseconds(), string(r.Mode), millis(r.LastUntil), millis(r.ExpiresAt()),
		int64(r.Owner), r.Creator, r.PassHash, r.KCV)
	return err
}

// UpdateRoom implements chat.Tx.
func (t *tx) UpdateRoom(ctx context.Context, r *chat.DisposableRoom) error {
	if !r.EndedAt.IsZero() {
		_, err := t.exec(ctx, `
			UPDATE rooms SET conversation_id = 0, created_at = 0, ttl_ms = 0, mode = '', last_until = 0, look_at = 0, owner_id = 0, creator = '',
				seat1 = '', guest1 = 0, left1 = 0, seat2 = '', guest2 = 0, left2 = 0, kicked = '[]', pass_hash = '', kcv = '', plain = 0,
				ended_at = $1, reason = $2
			WHERE id = $3`, millis(r.EndedAt), string(r.Reason), string(r.ID))
		return err
	}
	a, b := r.Seats[0], r.Seats[1]
	_, err := t.exec(ctx, `
		UPDATE rooms SET look_at = $1, seat1 = $2, guest1 = $3, left1 = $4, seat2 = $5, guest2 = $6, left2 = $7, kicked = $8, kcv = $9, plain = $10
		WHERE id = $11 AND ended_at = 0`,
		millis(r.ExpiresAt()), a.Holder, int64(a.Guest), flag(a.Left), b.Holder, int64(b.Guest), flag(b.Left), textsJSON(r.Kicked), r.KCV, flag(r.Plain),
		string(r.ID))
	return err
}

// ForgetRooms implements chat.Tx.
func (t *tx) ForgetRooms(ctx context.Context, before time.Time) error {
	t.erased = true
	_, err := t.exec(ctx, `DELETE FROM rooms WHERE ended_at <> 0 AND ended_at <= $1`, millis(before))
	return err
}

// EraseRoom implements chat.Tx. It is at most MaxRoomMessages messages.
func (t *tx) EraseRoom(ctx context.Context, c chat.ConversationID, when time.Time) error {
	if err := t.DoomConversation(ctx, c, when); err != nil {
		return err
	}
	_, err := t.exec(ctx, `UPDATE files SET doomed_at = $1, name = '' WHERE conversation_id = $2 AND doomed_at = 0`, millis(when), int64(c))
	if err != nil {
		return err
	}
	ids, err := list(ctx, t.session, scanNumber[chat.MessageID], `SELECT id FROM messages WHERE conversation_id = $1`, int64(c))
	if err != nil {
		return err
	}
	if len(ids) > 0 {
		if err := t.eraseMessages(ctx, idsJSON(ids)); err != nil {
			return err
		}
	}
	for _, text := range []string{
		`DELETE FROM events WHERE stream = $1`, // those of this transaction are written when it ends
		`DELETE FROM read_marks WHERE conversation_id = $1`,
		`DELETE FROM pruned WHERE stream = $1`,
	} {
		if _, err := t.exec(ctx, text, int64(c)); err != nil {
			return err
		}
	}
	return nil
}

// EraseGuests implements chat.Tx.
func (t *tx) EraseGuests(ctx context.Context, guests []chat.UserID) error {
	t.erased = true
	for _, g := range guests {
		if err := t.ForgetPrivate(ctx, g); err != nil {
			return err
		}
		if err := t.doomFilesOf(ctx, g, time.Now().UnixMilli()); err != nil { // the time is only not 0
			return err
		}
		if _, err := t.exec(ctx, `DELETE FROM events WHERE stream = $1`, int64(g.Stream())); err != nil {
			return err
		}
		for _, text := range []string{
			`DELETE FROM reactions WHERE user_id = $1`, // whoever gets the seat has his own
			`DELETE FROM users WHERE id = $1 AND kind = 'GUEST'`,
		} {
			if _, err := t.exec(ctx, text, int64(g)); err != nil {
				return err
			}
		}
	}
	return nil
}
