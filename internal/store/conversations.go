package store

import (
	"context"
	"strconv"
	"strings"
	"time"

	"parley/internal/chat"
	"parley/internal/text"
)

const conversationColumns = `c.id, c.kind, c.name, c.description, c.avatar_url, c.created_by, c.created_at, c.updated_at,
	c.last_seq, c.last_rev, c.last_count, c.last_message_id, c.last_message_at, c.participant_count, c.direct_a, c.direct_b,
	c.allow_reactions, c.allow_replies, c.allow_uploads, c.max_file_mb, c.allowed_types, c.members_invite, c.slow_mode,
	c.history_new, c.who_may_post, c.who_may_react, c.who_may_reply, c.who_may_upload, c.visibility, c.metadata`

func conversationDest(c *chat.Conversation) []any {
	return []any{
		(*int64)(&c.ID), (*string)(&c.Kind), &c.Name, &c.Description, &c.AvatarURL, (*int64)(&c.CreatedBy), at{&c.CreatedAt}, at{&c.UpdatedAt},
		&c.LastSeq, &c.LastRev, &c.LastCount, (*int64)(&c.LastMessageID), at{&c.LastMessageAt}, &c.ParticipantCount, (*int64)(&c.DirectA), (*int64)(&c.DirectB),
		&c.AllowReactions, &c.AllowReplies, &c.AllowFileUploads, &c.MaxFileSizeMb, texts{&c.AllowedFileTypes}, &c.MembersCanInvite, &c.SlowModeSeconds,
		&c.HistoryForNew, &c.WhoMayPost, &c.WhoMayReact, &c.WhoMayReply, &c.WhoMayUpload, &c.Visibility, raw{&c.Metadata},
	}
}

func scanConversation(r row, c *chat.Conversation) error { return r.Scan(conversationDest(c)...) }

// Conversation implements chat.Reader.
func (r reader) Conversation(ctx context.Context, id chat.ConversationID) (*chat.Conversation, error) {
	return one(ctx, r.session, scanConversation, `SELECT `+conversationColumns+` FROM conversations c WHERE c.id = $1 AND c.deleted_at = 0`, int64(id))
}

func (r reader) conversationsByID(ctx context.Context, ids []chat.ConversationID) (map[chat.ConversationID]*chat.Conversation, error) {
	found, err := list(ctx, r.session, scanConversation, `
		SELECT `+conversationColumns+` FROM conversations c WHERE c.deleted_at = 0 AND c.id IN IDS($1)`, idsJSON(ids))
	out := make(map[chat.ConversationID]*chat.Conversation, len(found))
	for i := range found {
		out[found[i].ID] = &found[i]
	}
	return out, err
}

// DirectBetween implements chat.Reader.
func (r reader) DirectBetween(ctx context.Context, a, b chat.UserID) (*chat.Conversation, error) {
	return one(ctx, r.session, scanConversation, `
		SELECT `+conversationColumns+` FROM conversations c
		WHERE c.kind = 'DIRECT' AND c.deleted_at = 0 AND c.direct_a = $1 AND c.direct_b = $2`, int64(min(a, b)), int64(max(a, b)))
}

const publicChannels = ` FROM conversations c WHERE c.visibility = 'PUBLIC' AND c.deleted_at = 0`

// PublicChannels implements chat.Reader.
func (r reader) PublicChannels(ctx context.Context, query string, offset, limit int) (page []chat.Conversation, total int64, err error) {
	const order = ` ORDER BY c.search_key, c.id`
	var ids []chat.ConversationID
	if query == "" {
		if total, err = number(ctx, r.session, `SELECT COUNT(*)`+publicChannels); err != nil {
			return nil, 0, err
		}
		ids, err = list(ctx, r.session, scanNumber[chat.ConversationID], `SELECT c.id`+publicChannels+order+` LIMIT $1 OFFSET $2`, limit, offset)
	} else {
		ids, err = r.matching(ctx, query, publicChannels+order)
		total = int64(len(ids))
		ids = pageOf(ids, offset, limit)
	}
	if err != nil || len(ids) == 0 {
		return nil, total, err
	}
	page, err = list(ctx, r.session, scanConversation, `SELECT `+conversationColumns+` FROM conversations c WHERE c.id IN IDS($1)`+order, idsJSON(ids))
	return page, total, err
}

// matching returns the conversations whose name or description has all words of
// the query. They are compared here, so nothing else is read of those that do not.
func (r reader) matching(ctx context.Context, query, from string, args ...any) ([]chat.ConversationID, error) {
	type about struct {
		id                chat.ConversationID
		name, description string
	}
	scan := func(r row, a *about) error { return r.Scan((*int64)(&a.id), &a.name, &a.description) }
	all, err := list(ctx, r.session, scan, `SELECT c.id, c.name, c.description`+from, args...)
	var ids []chat.ConversationID
	for _, a := range all {
		if text.MatchesAllWords(a.name+"\n"+a.description, query) {
			ids = append(ids, a.id)
		}
	}
	return ids, err
}

