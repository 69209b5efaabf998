package store

import (
	"context"
	"time"

	"parley/internal/chat"
)

// What users keep for themselves, and pins.

// Drafts implements chat.Reader.
func (r reader) Drafts(ctx context.Context, u chat.UserID, in []chat.ConversationID) (map[chat.ConversationID]*chat.Draft, error) {
	if len(in) == 0 {
		return nil, nil
	}
	type draft struct {
		c chat.ConversationID
		chat.Draft
	}
	scan := func(r row, d *draft) error {
		return r.Scan((*int64)(&d.c), &d.Content, (*int64)(&d.ParentID), at{&d.At})
	}
	found, err := list(ctx, r.session, scan, `
		SELECT conversation_id, content, parent_id, at FROM drafts WHERE user_id = $1 AND conversation_id IN IDS($2)`, int64(u), idsJSON(in))
	out := make(map[chat.ConversationID]*chat.Draft, len(found))
	for i := range found {
		out[found[i].c] = &found[i].Draft
	}
	return out, err
}

// SetDraft implements chat.Tx.
func (t *tx) SetDraft(ctx context.Context, c chat.ConversationID, u chat.UserID, d *chat.Draft) error {
	if d == nil {
		_, err := t.exec(ctx, `DELETE FROM drafts WHERE user_id = $1 AND conversation_id = $2`, int64(u), int64(c))
		return err
	}
	_, err := t.exec(ctx, `
		INSERT INTO drafts (user_id, conversation_id, content, parent_id, at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (user_id, conversation_id) DO UPDATE SET content = excluded.content, parent_id = excluded.parent_id, at = excluded.at`,
		int64(u), int64(c), d.Content, int64(d.ParentID), millis(d.At))
	return err
}

// visibleMarks is FROM and WHERE for the rows b of a table of what user $1 has marked,
// of what he may see now.
func visibleMarks(table string) string {
	return ` FROM ` + table + ` b JOIN messages m ON m.id = b.message_id
	JOIN participants p ON p.conversation_id = m.conversation_id AND p.user_id = b.user_id
	JOIN conversations c ON c.id = m.conversation_id
	WHERE b.user_id = $1 AND m.deleted_at = 0 AND m.rev > p.hidden_rev AND c.deleted_at = 0`
}

var visibleBookmarks, visibleReminders = visibleMarks("bookmarks"), visibleMarks("reminders")

// messagesOf reads the messages that rows are about, whose ids idsOf gives.
func messagesOf[T any](ctx context.Context, r reader, rows []T, idsOf func(T) []chat.MessageID) (map[chat.MessageID]chat.Message, error) {
	var ids []chat.MessageID
	for _, row := range rows {
		ids = append(ids, idsOf(row)...)
	}
	found, err := r.MessagesByID(ctx, ids)
	byID := make(map[chat.MessageID]chat.Message, len(found))
	for _, m := range found {
		byID[m.ID] = m
	}
	return byID, err
}

// Bookmarks implements chat.Reader.
func (r reader) Bookmarks(ctx context.Context, u chat.UserID, offset, limit int) (page []chat.Bookmark, total int64, err error) {
	if total, err = number(ctx, r.session, `SELECT COUNT(*)`+visibleBookmarks, int64(u)); err != nil {
		return nil, 0, err
	}
	type mark struct {
		id chat.MessageID
		at time.Time
	}
	scan := func(r row, k *mark) error { return r.Scan((*int64)(&k.id), at{&k.at}) }
	marks, err := list(ctx, r.session, scan, `
		SELECT b.message_id, b.at`+visibleBookmarks+` ORDER BY b.at DESC, b.message_id DESC LIMIT $2 OFFSET $3`, int64(u), limit, offset)
	if err != nil {
		return nil, 0, err
	}
	byID, err := messagesOf(ctx, r, marks, func(k mark) []chat.MessageID { return []chat.MessageID{k.id} })
	for _, k := range marks {
		if m, there := byID[k.id]; there {
			page = append(page, chat.Bookmark{Message: m, At: k.at})
		}
	}
	return page, total, err
}

