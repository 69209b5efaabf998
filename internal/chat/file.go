package chat

import (
	"context"
	"fmt"
	"slices"
	"time"

	"parley/internal/text"
)

// FileID names a file. The Chat API calls a file an attachment.
type FileID int64

// FileKind is what a file is to a reader.
type FileKind string

const (
	ImageFile FileKind = "image"
	AudioFile FileKind = "audio"
	VideoFile FileKind = "video"
	OtherFile FileKind = "file"
)

// MaxFileName is the longest name of a file, in characters.
const MaxFileName = 255

// UnusedFor is how long a file may wait to be used.
const UnusedFor = 24 * time.Hour

// File is what is known of an uploaded file.
type File struct {
	ID             FileID
	Key            string // of its bytes; unguessable
	OwnerID        UserID
	ConversationID ConversationID // for which it was uploaded, or in which it was first used; 0: none yet
	AvatarOf       StreamID       // whose picture it is; 0: nobody's
	Name           string
	Size           int64
	Type           string // MIME
	Kind           FileKind
	SHA256         string
	Width, Height  int
	Duration       time.Duration
	Placeholder    string // blurhash
	Variants       []Variant
	CreatedAt      time.Time
	UsedAt         time.Time
	DoomedAt       time.Time
}

// Variant is a smaller form of an image.
type Variant struct {
	Size   int    `json:"size"` // the longer side is at most that
	Bytes  int64  `json:"bytes"`
	Type   string `json:"type"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
}

// VariantKey is under which the bytes of a variant stand.
func (f *File) VariantKey(size int) string { return fmt.Sprintf("%s_%d", f.Key, size) }

// Keys are all under which bytes of the file stand.
func (f *File) Keys() []string {
	keys := []string{f.Key}
	for _, v := range f.Variants {
		keys = append(keys, f.VariantKey(v.Size))
	}
	return keys
}

// Access is one look at a file.
type Access struct {
	FileID   FileID
	UserID   UserID
	Variant  string
	IPPrefix string
	At       time.Time
}

func errFileNotFound() error { return Errorf(NotFound, "Attachment not found") }

// accessFile is the only way from an id to a file. Attached to a message it is for
// those who see the message now; somebody's picture is for everybody, a
// conversation's for those who see the conversation; what is not used yet is for
// who uploaded it.
func accessFile(ctx context.Context, r Reader, a Actor, id FileID) (*File, error) {
	f, err := r.File(ctx, id)
	if err != nil {
		return nil, err
	}
	if f == nil || !f.DoomedAt.IsZero() {
		return nil, errFileNotFound()
	}
	if c, ok := f.AvatarOf.Conversation(); ok {
		return f, seesPicture(ctx, r, a, c)
	}
	if _, ok := f.AvatarOf.User(); ok {
		return f, nil
	}
	if f.UsedAt.IsZero() {
		if f.OwnerID != a.ID {
			return nil, errFileNotFound()
		}
		return f, nil
	}
	sees, err := r.SeesFile(ctx, id, a.ID)
	if err != nil {
		return nil, err
	}
	if !sees {
		return nil, errNotParticipant()
	}
	return f, nil
}

func seesPicture(ctx context.Context, r Reader, a Actor, id ConversationID) error {
	c, err := r.Conversation(ctx, id)
	if err != nil {
		return err
	}
	if c == nil {
		return errFileNotFound()
	}
	if c.Visibility == VisibilityPublic {
		return nil
	}
	_, err = accessConversation(ctx, r, a, id)
	return err
}

// File returns a file that the actor may read now.
func (s *Service) File(ctx context.Context, a Actor, id FileID) (f *File, err error) {
	err = s.store.Read(ctx, func(r Reader) error {
		f, err = accessFile(ctx, r, a, id)
		return err
	})
	return f, err
}

// FileByKey is File for the key of a signed address.
func (s *Service) FileByKey(ctx context.Context, a Actor, key string) (f *File, err error) {
	err = s.store.Read(ctx, func(r Reader) error {
		id, err := r.FileWithKey(ctx, key)
		if err != nil {
			return err
		}
		f, err = accessFile(ctx, r, a, id)
		return err
	})
	return f, err
}

// KeyOf is the key of a file's bytes, for checking a signature; it lets nobody read.
func (s *Service) KeyOf(ctx context.Context, id FileID) (key string, err error) {
	err = s.store.Read(ctx, func(r Reader) error {
		f, err := r.File(ctx, id)
		if err == nil && f == nil {
			err = errFileNotFound()
		}
		if err == nil {
			key = f.Key
		}
		return err
	})
	return key, err
}

// UploadLimits says what the actor may upload, for a conversation or, if that is
// 0, for none yet.
type UploadLimits struct {
	Bytes        int64
	AllowedTypes []string // none: all
}

// Allows reports whether a type may be uploaded: named itself, as "image/*", or as
// a kind.
func (l UploadLimits) Allows(typ string, kind FileKind) bool {
	return len(l.AllowedTypes) == 0 || slices.ContainsFunc(l.AllowedTypes, func(allowed string) bool { return matchesType(allowed, typ, kind) })
}

func matchesType(allowed, typ string, kind FileKind) bool {
	if n := len(allowed); n > 1 && allowed[n-1] == '*' {
		return len(typ) >= n-1 && typ[:n-1] == allowed[:n-1]
	}
	return allowed == typ || allowed == string(kind)
}

// MayUpload returns the limits of an upload, or why there can be none. It counts
// as an upload.
func (s *Service) MayUpload(ctx context.Context, a Actor, c ConversationID) (l UploadLimits, err error) {
	if err := spend(s.limits.Upload, a.ID, 1); err != nil {
		return l, err
	}
	l.Bytes = int64(s.rules.MaxFileSizeMb) << 20
	err = s.store.Read(ctx, func(r Reader) error {
		if s.rules.UserQuota > 0 {
			used, err := r.BytesOf(ctx, a.ID)
			if err != nil {
				return err
			}
			if used >= s.rules.UserQuota {
				return s.errQuota()
			}
			l.Bytes = min(l.Bytes, s.rules.UserQuota-used)
		}
		if c == 0 {
			return nil
		}
		return limitUpload(ctx, r, a, c, &l)
	})
	return l, err
}

// UploadTo narrows the limits of an upload of which is said later for which
// conversation it is.
func (s *Service) UploadTo(ctx context.Context, a Actor, c ConversationID, l UploadLimits) (UploadLimits, error) {
	err := s.store.Read(ctx, func(r Reader) error { return limitUpload(ctx, r, a, c, &l) })
	return l, err
}

func limitUpload(ctx context.Context, r Reader, a Actor, c ConversationID, l *UploadLimits) error {
	st, err := accessConversation(ctx, r, a, c)
	if err != nil {
		return err
	}
	if err := maySpeak(ctx, r, st); err != nil {
		return err
	}
	return st.limitUpload(l)
}

func (st seat) limitUpload(l *UploadLimits) error {
	if !st.AllowFileUploads {
		return Errorf(FeatureDisabled, "Files are switched off in this conversation")
	}
	if own := int64(st.MaxFileSizeMb) << 20; own > 0 {
		l.Bytes = min(l.Bytes, own)
	}
	l.AllowedTypes = st.AllowedFileTypes
	return nil
}

// AddFile makes a file known whose bytes are stored. Its owner's quota is looked at
// once more: several may have come at once.
func (s *Service) AddFile(ctx context.Context, f *File) error {
	f.CreatedAt = s.clock()
	return s.commit(ctx, func(ctx context.Context, tx Tx) error {
		if s.rules.UserQuota > 0 {
			used, err := tx.BytesOf(ctx, f.OwnerID)
			if err != nil {
				return err
			}
			if used+f.Size > s.rules.UserQuota {
				return s.errQuota()
			}
		}
		return tx.InsertFile(ctx, f)
	})
}

func (s *Service) errQuota() error {
	return Errorf(PayloadTooLarge, "Your storage of %d MB is used up", s.rules.UserQuota>>20)
}

// admitFiles decides whether files may be attached to a message: the sender's own
// that are not used yet, or what is in the conversation already.
func (st seat) admitFiles(m *Message, wanted []FileID, found []File) error {
	if len(wanted) == 0 {
		return nil
	}
	var l UploadLimits
	l.Bytes = 1 << 62
	if err := st.limitUpload(&l); err != nil {
		return err
	}
	m.Attachments = nil // of a try before
	for _, id := range wanted {
		i := slices.IndexFunc(found, func(f File) bool { return f.ID == id })
		if i < 0 || !found[i].DoomedAt.IsZero() || !st.mayAttach(&found[i]) {
			return Invalid("attachmentIds", "Attachment %d not found", id)
		}
		if f := found[i]; !l.Allows(f.Type, f.Kind) {
			return Errorf(UnsupportedType, "Files of the type %s are not allowed here", f.Type)
		} else if f.Size > l.Bytes {
			return Errorf(PayloadTooLarge, "Files may have at most %d MB here", st.MaxFileSizeMb)
		}
		m.Attachments = append(m.Attachments, found[i])
	}
	return nil
}

func (st seat) mayAttach(f *File) bool {
	here := f.ConversationID == st.ID
	if f.UsedAt.IsZero() {
		return f.OwnerID == st.me.UserID && (here || f.ConversationID == 0)
	}
	return here && f.AvatarOf == 0
}

// typeFor is what a message is that says nothing of its own type.
func typeFor(files []File) MessageType {
	if len(files) == 0 {
		return TypeText
	}
	kind := files[0].Kind
	for _, f := range files {
		if f.Kind != kind {
			return TypeFile
		}
	}
	return map[FileKind]MessageType{ImageFile: TypeImage, AudioFile: TypeAudio, VideoFile: TypeVideo, OtherFile: TypeFile}[kind]
}

// CleanFileName is a name as it is stored: the last part of a path, one line,
// bounded.
func CleanFileName(name string) string {
	for _, separator := range []byte{'/', '\\'} {
		for i := len(name) - 1; i >= 0; i-- {
			if name[i] == separator {
				name = name[i+1:]
				break
			}
		}
	}
	line, err := text.Line(name)
	if err != nil || text.IsBlank(line) || line == "." || line == ".." {
		return "file"
	}
	return text.Truncate(line, MaxFileName)
}

// SetAvatar makes an image that the actor has uploaded his picture; 0 takes it
// away.
func (s *Service) SetAvatar(ctx context.Context, a Actor, id FileID) (*User, error) {
	var u *User
	err := s.commit(ctx, func(ctx context.Context, tx Tx) (err error) {
		if u, err = accessUser(ctx, tx, a.ID); err != nil {
			return err
		}
		if u.AvatarURL, err = s.setPicture(ctx, tx, a, u.ID.Stream(), id); err != nil {
			return err
		}
		if err := tx.UpdateUser(ctx, u); err != nil {
			return err
		}
		return emitOwn(ctx, tx, u.ID, UserUpdated, int64(u.ID), "", s.clock(), u)
	})
	return u, err
}

// setPicture makes a file the picture of a user or a conversation, in place of the
// one before, and returns its address.
func (s *Service) setPicture(ctx context.Context, tx Tx, a Actor, of StreamID, id FileID) (string, error) {
	now := s.clock()
	if id == 0 {
		return "", tx.SetAvatar(ctx, of, 0, now)
	}
	f, err := tx.File(ctx, id)
	if err != nil {
		return "", err
	}
	if f == nil || !f.DoomedAt.IsZero() || f.OwnerID != a.ID || !f.UsedAt.IsZero() {
		return "", Invalid("avatarAttachmentId", "Attachment %d not found", id)
	}
	if f.Kind != ImageFile {
		return "", Invalid("avatarAttachmentId", "A picture has to be an image")
	}
	return PictureURL(id), tx.SetAvatar(ctx, of, id, now)
}

// PictureURL is where browsers find a picture that was uploaded here.
func PictureURL(id FileID) string { return fmt.Sprintf("/api/chat/attachments/%d?variant=320", id) }

// NoteAccesses writes down who looked at which files.
func (s *Service) NoteAccesses(ctx context.Context, list []Access) error {
	return s.commit(ctx, func(ctx context.Context, tx Tx) error { return tx.InsertAccesses(ctx, list) })
}

// MessagesWithFiles returns the messages of a conversation that carry files, newest
// first.
func (s *Service) MessagesWithFiles(ctx context.Context, a Actor, c ConversationID, kind FileKind, before MessageID, limit int) (page MessagePage, err error) {
	switch kind {
	case "", ImageFile, AudioFile, VideoFile, OtherFile:
	default:
		return page, Invalid("kind", "kind must be image, file, audio or video")
	}
	p, err := checkPage(Page{Before: before, Limit: limit})
	if err != nil {
		return page, err
	}
	err = s.store.Read(ctx, func(r Reader) error {
		st, err := accessConversation(ctx, r, a, c)
		if err != nil {
			return err
		}
		if page.Messages, page.HasMore, err = r.MessagesWithFiles(ctx, c, st.me.HiddenRev, kind, p); err != nil {
			return err
		}
		return personalise(ctx, r, a, refs(page.Messages))
	})
	return page, err
}
