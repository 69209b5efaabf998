package store

import (
	"context"
	"time"

	"parley/internal/auth"
	"parley/internal/chat"
)

var (
	_ auth.Store  = (*Store)(nil)
	_ auth.Reader = reader{}
	_ auth.Tx     = (*tx)(nil)
)

// ReadAccounts implements auth.Store.
func (s *Store) ReadAccounts(ctx context.Context, fn func(auth.Reader) error) error {
	return s.read(ctx, func(r *session) error { return fn(reader{r}) })
}

// WriteAccounts implements auth.Store.
func (s *Store) WriteAccounts(ctx context.Context, fn func(auth.Tx) error) error {
	return s.committer.submit(ctx, &job{run: func(t *tx) error { return fn(t) }})
}

// HasMembers implements auth.Reader. Functions run one at a time in the whole
// cluster, so nobody else can be making the first one.
func (r reader) HasMembers(ctx context.Context) (bool, error) {
	n, err := number(ctx, r.session, `SELECT COUNT(*) FROM (SELECT 1 FROM users WHERE kind = $1 LIMIT 1) AS m`, string(chat.Member))
	return n != 0, err
}

// PasswordHash implements auth.Reader.
func (r reader) PasswordHash(ctx context.Context, u chat.UserID) (string, error) {
	scan := func(r row, hash *string) error { return r.Scan(hash) }
	hash, err := one(ctx, r.session, scan, `SELECT password_hash FROM credentials WHERE user_id = $1`, int64(u))
	if hash == nil {
		return "", err
	}
	return *hash, err
}

// SetPasswordHash implements auth.Tx.
func (t *tx) SetPasswordHash(ctx context.Context, u chat.UserID, hash string, when time.Time) error {
	_, err := t.exec(ctx, `
		INSERT INTO credentials (user_id, password_hash, changed_at) VALUES ($1, $2, $3)
		ON CONFLICT (user_id) DO UPDATE SET password_hash = excluded.password_hash, changed_at = excluded.changed_at`,
		int64(u), hash, millis(when))
	return err
}

// ForgetCredentials implements chat.Tx. API keys and invitations go with the
// account that made them: whoever made one may still know its secret.
func (t *tx) ForgetCredentials(ctx context.Context, u chat.UserID) error {
	for _, text := range []string{
		`DELETE FROM credentials WHERE user_id = $1`,
		`DELETE FROM sessions WHERE user_id = $1`,
		`DELETE FROM api_keys WHERE created_by = $1`,
		`DELETE FROM invitations WHERE created_by = $1`,
	} {
		if _, err := t.exec(ctx, text, int64(u)); err != nil {
			return err
		}
	}
	return t.Revoke(ctx, auth.Revocation{UserID: u, At: time.Now()}) // the time decides only when the row is pruned
}

const invitationSelect = `SELECT id, secret_hash, created_by, created_at, expires_at, uses_left FROM invitations `

// InvitationBySecret implements auth.Reader.
func (r reader) InvitationBySecret(ctx context.Context, d auth.Digest) (*auth.Invitation, error) {
	return one(ctx, r.session, scanInvitation, invitationSelect+`WHERE secret_hash = $1`, string(d))
}

func scanInvitation(r row, i *auth.Invitation) error {
	return r.Scan(&i.ID, (*string)(&i.Secret), (*int64)(&i.CreatedBy), at{&i.CreatedAt}, at{&i.ExpiresAt}, &i.UsesLeft)
}

// Invitations implements auth.Reader.
func (r reader) Invitations(ctx context.Context, now time.Time, limit int) ([]auth.Invitation, error) {
	return list(ctx, r.session, scanInvitation, invitationSelect+`WHERE expires_at > $1 AND uses_left > 0 ORDER BY id DESC LIMIT $2`, millis(now), limit)
}

// DeleteInvitation implements auth.Tx.
func (t *tx) DeleteInvitation(ctx context.Context, id int64) (bool, error) {
	n, err := t.exec(ctx, `DELETE FROM invitations WHERE id = $1`, id)
	return n > 0, err
}

// InsertInvitation implements auth.Tx.
func (t *tx) InsertInvitation(ctx context.Context, i *auth.Invitation) (err error) {
	i.ID, err = number(ctx, t.session, `
		INSERT INTO invitations (secret_hash, created_by, created_at, expires_at, uses_left) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
		string(i.Secret), int64(i.CreatedBy), millis(i.CreatedAt), millis(i.ExpiresAt), i.UsesLeft)
	return err
}

// UseInvitation implements auth.Tx.
func (t *tx) UseInvitation(ctx context.Context, id int64) error {
	_, err := t.exec(ctx, `UPDATE invitations SET uses_left = uses_left - 1 WHERE id = $1`, id)
	return err
}

const apiKeySelect = `SELECT id, name, hint, scopes, created_by, created_at, last_used_at, revoked_at FROM api_keys `

func scanAPIKey(r row, k *auth.APIKey) error {
	return r.Scan(&k.ID, &k.Name, &k.Hint, texts{&k.Scopes}, (*int64)(&k.CreatedBy), at{&k.CreatedAt}, at{&k.LastUsedAt}, at{&k.RevokedAt})
}

// APIKeyBySecret implements auth.Reader.
func (r reader) APIKeyBySecret(ctx context.Context, d auth.Digest) (*auth.APIKey, error) {
	return one(ctx, r.session, scanAPIKey, apiKeySelect+`WHERE secret_hash = $1`, string(d))
}

// APIKeys implements auth.Reader.
func (r reader) APIKeys(ctx context.Context) ([]auth.APIKey, error) {
	return list(ctx, r.session, scanAPIKey, apiKeySelect+`ORDER BY id`)
}

// InsertAPIKey implements auth.Tx.
func (t *tx) InsertAPIKey(ctx context.Context, k *auth.APIKey, secret auth.Digest) (err error) {
	k.ID, err = number(ctx, t.session, `
		INSERT INTO api_keys (name, secret_hash, hint, scopes, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
		k.Name, string(secret), k.Hint, textsJSON(k.Scopes), int64(k.CreatedBy), millis(k.CreatedAt))
	return err
}

// SawAPIKey implements auth.Tx.
func (t *tx) SawAPIKey(ctx context.Context, id int64, when time.Time) error {
	_, err := t.exec(ctx, `UPDATE api_keys SET last_used_at = $1 WHERE id = $2`, millis(when), id)
	return err
}

// RevokeAPIKey implements auth.Tx.
func (t *tx) RevokeAPIKey(ctx context.Context, id int64, when time.Time) (bool, error) {
	n, err := t.exec(ctx, `
		UPDATE api_keys SET revoked_at = CASE WHEN revoked_at = 0 THEN $1 ELSE revoked_at END WHERE id = $2`, millis(when), id)
	return n > 0, err
}

// ServerKey implements auth.Tx.
func (t *tx) ServerKey(ctx context.Context, name, secret string, when time.Time) (string, error) {
	_, err := t.exec(ctx, `
		INSERT INTO server_keys (name, secret, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, name, secret, millis(when))
	if err != nil {
		return "", err
	}
	scan := func(r row, secret *string) error { return r.Scan(secret) }
	stored, err := one(ctx, t.session, scan, `SELECT secret FROM server_keys WHERE name = $1`, name)
	if stored == nil {
		return "", err
	}
	return *stored, nil
}