func pageOf[T any](all []T, offset, limit int) []T {
	from := min(offset, len(all))
	return all[from:min(from+limit, len(all))]
}

// listCondition is the part of a list query that a filter adds.
func listCondition(f chat.ConversationFilter) string {
	var b strings.Builder
	if f.Archived != nil {
		if *f.Archived {
			b.WriteString(` AND p.archived_at <> 0`)
		} else {
			b.WriteString(` AND p.archived_at = 0`)
		}
	}
	if f.Pinned {
		b.WriteString(` AND p.pinned_at <> 0`)
	}
	if f.Query != "" {
		b.WriteString(` AND c.kind IN ('GROUP', 'CHANNEL')`)
	}
	if f.Among != nil {
		b.WriteString(` AND c.id IN IDS($3)`)
	}
	return b.String()
}

// readExpression is chat.Participant.ReadSeq, baseExpression what does not count
// there.
const (
	readExpression = `CASE WHEN p.unread_from > 0 THEN p.unread_from - 1 ELSE p.read_seq END`
	baseExpression = `CASE WHEN p.unread_from > 0 THEN p.unread_base ELSE p.read_count END`
)

// unreadExpression counts what is unread at a position: what counts after it,
// less what was deleted in between. Own messages are after it only where the
// position was put back by hand, and then baseExpression has them.
const unreadExpression = `c.last_count - (` + baseExpression + `) - (
		SELECT COUNT(*) FROM messages d WHERE d.conversation_id = p.conversation_id AND d.seq > (` + readExpression + `) AND d.deleted_at <> 0
			AND d.sender_id <> p.user_id)`

// mentionExpression counts messages that mention the participant, or everybody
// (user 0).
const mentionExpression = `(SELECT COUNT(DISTINCT n.seq) FROM mentions n
		WHERE n.user_id IN (p.user_id, 0) AND n.conversation_id = p.conversation_id AND n.seq > (` + readExpression + `)
			AND n.sender_id <> p.user_id)`

const listOrder = ` ORDER BY p.pinned_at = 0, p.pinned_at, c.last_message_at DESC, c.id DESC`

// Conversations implements chat.Reader.
func (r reader) Conversations(ctx context.Context, user chat.UserID, f chat.ConversationFilter) ([]chat.ConversationView, error) {
	scan := func(r row, v *chat.ConversationView) error {
		dest := append(conversationDest(&v.Conversation), participantDest(&v.Me)...)
		var title, picture string
		dest = append(dest, &title, &picture, &v.UnreadCount, &v.MentionCount)
		if err := r.Scan(dest...); err != nil {
			return err
		}
		v.Title, v.Picture = v.Name, v.AvatarURL
		if v.Kind == chat.Direct {
			v.Title, v.Picture = title, picture
		}
		return nil
	}
	ids, err := r.listed(ctx, user, f)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return list(ctx, r.session, scan, `
		SELECT `+conversationColumns+`, `+participantColumns+`,
			COALESCE(CASE WHEN o.display_name <> '' THEN o.display_name ELSE o.username END, ''), COALESCE(o.avatar_url, ''),
			`+unreadExpression+`, `+mentionExpression+`
		FROM participants p JOIN conversations c ON c.id = p.conversation_id JOIN users u ON u.id = p.user_id
		LEFT JOIN users o ON c.kind = 'DIRECT' AND o.id = CASE WHEN c.direct_a = p.user_id THEN c.direct_b ELSE c.direct_a END
		WHERE p.user_id = $1 AND p.conversation_id IN IDS($2) AND p.hidden_at = 0 AND c.deleted_at = 0`+listOrder, int64(user), idsJSON(ids))
}

// listed returns the page of a list by ids. What is counted for a conversation is
// counted for those, not for all that there are to be put in order.
func (r reader) listed(ctx context.Context, user chat.UserID, f chat.ConversationFilter) ([]chat.ConversationID, error) {
	from := `
		FROM participants p JOIN conversations c ON c.id = p.conversation_id
		WHERE p.user_id = $1 AND p.hidden_at = 0 AND c.deleted_at = 0 AND ($2 = '' OR c.kind = $2)` + listCondition(f) + listOrder
	args := []any{int64(user), string(f.Kind)}
	if f.Among != nil {
		args = append(args, idsJSON(f.Among))
	}
	if f.Query != "" {
		ids, err := r.matching(ctx, f.Query, from, args...)
		return pageOf(ids, f.Offset, f.Limit), err
	}
	n := len(args)
	limit := ` LIMIT $` + strconv.Itoa(n+1) + ` OFFSET $` + strconv.Itoa(n+2)
	return list(ctx, r.session, scanNumber[chat.ConversationID], `SELECT c.id`+from+limit, append(args, f.Limit, f.Offset)...)
}

