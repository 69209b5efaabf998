package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"parley/internal/chat"
)

const previewColumns = `p.id, p.url, p.title, p.description, p.site_name, p.fetched_at, p.fresh_until, p.image_id`

type storedPreview struct {
	message chat.MessageID
	image   chat.FileID
	chat.Preview
}

func (p *storedPreview) dest() []any {
	return []any{(*int64)(&p.ID), &p.URL, &p.Title, &p.Description, &p.SiteName, at{&p.FetchedAt}, at{&p.FreshUntil}, (*int64)(&p.image)}
}

// joinPreviews adds what stands behind the links of messages.
func (r reader) joinPreviews(ctx context.Context, ids string, byID map[chat.MessageID]*chat.Message) error {
	scan := func(r row, p *storedPreview) error {
		return r.Scan(append([]any{(*int64)(&p.message)}, p.dest()...)...)
	}
	found, err := list(ctx, r.session, scan, `
		SELECT x.message_id, `+previewColumns+` FROM message_previews x JOIN previews p ON p.id = x.preview_id
		WHERE x.message_id IN IDS($1) AND p.title <> '' ORDER BY x.message_id, x.position`, ids)
	if err != nil || len(found) == 0 {
		return err
	}
	if err := r.joinImages(ctx, found); err != nil {
		return err
	}
	for _, p := range found {
		m := byID[p.message]
		m.Previews = append(m.Previews, p.Preview)
	}
	return nil
}

func (r reader) joinImages(ctx context.Context, previews []storedPreview) error {
	ids := make([]chat.FileID, len(previews))
	for i := range previews {
		ids[i] = previews[i].image
	}
	files, err := list(ctx, r.session, scanFile, `SELECT `+fileColumns+` FROM files f WHERE f.id IN IDS($1)`, idsJSON(ids))
	byID := make(map[chat.FileID]*chat.File, len(files))
	for i := range files {
		byID[files[i].ID] = &files[i]
	}
	for i := range previews {
		previews[i].Image = byID[previews[i].image]
	}
	return err
}

// urlKey finds an address that may be longer than what an index takes.
func urlKey(url string) string {
	sum := sha256.Sum256([]byte(url))
	return hex.EncodeToString(sum[:])
}

// FreshPreview implements chat.Reader.
func (r reader) FreshPreview(ctx context.Context, url string, now time.Time) (*chat.Preview, error) {
	scan := func(r row, p *storedPreview) error { return r.Scan(p.dest()...) }
	found, err := list(ctx, r.session, scan, `
		SELECT `+previewColumns+` FROM previews p WHERE p.url_key = $1 AND p.fresh_until > $2 ORDER BY p.id DESC LIMIT 1`, urlKey(url), millis(now))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0].Preview, r.joinImages(ctx, found)
}

// PreviewExists implements chat.Reader.
func (r reader) PreviewExists(ctx context.Context, id chat.PreviewID) (bool, error) {
	n, err := number(ctx, r.session, `SELECT COUNT(*) FROM previews WHERE id = $1`, int64(id))
	return n > 0, err
}

// AskedFor implements chat.Reader.
func (r reader) AskedFor(ctx context.Context, ids []chat.MessageID) (chat.AskedFor, error) {
	type asked struct {
		message chat.MessageID
		url     string
	}
	scan := func(r row, a *asked) error { return r.Scan((*int64)(&a.message), &a.url) }
	found, err := list(ctx, r.session, scan, `
		SELECT x.message_id, p.url FROM message_previews x JOIN previews p ON p.id = x.preview_id
		WHERE x.message_id IN IDS($1) ORDER BY x.message_id, x.position`, idsJSON(ids))
	out := chat.AskedFor{}
	for _, a := range found {
		out[a.message] = append(out[a.message], a.url)
	}
	return out, err
}

// SeesPreview implements chat.Reader.
func (r reader) SeesPreview(ctx context.Context, image chat.FileID, u chat.UserID) (bool, error) {
	n, err := number(ctx, r.session, `
		SELECT COUNT(*) FROM (
			SELECT 1 FROM previews v JOIN message_previews x ON x.preview_id = v.id JOIN messages m ON m.id = x.message_id
			JOIN participants p ON p.conversation_id = m.conversation_id AND p.user_id = $2
			JOIN conversations c ON c.id = m.conversation_id
			WHERE v.image_id = $1 AND m.deleted_at = 0 AND m.rev > p.hidden_rev AND c.deleted_at = 0 LIMIT 1) AS seen`, int64(image), int64(u))
	return n > 0, err
}

// InsertPreview implements chat.Tx.
func (t *tx) InsertPreview(ctx context.Context, p *chat.Preview) error {
	image := chat.FileID(0)
	if p.Image != nil {
		f := *p.Image
		if err := t.InsertFile(ctx, &f); err != nil {
			return err
		}
		if _, err := t.exec(ctx, `UPDATE files SET used_at = $1 WHERE id = $2`, millis(p.FetchedAt), int64(f.ID)); err != nil {
			return err
		}
		image = f.ID
	}
	id, err := number(ctx, t.session, `
		INSERT INTO previews (url_key, url, title, description, site_name, image_id, fetched_at, fresh_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`,
		urlKey(p.URL), p.URL, p.Title, p.Description, p.SiteName, int64(image), millis(p.FetchedAt), millis(p.FreshUntil))
	p.ID = chat.PreviewID(id)
	return err
}

