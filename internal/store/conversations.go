package store

import (
	"context"
	"strings"
	"time"

	"parley/internal/chat"
	"parley/internal/text"
)

const conversationColumns = `c.id, c.kind, c.name, c.description, c.avatar_url, c.created_by, c.created_at, c.updated_at,
	c.last_seq, c.last_rev, c.last_count, c.last_message_id, c.last_message_at, c.participant_count, c.direct_a, c.direct_b,
	c.allow_reactions, c.allow_replies, c.allow_uploads, c.max_file_mb, c.allowed_types, c.members_invite, c.slow_mode,
	c.history_new, c.who_may_post, c.visibility, c.metadata`

func conversationDest(c *chat.Conversation) []any {
	return []any{
		(*int64)(&c.ID), (*string)(&c.Kind), &c.Name, &c.Description, &c.AvatarURL, (*int64)(&c.CreatedBy), at{&c.CreatedAt}, at{&c.UpdatedAt},
		&c.LastSeq, &c.LastRev, &c.LastCount, (*int64)(&c.LastMessageID), at{&c.LastMessageAt}, &c.ParticipantCount, (*int64)(&c.DirectA), (*int64)(&c.DirectB),
		&c.AllowReactions, &c.AllowReplies, &c.AllowFileUploads, &c.MaxFileSizeMb, texts{&c.AllowedFileTypes}, &c.MembersCanInvite, &c.SlowModeSeconds,
		&c.HistoryForNew, &c.WhoMayPost, &c.Visibility, raw{&c.Metadata},
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

// PublicChannels implements chat.Reader.
func (r reader) PublicChannels(ctx context.Context, query string, limit int) ([]chat.Conversation, error) {
	found, err := list(ctx, r.session, scanConversation, `
		SELECT `+conversationColumns+` FROM conversations c
		WHERE c.visibility = 'PUBLIC' AND c.deleted_at = 0 ORDER BY c.name, c.id`)
	if err != nil {
		return nil, err
	}
	var out []chat.Conversation
	for _, c := range found {
		if len(out) < limit && text.MatchesAllWords(c.Name+"\n"+c.Description, query) {
			out = append(out, c)
		}
	}
	return out, nil
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
	return b.String()
}

// unreadExpression counts what is unread at a position: what counts after it,
// less what was deleted in between. Own messages are never after it.
const unreadExpression = `c.last_count - p.read_count - (
		SELECT COUNT(*) FROM messages d WHERE d.conversation_id = p.conversation_id AND d.seq > p.read_seq AND d.deleted_at <> 0)`

const mentionExpression = `(SELECT COUNT(*) FROM mentions n
		WHERE n.user_id = p.user_id AND n.conversation_id = p.conversation_id AND n.seq > p.read_seq)`

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
	limit, offset := f.Limit, f.Offset
	if f.Query != "" { // the words are compared here, over all of the user's groups
		limit, offset = 10_000, 0
	}
	found, err := list(ctx, r.session, scan, `
		SELECT `+conversationColumns+`, `+participantColumns+`,
			COALESCE(CASE WHEN o.display_name <> '' THEN o.display_name ELSE o.username END, ''), COALESCE(o.avatar_url, ''),
			`+unreadExpression+`, `+mentionExpression+`
		FROM participants p JOIN conversations c ON c.id = p.conversation_id JOIN users u ON u.id = p.user_id
		LEFT JOIN users o ON c.kind = 'DIRECT' AND o.id = CASE WHEN c.direct_a = p.user_id THEN c.direct_b ELSE c.direct_a END
		WHERE p.user_id = $1 AND p.hidden_at = 0 AND c.deleted_at = 0 AND ($2 = '' OR c.kind = $2)`+listCondition(f)+`
		ORDER BY p.pinned_at = 0, p.pinned_at, c.last_message_at DESC, c.id DESC LIMIT $3 OFFSET $4`,
		int64(user), string(f.Kind), limit, offset)
	if err != nil || f.Query == "" {
		return found, err
	}
	var matching []chat.ConversationView
	for _, v := range found {
		if len(matching) < f.Limit && text.MatchesAllWords(v.Name+"\n"+v.Description, f.Query) {
			matching = append(matching, v)
		}
	}
	return matching, nil
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
	unread = c.LastCount - p.Read.Count
	if unread == 0 {
		return 0, 0, nil
	}
	type counts struct{ deleted, mentions int64 }
	scan := func(r row, n *counts) error { return r.Scan(&n.deleted, &n.mentions) }
	n, err := one(ctx, r.session, scan, `
		SELECT (SELECT COUNT(*) FROM messages WHERE conversation_id = $1 AND seq > $2 AND deleted_at <> 0),
			(SELECT COUNT(*) FROM mentions WHERE user_id = $3 AND conversation_id = $1 AND seq > $2)`,
		int64(c.ID), p.Read.Seq, int64(p.UserID))
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
		SELECT c.id, `+unreadExpression+`, `+mentionExpression+`, c.last_message_id, p.read_message_id, p.muted_until
		FROM participants p JOIN conversations c ON c.id = p.conversation_id
		WHERE p.user_id = $1 AND p.hidden_at = 0 AND c.deleted_at = 0 AND c.last_count > p.read_count
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
			history_new, who_may_post, visibility, metadata)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22) RETURNING id`,
		string(c.Kind), c.Name, text.Fold(c.Name), c.Description, c.AvatarURL, int64(c.CreatedBy), millis(c.CreatedAt), millis(c.UpdatedAt), millis(c.LastMessageAt),
		int64(c.DirectA), int64(c.DirectB), flag(c.AllowReactions), flag(c.AllowReplies), flag(c.AllowFileUploads), c.MaxFileSizeMb,
		textsJSON(c.AllowedFileTypes), flag(c.MembersCanInvite), c.SlowModeSeconds, c.HistoryForNew, c.WhoMayPost, c.Visibility, string(c.Metadata))
	c.ID = chat.ConversationID(id)
	return err
}

// UpdateConversation implements chat.Tx.
func (t *tx) UpdateConversation(ctx context.Context, c *chat.Conversation) error {
	_, err := t.exec(ctx, `
		UPDATE conversations SET name = $1, search_key = $2, description = $3, avatar_url = $4, updated_at = $5, allow_reactions = $6,
			allow_replies = $7, allow_uploads = $8, max_file_mb = $9, allowed_types = $10, members_invite = $11, slow_mode = $12,
			history_new = $13, who_may_post = $14, visibility = $15, metadata = $16
		WHERE id = $17`,
		c.Name, text.Fold(c.Name), c.Description, c.AvatarURL, millis(c.UpdatedAt), flag(c.AllowReactions),
		flag(c.AllowReplies), flag(c.AllowFileUploads), c.MaxFileSizeMb, textsJSON(c.AllowedFileTypes), flag(c.MembersCanInvite), c.SlowModeSeconds,
		c.HistoryForNew, c.WhoMayPost, c.Visibility, string(c.Metadata), int64(c.ID))
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
	if _, err := t.exec(ctx, `DELETE FROM participants WHERE conversation_id = $1`, int64(c)); err != nil {
		return err
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
	for _, text := range []string{
		`DELETE FROM message_versions WHERE message_id IN IDS($1)`,
		`DELETE FROM reactions WHERE message_id IN IDS($1)`,
		`DELETE FROM mentions WHERE message_id IN IDS($1)`,
		`DELETE FROM messages WHERE id IN IDS($1)`,
	} {
		if _, err := t.exec(ctx, text, ids); err != nil {
			return err
		}
	}
	return nil
}
