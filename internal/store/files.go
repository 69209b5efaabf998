package store

import (
	"context"
	"encoding/json"
	"time"

	"parley/internal/chat"
)

const fileColumns = `f.id, f.file_key, f.owner_id, f.conversation_id, f.avatar_of, f.name, f.size, f.mime, f.kind, f.sha256, f.width, f.height,
	f.duration_ms, f.peaks, f.placeholder, f.variants, f.created_at, f.used_at, f.doomed_at`

func fileDest(f *chat.File) []any {
	return []any{
		(*int64)(&f.ID), &f.Key, (*int64)(&f.OwnerID), (*int64)(&f.ConversationID), (*int64)(&f.AvatarOf), &f.Name, &f.Size, &f.Type, (*string)(&f.Kind),
		&f.SHA256, &f.Width, &f.Height, duration{&f.Duration}, peaks{&f.Peaks}, &f.Placeholder, variants{&f.Variants}, at{&f.CreatedAt}, at{&f.UsedAt}, at{&f.DoomedAt},
	}
}

// duration scans milliseconds.
type duration struct{ to *time.Duration }

func (d duration) Scan(v any) error {
	ms, _ := v.(int64)
	*d.to = time.Duration(ms) * time.Millisecond
	return nil
}

// peaks scans how loud sound is.
type peaks struct{ to *[]int }

func (p peaks) Scan(v any) error {
	var b json.RawMessage
	if err := (raw{&b}).Scan(v); err != nil || len(b) == 0 {
		return err
	}
	return json.Unmarshal(b, p.to)
}

// variants scans the smaller forms of an image.
type variants struct{ to *[]chat.Variant }

func (l variants) Scan(v any) error {
	var b json.RawMessage
	if err := (raw{&b}).Scan(v); err != nil || len(b) == 0 || string(b) == "[]" {
		return err
	}
	return json.Unmarshal(b, l.to)
}

func scanFile(r row, f *chat.File) error { return r.Scan(fileDest(f)...) }

// File implements chat.Reader.
func (r reader) File(ctx context.Context, id chat.FileID) (*chat.File, error) {
	return one(ctx, r.session, scanFile, `SELECT `+fileColumns+` FROM files f WHERE f.id = $1`, int64(id))
}

// FileWithKey implements chat.Reader.
func (r reader) FileWithKey(ctx context.Context, key string) (chat.FileID, error) {
	id, err := number(ctx, r.session, `SELECT id FROM files WHERE file_key = $1`, key)
	return chat.FileID(id), err
}

// SeesFile implements chat.Reader: as messages, files are cut where the reader's
// history begins.
func (r reader) SeesFile(ctx context.Context, id chat.FileID, u chat.UserID) (bool, error) {
	n, err := number(ctx, r.session, `
		SELECT COUNT(*) FROM (
			SELECT 1 FROM attachments t JOIN messages m ON m.id = t.message_id
			JOIN participants p ON p.conversation_id = m.conversation_id AND p.user_id = $2
			JOIN conversations c ON c.id = m.conversation_id
			WHERE t.file_id = $1 AND m.deleted_at = 0 AND m.rev > p.hidden_rev AND c.deleted_at = 0 LIMIT 1) AS seen`, int64(id), int64(u))
	return n > 0, err
}

// BytesOf implements chat.Reader.
func (r reader) BytesOf(ctx context.Context, u chat.UserID) (int64, error) {
	return number(ctx, r.session, `SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM files WHERE owner_id = $1 AND doomed_at = 0`, int64(u))
}

// FilesOf implements chat.Reader.
func (r reader) FilesOf(ctx context.Context, u chat.UserID, after chat.FileID, limit int) ([]chat.File, error) {
	return list(ctx, r.session, scanFile, `
		SELECT `+fileColumns+` FROM files f WHERE f.owner_id = $1 AND f.id > $2 AND f.doomed_at = 0 ORDER BY f.id LIMIT $3`, int64(u), int64(after), limit)
}

// MessagesWithFiles implements chat.Reader.
func (r reader) MessagesWithFiles(ctx context.Context, c chat.ConversationID, cut int64, kind chat.FileKind, p chat.Page) ([]chat.Message, bool, error) {
	before := int64(p.Before)
	if before == 0 {
		before = chat.MaxID
	}
	found, err := r.messages(ctx, messageSelect+`
		WHERE m.conversation_id = $1 AND m.rev > $2 AND m.id < $3 AND m.deleted_at = 0 AND EXISTS (
			SELECT 1 FROM attachments t JOIN files f ON f.id = t.file_id WHERE t.message_id = m.id AND ($4 = '' OR f.kind = $4))
		ORDER BY m.rev DESC LIMIT $5`, int64(c), cut, before, string(kind), p.Limit+1)
	more := len(found) > p.Limit
	return found[:min(len(found), p.Limit)], more, err
}