// CountConversations implements chat.Reader.
func (r reader) CountConversations(ctx context.Context, user chat.UserID, f chat.ConversationFilter) (int64, error) {
	return number(ctx, r.session, `
		SELECT COUNT(*) FROM participants p JOIN conversations c ON c.id = p.conversation_id
		WHERE p.user_id = $1 AND p.hidden_at = 0 AND c.deleted_at = 0 AND ($2 = '' OR c.kind = $2)`+listCondition(f),
		int64(user), string(f.Kind))
}

// UnreadIn implements chat.Reader.
func (r reader) UnreadIn(ctx context.Context, c *chat.Conversation, p *chat.Participant) (unread, mentions int64, err error) {
	seq, base := p.ReadSeq()
	unread = c.LastCount - base
	if unread == 0 {
		return 0, 0, nil
	}
	type counts struct{ deleted, mentions int64 }
	scan := func(r row, n *counts) error { return r.Scan(&n.deleted, &n.mentions) }
	n, err := one(ctx, r.session, scan, `
		SELECT (SELECT COUNT(*) FROM messages WHERE conversation_id = $1 AND seq > $2 AND deleted_at <> 0 AND sender_id <> $3),
			(SELECT COUNT(DISTINCT seq) FROM mentions WHERE user_id IN ($3, 0) AND conversation_id = $1 AND seq > $2 AND sender_id <> $3)`,
		int64(c.ID), seq, int64(p.UserID))
	if err != nil {
		return 0, 0, err
	}
	return unread - n.deleted, n.mentions, nil
}

// Unreads implements chat.Reader.
func (r reader) Unreads(ctx context.Context, user chat.UserID) ([]chat.Unread, error) {
	now := time.Now().UnixMilli()
	scan := func(r row, u *chat.Unread) error {
		var mutedUntil int64
		err := r.Scan((*int64)(&u.ConversationID), &u.UnreadCount, &u.MentionCount, (*int64)(&u.LastMessageID), (*int64)(&u.LastReadMessageID), &mutedUntil)
		u.Muted = mutedUntil > now
		return err
	}
	found, err := list(ctx, r.session, scan, `
		SELECT c.id, `+unreadExpression+`, `+mentionExpression+`, c.last_message_id,
			CASE WHEN p.unread_from > 0 THEN p.unread_after ELSE p.read_message_id END, p.muted_until
		FROM participants p JOIN conversations c ON c.id = p.conversation_id
		WHERE p.user_id = $1 AND p.hidden_at = 0 AND c.deleted_at = 0 AND c.last_count > (`+baseExpression+`)
		ORDER BY c.last_message_at DESC, c.id DESC`, int64(user))
	var out []chat.Unread
	for _, u := range found {
		if u.UnreadCount > 0 {
			out = append(out, u)
		}
	}
	return out, err
}

// InsertConversation implements chat.Tx.
func (t *tx) InsertConversation(ctx context.Context, c *chat.Conversation) error {
	id, err := number(ctx, t.session, `
		INSERT INTO conversations (kind, name, search_key, description, avatar_url, created_by, created_at, updated_at, last_message_at,
			direct_a, direct_b, allow_reactions, allow_replies, allow_uploads, max_file_mb, allowed_types, members_invite, slow_mode,
			history_new, who_may_post, who_may_react, who_may_reply, who_may_upload, visibility, metadata)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25) RETURNING id`,
		string(c.Kind), c.Name, text.Fold(c.Name), c.Description, c.AvatarURL, int64(c.CreatedBy), millis(c.CreatedAt), millis(c.UpdatedAt), millis(c.LastMessageAt),
		int64(c.DirectA), int64(c.DirectB), flag(c.AllowReactions), flag(c.AllowReplies), flag(c.AllowFileUploads), c.MaxFileSizeMb,
		textsJSON(c.AllowedFileTypes), flag(c.MembersCanInvite), c.SlowModeSeconds,
		c.HistoryForNew, c.WhoMayPost, c.WhoMayReact, c.WhoMayReply, c.WhoMayUpload, c.Visibility, string(c.Metadata))
	c.ID = chat.ConversationID(id)
	return err
}

