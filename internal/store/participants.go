package store

import (
	"context"
	"strings"

	"parley/internal/chat"
)

// reader implements chat.Reader on a connection or a transaction.
type reader struct{ *session }

const participantColumns = `p.conversation_id, p.user_id, CASE WHEN u.display_name <> '' THEN u.display_name ELSE u.username END, u.username, u.avatar_url,
	p.role, p.joined_at, p.joined_seq, p.joined_rev, p.read_seq, p.read_count, p.read_message_id, p.read_at, p.announced_seq, p.announced_at,
	p.delivered_seq, p.last_sent_at, p.hidden_before, p.hidden_rev, p.hidden_at, p.muted_until, p.mentions_until, p.pinned_at, p.archived_at,
	p.unread_from, p.unread_base, p.unread_after`

const fromParticipants = ` FROM participants p JOIN users u ON u.id = p.user_id `

func participantDest(p *chat.Participant) []any {
	return []any{
		(*int64)(&p.ConversationID), (*int64)(&p.UserID), &p.Name, &p.Username, &p.AvatarURL,
		(*string)(&p.Role), at{&p.JoinedAt}, &p.JoinedSeq, &p.JoinedRev, &p.Read.Seq, &p.Read.Count, (*int64)(&p.Read.MessageID), at{&p.Read.At},
		&p.Read.Announced, at{&p.Read.AnnouncedAt}, &p.Delivered, at{&p.LastSent}, &p.HiddenBefore, &p.HiddenRev, at{&p.HiddenAt},
		at{&p.MutedUntil}, at{&p.MentionsUntil}, at{&p.PinnedAt}, at{&p.ArchivedAt},
		&p.Unread.From, &p.Unread.Base, (*int64)(&p.Unread.After),
	}
}

func scanParticipant(r row, p *chat.Participant) error { return r.Scan(participantDest(p)...) }

// Participant implements chat.Reader.
func (r reader) Participant(ctx context.Context, c chat.ConversationID, u chat.UserID) (*chat.Participant, error) {
	return one(ctx, r.session, scanParticipant, `SELECT `+participantColumns+fromParticipants+`WHERE p.conversation_id = $1 AND p.user_id = $2`, int64(c), int64(u))
}

// Participants implements chat.Reader.
func (r reader) Participants(ctx context.Context, c chat.ConversationID, after chat.UserID, limit int) ([]chat.Participant, error) {
	return list(ctx, r.session, scanParticipant, `
		SELECT `+participantColumns+fromParticipants+`WHERE p.conversation_id = $1 AND p.user_id > $2 ORDER BY p.user_id LIMIT $3`,
		int64(c), int64(after), limit)
}

