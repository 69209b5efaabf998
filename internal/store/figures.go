package store

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"parley/internal/admin"
	"parley/internal/chat"
)

// dayMillis is how long a day is, as an expression.
const dayMillis = `86400000`

// SentBy implements chat.Reader.
func (r reader) SentBy(ctx context.Context, ids []chat.MessageID) ([]chat.Activity, error) {
	scan := func(r row, a *chat.Activity) error { return r.Scan((*int64)(&a.UserID), &a.Day, &a.Messages) }
	return list(ctx, r.session, scan, `
		SELECT m.sender_id, m.created_at / `+dayMillis+`, COUNT(*) FROM messages m JOIN conversations c ON c.id = m.conversation_id
		WHERE m.id IN IDS($1) AND m.type <> 'SYSTEM' AND m.sender_id > 0 AND c.kind <> 'ROOM' GROUP BY 1, 2`, idsJSON(ids))
}

// AddActivity implements chat.Tx.
func (t *tx) AddActivity(ctx context.Context, found []chat.Activity) error {
	rows, days := make([][]any, len(found)), map[int64]int64{}
	for i, a := range found {
		rows[i] = []any{int64(a.UserID), a.Day, a.Messages}
		days[a.Day] += a.Messages
	}
	err := table{"nnn", rows}.each(t.engine, func(query string, args []any) error {
		_, err := t.exec(ctx, `
			WITH v (u, d, n) AS (`+query+`)
			INSERT INTO activity (user_id, day, messages)
			SELECT v.u, v.d, v.n FROM v JOIN users u ON u.id = v.u WHERE u.deleted_at = 0 AND u.kind <> 'GUEST'
			ON CONFLICT (user_id, day) DO UPDATE SET messages = activity.messages + excluded.messages`, args...)
		return err
	})
	if err != nil {
		return err
	}
	for day, n := range days {
		_, err := t.exec(ctx, `
			INSERT INTO days (day, messages) VALUES ($1, $2)
			ON CONFLICT (day) DO UPDATE SET messages = days.messages + excluded.messages`, day, n)
		if err != nil {
			return err
		}
	}
	return nil
}

// histogram scans one that is stored as JSON; "" is an empty one.
type histogram struct{ to *admin.Histogram }

func (h histogram) Scan(v any) error {
	var b json.RawMessage
	if err := (raw{&b}).Scan(v); err != nil {
		return err
	}
	*h.to = admin.Histogram{}
	if len(b) == 0 {
		return nil
	}
	return json.Unmarshal(b, h.to)
}

// numbersJSON is a map of numbers as it is stored.
func numbersJSON[K comparable](m map[K]int64) (string, error) {
	if len(m) == 0 {
		return "{}", nil
	}
	b, err := json.Marshal(m)
	return string(b), err
}

// Days implements admin.Reader.
func (r reader) Days(ctx context.Context, from, to int64) ([]admin.Day, error) {
	scan := func(r row, d *admin.Day) error {
		return r.Scan(&d.Day, &d.Messages, &d.Active, &d.ActiveWeek, &d.ActiveMonth, &d.Users, &d.PeakSessions, histogram{&d.Delivered}, &d.DatabaseBytes, &d.FileBytes)
	}
	return list(ctx, r.session, scan, `
		SELECT day, messages, active, active_week, active_month, users, peak_sessions, delivered, database_bytes, file_bytes
		FROM days WHERE day >= $1 AND day <= $2 ORDER BY day`, from, to)
}

// StoreDay implements admin.Tx.
func (t *tx) StoreDay(ctx context.Context, d admin.Day) error {
	delivered, err := numbersJSON(d.Delivered)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `
		INSERT INTO days (day, active, active_week, active_month, users, peak_sessions, delivered, database_bytes, file_bytes)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (day) DO UPDATE SET active = excluded.active, active_week = excluded.active_week, active_month = excluded.active_month,
			users = excluded.users, peak_sessions = excluded.peak_sessions, delivered = excluded.delivered,
			database_bytes = excluded.database_bytes, file_bytes = excluded.file_bytes`,
		d.Day, d.Active, d.ActiveWeek, d.ActiveMonth, d.Users, d.PeakSessions, delivered, d.DatabaseBytes, d.FileBytes)
	return err
}

// ActiveIn implements admin.Reader: of each account one row of the index is looked for.
func (r reader) ActiveIn(ctx context.Context, after, upTo int64) (int64, error) {
	return number(ctx, r.session, `
		SELECT COUNT(*) FROM users u WHERE u.kind NOT IN ('BOT', 'SYSTEM', 'GUEST')
			AND EXISTS (SELECT 1 FROM activity a WHERE a.user_id = u.id AND a.day > $1 AND a.day <= $2)`, after, upTo)
}

