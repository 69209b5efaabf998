package store

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"parley/internal/chat"
)

// Index is how an engine searches tokens. The table search_index has a row a
// message, under its id.
type Index struct {
	// Insert adds the rows of a query for ids and tokens, which are separated by
	// spaces.
	Insert func(query string) string
	// Hits is what FROM reads under the name search_index: at least the rows that have
	// what the query in $1 asks for. Match is the condition that a row of Hits has it.
	Hits, Match string
	// Query writes what is wanted in the engine's words: every one of all, and of
	// any, if there are some, at least one.
	Query func(all []Term, any []string) string
}

// Term is a token, or the beginning of one. It has letters and digits only.
type Term struct {
	Token     string
	Beginning bool
}

// conversationToken is in the index of every message of a conversation. It begins
// with a letter that no token of a text begins with.
func conversationToken(c chat.ConversationID) string {
	return "c" + strconv.FormatInt(int64(c), 10) + "z"
}

// narrowed is in how many conversations somebody may be for all of them to be
// named in his query. Above that, what is found of others' is sorted out after.
const narrowed = 200

// SearchMessages implements chat.Reader. Taking part, and the cut of who joined
// later, are part of the query.
func (r reader) SearchMessages(ctx context.Context, c chat.Candidates) ([]chat.MessageID, error) {
	var all []Term
	for _, t := range c.Wanted.Whole {
		all = append(all, Term{t, false})
	}
	for _, t := range c.Wanted.Beginning {
		all = append(all, Term{t, true})
	}
	var some []string
	if c.ConversationID != 0 {
		all = append(all, Term{conversationToken(c.ConversationID), false})
	} else {
		mine, err := r.Participations(ctx, c.Reader, 0, narrowed+1)
		if err != nil || len(mine) == 0 {
			return nil, err
		}
		if len(mine) <= narrowed {
			for _, id := range mine {
				some = append(some, conversationToken(id))
			}
		}
	}
	// The joins are written as CROSS JOIN so that SQLite begins with the index: else it
	// may read all of a conversation and ask the index about every message.
	where, args := searchCondition(c)
	args = append([]any{r.engine.Index.Query(all, some), int64(c.Reader), c.Limit + 1}, args...)
	return list(ctx, r.session, scanNumber[chat.MessageID], `
		SELECT m.id FROM `+r.engine.Index.Hits+` CROSS JOIN messages m CROSS JOIN participants p CROSS JOIN conversations c
		WHERE `+r.engine.Index.Match+` AND m.id = search_index.rowid
			AND p.conversation_id = m.conversation_id AND p.user_id = $2 AND c.id = m.conversation_id AND m.rev > p.hidden_rev AND m.deleted_at = 0 AND c.deleted_at = 0`+where+`
		ORDER BY search_index.rowid DESC LIMIT $3`, args...)
}

// filterStretch is how many ids FilterMessages looks at outside of one conversation.
const filterStretch = 50_000

// FilterMessages implements chat.Reader.
func (r reader) FilterMessages(ctx context.Context, c chat.Candidates) (ids []chat.MessageID, next chat.MessageID, err error) {
	if c.ConversationID != 0 {
		ids, err = r.filtered(ctx, c, 0)
		return ids, 0, err
	}
	if c.Before == 0 {
		newest, err := number(ctx, r.session, `
			SELECT COALESCE(MAX(c.last_message_id), 0) FROM participants p JOIN conversations c ON c.id = p.conversation_id
			WHERE p.user_id = $1 AND c.deleted_at = 0`, int64(c.Reader))
		if err != nil || newest == 0 {
			return nil, 0, err
		}
		c.Before = chat.MessageID(newest + 1)
	}
	floor := max(0, c.Before-filterStretch)
	ids, err = r.filtered(ctx, c, floor)
	if err != nil || floor <= 1 || len(ids) > c.Limit {
		return ids, 0, err
	}
	return ids, floor, nil
}

