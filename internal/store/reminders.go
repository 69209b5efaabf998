package store

import (
	"context"
	"time"

	"parley/internal/chat"
)

// Reminders implements chat.Reader.
func (r reader) Reminders(ctx context.Context, u chat.UserID, offset, limit int) (page []chat.Reminder, total int64, err error) {
	if total, err = number(ctx, r.session, `SELECT COUNT(*)`+visibleReminders, int64(u)); err != nil {
		return nil, 0, err
	}
	type reminder struct {
		id      chat.MessageID
		at, due time.Time
	}
	scan := func(r row, k *reminder) error { return r.Scan((*int64)(&k.id), at{&k.at}, at{&k.due}) }
	marks, err := list(ctx, r.session, scan, `
		SELECT b.message_id, b.at, b.due_at`+visibleReminders+` ORDER BY b.at, b.message_id LIMIT $2 OFFSET $3`, int64(u), limit, offset)
	if err != nil {
		return nil, 0, err
	}
	byID, err := messagesOf(ctx, r, marks, func(k reminder) []chat.MessageID { return []chat.MessageID{k.id} })
	for _, k := range marks {
		if m, there := byID[k.id]; there {
			page = append(page, chat.Reminder{Message: m, At: k.at, DueAt: k.due})
		}
	}
	return page, total, err
}

// ReminderOf implements chat.Reader.
func (r reader) ReminderOf(ctx context.Context, u chat.UserID, id chat.MessageID) (when, due time.Time, err error) {
	type times struct{ at, due time.Time }
	scan := func(r row, t *times) error { return r.Scan(at{&t.at}, at{&t.due}) }
	found, err := one(ctx, r.session, scan, `SELECT at, due_at FROM reminders WHERE user_id = $1 AND message_id = $2`, int64(u), int64(id))
	if err != nil || found == nil {
		return time.Time{}, time.Time{}, err
	}
	return found.at, found.due, nil
}

// CountReminders implements chat.Reader.
func (r reader) CountReminders(ctx context.Context, u chat.UserID) (int64, error) {
	return number(ctx, r.session, `SELECT COUNT(*) FROM reminders WHERE user_id = $1`, int64(u))
}

// WaitingReminders implements chat.Reader.
func (r reader) WaitingReminders(ctx context.Context, before time.Time, after chat.Remind, limit int) ([]chat.Remind, error) {
	scan := func(r row, j *chat.Remind) error { return r.Scan(&j.UserID, &j.MessageID, &j.At) }
	return list(ctx, r.session, scan, `
		SELECT user_id, message_id, at FROM reminders WHERE due_at = 0 AND at < $1 AND (at, user_id, message_id) > ($2, $3, $4)
		ORDER BY at, user_id, message_id LIMIT $5`, millis(before), after.At, after.UserID, after.MessageID, limit)
}

// PutReminder implements chat.Tx.
func (t *tx) PutReminder(ctx context.Context, u chat.UserID, id chat.MessageID, when, due time.Time) error {
	_, err := t.exec(ctx, `
		INSERT INTO reminders (user_id, message_id, at, due_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (user_id, message_id) DO UPDATE SET at = excluded.at, due_at = excluded.due_at`, int64(u), int64(id), millis(when), millis(due))
	return err
}

// ForgetIdleReminders implements chat.Tx.
func (t *tx) ForgetIdleReminders(ctx context.Context, u chat.UserID) (int64, error) {
	n, err := t.exec(ctx, `DELETE FROM reminders WHERE user_id = $1 AND message_id NOT IN (SELECT b.message_id`+visibleReminders+`)`, int64(u))
	if err != nil || n > 0 {
		return n, err
	}
	return t.exec(ctx, `DELETE FROM reminders WHERE user_id = $1 AND due_at <> 0`, int64(u))
}

// DeleteReminder implements chat.Tx.
func (t *tx) DeleteReminder(ctx context.Context, u chat.UserID, id chat.MessageID) (chat.ConversationID, bool, error) {
	n, err := t.exec(ctx, `DELETE FROM reminders WHERE user_id = $1 AND message_id = $2`, int64(u), int64(id))
	if err != nil || n == 0 {
		return 0, false, err
	}
	c, err := number(ctx, t.session, `SELECT conversation_id FROM messages WHERE id = $1`, int64(id))
	return chat.ConversationID(c), true, err
}
