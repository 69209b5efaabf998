package store

import (
	"context"
	"encoding/json"
	"slices"

	"parley/internal/chat"
)

const messageSelect = `SELECT m.id, m.conversation_id, m.rev, m.seq, m.count_no, m.type, m.sender_id, m.content, m.encrypted, m.parent_id, m.root_id,
	m.temp_id, m.metadata, m.forwarded, m.created_at, m.edited_at, m.deleted_at, m.deleted_by, m.pinned_at, m.pinned_by,
	COALESCE(CASE WHEN u.display_name <> '' THEN u.display_name ELSE u.username END, ''), COALESCE(u.avatar_url, '')
	FROM messages m LEFT JOIN users u ON u.id = m.sender_id `

func scanMessage(r row, m *chat.Message) error {
	var forwarded string
	err := r.Scan((*int64)(&m.ID), (*int64)(&m.ConversationID), &m.Rev, &m.Seq, &m.Count, (*string)(&m.Type), (*int64)(&m.SenderID), &m.Content, &m.Encrypted,
		(*int64)(&m.ParentID), (*int64)(&m.RootID), &m.TempID, raw{&m.Metadata}, &forwarded, at{&m.CreatedAt}, at{&m.EditedAt}, at{&m.DeletedAt},
		(*int64)(&m.DeletedBy), at{&m.PinnedAt}, (*int64)(&m.PinnedBy), &m.SenderName, &m.SenderAvatar)
	if err != nil || forwarded == "" {
		return err
	}
	m.Forwarded = &chat.Forwarded{}
	return json.Unmarshal([]byte(forwarded), m.Forwarded)
}

// messages runs a query for messages and joins in what hangs on them.
func (r reader) messages(ctx context.Context, text string, args ...any) ([]chat.Message, error) {
	found, err := list(ctx, r.session, scanMessage, text, args...)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found, r.join(ctx, found)
}

// join adds reactions, mentions and reply counts to messages, one query each.
func (r reader) join(ctx context.Context, list []chat.Message) error {
	byID, ids := make(map[chat.MessageID]*chat.Message, len(list)), make([]chat.MessageID, len(list))
	for i := range list {
		byID[list[i].ID], ids[i] = &list[i], list[i].ID
	}
	for _, part := range []func(context.Context, string, map[chat.MessageID]*chat.Message) error{r.joinReactions, r.joinMentions, r.joinReplies, r.joinAttachments, r.joinPolls, r.joinPreviews} {
		if err := part(ctx, idsJSON(ids), byID); err != nil {
			return err
		}
	}
	return nil
}

func (r reader) joinReactions(ctx context.Context, ids string, byID map[chat.MessageID]*chat.Message) error {
	type count struct {
		message chat.MessageID
		chat.ReactionCount
	}
	scan := func(r row, c *count) error { return r.Scan((*int64)(&c.message), &c.Key, &c.Emoji, &c.Count) }
	counts, err := list(ctx, r.session, scan, `
		SELECT g.message_id, g.emoji_key, (SELECT f.emoji FROM reactions f WHERE f.id = g.first), g.n FROM (
			SELECT message_id, emoji_key, MIN(id) AS first, COUNT(*) AS n FROM reactions
			WHERE message_id IN IDS($1) GROUP BY message_id, emoji_key) AS g
		ORDER BY g.first`, ids)
	for _, c := range counts {
		m := byID[c.message]
		m.Reactions = append(m.Reactions, c.ReactionCount)
	}
	if err != nil || len(counts) == 0 {
		return err
	}
	return r.joinReactors(ctx, ids, byID)
}

// joinReactors names who reacted, as far as they are shown.
func (r reader) joinReactors(ctx context.Context, ids string, byID map[chat.MessageID]*chat.Message) error {
	type reactor struct {
		message chat.MessageID
		key     string
		user    chat.UserID
	}
	scan := func(r row, x *reactor) error { return r.Scan((*int64)(&x.message), &x.key, (*int64)(&x.user)) }
	found, err := list(ctx, r.session, scan, `
		SELECT x.message_id, x.emoji_key, x.user_id FROM (
			SELECT message_id, emoji_key, user_id, id, ROW_NUMBER() OVER (PARTITION BY message_id, emoji_key ORDER BY id) AS n FROM reactions
			WHERE message_id IN IDS($1)) AS x
		WHERE x.n <= $2 ORDER BY x.id`, ids, chat.MaxReactors)
	for _, x := range found {
		counts := byID[x.message].Reactions
		if i := slices.IndexFunc(counts, func(c chat.ReactionCount) bool { return c.Key == x.key }); i >= 0 {
			counts[i].Users = append(counts[i].Users, x.user)
		}
	}
	return err
}