// LeadingParticipants implements chat.Reader.
// How far the first n go is asked for before they are read, so that of a channel
// with many people only they are.
func (r reader) LeadingParticipants(ctx context.Context, in []chat.ConversationID, n int) (map[chat.ConversationID][]chat.Participant, error) {
	if len(in) == 0 {
		return nil, nil
	}
	type bound struct {
		c    chat.ConversationID
		upTo chat.UserID
	}
	scan := func(r row, b *bound) error { return r.Scan((*int64)(&b.c), (*int64)(&b.upTo)) }
	bounds, err := list(ctx, r.session, scan, `
		SELECT c.id, COALESCE((SELECT p.user_id FROM participants p WHERE p.conversation_id = c.id ORDER BY p.user_id LIMIT 1 OFFSET $2), $3)
		FROM conversations c WHERE c.id IN IDS($1)`, idsJSON(in), n-1, int64(chat.MaxID))
	if err != nil {
		return nil, err
	}
	out, upTo := make(map[chat.ConversationID][]chat.Participant, len(in)), make(map[chat.ConversationID]chat.UserID, len(in))
	rows := make([][]any, len(bounds))
	for i, b := range bounds {
		rows[i], upTo[b.c] = []any{int64(b.c), int64(b.upTo)}, b.upTo
	}
	err = table{"nn", rows}.each(r.engine, func(query string, args []any) error {
		first, err := list(ctx, r.session, scanParticipant, `
			WITH v (c, up_to) AS (`+query+`)
			SELECT `+participantColumns+` FROM v JOIN participants p ON p.conversation_id = v.c AND p.user_id <= v.up_to
			JOIN users u ON u.id = p.user_id ORDER BY p.conversation_id, p.user_id`, args...)
		for _, p := range first {
			out[p.ConversationID] = append(out[p.ConversationID], p)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	admins, err := list(ctx, r.session, scanParticipant, `
		SELECT `+participantColumns+fromParticipants+`WHERE p.conversation_id IN IDS($1) AND p.role <> 'MEMBER' ORDER BY p.conversation_id, p.user_id`, idsJSON(in))
	for _, p := range admins {
		if p.UserID > upTo[p.ConversationID] {
			out[p.ConversationID] = append(out[p.ConversationID], p)
		}
	}
	return out, err
}

// ParticipantsAmong implements chat.Reader.
func (r reader) ParticipantsAmong(ctx context.Context, c chat.ConversationID, users []chat.UserID) ([]chat.Participant, error) {
	if len(users) == 0 {
		return nil, nil
	}
	return list(ctx, r.session, scanParticipant, `
		SELECT `+participantColumns+fromParticipants+`WHERE p.conversation_id = $1 AND p.user_id IN IDS($2) ORDER BY p.user_id`,
		int64(c), idsJSON(users))
}

// ParticipantsNamed implements chat.Reader.
func (r reader) ParticipantsNamed(ctx context.Context, c chat.ConversationID, usernames []string) ([]chat.Participant, error) {
	if len(usernames) == 0 {
		return nil, nil
	}
	keys := make([]string, len(usernames))
	for i, n := range usernames {
		keys[i] = strings.ToLower(n)
	}
	return list(ctx, r.session, scanParticipant, `
		SELECT `+participantColumns+fromParticipants+`WHERE p.conversation_id = $1 AND u.username_key IN TEXTS($2) ORDER BY p.user_id`,
		int64(c), textsJSON(keys))
}

// Successor implements chat.Reader.
func (r reader) Successor(ctx context.Context, c chat.ConversationID, user chat.UserID) (*chat.Participant, error) {
	return one(ctx, r.session, scanParticipant, `
		SELECT `+participantColumns+fromParticipants+`WHERE p.conversation_id = $1 AND p.user_id <> $2
		ORDER BY CASE p.role WHEN 'ADMIN' THEN 0 ELSE 1 END, p.joined_at, p.joined_rev, p.user_id LIMIT 1`, int64(c), int64(user))
}

// seatsOf returns participants by conversation and user.
func (r reader) seatsOf(ctx context.Context, keys []seatKey) (map[seatKey]*chat.Participant, error) {
	rows := make([][]any, len(keys))
	for i, k := range keys {
		rows[i] = []any{int64(k.conversation), int64(k.user)}
	}
	out := make(map[seatKey]*chat.Participant, len(keys))
	err := table{"nn", rows}.each(r.engine, func(query string, args []any) error {
		found, err := list(ctx, r.session, scanParticipant, `
			SELECT `+participantColumns+fromParticipants+`WHERE (p.conversation_id, p.user_id) IN (`+query+`)`, args...)
		for i := range found {
			out[seatKey{found[i].ConversationID, found[i].UserID}] = &found[i]
		}
		return err
	})
	return out, err
}

// blockedSeats returns those seats in a DIRECT between whose sides is a block.
func (r reader) blockedSeats(ctx context.Context, convs map[chat.ConversationID]*chat.Conversation, seats []seatKey) (map[seatKey]bool, error) {
	any, err := number(ctx, r.session, `SELECT COUNT(*) FROM (SELECT 1 FROM blocks LIMIT 1) AS b`)
	if err != nil || any == 0 {
		return nil, err
	}
	out := map[seatKey]bool{}
	for _, k := range seats {
		c := convs[k.conversation]
		if c == nil || c.Kind != chat.Direct {
			continue
		}
		blocked, err := r.BlockedEither(ctx, k.user, []chat.UserID{c.Other(k.user)})
		if err != nil {
			return nil, err
		}
		out[k] = len(blocked) > 0
	}
	return out, nil
}

// SharesConversation implements chat.Reader.
func (r reader) SharesConversation(ctx context.Context, user chat.UserID, others []chat.UserID) ([]chat.UserID, error) {
	return list(ctx, r.session, scanNumber[chat.UserID], `
		SELECT DISTINCT q.user_id FROM participants p JOIN participants q ON q.conversation_id = p.conversation_id
		WHERE p.user_id = $1 AND p.hidden_at = 0 AND q.hidden_at = 0 AND q.user_id IN IDS($2)`, int64(user), idsJSON(others))
}

// CountPinned implements chat.Reader.
func (r reader) CountPinned(ctx context.Context, user chat.UserID) (int, error) {
	n, err := number(ctx, r.session, `SELECT COUNT(*) FROM participants WHERE user_id = $1 AND pinned_at <> 0`, int64(user))
	return int(n), err
}

// Participations implements chat.Reader.
func (r reader) Participations(ctx context.Context, u chat.UserID, after chat.ConversationID, limit int) ([]chat.ConversationID, error) {
	return list(ctx, r.session, scanNumber[chat.ConversationID], `
		SELECT conversation_id FROM participants WHERE user_id = $1 AND conversation_id > $2 ORDER BY conversation_id LIMIT $3`,
		int64(u), int64(after), limit)
}

// InsertParticipant implements chat.Tx.
func (t *tx) InsertParticipant(ctx context.Context, p *chat.Participant) error {
	_, err := t.exec(ctx, `
		INSERT INTO participants (conversation_id, user_id, role, joined_at, joined_seq, joined_rev, read_seq, read_count, read_message_id, read_at,
			announced_seq, delivered_seq, hidden_before, hidden_rev, hidden_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		int64(p.ConversationID), int64(p.UserID), string(p.Role), millis(p.JoinedAt), p.JoinedSeq, p.JoinedRev, p.Read.Seq, p.Read.Count,
		int64(p.Read.MessageID), millis(p.Read.At), p.Read.Announced, p.Delivered, p.HiddenBefore, p.HiddenRev, millis(p.HiddenAt))
	if err != nil {
		return err
	}
	return t.countParticipants(ctx, p.ConversationID, 1)
}

// UpdateParticipant implements chat.Tx.
func (t *tx) UpdateParticipant(ctx context.Context, p *chat.Participant) error {
	_, err := t.exec(ctx, `
		UPDATE participants SET role = $1, hidden_before = $2, hidden_rev = $3, hidden_at = $4, muted_until = $5, mentions_until = $6, pinned_at = $7, archived_at = $8
		WHERE conversation_id = $9 AND user_id = $10`,
		string(p.Role), p.HiddenBefore, p.HiddenRev, millis(p.HiddenAt), millis(p.MutedUntil), millis(p.MentionsUntil), millis(p.PinnedAt), millis(p.ArchivedAt),
		int64(p.ConversationID), int64(p.UserID))
	if err != nil {
		return err
	}
	return t.storePositions(ctx, p)
}

// DeleteParticipant implements chat.Tx.
func (t *tx) DeleteParticipant(ctx context.Context, c chat.ConversationID, u chat.UserID) error {
	for _, text := range []string{
		`DELETE FROM participants WHERE conversation_id = $1 AND user_id = $2`,
		`DELETE FROM read_marks WHERE conversation_id = $1 AND user_id = $2`,
		`DELETE FROM drafts WHERE conversation_id = $1 AND user_id = $2`,
	} {
		if _, err := t.exec(ctx, text, int64(c), int64(u)); err != nil {
			return err
		}
	}
	return t.countParticipants(ctx, c, -1)
}

func (t *tx) countParticipants(ctx context.Context, c chat.ConversationID, change int) error {
	_, err := t.exec(ctx, `UPDATE conversations SET participant_count = participant_count + $1 WHERE id = $2`, change, int64(c))
	return err
}
