package store

import (
	"context"
	"encoding/json"
	"strings"

	"parley/internal/admin"
	"parley/internal/chat"
)

// InsertDeed implements chat.Tx.
func (t *tx) InsertDeed(ctx context.Context, d *chat.Deed) (err error) {
	d.ID, err = number(ctx, t.session, `
		INSERT INTO audit (at, actor_id, key_id, action, target, detail) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
		millis(d.At), int64(d.By), d.Key, string(d.Action), d.Target, string(d.Detail))
	return err
}

// Deeds implements admin.Reader.
func (r reader) Deeds(ctx context.Context, f admin.DeedFilter) ([]chat.Deed, bool, error) {
	c := condition{}
	switch kind, _, whole := strings.Cut(f.Action, "."); {
	case f.Action == "":
	case whole && strings.HasSuffix(f.Action, "."):
		c.and("a.action > ? AND a.action < ?", f.Action, kind+"/") // which follows the dot
	default:
		c.and("a.action = ?", f.Action)
	}
	var actions []string
	for _, a := range chat.Actions {
		if f.Kind != "" && admin.TargetKind(a) == f.Kind {
			actions = append(actions, string(a))
		}
	}
	if f.Kind != "" {
		c.and("a.action IN TEXTS(?)", textsJSON(actions))
	}
	if f.By != nil {
		c.and("a.actor_id = ?", int64(*f.By))
	}
	if f.Target != 0 {
		c.and("a.target = ?", f.Target)
	}
	c.bounds(f, "a")
	scan := func(r row, d *chat.Deed) error {
		return r.Scan(&d.ID, at{&d.At}, (*int64)(&d.By), &d.Key, (*string)(&d.Action), &d.Target, raw{&d.Detail})
	}
	query := `SELECT a.id, a.at, a.actor_id, a.key_id, a.action, a.target, a.detail FROM audit a WHERE 1 = 1` + c.text + ` ORDER BY a.id DESC` + c.limit(f.Limit+1)
	found, err := list(ctx, r.session, scan, query, c.args...)
	return found[:min(len(found), f.Limit)], len(found) > f.Limit, err
}

// bounds adds between which times and before which id.
func (c *condition) bounds(f admin.DeedFilter, table string) {
	if !f.From.IsZero() {
		c.and(table+".at >= ?", millis(f.From))
	}
	if !f.To.IsZero() {
		c.and(table+".at < ?", millis(f.To))
	}
	if f.Before != 0 {
		c.and(table+".id < ?", f.Before)
	}
}

// FileAccesses implements admin.Reader.
func (r reader) FileAccesses(ctx context.Context, f admin.DeedFilter) ([]chat.Deed, bool, error) {
	c := condition{}
	if f.By != nil {
		c.and("a.user_id = ?", int64(*f.By))
	}
	if f.Target != 0 {
		c.and("a.file_id = ?", f.Target)
	}
	c.bounds(f, "a")
	scan := func(r row, d *chat.Deed) error {
		var look struct {
			Variant string `json:"variant,omitempty"`
			Network string `json:"network"`
		}
		if err := r.Scan(&d.ID, at{&d.At}, (*int64)(&d.By), &d.Target, &look.Variant, &look.Network); err != nil {
			return err
		}
		d.Action = chat.ActionFileAccessed
		var err error
		d.Detail, err = json.Marshal(look)
		return err
	}
	query := `SELECT a.id, a.at, a.user_id, a.file_id, a.variant, a.ip_prefix FROM file_accesses a WHERE 1 = 1` + c.text + ` ORDER BY a.id DESC` + c.limit(f.Limit+1)
	found, err := list(ctx, r.session, scan, query, c.args...)
	return found[:min(len(found), f.Limit)], len(found) > f.Limit, err
}

// SettingsVersion implements admin.Reader.
func (r reader) SettingsVersion(ctx context.Context) (int64, error) {
	return number(ctx, r.session, `SELECT value FROM counters WHERE name = 'settings'`)
}

// StoredSettings implements admin.Reader.
func (r reader) StoredSettings(ctx context.Context) ([]admin.StoredSetting, error) {
	scan := func(r row, s *admin.StoredSetting) error {
		return r.Scan(&s.Name, &s.Value, (*int64)(&s.By), at{&s.At})
	}
	return list(ctx, r.session, scan, `SELECT name, value, changed_by, changed_at FROM server_settings ORDER BY name`)
}

// StoreSetting implements admin.Tx.
func (t *tx) StoreSetting(ctx context.Context, s admin.StoredSetting) error {
	if _, err := t.draw(ctx, "settings", 1); err != nil {
		return err
	}
	if s.Value == "" {
		_, err := t.exec(ctx, `DELETE FROM server_settings WHERE name = $1`, s.Name)
		return err
	}
	_, err := t.exec(ctx, `
		INSERT INTO server_settings (name, value, changed_by, changed_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_by = excluded.changed_by, changed_at = excluded.changed_at`,
		s.Name, s.Value, int64(s.By), millis(s.At))
	return err
}
