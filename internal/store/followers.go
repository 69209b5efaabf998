package store

import (
	"context"

	"parley/internal/chat"
)

// Horizon implements chat.Reader.
func (r reader) Horizon(ctx context.Context) (chat.Position, error) { return r.horizon(ctx) }

// LogAfter implements chat.Reader. The horizon is asked for first: the log is read
// by a later statement, which sees everything up to there.
func (r reader) LogAfter(ctx context.Context, pos chat.Position, limit int) ([]*chat.Event, error) {
	horizon, err := r.horizon(ctx)
	if err != nil || horizon <= pos {
		return nil, err
	}
	return list(ctx, r.session, scanEvent, `
		SELECT * FROM (
			SELECT pos, stream, rev, type, actor, ref, seq, detail, at FROM events WHERE pos > $1 AND pos <= $2 ORDER BY pos LIMIT $3) AS e
		UNION ALL
		SELECT * FROM (
			SELECT id, conversation_id, rev, 'message.created', sender_id, id, seq, '', created_at FROM messages
			WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3) AS m
		ORDER BY 1 LIMIT $3`, int64(pos), int64(horizon), limit)
}

// Follower implements chat.Reader.
func (r reader) Follower(ctx context.Context, name string) (chat.Follower, error) {
	scan := func(r row, f *chat.Follower) error { return r.Scan((*int64)(&f.Pos), &f.Owner, &f.Beat) }
	f, err := one(ctx, r.session, scan, `SELECT pos, owner, beat FROM followers WHERE name = $1`, name)
	if f == nil {
		return chat.Follower{}, err
	}
	return *f, err
}

// ReplaceFollower implements chat.Tx.
func (t *tx) ReplaceFollower(ctx context.Context, name string, was, is chat.Follower) (bool, error) {
	_, err := t.exec(ctx, `INSERT INTO followers (name) VALUES ($1) ON CONFLICT DO NOTHING`, name)
	if err != nil {
		return false, err
	}
	n, err := t.exec(ctx, `
		UPDATE followers SET pos = $1, owner = $2, beat = $3 WHERE name = $4 AND pos = $5 AND owner = $6 AND beat = $7`,
		int64(is.Pos), is.Owner, is.Beat, name, int64(was.Pos), was.Owner, was.Beat)
	return n > 0, err
}

// Alone reports that no other node can work on the database.
func (s *Store) Alone() bool { return s.engine.Shared == nil }