// DoomedFiles implements chat.Reader.
func (r reader) DoomedFiles(ctx context.Context, limit int) ([]chat.File, error) {
	return list(ctx, r.session, scanFile, `SELECT `+fileColumns+` FROM files f WHERE f.doomed_at <> 0 ORDER BY f.id LIMIT $1`, limit)
}

// UnusedFiles implements chat.Reader.
func (r reader) UnusedFiles(ctx context.Context, since time.Time, limit int) ([]chat.FileID, error) {
	return list(ctx, r.session, scanNumber[chat.FileID], `
		SELECT id FROM files WHERE used_at = 0 AND doomed_at = 0 AND created_at < $1 ORDER BY created_at LIMIT $2`, millis(since), limit)
}

// KnownKeys implements chat.Reader.
func (r reader) KnownKeys(ctx context.Context, keys []string) ([]string, error) {
	scan := func(r row, key *string) error { return r.Scan(key) }
	return list(ctx, r.session, scan, `SELECT file_key FROM files WHERE file_key IN TEXTS($1)`, textsJSON(keys))
}

// joinAttachments adds files to messages.
func (r reader) joinAttachments(ctx context.Context, ids string, byID map[chat.MessageID]*chat.Message) error {
	type attached struct {
		message chat.MessageID
		chat.File
	}
	scan := func(r row, a *attached) error {
		return r.Scan(append([]any{(*int64)(&a.message)}, fileDest(&a.File)...)...)
	}
	found, err := list(ctx, r.session, scan, `
		SELECT t.message_id, `+fileColumns+` FROM attachments t JOIN files f ON f.id = t.file_id
		WHERE t.message_id IN IDS($1) ORDER BY t.message_id, t.position`, ids)
	for _, a := range found {
		m := byID[a.message]
		m.Attachments = append(m.Attachments, a.File)
	}
	return err
}

// InsertFile implements chat.Tx.
func (t *tx) InsertFile(ctx context.Context, f *chat.File) error {
	smaller := []byte("[]")
	if len(f.Variants) > 0 {
		var err error
		if smaller, err = json.Marshal(f.Variants); err != nil {
			return err
		}
	}
	loud := ""
	if len(f.Peaks) > 0 {
		loud = idsJSON(asNumbers(f.Peaks))
	}
	id, err := number(ctx, t.session, `
		INSERT INTO files (file_key, owner_id, conversation_id, name, size, mime, kind, sha256, width, height, duration_ms, peaks, placeholder, variants, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) RETURNING id`,
		f.Key, int64(f.OwnerID), int64(f.ConversationID), f.Name, f.Size, f.Type, string(f.Kind), f.SHA256, f.Width, f.Height,
		f.Duration.Milliseconds(), loud, f.Placeholder, string(smaller), millis(f.CreatedAt))
	f.ID = chat.FileID(id)
	return err
}

func asNumbers(list []int) []int64 {
	out := make([]int64, len(list))
	for i, n := range list {
		out[i] = int64(n)
	}
	return out
}

// lockFiles reads files that are about to be attached, and keeps others from
// attaching them meanwhile.
func (t *tx) lockFiles(ctx context.Context, ids []chat.FileID) (map[chat.FileID]chat.File, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	locking := ""
	if t.engine.Shared != nil {
		locking = ` FOR UPDATE`
	}
	found, err := list(ctx, t.session, scanFile, `SELECT `+fileColumns+` FROM files f WHERE f.id IN IDS($1) ORDER BY f.id`+locking, idsJSON(ids))
	out := make(map[chat.FileID]chat.File, len(found))
	for _, f := range found {
		out[f.ID] = f
	}
	return out, err
}

// shownFiles finds the newest message on which each of the files hangs that
// messages want, in the conversation of the message.
func (t *tx) shownFiles(ctx context.Context, jobs []*job, files map[chat.FileID]chat.File) (map[shownKey]int64, error) {
	shown := map[shownKey]int64{}
	for _, j := range jobs {
		for _, id := range j.append.Files {
			k := shownKey{j.append.Message.ConversationID, id}
			if _, asked := shown[k]; asked || files[id].UsedAt.IsZero() {
				continue
			}
			var err error
			shown[k], err = number(ctx, t.session, `
				SELECT m.seq FROM attachments t JOIN messages m ON m.id = t.message_id
				WHERE t.file_id = $1 AND m.conversation_id = $2 AND m.deleted_at = 0
				ORDER BY t.message_id DESC LIMIT 1`, int64(id), int64(k.conversation))
			if err != nil {
				return nil, err
			}
		}
	}
	return shown, nil
}

