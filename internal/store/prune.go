package store

import (
	"context"
	"math"
	"time"

	"parley/internal/chat"
)

// PrunableStreams implements chat.Reader. A stream that was pruned begins with
// what is too young, so one row of each long stream tells.
func (r reader) PrunableStreams(ctx context.Context, before time.Time, after chat.StreamID, limit int) ([]chat.StreamID, error) {
	return list(ctx, r.session, scanNumber[chat.StreamID], `
		SELECT s.id FROM (
			SELECT -id AS id, rev FROM users WHERE rev > $1
			UNION ALL SELECT id, last_rev FROM conversations WHERE last_rev > $1 AND deleted_at = 0) AS s
		WHERE s.id > $2 AND (SELECT e.at FROM events e WHERE e.stream = s.id AND e.rev < s.rev - $1 ORDER BY e.rev LIMIT 1) < $3
		ORDER BY s.id LIMIT $4`, chat.MaxReplay, int64(after), millis(before), limit)
}

// PruneStream implements chat.Tx. The event before the newest MaxReplay stays
// too: RevAt has to know its position.
func (t *tx) PruneStream(ctx context.Context, s chat.StreamID, before time.Time, n int) (bool, error) {
	head, err := t.Head(ctx, s)
	if err != nil || head <= chat.MaxReplay {
		return true, err
	}
	unread, err := number(ctx, t.session, `SELECT COALESCE(MIN(pos), $1) FROM followers`, int64(math.MaxInt64))
	if err != nil {
		return false, err
	}
	oldest, err := list(ctx, t.session, scanEvent, `
		SELECT pos, stream, rev, type, actor, ref, seq, detail, at FROM events
		WHERE stream = $1 AND rev < $2 ORDER BY rev LIMIT $3`, int64(s), head-chat.MaxReplay, n)
	if err != nil {
		return false, err
	}
	gone := 0
	for gone < len(oldest) && oldest[gone].At.Before(before) && int64(oldest[gone].Pos) <= unread {
		gone++
	}
	if gone == 0 {
		return true, nil
	}
	upTo := oldest[gone-1].Rev
	if _, err := t.exec(ctx, `DELETE FROM events WHERE stream = $1 AND rev <= $2`, int64(s), upTo); err != nil {
		return false, err
	}
	_, err = t.exec(ctx, `
		INSERT INTO pruned (stream, rev) VALUES ($1, $2)
		ON CONFLICT (stream) DO UPDATE SET rev = excluded.rev`, int64(s), upTo)
	return gone < n, err
}
