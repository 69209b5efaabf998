package store

import (
	"context"
	"fmt"

	"parley/internal/admin"
	"parley/internal/chat"
)

// Audit proves the numbers of conversations with an id above after: messages have
// seq 1..n and the conversation knows its last, positions do not go past it, and
// revs have no hole above what was pruned.
func (s *Store) Audit(ctx context.Context, after chat.ConversationID, limit int) (out []admin.Audited, err error) {
	err = s.ReadAdmin(ctx, func(r admin.Reader) error {
		out, err = r.Audit(ctx, after, limit)
		return err
	})
	return out, err
}

// Audit implements admin.Reader, with one statement, which sees one moment.
func (r reader) Audit(ctx context.Context, after chat.ConversationID, limit int) (out []admin.Audited, err error) {
	type numbers struct {
		id                                              chat.ConversationID
		lastSeq, lastRev, lastCount                     int64
		messages, maxSeq, events, maxRev, counts, ahead int64
	}
	scan := func(r row, n *numbers) error {
		return r.Scan((*int64)(&n.id), &n.lastSeq, &n.lastRev, &n.lastCount, &n.messages, &n.maxSeq, &n.events, &n.maxRev, &n.counts, &n.ahead)
	}
	found, err := list(ctx, r.session, scan, `
			SELECT c.id, c.last_seq, c.last_rev, c.last_count,
				(SELECT COUNT(*) FROM messages m WHERE m.conversation_id = c.id),
				(SELECT COALESCE(MAX(m.seq), 0) FROM messages m WHERE m.conversation_id = c.id),
				c.pruned + (SELECT COUNT(*) FROM messages m WHERE m.conversation_id = c.id AND m.rev > c.pruned)
					+ (SELECT COUNT(*) FROM events e WHERE e.stream = c.id AND e.rev > c.pruned),
				(SELECT COALESCE(MAX(v.rev), 0) FROM (SELECT m.rev FROM messages m WHERE m.conversation_id = c.id
					UNION ALL SELECT e.rev FROM events e WHERE e.stream = c.id) AS v),
				(SELECT COALESCE(MAX(m.count_no), 0) FROM messages m WHERE m.conversation_id = c.id),
				(SELECT COUNT(*) FROM participants p WHERE p.conversation_id = c.id AND (p.read_seq > c.last_seq OR p.delivered_seq > c.last_seq))
			FROM (SELECT v.*, COALESCE((SELECT p.rev FROM pruned p WHERE p.stream = v.id), 0) AS pruned FROM conversations v
				WHERE v.id > $1 AND v.deleted_at = 0 ORDER BY v.id LIMIT $2) AS c ORDER BY c.id`, int64(after), limit)
	for _, n := range found {
		a := admin.Audited{ID: n.id}
		switch {
		case n.messages != n.maxSeq || n.maxSeq != n.lastSeq:
			a.Trouble = fmt.Sprintf("%d messages, the last has number %d, the conversation says %d", n.messages, n.maxSeq, n.lastSeq)
		case n.events != n.maxRev || n.maxRev != n.lastRev:
			a.Trouble = fmt.Sprintf("%d events, the last has number %d, the conversation says %d", n.events, n.maxRev, n.lastRev)
		case n.counts != n.lastCount:
			a.Trouble = fmt.Sprintf("%d messages count as unread, the conversation says %d", n.counts, n.lastCount)
		case n.ahead > 0:
			a.Trouble = fmt.Sprintf("%d read positions are past the last message", n.ahead)
		}
		out = append(out, a)
	}
	return out, err
}

// Files returns files that are not about to be removed, by id.
func (s *Store) Files(ctx context.Context, after chat.FileID, limit int) (out []chat.File, err error) {
	err = s.read(ctx, func(r *session) (err error) {
		out, err = list(ctx, r, scanFile, `
			SELECT `+fileColumns+` FROM files f WHERE f.id > $1 AND f.doomed_at = 0 ORDER BY f.id LIMIT $2`, int64(after), limit)
		return err
	})
	return out, err
}
