package store

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"parley/internal/chat"
	"parley/internal/text"
)

// Search is how an engine keeps and asks the index of messages. Tokens are
// letters and digits of ASCII, so they need no quoting in any of its languages.
type Search struct {
	Put   string // $1 is the message, $2 its tokens with spaces between
	Drop  string // IDS($1)
	ID    string // the message of a row w of search_index
	Match string // $1 is what Query wrote
	// Or, And and Beginning write a query.
	Or, And   string
	Beginning func(token string) string
	Whole     func(token string) string
}

// query says in the engine's words: one of the conversations and all that is wanted.
func (s *Search) query(w text.Wanted, in []chat.ConversationID) string {
	var all []string
	for _, token := range w.Whole {
		all = append(all, s.Whole(token))
	}
	for _, token := range w.Beginning {
		all = append(all, s.Beginning(token))
	}
	if len(in) > 0 {
		places := make([]string, len(in))
		for i, c := range in {
			places[i] = s.Whole(placeToken(c))
		}
		all = append(all, "("+strings.Join(places, s.Or)+")")
	}
	return strings.Join(all, s.And)
}

// placeToken is the token of everything in a conversation; words begin with other
// letters.
func placeToken(c chat.ConversationID) string { return "c" + strconv.FormatInt(int64(c), 36) }

// Searchable implements chat.Reader.
func (r reader) Searchable(ctx context.Context, ids []chat.MessageID) ([]chat.Searchable, error) {
	scan := func(r row, s *chat.Searchable) error {
		return r.Scan((*int64)(&s.ID), (*int64)(&s.ConversationID), &s.Content)
	}
	return list(ctx, r.session, scan, `
		SELECT id, conversation_id, content FROM messages
		WHERE id IN IDS($1) AND type <> 'SYSTEM' AND encrypted = '' AND content <> '' AND deleted_at = 0`, idsJSON(ids))
}

// IndexMessage implements chat.Tx.
func (t *tx) IndexMessage(ctx context.Context, s chat.Searchable, tokens []string) error {
	if len(tokens) == 0 {
		return nil
	}
	_, err := t.exec(ctx, t.engine.Search.Put, int64(s.ID), placeToken(s.ConversationID)+" "+strings.Join(tokens, " "))
	return err
}

// UnindexMessages implements chat.Tx.
func (t *tx) UnindexMessages(ctx context.Context, ids []chat.MessageID) error {
	return t.unindex(ctx, idsJSON(ids))
}

// unindex takes the tokens of messages out of the index.
func (t *tx) unindex(ctx context.Context, ids string) error {
	_, err := t.exec(ctx, t.engine.Search.Drop, ids)
	return err
}

// maxPlaces is up to how many conversations the index itself is asked about; who
// has more is asked about row by row.
const maxPlaces = 200

// SearchMessages implements chat.Reader. Who may see a message is part of the
// question, so that it is true at the time of reading.
func (r reader) SearchMessages(ctx context.Context, user chat.UserID, q chat.MessageSearch) ([]chat.Message, bool, error) {
	wanted := text.WantedTokens(q.Query)
	if wanted.Empty() {
		return nil, false, nil
	}
	places, err := r.places(ctx, user, q.In)
	if err != nil || len(places) == 0 {
		return nil, false, err
	}
	if len(places) > maxPlaces {
		places = nil
	}
	query, before := r.engine.Search.query(wanted, places), q.Before
	if before == 0 {
		before = 1 << 53
	}
	var hits []chat.MessageID
	for range maxRounds {
		page, err := r.searchPage(ctx, user, query, before, q)
		if err != nil {
			return nil, false, err
		}
		for _, s := range page {
			if text.MatchesAllWords(s.Content, q.Query) {
				hits = append(hits, s.ID)
			}
			before = s.ID
		}
		if len(hits) > q.Limit || len(page) < searchStep(q) {
			break
		}
	}
	more := len(hits) > q.Limit
	found, err := r.MessagesByID(ctx, hits[:min(len(hits), q.Limit)])
	slices.Reverse(found) // newest first
	// One may have been edited or deleted since.
	found = slices.DeleteFunc(found, func(m chat.Message) bool { return m.Deleted() || !text.MatchesAllWords(m.Content, q.Query) })
	return found, more, err
}

// maxRounds bounds how often a page is read on because the text did not have what
// its tokens promised.
const maxRounds = 10

func searchStep(q chat.MessageSearch) int { return 2*q.Limit + 10 }

// places returns the user's conversations, or the one that is asked for if he
// takes part in it.
func (r reader) places(ctx context.Context, user chat.UserID, in chat.ConversationID) ([]chat.ConversationID, error) {
	return list(ctx, r.session, scanNumber[chat.ConversationID], `
		SELECT conversation_id FROM participants
		WHERE user_id = $1 AND (CAST($2 AS BIGINT) = 0 OR conversation_id = CAST($2 AS BIGINT)) ORDER BY conversation_id LIMIT $3`,
		int64(user), int64(in), maxPlaces+1)
}

func (r reader) searchPage(ctx context.Context, user chat.UserID, query string, before chat.MessageID, q chat.MessageSearch) ([]chat.Searchable, error) {
	scan := func(r row, s *chat.Searchable) error {
		return r.Scan((*int64)(&s.ID), (*int64)(&s.ConversationID), &s.Content)
	}
	s := r.engine.Search
	args := []any{query, int64(before), int64(user), searchStep(q)}
	filter := ""
	add := func(condition string, v any) {
		args = append(args, v)
		filter += " AND " + condition + "$" + strconv.Itoa(len(args))
	}
	if q.In != 0 {
		add(`m.conversation_id = `, int64(q.In))
	}
	if q.SenderID != 0 {
		add(`m.sender_id = `, int64(q.SenderID))
	}
	if !q.From.IsZero() {
		add(`m.created_at >= `, millis(q.From))
	}
	if !q.To.IsZero() {
		add(`m.created_at < `, millis(q.To))
	}
	return list(ctx, r.session, scan, `
		SELECT m.id, m.conversation_id, m.content
		FROM search_index w CROSS JOIN messages m CROSS JOIN participants p CROSS JOIN conversations c
		WHERE `+s.Match+` AND `+s.ID+` < $2 AND m.id = `+s.ID+` AND p.conversation_id = m.conversation_id AND p.user_id = $3
			AND c.id = m.conversation_id AND c.deleted_at = 0
			AND m.rev > p.hidden_rev AND m.deleted_at = 0`+filter+attachmentCondition(q)+`
		ORDER BY `+s.ID+` DESC LIMIT $4`, args...)
}

var typeCondition = map[chat.MessageType]string{
	chat.TypeImage: ` AND m.type = 'IMAGE'`, chat.TypeFile: ` AND m.type = 'FILE'`,
	chat.TypeAudio: ` AND m.type = 'AUDIO'`, chat.TypeVideo: ` AND m.type = 'VIDEO'`,
}

// attachmentCondition is what the filters by attachment mean: the message's type.
func attachmentCondition(q chat.MessageSearch) string {
	switch {
	case q.Has != "":
		return typeCondition[q.Has]
	case q.HasAttachment == nil:
		return ""
	case *q.HasAttachment:
		return ` AND m.type IN ('IMAGE', 'FILE', 'AUDIO', 'VIDEO')`
	}
	return ` AND m.type NOT IN ('IMAGE', 'FILE', 'AUDIO', 'VIDEO')`
}
