package store

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/internal/admin"
	"parley/internal/chat"
	"parley/internal/text"
)

var (
	_ admin.Store  = (*Store)(nil)
	_ admin.Reader = reader{}
	_ admin.Tx     = (*tx)(nil)
)

// ReadAdmin implements admin.Store.
func (s *Store) ReadAdmin(ctx context.Context, fn func(admin.Reader) error) error {
	return s.read(ctx, func(r *session) error { return fn(reader{r}) })
}

// WriteAdmin implements admin.Store.
func (s *Store) WriteAdmin(ctx context.Context, fn func(admin.Tx) error) error {
	return s.committer.submit(ctx, &job{run: func(t *tx) error { return fn(t) }})
}

// condition is a WHERE that is put together from what is asked for.
type condition struct {
	text string
	args []any
}

// and adds a condition, whose ? are its arguments.
func (c *condition) and(text string, args ...any) {
	for _, a := range args {
		c.args = append(c.args, a)
		text = strings.Replace(text, "?", "$"+strconv.Itoa(len(c.args)), 1)
	}
	c.text += " AND " + text
}

// limit adds how many rows are wanted.
func (c *condition) limit(n int) string {
	c.args = append(c.args, n)
	return " LIMIT $" + strconv.Itoa(len(c.args))
}

// sorting is an order of a list, and how a page begins after a place in it.
type sorting struct {
	by   string // an expression; "": the id alone
	text bool   // it is one, not a number
	down bool
}

// after adds where the page begins, and returns the order.
func (o sorting) after(c *condition, table string, p *admin.Place) (order string) {
	id, way, direction := table+".id", ">", ""
	if o.down {
		way, direction = "<", " DESC"
	}
	if o.by == "" {
		if p != nil {
			c.and(id+" "+way+" ?", p.ID)
		}
		return " ORDER BY " + id + direction
	}
	if p != nil {
		key := any(p.Key)
		if !o.text {
			n, _ := strconv.ParseInt(p.Key, 10, 64) // what is no number is before all of them
			key = n
		}
		c.and("("+o.by+" "+way+" ? OR "+o.by+" = ? AND "+id+" "+way+" ?)", key, key, p.ID)
	}
	return " ORDER BY " + o.by + direction + ", " + id + direction
}

// key is the expression for what a place remembers.
func (o sorting) key() string {
	switch {
	case o.by == "":
		return "''"
	case o.text:
		return o.by
	}
	return "CAST(" + o.by + " AS TEXT)"
}

// nameOfUser is what he is called: the username for those without another name, who
// have nothing before the line break.
const nameOfUser = "LTRIM(u.search_key, '\n')"

// words adds that each word of a query stands in one of the columns. They are folded,
// and hold no wildcard: they are letters, digits and marks.
func (c *condition) words(query string, columns ...string) {
	found := text.FoldedWords(query)
	for _, w := range found[:min(len(found), maxUserWords)] {
		either, args := "", []any{}
		for i, column := range columns {
			if i > 0 {
				either += " OR "
			}
			either += column + " LIKE ?"
			args = append(args, "%"+w+"%")
		}
		c.and("("+either+")", args...)
	}
	if query != "" && len(found) == 0 { // of signs alone
		c.and("1 = 0")
	}
}

// People implements admin.Reader. What is counted for an account is counted for those
// of the page, not for all that there are to be put in order.
func (r reader) People(ctx context.Context, f admin.PeopleFilter) ([]admin.Person, bool, error) {
	c := condition{}
	switch f.State {
	case admin.StateActive:
		c.and("u.deleted_at = 0 AND u.disabled_at = 0")
	case admin.StateDisabled:
		c.and("u.deleted_at = 0 AND u.disabled_at <> 0")
	case admin.StateDeleted:
		c.and("u.deleted_at <> 0")
	default:
		c.and("u.deleted_at = 0")
	}
	switch f.Role {
	case "":
	case admin.NoRole:
		c.and("u.roles = '[]'")
	default:
		c.and("u.roles <> '[]' AND u.roles LIKE ?", roleLike(f.Role))
	}
	if f.Kind != "" {
		c.and("u.kind = ?", string(f.Kind))
	}
	c.words(f.Query, "u.search_key", "u.email_key")
	by := sorting{by: nameOfUser, text: true}
	switch f.Order {
	case admin.ByCreation:
		by = sorting{down: true}
	case admin.BySeen:
		by = sorting{by: "u.last_seen_at", down: true}
	}
	order := by.after(&c, "u", f.After)
	scan := func(r row, p *admin.Place) error { return r.Scan(&p.ID, &p.Key) }
	query := `SELECT u.id, ` + by.key() + ` FROM users u WHERE u.kind <> 'GUEST'` + c.text + order + c.limit(f.Limit+1)
	places, err := list(ctx, r.session, scan, query, c.args...)
	if err != nil {
		return nil, false, err
	}
	more := len(places) > f.Limit
	places = places[:min(len(places), f.Limit)]
	ids := make([]chat.UserID, len(places))
	for i, p := range places {
		ids[i] = chat.UserID(p.ID)
	}
	found, err := r.PeopleByID(ctx, ids, f.Now)
	page := make([]admin.Person, 0, len(found))
	for _, at := range places {
		for i := range found {
			if int64(found[i].ID) == at.ID {
				found[i].At = at
				page = append(page, found[i])
			}
		}
	}
	return page, more, err
}