// everybody is the user of a mention of all.
const everybody chat.UserID = 0

func (r reader) joinMentions(ctx context.Context, ids string, byID map[chat.MessageID]*chat.Message) error {
	type mention struct {
		message chat.MessageID
		user    chat.UserID
	}
	scan := func(r row, m *mention) error { return r.Scan((*int64)(&m.message), (*int64)(&m.user)) }
	found, err := list(ctx, r.session, scan, `SELECT message_id, user_id FROM mentions WHERE message_id IN IDS($1) ORDER BY user_id`, ids)
	for _, n := range found {
		m := byID[n.message]
		if n.user == everybody {
			m.MentionsAll = true
			continue
		}
		m.Mentions = append(m.Mentions, n.user)
	}
	return err
}

func (r reader) joinReplies(ctx context.Context, ids string, byID map[chat.MessageID]*chat.Message) error {
	type replies struct {
		root chat.MessageID
		n    int64
	}
	scan := func(r row, p *replies) error { return r.Scan((*int64)(&p.root), &p.n) }
	found, err := list(ctx, r.session, scan, `
		SELECT root_id, COUNT(*) FROM messages WHERE root_id IN IDS($1) AND root_id <> 0 AND deleted_at = 0 GROUP BY root_id`, ids)
	for _, p := range found {
		byID[p.root].ReplyCount = p.n
	}
	return err
}