// attach writes what hangs on messages and says that it is used.
func (t *tx) attach(ctx context.Context, messages []*chat.Message) error {
	var rows [][]any
	for _, m := range messages {
		for i, f := range m.Attachments {
			rows = append(rows, []any{int64(m.ID), int64(i), int64(f.ID)})
		}
		if len(m.Attachments) == 0 {
			continue
		}
		ids := make([]chat.FileID, len(m.Attachments))
		for i, f := range m.Attachments {
			ids[i] = f.ID
		}
		_, err := t.exec(ctx, `
			UPDATE files SET used_at = $1, conversation_id = $2 WHERE id IN IDS($3) AND used_at = 0`,
			millis(m.CreatedAt), int64(m.ConversationID), idsJSON(ids))
		if err != nil {
			return err
		}
	}
	return table{"nnn", rows}.each(t.engine, func(query string, args []any) error {
		_, err := t.exec(ctx, `INSERT INTO attachments (message_id, position, file_id) `+query, args...)
		return err
	})
}

// detach takes files from messages; those that hang on nothing else are doomed.
func (t *tx) detach(ctx context.Context, messages string, when int64) error {
	ids, err := list(ctx, t.session, scanNumber[chat.FileID], `SELECT DISTINCT file_id FROM attachments WHERE message_id IN IDS($1)`, messages)
	if err != nil || len(ids) == 0 {
		return err
	}
	if _, err := t.exec(ctx, `DELETE FROM attachments WHERE message_id IN IDS($1)`, messages); err != nil {
		return err
	}
	_, err = t.exec(ctx, `
		UPDATE files SET doomed_at = $1 WHERE id IN IDS($2) AND doomed_at = 0 AND avatar_of = 0
			AND NOT EXISTS (SELECT 1 FROM attachments t WHERE t.file_id = files.id)`, when, idsJSON(ids))
	return err
}

// SetAvatar implements chat.Tx.
func (t *tx) SetAvatar(ctx context.Context, of chat.StreamID, id chat.FileID, when time.Time) error {
	_, err := t.exec(ctx, `UPDATE files SET avatar_of = 0, doomed_at = $1 WHERE avatar_of = $2 AND id <> $3`, millis(when), int64(of), int64(id))
	if err != nil || id == 0 {
		return err
	}
	_, err = t.exec(ctx, `UPDATE files SET avatar_of = $1, used_at = $2 WHERE id = $3`, int64(of), millis(when), int64(id))
	return err
}

// DoomFiles implements chat.Tx. A file that was used in the meantime stays.
func (t *tx) DoomFiles(ctx context.Context, ids []chat.FileID, when time.Time) error {
	_, err := t.exec(ctx, `UPDATE files SET doomed_at = $1 WHERE id IN IDS($2) AND used_at = 0`, millis(when), idsJSON(ids))
	return err
}

// DeleteFiles implements chat.Tx.
func (t *tx) DeleteFiles(ctx context.Context, ids []chat.FileID) error {
	t.erased = true
	_, err := t.exec(ctx, `DELETE FROM files WHERE id IN IDS($1) AND doomed_at <> 0`, idsJSON(ids))
	return err
}

// doomFilesOf dooms what nobody else can see of a user's files: what he never used.
func (t *tx) doomFilesOf(ctx context.Context, u chat.UserID, when int64) error {
	_, err := t.exec(ctx, `
		UPDATE files SET doomed_at = $1, avatar_of = 0 WHERE doomed_at = 0 AND (avatar_of = $2 OR owner_id = $3 AND used_at = 0)`,
		when, -int64(u), int64(u))
	return err
}

// InsertAccesses implements chat.Tx.
func (t *tx) InsertAccesses(ctx context.Context, accesses []chat.Access) error {
	rows := make([][]any, len(accesses))
	for i, a := range accesses {
		rows[i] = []any{int64(a.FileID), int64(a.UserID), a.Variant, a.IPPrefix, millis(a.At)}
	}
	return table{"nnttn", rows}.each(t.engine, func(query string, args []any) error {
		_, err := t.exec(ctx, `INSERT INTO file_accesses (file_id, user_id, variant, ip_prefix, at) `+query, args...)
		return err
	})
}

// PruneAccesses implements chat.Tx.
func (t *tx) PruneAccesses(ctx context.Context, before time.Time, n int) (int64, error) {
	return t.exec(ctx, `DELETE FROM file_accesses WHERE id IN (SELECT id FROM file_accesses WHERE at < $1 ORDER BY at LIMIT $2)`, millis(before), n)
}