// UsersAt implements admin.Reader.
func (r reader) UsersAt(ctx context.Context, when time.Time) (int64, error) {
	return number(ctx, r.session, `SELECT COUNT(*) FROM users WHERE kind <> 'GUEST' AND created_at < $1 AND (deleted_at = 0 OR deleted_at >= $1)`, millis(when))
}

// Totals implements admin.Reader. Each part reads a table, or an index, that does not
// grow with the messages.
func (r reader) Totals(ctx context.Context, now time.Time) (admin.Totals, error) {
	scan := func(r row, t *admin.Totals) error {
		return r.Scan(&t.Users, &t.Disabled, &t.Admins, &t.Invitations, &t.Sessions, &t.Groups, &t.Channels, &t.Messages)
	}
	t, err := one(ctx, r.session, scan, `
		SELECT (SELECT COUNT(*) FROM users WHERE deleted_at = 0 AND kind <> 'GUEST'),
			(SELECT COUNT(*) FROM users WHERE deleted_at = 0 AND disabled_at <> 0),
			(SELECT COUNT(*) FROM users WHERE roles <> '[]' AND roles LIKE $1 AND deleted_at = 0 AND disabled_at = 0),
			(SELECT COUNT(*) FROM invitations WHERE expires_at > $2 AND uses_left > 0),
			(SELECT COUNT(*) FROM sessions WHERE expires_at > $2),
			(SELECT COUNT(*) FROM conversations WHERE kind <> 'DIRECT' AND deleted_at = 0 AND kind = 'GROUP'),
			(SELECT COUNT(*) FROM conversations WHERE kind <> 'DIRECT' AND deleted_at = 0 AND kind = 'CHANNEL'),
			(SELECT CAST(COALESCE(SUM(messages), 0) AS BIGINT) FROM days)`, roleLike(chat.RoleServerAdmin), millis(now))
	if t == nil {
		return admin.Totals{}, err
	}
	if t.Stored, err = r.storedKinds(ctx); err != nil {
		return admin.Totals{}, err
	}
	for _, k := range t.Stored {
		t.Files, t.FileBytes = t.Files+k.Files, t.FileBytes+k.Bytes
	}
	return *t, nil
}

// storedKinds counts what is stored of each kind of files; nothing of those there are
// none of.
func (r reader) storedKinds(ctx context.Context) ([]admin.StoredKind, error) {
	scan := func(r row, k *admin.StoredKind) error { return r.Scan(&k.Kind, &k.Files, &k.Bytes) }
	found, err := list(ctx, r.session, scan, `
		SELECT CASE WHEN f.avatar_of <> 0 THEN 'avatar' WHEN p.image_id IS NOT NULL THEN 'preview'
				WHEN f.kind = 'audio' AND f.peaks <> '' THEN 'voice' ELSE f.kind END, COUNT(*), CAST(SUM(f.size) AS BIGINT)
		FROM files f LEFT JOIN (SELECT DISTINCT image_id FROM previews WHERE image_id <> 0) p ON p.image_id = f.id
		WHERE f.doomed_at = 0 GROUP BY 1`)
	slices.SortFunc(found, func(a, b admin.StoredKind) int {
		return slices.Index(admin.StoredKinds, a.Kind) - slices.Index(admin.StoredKinds, b.Kind)
	})
	return found, err
}

// DatabaseBytes implements admin.Reader.
func (r reader) DatabaseBytes(ctx context.Context) (int64, error) {
	return number(ctx, r.session, r.engine.Size)
}

// Samples implements admin.Reader.
func (r reader) Samples(ctx context.Context, from, to time.Time) ([]admin.Sample, error) {
	scan := func(r row, s *admin.Sample) error {
		return r.Scan(at{&s.Slot}, &s.Node, &s.Sessions, &s.Peak, histogram{&s.Delivered})
	}
	return list(ctx, r.session, scan, `
		SELECT slot, node, sessions, peak, delivered FROM samples WHERE slot >= $1 AND slot < $2 ORDER BY slot, node`, millis(from), millis(to))
}

// PruneFigures implements admin.Tx.
func (t *tx) PruneFigures(ctx context.Context, samples time.Time, activity int64) error {
	if _, err := t.exec(ctx, `DELETE FROM samples WHERE slot < $1`, millis(samples)); err != nil {
		return err
	}
	_, err := t.exec(ctx, `DELETE FROM activity WHERE day < $1`, activity)
	return err
}

