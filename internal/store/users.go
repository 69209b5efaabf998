package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"parley/internal/chat"
	"parley/internal/text"
)

const userSelect = `SELECT u.id, u.external_id, u.username, u.display_name, u.email, u.email_verified, u.avatar_url, u.kind, u.roles, u.created_at,
	u.disabled_at, u.deleted_at, u.erased_at, u.last_seen_at, u.presence, u.status_message, u.status_emoji, u.status_clear_at, u.settings, u.rev FROM users u `

func scanUser(r row, u *chat.User) error {
	return r.Scan((*int64)(&u.ID), &u.ExternalID, &u.Username, &u.DisplayName, &u.Email, &u.EmailVerified, &u.AvatarURL, (*string)(&u.Kind), texts{&u.Roles},
		at{&u.CreatedAt}, at{&u.DisabledAt}, at{&u.DeletedAt}, at{&u.ErasedAt}, at{&u.LastSeenAt}, (*string)(&u.Presence), &u.StatusMessage, &u.StatusEmoji, at{&u.StatusClearAt},
		settings{&u.Settings}, &u.Rev)
}

// settings scans what somebody has said of how he wants to have it; the rest is
// as it is for everybody.
type settings struct{ to *chat.UserSettings }

func (s settings) Scan(v any) error {
	*s.to = chat.DefaultSettings()
	var b json.RawMessage
	if err := (raw{&b}).Scan(v); err != nil || len(b) == 0 {
		return err
	}
	return json.Unmarshal(b, s.to)
}

// settingsJSON is what Scan reads; the settings of everybody, or of nobody, are "".
func settingsJSON(s chat.UserSettings) (string, error) {
	if s == chat.DefaultSettings() || s == (chat.UserSettings{}) {
		return "", nil
	}
	b, err := json.Marshal(s)
	return string(b), err
}

// User implements chat.Reader.
func (r reader) User(ctx context.Context, id chat.UserID) (*chat.User, error) {
	return one(ctx, r.session, scanUser, userSelect+`WHERE u.id = $1`, int64(id))
}

// UserByUsername implements chat.Reader.
func (r reader) UserByUsername(ctx context.Context, name string) (*chat.User, error) {
	return r.userBy(ctx, `u.username_key`, strings.ToLower(name))
}

// userBy finds the one whose column holds a name that came from outside. None
// holds "" or a NUL, which PostgreSQL would refuse to look for.
func (r reader) userBy(ctx context.Context, column, name string) (*chat.User, error) {
	if name == "" || strings.ContainsRune(name, 0) || !utf8.ValidString(name) {
		return nil, nil
	}
	return one(ctx, r.session, scanUser, userSelect+`WHERE `+column+` = $1 AND `+column+` <> ''`, name)
}

// UserByEmail finds an account by its address, verified or not.
func (r reader) UserByEmail(ctx context.Context, address string) (*chat.User, error) {
	return r.userBy(ctx, `u.email_key`, strings.ToLower(address))
}

// UserByExternalID implements chat.Reader.
func (r reader) UserByExternalID(ctx context.Context, id string) (*chat.User, error) {
	return r.userBy(ctx, `u.external_id`, id)
}

// Users implements chat.Reader.
func (r reader) Users(ctx context.Context, ids []chat.UserID) ([]chat.User, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return list(ctx, r.session, scanUser, userSelect+`WHERE u.id IN IDS($1) ORDER BY u.id`, idsJSON(ids))
}

// SearchUsers implements chat.Reader. The folded words narrow the search in SQL;
// the rule of text search is applied to what is left, page by page.
func (r reader) SearchUsers(ctx context.Context, query string, limit int) ([]chat.User, error) {
	words := text.FoldedWords(query)
	var out []chat.User
	var key string
	var id chat.UserID
	for {
		page, err := r.usersLike(ctx, words, key, id)
		if err != nil {
			return nil, err
		}
		for _, u := range page {
			if query == "" || text.MatchesAllWords(u.DisplayName+"\n"+u.Username, query) {
				out = append(out, u)
			}
			key, id = searchKey(&u), u.ID
		}
		if len(out) >= limit || len(page) < userPage {
			return out[:min(len(out), limit)], nil
		}
	}
}

const (
	userPage     = 500
	maxUserWords = 8 // that SQL is asked for
)

// usersLike returns active members after a key whose own holds the words
// somewhere.
func (r reader) usersLike(ctx context.Context, words []string, key string, id chat.UserID) ([]chat.User, error) {
	args, like := []any{key, int64(id), userPage}, ""
	for _, w := range words[:min(len(words), maxUserWords)] {
		args = append(args, "%"+w+"%") // a word holds no wildcard: it is letters, digits and marks
		like += fmt.Sprintf(" AND u.search_key LIKE $%d", len(args))
	}
	return list(ctx, r.session, scanUser, userSelect+`
		WHERE u.kind = 'MEMBER' AND u.disabled_at = 0 AND u.deleted_at = 0
			AND (u.search_key > $1 OR u.search_key = $1 AND u.id > $2)`+like+`
		ORDER BY u.search_key, u.id LIMIT $3`, args...)
}

// CountUsers implements chat.Reader.
func (r reader) CountUsers(ctx context.Context) (int64, error) {
	return number(ctx, r.session, `SELECT COUNT(*) FROM users WHERE kind <> 'GUEST'`)
}

// HasOtherAdmin implements chat.Reader. Functions run one at a time in the whole
// cluster, so nobody else can be taking the role from that one.
func (r reader) HasOtherAdmin(ctx context.Context, but chat.UserID) (bool, error) {
	n, err := number(ctx, r.session, `
		SELECT COUNT(*) FROM (SELECT 1 FROM users u WHERE u.roles <> '[]' AND u.roles LIKE $1 AND u.disabled_at = 0 AND u.deleted_at = 0 AND u.id <> $2 LIMIT 1) AS a`,
		roleLike(chat.RoleServerAdmin), int64(but))
	return n > 0, err
}