// Message implements chat.Reader. A message of a deleted conversation is gone.
func (r reader) Message(ctx context.Context, id chat.MessageID) (*chat.Message, error) {
	found, err := r.messages(ctx, messageSelect+`WHERE m.id = $1`, int64(id))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// MessagesByID implements chat.Reader.
func (r reader) MessagesByID(ctx context.Context, ids []chat.MessageID) ([]chat.Message, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return r.messages(ctx, messageSelect+`WHERE m.id IN IDS($1) ORDER BY m.id`, idsJSON(ids))
}

// MessageByTempID implements chat.Reader.
func (r reader) MessageByTempID(ctx context.Context, c chat.ConversationID, sender chat.UserID, tempID string) (*chat.Message, error) {
	found, err := r.messages(ctx, messageSelect+`WHERE m.conversation_id = $1 AND m.sender_id = $2 AND m.temp_id = $3 AND m.temp_id <> ''`,
		int64(c), int64(sender), tempID)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// Messages implements chat.Reader.
func (r reader) Messages(ctx context.Context, c chat.ConversationID, cut int64, p chat.Page) ([]chat.Message, bool, error) {
	where := `WHERE m.conversation_id = $1 AND m.rev > $2`
	if p.WithoutReplies {
		where += ` AND m.root_id = 0`
	}
	return r.page(ctx, where, int64(c), cut, p)
}

// Replies implements chat.Reader.
func (r reader) Replies(ctx context.Context, root chat.MessageID, cut int64, p chat.Page) ([]chat.Message, bool, error) {
	return r.page(ctx, `WHERE m.root_id = $1 AND m.root_id <> 0 AND m.rev > $2`, int64(root), cut, p)
}

// page reads one message more than asked for, to know whether there are more.
// In a conversation the orders of ids, of revs and of seqs are the same.
func (r reader) page(ctx context.Context, where string, owner, cut int64, p chat.Page) ([]chat.Message, bool, error) {
	args := []any{owner, cut, p.Limit + 1}
	if p.After != 0 {
		where += ` AND m.id > $4`
		args = append(args, int64(p.After))
	}
	if p.Before != 0 {
		where += ` AND m.id < $5`
		if p.After == 0 {
			where += ` AND $4 = 0`
			args = append(args, 0)
		}
		args = append(args, int64(p.Before))
	}
	order := ` ORDER BY m.rev DESC LIMIT $3`
	if p.After != 0 {
		order = ` ORDER BY m.rev LIMIT $3`
	}
	found, err := r.messages(ctx, messageSelect+where+order, args...)
	if err != nil {
		return nil, false, err
	}
	more := len(found) > p.Limit
	found = found[:min(len(found), p.Limit)]
	if p.After == 0 {
		slices.Reverse(found)
	}
	return found, more, nil
}

// MessagesBy implements chat.Reader.
func (r reader) MessagesBy(ctx context.Context, u chat.UserID, after chat.MessageID, limit int) ([]chat.MessageID, error) {
	return list(ctx, r.session, scanNumber[chat.MessageID], `
		SELECT id FROM messages WHERE id > $1 AND sender_id = $2 AND deleted_at = 0 AND type <> 'SYSTEM'
			AND EXISTS (SELECT 1 FROM conversations c WHERE c.id = messages.conversation_id AND c.deleted_at = 0)
		ORDER BY id LIMIT $3`,
		int64(after), int64(u), limit)
}

// loadRepeats finds messages that were sent before with the same tempIds.
func (r reader) loadRepeats(ctx context.Context, into map[tempKey]*chat.Message, keys []tempKey) error {
	rows := make([][]any, len(keys))
	for i, k := range keys {
		rows[i] = []any{int64(k.conversation), int64(k.user), k.tempID}
	}
	var ids []chat.MessageID
	err := table{"nnt", rows}.each(r.engine, func(query string, args []any) error {
		found, err := list(ctx, r.session, scanNumber[chat.MessageID], `
			WITH want (c, u, t) AS (`+query+`)
			SELECT m.id FROM want JOIN messages m ON m.conversation_id = want.c AND m.sender_id = want.u AND m.temp_id = want.t
			WHERE m.temp_id <> ''`, args...)
		ids = append(ids, found...)
		return err
	})
	if err != nil || len(ids) == 0 {
		return err
	}
	found, err := r.MessagesByID(ctx, ids)
	for i := range found {
		m := &found[i]
		into[tempKey{seatKey{m.ConversationID, m.SenderID}, m.TempID}] = m
	}
	return err
}

// parentsByID reads only what is needed to join a thread.
func (r reader) parentsByID(ctx context.Context, ids []chat.MessageID) (map[chat.MessageID]*chat.Message, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	scan := func(r row, m *chat.Message) error {
		return r.Scan((*int64)(&m.ID), (*int64)(&m.ConversationID), &m.Seq, (*int64)(&m.RootID))
	}
	found, err := list(ctx, r.session, scan, `SELECT id, conversation_id, seq, root_id FROM messages WHERE id IN IDS($1)`, idsJSON(ids))
	out := make(map[chat.MessageID]*chat.Message, len(found))
	for i := range found {
		out[found[i].ID] = &found[i]
	}
	return out, err
}

// UpdateMessage implements chat.Tx.
func (t *tx) UpdateMessage(ctx context.Context, m *chat.Message) error {
	_, err := t.exec(ctx, `
		UPDATE messages SET content = $1, encrypted = $2, metadata = $3, edited_at = $4 WHERE id = $5`,
		m.Content, m.Encrypted, string(m.Metadata), millis(m.EditedAt), int64(m.ID))
	return err
}

// EraseMessage implements chat.Tx. What the log knew of a message is the emoji of
// its reactions.
func (t *tx) EraseMessage(ctx context.Context, m *chat.Message) error {
	t.erased = true
	_, err := t.exec(ctx, `
		UPDATE messages SET content = '', encrypted = '', metadata = '{}', forwarded = '', deleted_at = $1, deleted_by = $2,
			pinned_at = 0, pinned_by = 0 WHERE id = $3`,
		millis(m.DeletedAt), int64(m.DeletedBy), int64(m.ID))
	if err != nil {
		return err
	}
	if err := t.unindex(ctx, idsJSON([]chat.MessageID{m.ID})); err != nil {
		return err
	}
	if err := t.detach(ctx, idsJSON([]chat.MessageID{m.ID}), millis(m.DeletedAt)); err != nil {
		return err
	}
	if err := t.unlink(ctx, idsJSON([]chat.MessageID{m.ID}), millis(m.DeletedAt)); err != nil {
		return err
	}
	reacted, err := t.exec(ctx, `DELETE FROM reactions WHERE message_id = $1`, int64(m.ID))
	if err != nil {
		return err
	}
	if reacted > 0 {
		_, err = t.exec(ctx, `
			UPDATE events SET detail = '' WHERE stream = $1 AND ref = $2 AND type IN ('reaction.added', 'reaction.removed')`,
			int64(m.ConversationID), int64(m.ID))
		if err != nil {
			return err
		}
	}
	for _, text := range []string{
		`DELETE FROM message_versions WHERE message_id = $1`,
		`DELETE FROM mentions WHERE message_id = $1`,
		`DELETE FROM bookmarks WHERE message_id = $1`,
		`DELETE FROM reminders WHERE message_id = $1`,
		`DELETE FROM poll_votes WHERE message_id = $1`,
		`DELETE FROM polls WHERE message_id = $1`,
	} {
		if _, err := t.exec(ctx, text, int64(m.ID)); err != nil {
			return err
		}
	}
	return nil
}

// InsertVersion implements chat.Tx.
func (t *tx) InsertVersion(ctx context.Context, v chat.MessageVersion) error {
	_, err := t.exec(ctx, `
		INSERT INTO message_versions (message_id, version, content, metadata, at)
		SELECT $1, COALESCE(MAX(version), 0) + 1, $2, $3, $4 FROM message_versions WHERE message_id = $1`,
		int64(v.MessageID), v.Content, string(v.Metadata), millis(v.At))
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `
		DELETE FROM message_versions WHERE message_id = $1
			AND version <= (SELECT MAX(version) FROM message_versions WHERE message_id = $1) - $2`, int64(v.MessageID), chat.MaxVersions)
	return err
}

// Versions implements chat.Reader.
func (r reader) Versions(ctx context.Context, id chat.MessageID) ([]chat.MessageVersion, error) {
	scan := func(r row, v *chat.MessageVersion) error {
		return r.Scan((*int64)(&v.MessageID), &v.Version, &v.Content, raw{&v.Metadata}, at{&v.At})
	}
	return list(ctx, r.session, scan, `
		SELECT message_id, version, content, metadata, at FROM message_versions WHERE message_id = $1 ORDER BY version`, int64(id))
}

// SetMentions implements chat.Tx.
func (t *tx) SetMentions(ctx context.Context, m *chat.Message) error {
	if m.Edited() {
		if _, err := t.exec(ctx, `DELETE FROM mentions WHERE message_id = $1`, int64(m.ID)); err != nil {
			return err
		}
	}
	mentioned := m.Mentions
	if m.MentionsAll {
		mentioned = append(slices.Clone(mentioned), everybody)
	}
	for _, u := range mentioned {
		_, err := t.exec(ctx, `
			INSERT INTO mentions (user_id, conversation_id, seq, message_id, sender_id) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
			int64(u), int64(m.ConversationID), m.Seq, int64(m.ID), int64(m.SenderID))
		if err != nil {
			return err
		}
	}
	return nil
}

// AddReaction implements chat.Tx.
func (t *tx) AddReaction(ctx context.Context, x *chat.Reaction) (bool, error) {
	n, err := t.exec(ctx, `
		INSERT INTO reactions (message_id, user_id, emoji, emoji_key, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
		int64(x.MessageID), int64(x.UserID), x.Emoji, x.Key, millis(x.CreatedAt))
	return n > 0, err
}

// RemoveReaction implements chat.Tx.
func (t *tx) RemoveReaction(ctx context.Context, m chat.MessageID, u chat.UserID, key string) (bool, error) {
	n, err := t.exec(ctx, `DELETE FROM reactions WHERE message_id = $1 AND user_id = $2 AND emoji_key = $3`, int64(m), int64(u), key)
	return n > 0, err
}

// Reactions implements chat.Reader.
func (r reader) Reactions(ctx context.Context, id chat.MessageID) ([]chat.Reaction, error) {
	scan := func(r row, x *chat.Reaction) error {
		return r.Scan(&x.ID, (*int64)(&x.MessageID), (*int64)(&x.UserID), &x.UserName, &x.Emoji, &x.Key, at{&x.CreatedAt})
	}
	return list(ctx, r.session, scan, `
		SELECT x.id, x.message_id, x.user_id, CASE WHEN u.display_name <> '' THEN u.display_name ELSE u.username END, x.emoji, x.emoji_key, x.created_at
		FROM reactions x JOIN users u ON u.id = x.user_id WHERE x.message_id = $1 ORDER BY x.id`, int64(id))
}

// OwnReactions implements chat.Reader.
func (r reader) OwnReactions(ctx context.Context, user chat.UserID, ids []chat.MessageID) (map[chat.MessageID][]string, error) {
	type own struct {
		message chat.MessageID
		key     string
	}
	scan := func(r row, o *own) error { return r.Scan((*int64)(&o.message), &o.key) }
	found, err := list(ctx, r.session, scan, `
		SELECT message_id, emoji_key FROM reactions WHERE message_id IN IDS($1) AND user_id = $2 ORDER BY id`, idsJSON(ids), int64(user))
	out := map[chat.MessageID][]string{}
	for _, o := range found {
		out[o.message] = append(out[o.message], o.key)
	}
	return out, err
}