// Beat implements admin.Tx.
func (t *tx) Beat(ctx context.Context, n admin.Node, s admin.Sample) error {
	sessions, err := numbersJSON(n.Sessions)
	if err != nil {
		return err
	}
	delivered, err := numbersJSON(s.Delivered)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `
		INSERT INTO nodes (name, version, started_at, seen_at, beats, sessions) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at, beats = excluded.beats, sessions = excluded.sessions`,
		n.Name, n.Version, millis(n.StartedAt), millis(n.SeenAt), n.Beats, sessions)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `
		INSERT INTO samples (slot, node, sessions, peak, delivered) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (slot, node) DO UPDATE SET sessions = excluded.sessions, peak = excluded.peak, delivered = excluded.delivered`,
		millis(s.Slot), s.Node, s.Sessions, s.Peak, delivered)
	return err
}

// Nodes implements admin.Reader.
func (r reader) Nodes(ctx context.Context) ([]admin.Node, error) {
	scan := func(r row, n *admin.Node) error {
		var sessions json.RawMessage
		if err := r.Scan(&n.Name, &n.Version, at{&n.StartedAt}, at{&n.SeenAt}, &n.Beats, raw{&sessions}); err != nil {
			return err
		}
		return json.Unmarshal(sessions, &n.Sessions)
	}
	return list(ctx, r.session, scan, `SELECT name, version, started_at, seen_at, beats, sessions FROM nodes ORDER BY started_at, name`)
}

// ForgetNodes implements admin.Tx.
func (t *tx) ForgetNodes(ctx context.Context, names ...string) error {
	for _, name := range names {
		if _, err := t.exec(ctx, `DELETE FROM nodes WHERE name = $1`, name); err != nil {
			return err
		}
	}
	return nil
}

// ForgetOtherNodes implements admin.Tx.
func (t *tx) ForgetOtherNodes(ctx context.Context, except string) error {
	_, err := t.exec(ctx, `DELETE FROM nodes WHERE name <> $1`, except)
	return err
}

// Followers implements admin.Reader. The end is read first: it may be behind where
// they have come since.
func (r reader) Followers(ctx context.Context) ([]admin.Follower, error) {
	end, err := r.horizon(ctx)
	if err != nil {
		return nil, err
	}
	scan := func(r row, f *admin.Follower) error {
		err := r.Scan(&f.Name, (*int64)(&f.At))
		f.Lag = max(0, int64(end-f.At))
		return err
	}
	return list(ctx, r.session, scan, `SELECT name, pos FROM followers ORDER BY name`)
}

// Jobs implements admin.Reader.
func (r reader) Jobs(ctx context.Context) ([]admin.JobCount, error) {
	scan := func(r row, c *admin.JobCount) error { return r.Scan(&c.Kind, &c.State, &c.N) }
	return list(ctx, r.session, scan, `
		SELECT kind, CAST(state AS TEXT), COUNT(*) FROM river_job
		WHERE state IN ('available', 'pending', 'scheduled', 'running', 'retryable', 'discarded') GROUP BY kind, state ORDER BY kind, state`)
}

// LogChecks implements admin.Reader.
func (r reader) LogChecks(ctx context.Context, limit int) ([]admin.LogCheck, error) {
	scan := func(r row, c *admin.LogCheck) error {
		var examples json.RawMessage
		if err := r.Scan(&c.ID, at{&c.StartedAt}, at{&c.FinishedAt}, (*int64)(&c.After), &c.Checked, &c.Wrong, raw{&examples}); err != nil {
			return err
		}
		return json.Unmarshal(examples, &c.Examples)
	}
	return list(ctx, r.session, scan, `
		SELECT id, started_at, finished_at, after_id, checked, wrong, detail FROM log_checks ORDER BY id DESC LIMIT $1`, limit)
}

// StoreLogCheck implements admin.Tx. Of those before only the newest are kept.
func (t *tx) StoreLogCheck(ctx context.Context, c *admin.LogCheck) error {
	examples := []byte("[]")
	if len(c.Examples) > 0 {
		var err error
		if examples, err = json.Marshal(c.Examples); err != nil {
			return err
		}
	}
	if c.ID != 0 {
		_, err := t.exec(ctx, `
			UPDATE log_checks SET finished_at = $1, after_id = $2, checked = $3, wrong = $4, detail = $5 WHERE id = $6`,
			millis(c.FinishedAt), int64(c.After), c.Checked, c.Wrong, string(examples), c.ID)
		return err
	}
	var err error
	c.ID, err = number(ctx, t.session, `
		INSERT INTO log_checks (started_at, finished_at, after_id, checked, wrong, detail) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
		millis(c.StartedAt), millis(c.FinishedAt), int64(c.After), c.Checked, c.Wrong, string(examples))
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `DELETE FROM log_checks WHERE id <= $1`, c.ID-checksKept)
	return err
}

// checksKept is how many checks of the log are remembered.
const checksKept = 30