// roleLike finds a role in the JSON of all that somebody has.
func roleLike(role string) string { return `%"` + role + `"%` }

// DoomedUsers implements chat.Reader.
func (r reader) DoomedUsers(ctx context.Context, limit int) ([]chat.User, error) {
	return list(ctx, r.session, scanUser, userSelect+`WHERE u.deleted_at <> 0 AND u.erased_at = 0 ORDER BY u.id LIMIT $1`, limit)
}

// EndingStatuses implements chat.Reader.
func (r reader) EndingStatuses(ctx context.Context, before time.Time, after chat.ClearStatus, limit int) ([]chat.ClearStatus, error) {
	scan := func(r row, j *chat.ClearStatus) error { return r.Scan(&j.ID, &j.At) }
	return list(ctx, r.session, scan, `
		SELECT id, status_clear_at FROM users WHERE status_clear_at <> 0 AND status_clear_at < $1 AND id > $2 ORDER BY id LIMIT $3`,
		millis(before), after.ID, limit)
}

// BlockedEither implements chat.Reader.
func (r reader) BlockedEither(ctx context.Context, user chat.UserID, others []chat.UserID) ([]chat.UserID, error) {
	if len(others) == 0 {
		return nil, nil
	}
	return list(ctx, r.session, scanNumber[chat.UserID], `
		SELECT other_id FROM blocks WHERE user_id = $1 AND other_id IN IDS($2)
		UNION SELECT user_id FROM blocks WHERE other_id = $1 AND user_id IN IDS($2) ORDER BY 1`, int64(user), idsJSON(others))
}

// BlockedWith implements chat.Reader.
func (r reader) BlockedWith(ctx context.Context, user chat.UserID) ([]chat.UserID, error) {
	return list(ctx, r.session, scanNumber[chat.UserID], `
		SELECT other_id FROM blocks WHERE user_id = $1 UNION SELECT user_id FROM blocks WHERE other_id = $1 ORDER BY 1`, int64(user))
}

// Blocks implements chat.Reader.
func (r reader) Blocks(ctx context.Context, user chat.UserID) ([]chat.User, error) {
	return list(ctx, r.session, scanUser, userSelect+`JOIN blocks b ON b.other_id = u.id WHERE b.user_id = $1 AND u.deleted_at = 0 ORDER BY b.at, u.id`, int64(user))
}

// SetBlock implements chat.Tx.
func (t *tx) SetBlock(ctx context.Context, user, other chat.UserID, blocked bool, when time.Time) error {
	text, args := `DELETE FROM blocks WHERE user_id = $1 AND other_id = $2`, []any{int64(user), int64(other)}
	if blocked {
		text, args = `INSERT INTO blocks (user_id, other_id, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, append(args, millis(when))
	}
	_, err := t.exec(ctx, text, args...)
	return err
}

// InsertUser implements chat.Tx.
func (t *tx) InsertUser(ctx context.Context, u *chat.User) error {
	id, err := number(ctx, t.session, `
		INSERT INTO users (external_id, username, username_key, display_name, email, email_key, email_verified, avatar_url, kind, roles, search_key, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id`,
		u.ExternalID, u.Username, strings.ToLower(u.Username), u.DisplayName, u.Email, strings.ToLower(u.Email), flag(u.EmailVerified), u.AvatarURL,
		string(u.Kind), textsJSON(u.Roles), searchKey(u), millis(u.CreatedAt))
	u.ID, u.Settings = chat.UserID(id), chat.DefaultSettings()
	return t.taken(err)
}

// UpdateUser implements chat.Tx.
func (t *tx) UpdateUser(ctx context.Context, u *chat.User) error {
	if !u.DeletedAt.IsZero() {
		t.erased = true
		if err := t.doomFilesOf(ctx, u.ID, millis(u.DeletedAt)); err != nil {
			return err
		}
	}
	kept, err := settingsJSON(u.Settings)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `
		UPDATE users SET external_id = $1, username = $2, username_key = $3, display_name = $4, email = $5, email_key = $6, email_verified = $7,
			avatar_url = $8, roles = $9, search_key = $10, disabled_at = $11, deleted_at = $12, erased_at = $13, last_seen_at = $14,
			presence = $15, status_message = $16, status_emoji = $17, status_clear_at = $18, settings = $19
		WHERE id = $20`,
		u.ExternalID, u.Username, strings.ToLower(u.Username), u.DisplayName, u.Email, strings.ToLower(u.Email), flag(u.EmailVerified),
		u.AvatarURL, textsJSON(u.Roles), searchKey(u), millis(u.DisabledAt), millis(u.DeletedAt), millis(u.ErasedAt), millis(u.LastSeenAt),
		string(u.Presence), u.StatusMessage, u.StatusEmoji, millis(u.StatusClearAt), kept, int64(u.ID))
	return t.taken(err)
}

func searchKey(u *chat.User) string { return text.Fold(u.DisplayName + "\n" + u.Username) }

// taken turns a violated unique constraint into an error that names the field.
func (t *tx) taken(err error) error {
	if err == nil {
		return nil
	}
	where, ok := t.engine.Unique(err)
	if !ok {
		return err
	}
	for _, field := range []string{"username", "email", "external"} {
		if strings.Contains(where, "users_"+field) || strings.Contains(where, field+"_") {
			name := map[string]string{"username": "username", "email": "email", "external": "externalId"}[field]
			return &chat.Error{Code: chat.AlreadyExists, Field: name, Message: name + " is already taken", Err: err}
		}
	}
	return err
}
