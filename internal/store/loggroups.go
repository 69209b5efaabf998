package store

import (
	"context"
	"time"

	"parley/internal/chat"
)

// LogEnd implements chat.Reader.
func (r reader) LogEnd(ctx context.Context) (chat.Position, error) { return r.horizon(ctx) }

// LogAt implements chat.Reader.
func (r reader) LogAt(ctx context.Context, at []chat.Position) ([]*chat.Event, error) {
	ids := idsJSON(at)
	return list(ctx, r.session, scanEvent, `
		SELECT pos, stream, rev, type, actor, ref, seq, detail, at FROM events WHERE pos IN IDS($1)
		UNION ALL
		SELECT id, conversation_id, rev, 'message.created', sender_id, id, seq, '', created_at FROM messages WHERE id IN IDS($1)
		ORDER BY pos`, ids)
}

// LogGroup implements chat.Reader.
func (r reader) LogGroup(ctx context.Context, name, topic string) (*chat.LogGroup, error) {
	scan := func(r row, g *chat.LogGroup) error {
		return r.Scan(&g.Name, &g.Topic, &g.Filter, (*int64)(&g.At), at{&g.UsedAt})
	}
	return one(ctx, r.session, scan, `SELECT name, topic, filter, pos, used_at FROM log_groups WHERE name = $1 AND topic = $2`, name, topic)
}

// HandedOut implements chat.Reader.
func (r reader) HandedOut(ctx context.Context, name, topic string) (int64, error) {
	return number(ctx, r.session, `SELECT COUNT(*) FROM log_handed WHERE name = $1 AND topic = $2`, name, topic)
}

// Overdue implements chat.Reader.
func (r reader) Overdue(ctx context.Context, name, topic string, now time.Time, limit int) ([]chat.Position, error) {
	return list(ctx, r.session, scanNumber[chat.Position], `
		SELECT pos FROM log_handed WHERE name = $1 AND topic = $2 AND due <= $3 ORDER BY due, pos LIMIT $4`, name, topic, millis(now), limit)
}

// InsertLogGroup implements chat.Tx.
func (t *tx) InsertLogGroup(ctx context.Context, g chat.LogGroup) error {
	_, err := t.exec(ctx, `
		INSERT INTO log_groups (name, topic, filter, pos, used_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (name, topic) DO UPDATE SET used_at = excluded.used_at`,
		g.Name, g.Topic, g.Filter, int64(g.At), millis(g.UsedAt))
	return err
}

// MoveLogGroup implements chat.Tx.
func (t *tx) MoveLogGroup(ctx context.Context, g *chat.LogGroup, to chat.Position, handed []chat.Position, due time.Time) (bool, error) {
	n, err := t.exec(ctx, `
		UPDATE log_groups SET pos = $1, used_at = $2 WHERE name = $3 AND topic = $4 AND pos = $5`,
		int64(to), millis(g.UsedAt), g.Name, g.Topic, int64(g.At))
	if err != nil || n == 0 {
		return false, err
	}
	rows := make([][]any, len(handed))
	for i, p := range handed {
		rows[i] = []any{g.Name, g.Topic, int64(p), millis(due)}
	}
	return true, table{"ttnn", rows}.each(t.engine, func(query string, args []any) error {
		_, err := t.exec(ctx, `INSERT INTO log_handed (name, topic, pos, due) `+query, args...)
		return err
	})
}

// HandOutAgain implements chat.Tx.
func (t *tx) HandOutAgain(ctx context.Context, name, topic string, positions []chat.Position, now, due time.Time) ([]chat.Position, error) {
	return list(ctx, t.session, scanNumber[chat.Position], `
		UPDATE log_handed SET due = $1 WHERE name = $2 AND topic = $3 AND pos IN IDS($4) AND due <= $5 RETURNING pos`,
		millis(due), name, topic, idsJSON(positions), millis(now))
}

// HandBack implements chat.Tx.
func (t *tx) HandBack(ctx context.Context, name, topic string, positions []chat.Position, now time.Time) error {
	_, err := t.exec(ctx, `
		UPDATE log_handed SET due = $1 WHERE name = $2 AND topic = $3 AND pos IN IDS($4) AND due > $1`,
		millis(now), name, topic, idsJSON(positions))
	return err
}

// Acknowledge implements chat.Tx.
func (t *tx) Acknowledge(ctx context.Context, name, topic string, positions []chat.Position) error {
	_, err := t.exec(ctx, `DELETE FROM log_handed WHERE name = $1 AND topic = $2 AND pos IN IDS($3)`, name, topic, idsJSON(positions))
	return err
}

// PruneLogGroups implements chat.Tx.
func (t *tx) PruneLogGroups(ctx context.Context, since time.Time) error {
	_, err := t.exec(ctx, `
		DELETE FROM log_handed WHERE EXISTS (
			SELECT 1 FROM log_groups g WHERE g.name = log_handed.name AND g.topic = log_handed.topic AND g.used_at < $1)`, millis(since))
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `DELETE FROM log_groups WHERE used_at < $1`, millis(since))
	return err
}
