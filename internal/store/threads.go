package store

import (
	"context"
	"math"

	"parley/internal/chat"
)

// joinThreads notes who takes part in the threads of new replies.
func (t *tx) joinThreads(ctx context.Context, messages []*chat.Message) error {
	var replies, roots []chat.MessageID
	for _, m := range messages {
		if m.RootID != 0 {
			replies, roots = append(replies, m.ID), append(roots, m.RootID)
		}
	}
	if len(replies) == 0 {
		return nil
	}
	_, err := t.exec(ctx, `
		INSERT INTO thread_people (user_id, root_id)
		SELECT p.user_id, p.root_id FROM (
			SELECT m.sender_id AS user_id, m.root_id AS root_id FROM messages m WHERE m.id IN IDS($1)
			UNION SELECT r.sender_id, r.id FROM messages r WHERE r.id IN IDS($2)) AS p
		WHERE p.user_id > 0 ON CONFLICT DO NOTHING`, idsJSON(replies), idsJSON(roots))
	return err
}

// shownReply is WHERE for the replies of thread t that participant p may see.
const shownReply = ` WHERE m.root_id = t.root_id AND m.root_id <> 0 AND m.deleted_at = 0 AND m.rev > p.hidden_rev`

// Threads implements chat.Reader.
func (r reader) Threads(ctx context.Context, u chat.UserID, before chat.MessageID, unread bool, limit int) ([]chat.Thread, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	type found struct {
		root, last chat.MessageID
		unread     int64
	}
	scan := func(r row, f *found) error { return r.Scan((*int64)(&f.root), (*int64)(&f.last), &f.unread) }
	threads, err := list(ctx, r.session, scan, `
		SELECT x.root_id, x.last_id, x.unread FROM (
			SELECT t.root_id AS root_id,
				(SELECT m.id FROM messages m`+shownReply+` ORDER BY m.seq DESC LIMIT 1) AS last_id,
				(SELECT COUNT(*) FROM messages m`+shownReply+` AND m.sender_id <> t.user_id
					AND m.seq >= CASE WHEN p.unread_from <> 0 THEN p.unread_from ELSE p.read_seq + 1 END) AS unread
			FROM thread_people t JOIN messages r ON r.id = t.root_id
			JOIN participants p ON p.conversation_id = r.conversation_id AND p.user_id = t.user_id
			JOIN conversations c ON c.id = r.conversation_id
			WHERE t.user_id = $1 AND r.rev > p.hidden_rev AND c.deleted_at = 0
				AND (r.sender_id = t.user_id OR EXISTS (SELECT 1 FROM messages m WHERE m.root_id = t.root_id AND m.root_id <> 0
					AND m.sender_id = t.user_id AND m.deleted_at = 0))) AS x
		WHERE x.last_id < $2 AND x.unread >= $3 ORDER BY x.last_id DESC LIMIT $4`, int64(u), int64(before), flag(unread), limit)
	if err != nil {
		return nil, err
	}
	byID, err := messagesOf(ctx, r, threads, func(f found) []chat.MessageID { return []chat.MessageID{f.root, f.last} })
	out := make([]chat.Thread, len(threads))
	for i, f := range threads {
		out[i] = chat.Thread{Root: byID[f.root], Last: byID[f.last], Unread: f.unread}
	}
	return out, err
}