// Bookmarked implements chat.Reader.
func (r reader) Bookmarked(ctx context.Context, u chat.UserID, ids []chat.MessageID) ([]chat.MessageID, error) {
	return list(ctx, r.session, scanNumber[chat.MessageID], `
		SELECT message_id FROM bookmarks WHERE user_id = $1 AND message_id IN IDS($2)`, int64(u), idsJSON(ids))
}

// BookmarkedAt implements chat.Reader.
func (r reader) BookmarkedAt(ctx context.Context, u chat.UserID, id chat.MessageID) (time.Time, error) {
	ms, err := number(ctx, r.session, `SELECT at FROM bookmarks WHERE user_id = $1 AND message_id = $2`, int64(u), int64(id))
	return fromMillis(ms), err
}

// CountBookmarks implements chat.Reader.
func (r reader) CountBookmarks(ctx context.Context, u chat.UserID) (int64, error) {
	return number(ctx, r.session, `SELECT COUNT(*) FROM bookmarks WHERE user_id = $1`, int64(u))
}

// InsertBookmark implements chat.Tx.
func (t *tx) InsertBookmark(ctx context.Context, u chat.UserID, id chat.MessageID, when time.Time) error {
	_, err := t.exec(ctx, `INSERT INTO bookmarks (user_id, message_id, at) VALUES ($1, $2, $3)`, int64(u), int64(id), millis(when))
	return err
}

// ForgetUnseenBookmarks implements chat.Tx.
func (t *tx) ForgetUnseenBookmarks(ctx context.Context, u chat.UserID) (int64, error) {
	return t.exec(ctx, `DELETE FROM bookmarks WHERE user_id = $1 AND message_id NOT IN (SELECT b.message_id`+visibleBookmarks+`)`, int64(u))
}

// DeleteBookmark implements chat.Tx.
func (t *tx) DeleteBookmark(ctx context.Context, u chat.UserID, id chat.MessageID) (chat.ConversationID, bool, error) {
	n, err := t.exec(ctx, `DELETE FROM bookmarks WHERE user_id = $1 AND message_id = $2`, int64(u), int64(id))
	if err != nil || n == 0 {
		return 0, false, err
	}
	c, err := number(ctx, t.session, `SELECT conversation_id FROM messages WHERE id = $1`, int64(id))
	return chat.ConversationID(c), true, err
}

// ForgetPrivate implements chat.Tx.
func (t *tx) ForgetPrivate(ctx context.Context, u chat.UserID) error {
	t.erased = true
	for _, text := range []string{
		`DELETE FROM drafts WHERE user_id = $1`, `DELETE FROM bookmarks WHERE user_id = $1`,
		`DELETE FROM reminders WHERE user_id = $1`, `DELETE FROM activity WHERE user_id = $1`,
		`DELETE FROM thread_people WHERE user_id = $1`,
		`UPDATE rooms SET owner_id = 0 WHERE owner_id = $1 AND owner_id <> 0`,
	} {
		if _, err := t.exec(ctx, text, int64(u)); err != nil {
			return err
		}
	}
	return nil
}

// Pins implements chat.Reader.
func (r reader) Pins(ctx context.Context, c chat.ConversationID, cut int64) ([]chat.Message, error) {
	return r.messages(ctx, messageSelect+`
		WHERE m.conversation_id = $1 AND m.pinned_at <> 0 AND m.rev > $2 AND m.deleted_at = 0
		ORDER BY m.pinned_at DESC, m.id DESC LIMIT $3`, int64(c), cut, chat.MaxPinned)
}

// CountPins implements chat.Reader.
func (r reader) CountPins(ctx context.Context, c chat.ConversationID) (int64, error) {
	return number(ctx, r.session, `SELECT COUNT(*) FROM messages WHERE conversation_id = $1 AND pinned_at <> 0`, int64(c))
}

// SetPin implements chat.Tx.
func (t *tx) SetPin(ctx context.Context, m *chat.Message) error {
	_, err := t.exec(ctx, `UPDATE messages SET pinned_at = $1, pinned_by = $2 WHERE id = $3`, millis(m.PinnedAt), int64(m.PinnedBy), int64(m.ID))
	return err
}
