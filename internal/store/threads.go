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

// shownReply is WHERE for the replies of thread t that its follower, whose hidden_rev
// it has, may see; unreadReply for those of them that he has not read.
const (
	shownReply  = ` WHERE m.root_id = t.root_id AND m.root_id <> 0 AND m.deleted_at = 0 AND m.rev > t.hidden_rev`
	unreadReply = shownReply + ` AND m.seq >= t.unread_seq AND m.sender_id <> $1`
)

// Threads implements chat.Reader. What is looked up for all threads of somebody is the
// least that finds the page: which is the newest reply of each, and for the unread ones
// whether there is a reply that he has not read. Without MATERIALIZED the engines look
// for the newest reply once for each place where it is named.
func (r reader) Threads(ctx context.Context, u chat.UserID, before chat.MessageID, unread bool, limit int) ([]chat.Thread, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	only := ""
	if unread {
		only = `(SELECT m.id FROM messages m` + unreadReply + ` LIMIT 1) IS NOT NULL AND `
	}
	type found struct {
		root, last chat.MessageID
		unread     int64
	}
	scan := func(r row, f *found) error { return r.Scan((*int64)(&f.root), (*int64)(&f.last), &f.unread) }
	threads, err := list(ctx, r.session, scan, `
		WITH mine AS MATERIALIZED (
			SELECT t.root_id, r.sender_id, p.hidden_rev, CASE WHEN p.unread_from <> 0 THEN p.unread_from ELSE p.read_seq + 1 END AS unread_seq
			FROM thread_people t JOIN messages r ON r.id = t.root_id
			JOIN participants p ON p.conversation_id = r.conversation_id AND p.user_id = t.user_id
			JOIN conversations c ON c.id = r.conversation_id
			WHERE t.user_id = $1 AND r.rev > p.hidden_rev AND c.deleted_at = 0
		), shown AS MATERIALIZED (
			SELECT t.root_id, t.hidden_rev, t.unread_seq, (SELECT m.id FROM messages m`+shownReply+` ORDER BY m.seq DESC LIMIT 1) AS last_id
			FROM mine t WHERE `+only+`(t.sender_id = $1 OR (SELECT m.id FROM messages m
				WHERE m.root_id = t.root_id AND m.root_id <> 0 AND m.sender_id = $1 AND m.deleted_at = 0 LIMIT 1) IS NOT NULL)
		), page AS MATERIALIZED (
			SELECT * FROM shown WHERE last_id < $2 ORDER BY last_id DESC LIMIT $3
		)
		SELECT t.root_id, t.last_id, (SELECT COUNT(*) FROM messages m`+unreadReply+`) FROM page t ORDER BY t.last_id DESC`,
		int64(u), int64(before), limit)
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