// UpdateConversation implements chat.Tx.
func (t *tx) UpdateConversation(ctx context.Context, c *chat.Conversation) error {
	_, err := t.exec(ctx, `
		UPDATE conversations SET name = $1, search_key = $2, description = $3, avatar_url = $4, updated_at = $5, allow_reactions = $6,
			allow_replies = $7, allow_uploads = $8, max_file_mb = $9, allowed_types = $10, members_invite = $11, slow_mode = $12,
			history_new = $13, who_may_post = $14, who_may_react = $15, who_may_reply = $16, who_may_upload = $17, visibility = $18, metadata = $19
		WHERE id = $20`,
		c.Name, text.Fold(c.Name), c.Description, c.AvatarURL, millis(c.UpdatedAt), flag(c.AllowReactions),
		flag(c.AllowReplies), flag(c.AllowFileUploads), c.MaxFileSizeMb, textsJSON(c.AllowedFileTypes), flag(c.MembersCanInvite), c.SlowModeSeconds,
		c.HistoryForNew, c.WhoMayPost, c.WhoMayReact, c.WhoMayReply, c.WhoMayUpload, c.Visibility, string(c.Metadata), int64(c.ID))
	return err
}

// DoomConversation implements chat.Tx.
func (t *tx) DoomConversation(ctx context.Context, c chat.ConversationID, when time.Time) error {
	t.erased = true
	_, err := t.exec(ctx, `
		UPDATE conversations SET deleted_at = $1, name = '', search_key = '', description = '', avatar_url = '', metadata = '{}'
		WHERE id = $2`, millis(when), int64(c))
	if err != nil {
		return err
	}
	for _, text := range []string{`DELETE FROM participants WHERE conversation_id = $1`, `DELETE FROM drafts WHERE conversation_id = $1`} {
		if _, err := t.exec(ctx, text, int64(c)); err != nil {
			return err
		}
	}
	return t.SetAvatar(ctx, c.Stream(), 0, when)
}

// DoomedConversations implements chat.Reader.
func (r reader) DoomedConversations(ctx context.Context, limit int) ([]chat.ConversationID, error) {
	return list(ctx, r.session, scanNumber[chat.ConversationID], `SELECT id FROM conversations WHERE deleted_at <> 0 ORDER BY id LIMIT $1`, limit)
}

// EraseConversation implements chat.Tx.
func (t *tx) EraseConversation(ctx context.Context, c chat.ConversationID, n int) (bool, error) {
	t.erased = true
	ids, err := list(ctx, t.session, scanNumber[chat.MessageID], `SELECT id FROM messages WHERE conversation_id = $1 ORDER BY rev LIMIT $2`, int64(c), n)
	if err != nil {
		return false, err
	}
	if len(ids) > 0 {
		return false, t.eraseMessages(ctx, idsJSON(ids))
	}
	for _, text := range []string{
		`DELETE FROM events WHERE pos IN (SELECT pos FROM events WHERE stream = $1 LIMIT $2)`,
		`DELETE FROM read_marks WHERE conversation_id = $1 AND (user_id, seq) IN (SELECT user_id, seq FROM read_marks WHERE conversation_id = $1 LIMIT $2)`,
	} {
		if gone, err := t.exec(ctx, text, int64(c), n); err != nil || gone > 0 {
			return false, err
		}
	}
	if _, err = t.exec(ctx, `DELETE FROM pruned WHERE stream = $1`, int64(c)); err != nil {
		return false, err
	}
	_, err = t.exec(ctx, `DELETE FROM conversations WHERE id = $1`, int64(c))
	return true, err
}

func (t *tx) eraseMessages(ctx context.Context, ids string) error {
	if err := t.unindex(ctx, ids); err != nil {
		return err
	}
	if err := t.detach(ctx, ids, time.Now().UnixMilli()); err != nil { // the time is only not 0
		return err
	}
	if err := t.unlink(ctx, ids, time.Now().UnixMilli()); err != nil {
		return err
	}
	for _, text := range []string{
		`DELETE FROM message_versions WHERE message_id IN IDS($1)`,
		`DELETE FROM reactions WHERE message_id IN IDS($1)`,
		`DELETE FROM mentions WHERE message_id IN IDS($1)`,
		`DELETE FROM bookmarks WHERE message_id IN IDS($1)`,
		`DELETE FROM reminders WHERE message_id IN IDS($1)`,
		`DELETE FROM poll_votes WHERE message_id IN IDS($1)`,
		`DELETE FROM polls WHERE message_id IN IDS($1)`,
		`DELETE FROM thread_people WHERE root_id IN IDS($1)`,
		`DELETE FROM messages WHERE id IN IDS($1)`,
	} {
		if _, err := t.exec(ctx, text, ids); err != nil {
			return err
		}
	}
	return nil
}
