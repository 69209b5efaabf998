package store

import (
	"context"
	"time"

	"parley/internal/auth"
	"parley/internal/chat"
)

const sessionColumns = `id, user_id, kind, user_agent, ip_prefix, created_at, last_used_at, expires_at`

func sessionDest(s *auth.Session) []any {
	return []any{
		(*int64)(&s.ID), (*int64)(&s.UserID), (*string)(&s.Kind), &s.UserAgent, &s.IPPrefix,
		at{&s.CreatedAt}, at{&s.LastUsedAt}, at{&s.ExpiresAt},
	}
}

// SessionByLookup implements auth.Reader.
func (r reader) SessionByLookup(ctx context.Context, d auth.Digest) (*auth.StoredSession, error) {
	scan := func(r row, s *auth.StoredSession) error {
		return r.Scan(append(sessionDest(&s.Session), (*string)(&s.Lookup), (*string)(&s.Secret))...)
	}
	return one(ctx, r.session, scan, `SELECT `+sessionColumns+`, lookup_hash, secret_hash FROM sessions WHERE lookup_hash = $1`, string(d))
}

// SessionsOf implements auth.Reader.
func (r reader) SessionsOf(ctx context.Context, u chat.UserID, now time.Time, limit int) ([]auth.Session, error) {
	scan := func(r row, s *auth.Session) error { return r.Scan(sessionDest(s)...) }
	return list(ctx, r.session, scan, `
		SELECT `+sessionColumns+` FROM sessions WHERE user_id = $1 AND expires_at > $2
		ORDER BY last_used_at DESC, id DESC LIMIT $3`, int64(u), millis(now), limit)
}

// InsertSession implements auth.Tx.
func (t *tx) InsertSession(ctx context.Context, s *auth.StoredSession) error {
	id, err := number(ctx, t.session, `
		INSERT INTO sessions (user_id, kind, lookup_hash, secret_hash, user_agent, ip_prefix, created_at, last_used_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`,
		int64(s.UserID), string(s.Kind), string(s.Lookup), string(s.Secret), s.UserAgent, s.IPPrefix,
		millis(s.CreatedAt), millis(s.LastUsedAt), millis(s.ExpiresAt))
	s.ID = chat.SessionID(id)
	return err
}

// UpdateSession implements auth.Tx.
func (t *tx) UpdateSession(ctx context.Context, s *auth.StoredSession) error {
	_, err := t.exec(ctx, `UPDATE sessions SET secret_hash = $1, last_used_at = $2, expires_at = $3 WHERE id = $4`,
		string(s.Secret), millis(s.LastUsedAt), millis(s.ExpiresAt), int64(s.ID))
	return err
}

// DeleteSession implements auth.Tx.
func (t *tx) DeleteSession(ctx context.Context, u chat.UserID, id chat.SessionID) (bool, error) {
	n, err := t.exec(ctx, `DELETE FROM sessions WHERE user_id = $1 AND id = $2`, int64(u), int64(id))
	return n > 0, err
}

// DeleteSessions implements auth.Tx.
func (t *tx) DeleteSessions(ctx context.Context, u chat.UserID, but chat.SessionID) ([]chat.SessionID, error) {
	return list(ctx, t.session, scanNumber[chat.SessionID], `
		DELETE FROM sessions WHERE user_id = $1 AND id <> $2 RETURNING id`, int64(u), int64(but))
}

// RevocationsAfter implements auth.Reader.
func (r reader) RevocationsAfter(ctx context.Context, after int64, limit int) ([]auth.Revocation, error) {
	scan := func(r row, v *auth.Revocation) error {
		return r.Scan(&v.ID, (*int64)(&v.UserID), (*int64)(&v.Session), &v.Renew, at{&v.At})
	}
	return list(ctx, r.session, scan, `
		SELECT id, user_id, session_id, renew, at FROM revocations WHERE id > $1 ORDER BY id LIMIT $2`, after, limit)
}

// NewestRevocation implements auth.Reader.
func (r reader) NewestRevocation(ctx context.Context) (int64, error) {
	return number(ctx, r.session, `SELECT value FROM counters WHERE name = 'revocation'`)
}

// Revoke implements auth.Tx.
func (t *tx) Revoke(ctx context.Context, v auth.Revocation) error {
	id, err := t.draw(ctx, "revocation", 1)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `INSERT INTO revocations (id, user_id, session_id, renew, at) VALUES ($1, $2, $3, $4, $5)`,
		id, int64(v.UserID), int64(v.Session), flag(v.Renew), millis(v.At))
	return err
}

// PruneAccounts implements auth.Tx.
func (t *tx) PruneAccounts(ctx context.Context, now, revokedBefore time.Time, limit int) (int64, error) {
	var removed int64
	for _, old := range []struct {
		text   string
		before time.Time
	}{
		{`DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)`, now},
		{`DELETE FROM invitations WHERE id IN (SELECT id FROM invitations WHERE expires_at <= $1 OR uses_left < 1 LIMIT $2)`, now},
		{`DELETE FROM revocations WHERE id IN (SELECT id FROM revocations WHERE at <= $1 ORDER BY id LIMIT $2)`, revokedBefore},
	} {
		n, err := t.exec(ctx, old.text, millis(old.before), limit)
		if err != nil {
			return removed, err
		}
		removed += n
	}
	return removed, nil
}