// PeopleByID implements admin.Reader.
func (r reader) PeopleByID(ctx context.Context, ids []chat.UserID, now time.Time) ([]admin.Person, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	users, err := r.Users(ctx, ids)
	if err != nil {
		return nil, err
	}
	users = slices.DeleteFunc(users, func(u chat.User) bool { return u.Kind == chat.Guest })
	scan := func(r row, p *admin.Person) error {
		return r.Scan((*int64)(&p.ID), &p.Sessions, &p.Files, &p.FileBytes, &p.Messages)
	}
	counts, err := list(ctx, r.session, scan, `
		SELECT u.id, (SELECT COUNT(*) FROM sessions s WHERE s.user_id = u.id AND s.expires_at > $2),
			(SELECT COUNT(*) FROM files f WHERE f.owner_id = u.id AND f.doomed_at = 0),
			(SELECT CAST(COALESCE(SUM(f.size), 0) AS BIGINT) FROM files f WHERE f.owner_id = u.id AND f.doomed_at = 0),
			(SELECT CAST(COALESCE(SUM(a.messages), 0) AS BIGINT) FROM activity a WHERE a.user_id = u.id AND a.day > $3)
		FROM users u WHERE u.id IN IDS($1) AND u.kind <> 'GUEST' ORDER BY u.id`, idsJSON(ids), millis(now), chat.DayOf(now)-30)
	for i := range min(len(counts), len(users)) { // both are by id
		counts[i].User = users[i]
	}
	return counts, err
}

// Groups implements admin.Reader.
func (r reader) Groups(ctx context.Context, f admin.GroupFilter) ([]admin.Group, bool, error) {
	c := condition{}
	if f.Kind != "" {
		c.and("c.kind = ?", string(f.Kind))
	} else {
		c.and("c.kind IN ('GROUP', 'CHANNEL')")
	}
	c.words(f.Query, "c.search_key")
	by := sorting{by: "c.last_message_at", down: true}
	switch f.Order {
	case admin.ByName:
		by = sorting{by: "c.search_key", text: true}
	case admin.ByCreation:
		by = sorting{down: true}
	case admin.ByParticipants:
		by = sorting{by: "c.participant_count", down: true}
	case admin.ByMessages:
		by = sorting{by: "c.last_count", down: true}
	}
	order := by.after(&c, "c", f.After)
	scan := func(r row, p *admin.Place) error { return r.Scan(&p.ID, &p.Key) }
	query := `SELECT c.id, ` + by.key() + ` FROM conversations c WHERE c.kind <> 'DIRECT' AND c.kind <> 'ROOM' AND c.deleted_at = 0` + c.text + order + c.limit(f.Limit+1)
	places, err := list(ctx, r.session, scan, query, c.args...)
	if err != nil {
		return nil, false, err
	}
	more := len(places) > f.Limit
	places = places[:min(len(places), f.Limit)]
	ids := make([]chat.ConversationID, len(places))
	for i, p := range places {
		ids[i] = chat.ConversationID(p.ID)
	}
	found, err := r.GroupsByID(ctx, ids)
	page := make([]admin.Group, 0, len(found))
	for _, at := range places {
		for i := range found {
			if int64(found[i].ID) == at.ID {
				found[i].At = at
				page = append(page, found[i])
			}
		}
	}
	return page, more, err
}

// GroupsByID implements admin.Reader.
func (r reader) GroupsByID(ctx context.Context, ids []chat.ConversationID) ([]admin.Group, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	scan := func(r row, g *admin.Group) error { return scanConversation(r, &g.Conversation) }
	found, err := list(ctx, r.session, scan, `
		SELECT `+conversationColumns+` FROM conversations c
		WHERE c.id IN IDS($1) AND c.deleted_at = 0 AND c.kind IN ('GROUP', 'CHANNEL') ORDER BY c.id`, idsJSON(ids))
	if err != nil {
		return nil, err
	}
	byID := make(map[chat.ConversationID]*admin.Group, len(found))
	for i := range found {
		byID[found[i].ID] = &found[i]
	}
	type about struct {
		id    chat.ConversationID
		n     int64
		bytes int64
		name  string
	}
	owned := func(r row, a *about) error { return r.Scan((*int64)(&a.id), &a.n, &a.name) }
	owners, err := list(ctx, r.session, owned, `
		SELECT p.conversation_id, p.user_id, CASE WHEN u.display_name <> '' THEN u.display_name ELSE u.username END
		FROM participants p JOIN users u ON u.id = p.user_id
		WHERE p.conversation_id IN IDS($1) AND p.role <> 'MEMBER' AND p.role = 'OWNER'`, idsJSON(ids))
	if err != nil {
		return nil, err
	}
	for _, o := range owners {
		if g := byID[o.id]; g != nil {
			g.Owner, g.OwnerName = chat.UserID(o.n), o.name
		}
	}
	kept := func(r row, a *about) error { return r.Scan((*int64)(&a.id), &a.n, &a.bytes) }
	files, err := list(ctx, r.session, kept, `
		SELECT f.conversation_id, COUNT(*), CAST(SUM(f.size) AS BIGINT) FROM files f
		WHERE f.conversation_id IN IDS($1) AND f.doomed_at = 0 GROUP BY f.conversation_id`, idsJSON(ids))
	for _, k := range files {
		if g := byID[k.id]; g != nil {
			g.Files, g.FileBytes = k.n, k.bytes
		}
	}
	return found, err
}
