package chat

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

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

// The loudness of a voice message, for drawing it.
const (
	FilePeaks = 48
	MaxPeak   = 100
)

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
	Peaks          []int  // of sound: how loud it is, MaxPeak at most, in FilePeaks equal parts; nil: not known
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

// accessFile is the only way from an id to a file. Attached to a message, or to a
// preview on one, it is for those who see the message now; somebody's picture is for everybody, a
// conversation's for those who see the conversation; what is not used yet is for
// who uploaded it.
func accessFile(ctx context.Context, r Reader, a Actor, id FileID) (*File, error) {
	f, err := r.File(ctx, id)
	if err != nil {
		return nil, err
	}
	if f == nil || !f.DoomedAt.IsZero() || a.Room != 0 && f.ConversationID != a.Room {
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
	look := r.SeesFile
	if f.OwnerID == 0 { // nobody's: it came with a preview
		look = r.SeesPreview
	}
	sees, err := look(ctx, id, a.ID)
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
	if err := spend(s.limits.upload(a), a.ID, 1); err != nil {
		return l, err
	}
	rules := s.rules.Load()
	l.Bytes = int64(rules.MaxFileSizeMb) << 20
	err = s.store.Read(ctx, func(r Reader) error {
		if rules.UserQuota > 0 {
			used, err := r.BytesOf(ctx, a.ID)
			if err != nil {
				return err
			}
			if used >= rules.UserQuota {
				return errQuota(rules.UserQuota)
			}
			l.Bytes = min(l.Bytes, rules.UserQuota-used)
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
	if err := st.mayUpload(); err != nil {
		return err
	}
	if own := int64(st.MaxFileSizeMb) << 20; own > 0 {
		l.Bytes = min(l.Bytes, own)
	}
	l.AllowedTypes = st.AllowedFileTypes
	return nil
}

// mayUpload is the permission matrix for files.
func (st seat) mayUpload() error {
	if !st.AllowFileUploads {
		return Errorf(FeatureDisabled, "Files are switched off in this conversation")
	}
	return st.reserved(st.WhoMayUpload, "send files here")
}

// AddFile makes a file known whose bytes are stored. Its owner's quota is looked at
// once more: several may have come at once.
func (s *Service) AddFile(ctx context.Context, a Actor, f *File) error {
	f.CreatedAt = s.clock()
	quota := s.rules.Load().UserQuota
	return s.commit(ctx, func(ctx context.Context, tx Tx) error {
		if a.Room != 0 {
			if err := admitRoomFile(ctx, tx, a, f); err != nil {
				return err
			}
		}
		if quota > 0 {
			used, err := tx.BytesOf(ctx, f.OwnerID)
			if err != nil {
				return err
			}
			if used+f.Size > quota {
				return errQuota(quota)
			}
		}
		return tx.InsertFile(ctx, f)
	})
}

func errQuota(quota int64) error {
	return Errorf(PayloadTooLarge, "Your storage of %d MB is used up", quota>>20)
}

// admitFiles decides whether files may be attached to a message: the sender's own
// that are not used yet, or what he sees in the conversation already.
func (st seat) admitFiles(in AppendContext) error {
	if len(in.Wanted) == 0 {
		return nil
	}
	if err := st.mayUpload(); err != nil {
		return err
	}
	files := make([]File, 0, len(in.Wanted))
	for _, id := range in.Wanted {
		i := slices.IndexFunc(in.Files, func(f File) bool { return f.ID == id })
		if i < 0 || !in.Files[i].DoomedAt.IsZero() || !st.mayAttach(&in.Files[i], in.Shown[id]) {
			return Invalid("attachmentIds", "Attachment %d not found", id)
		}
		files = append(files, in.Files[i])
	}
	in.Message.Attachments = files
	return st.takesFiles(files)
}

// takesFiles says why the conversation does not take some files, whoever sends them.
func (st seat) takesFiles(files []File) error {
	if len(files) == 0 {
		return nil
	}
	l := UploadLimits{Bytes: math.MaxInt64}
	if err := st.limitUpload(&l); err != nil {
		return err
	}
	for _, f := range files {
		switch {
		case !l.Allows(f.Type, f.Kind):
			return Errorf(UnsupportedType, "Files of the type %s are not allowed here", f.Type)
		case f.Size > l.Bytes:
			return Errorf(PayloadTooLarge, "Files may have at most %d MB here", st.MaxFileSizeMb)
		}
	}
	return nil
}

// mayAttach decides about one file, which a message shows already if shown, the
// newest one's seq, is not 0.
func (st seat) mayAttach(f *File, shown int64) bool {
	if f.UsedAt.IsZero() {
		return f.OwnerID == st.me.UserID && (f.ConversationID == st.ID || f.ConversationID == 0)
	}
	return f.AvatarOf == 0 && shown != 0 && st.me.Sees(shown)
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
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	line, err := text.Line(beginning(name, 16*MaxFileName)) // making NFC of megabytes takes long
	line = strings.TrimSpace(text.Truncate(line, MaxFileName))
	if err != nil || text.IsBlank(line) || line == "." || line == ".." {
		return "file"
	}
	return line
}

// beginning returns at most n bytes of s, cut between two characters.
func beginning(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// SetAvatar makes an image that the actor has uploaded his picture; 0 takes it
// away.
func (s *Service) SetAvatar(ctx context.Context, a Actor, id FileID) (*User, error) {
	if err := spend(s.limits.Profile, a.ID, 1); err != nil {
		return nil, err
	}
	var u *User
	err := s.commit(ctx, func(ctx context.Context, tx Tx) (err error) {
		if u, err = accessUser(ctx, tx, a.ID); err != nil {
			return err
		}
		before := *u
		if u.AvatarURL, err = s.setPicture(ctx, tx, a, u.ID.Stream(), id); err != nil {
			return err
		}
		if err := tx.UpdateUser(ctx, u); err != nil {
			return err
		}
		if err := tellOthers(ctx, tx, &before, u); err != nil {
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