// filtered returns messages, outside of one conversation from an id on. In a
// conversation the order of revs is that of ids, and there is an index.
func (r reader) filtered(ctx context.Context, c chat.Candidates, floor chat.MessageID) ([]chat.MessageID, error) {
	before := c.Before
	if before == 0 {
		before = chat.MaxID
	}
	c.Before = 0 // which is about the search index
	where, args := searchCondition(c)
	args = append([]any{int64(before), int64(c.Reader), c.Limit + 1}, args...)
	order := ` ORDER BY m.rev DESC`
	if c.ConversationID == 0 {
		args = append(args, int64(floor))
		where += ` AND m.id >= $` + strconv.Itoa(len(args))
		order = ` ORDER BY m.id DESC`
	}
	return list(ctx, r.session, scanNumber[chat.MessageID], `
		SELECT m.id FROM messages m CROSS JOIN participants p CROSS JOIN conversations c
		WHERE m.id < $1 AND m.deleted_at = 0 AND m.type <> 'SYSTEM'
			AND p.conversation_id = m.conversation_id AND p.user_id = $2 AND c.id = m.conversation_id AND m.rev > p.hidden_rev AND c.deleted_at = 0`+where+
		order+` LIMIT $3`, args...)
}

// searchCondition is what narrows a search beside its words, from parameter $4 on.
func searchCondition(c chat.Candidates) (string, []any) {
	var b strings.Builder
	var args []any
	narrow := func(condition string, arg any) {
		args = append(args, arg)
		b.WriteString(` AND ` + strings.ReplaceAll(condition, `$`, `$`+strconv.Itoa(3+len(args))))
	}
	if c.ConversationID != 0 {
		narrow(`m.conversation_id = $`, int64(c.ConversationID))
	}
	if c.Before != 0 {
		narrow(`search_index.rowid < $`, int64(c.Before))
	}
	if c.SenderID != 0 {
		narrow(`m.sender_id = $`, int64(c.SenderID))
	}
	if !c.From.IsZero() {
		narrow(`m.created_at >= $`, millis(c.From))
	}
	if !c.To.IsZero() {
		narrow(`m.created_at < $`, millis(c.To))
	}
	if len(c.Has) > 0 {
		kinds := make([]string, len(c.Has))
		for i, k := range c.Has {
			kinds[i] = string(k)
		}
		narrow(`EXISTS (SELECT 1 FROM attachments t JOIN files f ON f.id = t.file_id WHERE t.message_id = m.id AND f.kind IN TEXTS($))`, textsJSON(kinds))
	}
	return b.String(), args
}

// Indexable implements chat.Reader. What is encrypted or said by the server is not
// searched, and nothing that is said in a room.
func (r reader) Indexable(ctx context.Context, ids []chat.MessageID) ([]chat.Indexed, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	scan := func(r row, x *chat.Indexed) error {
		return r.Scan((*int64)(&x.ID), (*int64)(&x.ConversationID), &x.Content, at{&x.EditedAt})
	}
	return list(ctx, r.session, scan, `
		SELECT m.id, m.conversation_id, m.content, m.edited_at FROM messages m JOIN conversations c ON c.id = m.conversation_id
		WHERE m.id IN IDS($1) AND m.deleted_at = 0 AND m.type <> 'SYSTEM' AND m.content <> '' AND c.kind <> 'ROOM'`, idsJSON(ids))
}

// Index implements chat.Tx.
func (t *tx) Index(ctx context.Context, docs []chat.Indexed) error {
	if len(docs) == 0 {
		return nil
	}
	ids := make([]chat.MessageID, len(docs))
	for i := range docs {
		ids[i] = docs[i].ID
	}
	slices.Sort(ids)
	type current struct {
		id     chat.MessageID
		edited int64
	}
	scan := func(r row, c *current) error { return r.Scan((*int64)(&c.id), &c.edited) }
	rows, err := list(ctx, t.session, scan, `SELECT id, edited_at FROM messages WHERE id IN IDS($1) AND deleted_at = 0`, idsJSON(ids))
	if err != nil {
		return err
	}
	now := make(map[chat.MessageID]int64, len(rows))
	for _, c := range rows {
		now[c.id] = c.edited
	}
	if err := t.unindex(ctx, idsJSON(ids)); err != nil {
		return err
	}
	var fresh [][]any
	for _, d := range docs {
		if edited, there := now[d.ID]; there && edited == millis(d.EditedAt) {
			fresh = append(fresh, []any{int64(d.ID), strings.Join(append(d.Tokens, conversationToken(d.ConversationID)), " ")})
		}
	}
	return table{"nt", fresh}.each(t.engine, func(query string, args []any) error {
		_, err := t.exec(ctx, t.engine.Index.Insert(query), args...)
		return err
	})
}

// unindex takes messages out of the index; what an edited one said before, too.
func (t *tx) unindex(ctx context.Context, ids string) error {
	_, err := t.exec(ctx, `DELETE FROM search_index WHERE rowid IN IDS($1)`, ids)
	return err
}
