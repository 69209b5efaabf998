package store

import (
	"context"
	"encoding/json"
	"time"

	"parley/internal/admin"
)

// Reports implements admin.Reader.
func (r reader) Reports(ctx context.Context, since time.Time, before int64, limit int) ([]admin.Report, error) {
	scan := func(r row, o *admin.Report) error {
		var excerpts string
		if err := r.Scan(&o.ID, at{&o.At}, (*string)(&o.Room), &o.Seat, &o.Note, &excerpts); err != nil {
			return err
		}
		return json.Unmarshal([]byte(excerpts), &o.Excerpts)
	}
	return list(ctx, r.session, scan, `
		SELECT id, at, room, seat, note, excerpts FROM reports WHERE at >= $1 AND (id < $2 OR $2 = 0) ORDER BY id DESC LIMIT $3`,
		millis(since), before, limit)
}

// CountReports implements admin.Reader.
func (r reader) CountReports(ctx context.Context) (int64, error) {
	return number(ctx, r.session, `SELECT COUNT(*) FROM reports`)
}

// InsertReport implements admin.Tx.
func (t *tx) InsertReport(ctx context.Context, r *admin.Report) error {
	excerpts, err := json.Marshal(r.Excerpts)
	if err != nil {
		return err
	}
	r.ID, err = number(ctx, t.session, `
		INSERT INTO reports (at, room, seat, note, excerpts) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
		millis(r.At), string(r.Room), r.Seat, r.Note, string(excerpts))
	return err
}

// DeleteReport implements admin.Tx.
func (t *tx) DeleteReport(ctx context.Context, id int64) (bool, error) {
	t.erased = true
	n, err := t.exec(ctx, `DELETE FROM reports WHERE id = $1`, id)
	return n > 0, err
}

// ForgetReports implements admin.Tx.
func (t *tx) ForgetReports(ctx context.Context, before time.Time) error {
	n, err := t.exec(ctx, `DELETE FROM reports WHERE at < $1`, millis(before))
	t.erased = t.erased || n > 0
	return err
}
