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

// HasFollower implements chat.Reader.
func (r reader) HasFollower(ctx context.Context, name string) (bool, error) {
	n, err := number(ctx, r.session, `SELECT COUNT(*) FROM followers WHERE name = $1`, name)
	return n > 0, err
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

// Lease implements chat.Reader.
func (r reader) Lease(ctx context.Context, name string) (chat.Lease, error) {
	scan := func(r row, l *chat.Lease) error { return r.Scan(&l.Name, &l.Holder, &l.Number) }
	l, err := one(ctx, r.session, scan, `SELECT name, holder, number FROM leases WHERE name = $1`, name)
	if l == nil {
		return chat.Lease{Name: name}, err
	}
	return *l, err
}

// TakeLease implements chat.Tx.
func (t *tx) TakeLease(ctx context.Context, seen chat.Lease, holder string) (bool, error) {
	_, err := t.exec(ctx, `INSERT INTO leases (name, holder, number) VALUES ($1, '', 0) ON CONFLICT DO NOTHING`, seen.Name)
	if err != nil {
		return false, err
	}
	n, err := t.exec(ctx, `
		UPDATE leases SET holder = $1, number = number + 1 WHERE name = $2 AND holder = $3 AND number = $4`,
		holder, seen.Name, seen.Holder, seen.Number)
	return n > 0, err
}
