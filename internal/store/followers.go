package store

import (
	"context"

	"parley/internal/chat"
)

// LogAfter implements chat.Reader.
func (r reader) LogAfter(ctx context.Context, pos chat.Position, limit int) ([]*chat.Event, chat.Position, error) {
	horizon, err := r.horizon(ctx)
	if err != nil || horizon <= pos {
		return nil, pos, err
	}
	events, err := list(ctx, r.session, scanEvent, `
		SELECT pos, stream, rev, type, actor, ref, seq, detail, at FROM (
			SELECT * FROM (SELECT pos, stream, rev, type, actor, ref, seq, detail, at FROM events
				WHERE pos > $1 AND pos <= $2 ORDER BY pos LIMIT $3) AS e
			UNION ALL
			SELECT * FROM (SELECT id, conversation_id, rev, 'message.created', sender_id, id, seq, '', created_at FROM messages
				WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3) AS m) AS both_logs
		ORDER BY pos LIMIT $3`, int64(pos), int64(horizon), limit)
	if err == nil && len(events) == limit {
		horizon = events[limit-1].Pos
	}
	return events, horizon, err
}

// FollowerAt implements chat.Reader.
func (r reader) FollowerAt(ctx context.Context, name string) (chat.Position, error) {
	p, err := number(ctx, r.session, `SELECT pos FROM followers WHERE name = $1`, name)
	return chat.Position(p), err
}

// MoveFollower implements chat.Tx.
func (t *tx) MoveFollower(ctx context.Context, name string, from, to chat.Position) (bool, error) {
	_, err := t.exec(ctx, `INSERT INTO followers (name, pos) VALUES ($1, 0) ON CONFLICT DO NOTHING`, name)
	if err != nil {
		return false, err
	}
	n, err := t.exec(ctx, `UPDATE followers SET pos = $1 WHERE name = $2 AND pos = $3`, int64(to), name, int64(from))
	return n > 0, err
}