// SetPreviews implements chat.Tx.
func (t *tx) SetPreviews(ctx context.Context, id chat.MessageID, list []chat.PreviewID, when time.Time) error {
	before, err := t.shownPreviews(ctx, idsJSON([]chat.MessageID{id}))
	if err != nil {
		return err
	}
	if _, err := t.exec(ctx, `DELETE FROM message_previews WHERE message_id = $1`, int64(id)); err != nil {
		return err
	}
	for i, p := range list {
		_, err := t.exec(ctx, `INSERT INTO message_previews (message_id, position, preview_id) VALUES ($1, $2, $3)`, int64(id), int64(i), int64(p))
		if err != nil {
			return err
		}
	}
	return t.dropPreviews(ctx, before, millis(when))
}

func (t *tx) shownPreviews(ctx context.Context, messages string) ([]chat.PreviewID, error) {
	return list(ctx, t.session, scanNumber[chat.PreviewID], `SELECT DISTINCT preview_id FROM message_previews WHERE message_id IN IDS($1)`, messages)
}

// unlink takes previews from messages, and what waits to be looked up.
func (t *tx) unlink(ctx context.Context, messages string, when int64) error {
	ids, err := t.shownPreviews(ctx, messages)
	if err != nil {
		return err
	}
	for _, text := range []string{`DELETE FROM message_previews WHERE message_id IN IDS($1)`, `DELETE FROM preview_requests WHERE message_id IN IDS($1)`} {
		if _, err := t.exec(ctx, text, messages); err != nil {
			return err
		}
	}
	return t.dropPreviews(ctx, ids, when)
}

// dropPreviews removes those of the previews that no message shows any more: an
// address is something that somebody wrote.
func (t *tx) dropPreviews(ctx context.Context, ids []chat.PreviewID, when int64) error {
	if len(ids) == 0 {
		return nil
	}
	const unused = ` id IN IDS($1) AND NOT EXISTS (SELECT 1 FROM message_previews x WHERE x.preview_id = previews.id)`
	images, err := list(ctx, t.session, scanNumber[chat.FileID], `SELECT image_id FROM previews WHERE image_id <> 0 AND`+unused, idsJSON(ids))
	if err != nil {
		return err
	}
	gone, err := t.exec(ctx, `DELETE FROM previews WHERE`+unused, idsJSON(ids))
	if err != nil || gone == 0 {
		return err
	}
	t.erased = true
	_, err = t.exec(ctx, `UPDATE files SET doomed_at = $1 WHERE id IN IDS($2) AND doomed_at = 0`, when, idsJSON(images))
	return err
}

// RequestPreviews implements chat.Tx.
func (t *tx) RequestPreviews(ctx context.Context, ids []chat.MessageID) error {
	for _, id := range ids {
		_, err := t.exec(ctx, `
			INSERT INTO preview_requests (message_id) VALUES ($1)
			ON CONFLICT (message_id) DO UPDATE SET taken_at = 0, attempts = 0`, int64(id))
		if err != nil {
			return err
		}
	}
	return nil
}

// TakePreviewRequests implements chat.Tx.
func (t *tx) TakePreviewRequests(ctx context.Context, now time.Time, lease time.Duration, attempts, limit int) ([]chat.PreviewRequest, error) {
	if _, err := t.exec(ctx, `DELETE FROM preview_requests WHERE attempts >= $1 AND taken_at < $2`, attempts, millis(now.Add(-lease))); err != nil {
		return nil, err
	}
	ids, err := list(ctx, t.session, scanNumber[chat.MessageID], `
		SELECT message_id FROM preview_requests WHERE taken_at < $1 ORDER BY message_id LIMIT $2`, millis(now.Add(-lease)), limit)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	_, err = t.exec(ctx, `UPDATE preview_requests SET taken_at = $1, attempts = attempts + 1 WHERE message_id IN IDS($2)`, millis(now), idsJSON(ids))
	taken := make([]chat.PreviewRequest, len(ids))
	for i, id := range ids {
		taken[i] = chat.PreviewRequest{MessageID: id, TakenAt: now}
	}
	return taken, err
}

// HasPreviewRequests implements chat.Reader.
func (r reader) HasPreviewRequests(ctx context.Context, now time.Time, lease time.Duration) (bool, error) {
	n, err := number(ctx, r.session, `SELECT COUNT(*) FROM (SELECT 1 FROM preview_requests WHERE taken_at < $1 LIMIT 1) AS w`, millis(now.Add(-lease)))
	return n > 0, err
}

// FinishPreviewRequest implements chat.Tx.
func (t *tx) FinishPreviewRequest(ctx context.Context, r chat.PreviewRequest) error {
	_, err := t.exec(ctx, `DELETE FROM preview_requests WHERE message_id = $1 AND taken_at = $2`, int64(r.MessageID), millis(r.TakenAt))
	return err
}

// ForgetFollower implements chat.Tx.
func (t *tx) ForgetFollower(ctx context.Context, name string) error {
	_, err := t.exec(ctx, `DELETE FROM followers WHERE name = $1`, name)
	return err
}
