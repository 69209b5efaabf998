// Package files takes files in and gives them out: bytes are in a blob store, what
// is known of them and who may read them in chat.
package files

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"parley/internal/blob"
	"parley/internal/chat"
	"parley/internal/picture"
)

// Service is the files of a deployment.
type Service struct {
	chat   *chat.Service
	store  chat.Store
	blobs  blob.Store
	images *picture.Maker
	key    []byte // of signed addresses
	log    *slog.Logger
	diary  *diary
	broom  *broom
}

// Options of New.
type Options struct {
	Chat  *chat.Service
	Store chat.Store
	Blobs blob.Store
	// Key signs addresses; the same on all nodes.
	Key []byte
	Log *slog.Logger
}

// atOnce is how many images are worked on at the same time: each may take some
// hundred MB for a moment.
const atOnce = 2

// New returns the service. Start begins what it does by itself.
func New(o Options) *Service {
	s := &Service{chat: o.Chat, store: o.Store, blobs: o.Blobs, key: o.Key, log: o.Log, images: picture.NewMaker(atOnce)}
	s.diary = newDiary(o.Chat, o.Log)
	s.broom = newBroom(s)
	return s
}

// Start begins to write down accesses and to remove what was deleted.
func (s *Service) Start() {
	s.diary.start()
	s.broom.start()
}

// Stop ends what Start began.
func (s *Service) Stop(ctx context.Context) error {
	return errors.Join(s.broom.stop(ctx), s.diary.stop(ctx))
}

// Upload is a file that is coming in.
type Upload struct {
	Said
	Name     string
	Declared string // the type that the sender says it has
	Bytes    io.Reader
	// Rest, if there is one, is called when the bytes have come, for all that was said
	// before and after them.
	Rest func() (Said, error)
}

// Said is what its sender says of a file, before or after its bytes.
type Said struct {
	ConversationID chat.ConversationID // 0: not said
	Limits         chat.UploadLimits   // of chat.MayUpload
	Duration       time.Duration
	Peaks          []int // chat.FilePeaks of them, or none
}

// Take stores a file and makes it known. If it fails nothing is kept.
func (s *Service) Take(ctx context.Context, a chat.Actor, u Upload) (*chat.File, error) {
	f := &chat.File{OwnerID: a.ID, ConversationID: u.ConversationID, Name: chat.CleanFileName(u.Name), Key: blob.NewKey()}
	var kept []string // keys of blobs that stay only if all goes well
	err := s.take(ctx, f, u, &kept)
	if err == nil {
		err = s.chat.AddFile(ctx, a, f)
	}
	if err != nil {
		s.forget(ctx, kept)
		return nil, explain(err, u.Limits)
	}
	return f, nil
}

func (s *Service) take(ctx context.Context, f *chat.File, u Upload, kept *[]string) error {
	head, err := io.ReadAll(io.LimitReader(u.Bytes, headBytes))
	if err != nil {
		return fmt.Errorf("read an upload: %w", err)
	}
	if len(head) == 0 {
		return chat.Invalid("file", "The file is empty")
	}
	f.Type, f.Kind = sniff(head, u.Declared)
	if !u.Limits.Allows(f.Type, f.Kind) {
		return chat.Errorf(chat.UnsupportedType, "Files of the type %s are not allowed here", f.Type)
	}
	sum := sha256.New()
	raw := io.TeeReader(io.MultiReader(bytes.NewReader(head), u.Bytes), sum)
	*kept = append(*kept, f.Key)
	if f.Size, err = s.blobs.Put(ctx, f.Key, raw, u.Limits.Bytes); err != nil {
		return err
	}
	f.SHA256 = hex.EncodeToString(sum.Sum(nil))
	if u.Rest != nil {
		if u.Said, err = u.Rest(); err != nil {
			return err
		}
		f.ConversationID = u.ConversationID
		if f.Size > u.Limits.Bytes {
			return chat.Errorf(chat.PayloadTooLarge, "The file is larger than %d MB", u.Limits.Bytes>>20)
		}
		if !u.Limits.Allows(f.Type, f.Kind) {
			return chat.Errorf(chat.UnsupportedType, "Files of the type %s are not allowed here", f.Type)
		}
	}
	if f.Duration = u.Duration; f.Kind == chat.AudioFile {
		f.Peaks = u.Peaks
	}
	if f.Kind != chat.ImageFile {
		return nil
	}
	return s.takeImage(ctx, f, u, kept)
}

// takeImage puts the image made anew in the place of what was sent.
func (s *Service) takeImage(ctx context.Context, f *chat.File, u Upload, kept *[]string) error {
	sent, err := s.blobs.Open(ctx, f.Key)
	if err != nil {
		return err
	}
	made, err := s.images.Make(ctx, f.Type, sent)
	if err := errors.Join(err, sent.Close()); errors.Is(err, picture.ErrNotAnImage) {
		// It only looks like one: bytes without a meaning.
		if f.Type, f.Kind = unknownType, chat.OtherFile; !u.Limits.Allows(f.Type, f.Kind) {
			return chat.Errorf(chat.UnsupportedType, "This is not an image that can be shown")
		}
		return nil
	} else if err != nil {
		return err
	}
	s.forget(ctx, []string{f.Key})
	f.Key = blob.NewKey()
	f.Type, f.Width, f.Height, f.Placeholder, f.Size = made.Type, made.Width, made.Height, made.Placeholder, int64(len(made.Original))
	sum := sha256.Sum256(made.Original)
	f.SHA256 = hex.EncodeToString(sum[:])
	if err := s.keep(ctx, f.Key, made.Original, kept); err != nil {
		return err
	}
	for _, size := range picture.Sizes {
		e, ok := made.Thumbnails[size]
		if !ok {
			continue
		}
		f.Variants = append(f.Variants, chat.Variant{Size: size, Bytes: int64(len(e.Bytes)), Type: e.Type, Width: e.Width, Height: e.Height})
		if err := s.keep(ctx, f.VariantKey(size), e.Bytes, kept); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) keep(ctx context.Context, key string, content []byte, kept *[]string) error {
	*kept = append(*kept, key)
	_, err := s.blobs.Put(ctx, key, bytes.NewReader(content), int64(len(content)))
	return err
}

// forget removes blobs that came to nothing. What cannot be removed now is found
// later, without a file that it belongs to.
func (s *Service) forget(ctx context.Context, keys []string) {
	ctx = context.WithoutCancel(ctx)
	for _, k := range keys {
		if err := s.blobs.Delete(ctx, k); err != nil {
			s.log.Warn("removing what was left of an upload", "error", err)
		}
	}
}

// explain says in the words of the contract what went wrong with an upload.
func explain(err error, l chat.UploadLimits) error {
	switch {
	case errors.Is(err, blob.ErrTooLarge):
		return chat.Errorf(chat.PayloadTooLarge, "The file is larger than %d MB", (l.Bytes+1<<20-1)>>20)
	case errors.Is(err, picture.ErrTooManyPixels):
		e := chat.Errorf(chat.PayloadTooLarge, "The image has too many pixels: at most %d million are allowed", picture.MaxPixels/1_000_000)
		e.Err = err
		return e
	case errors.Is(err, blob.ErrFull):
		e := chat.Errorf(chat.Overloaded, "The server cannot store anything at the moment")
		e.RetryAfter, e.Err = 5*time.Second, err
		return e
	}
	return err
}

// Opened is a file on its way to a reader.
type Opened struct {
	blob.Blob
	Name   string
	Type   string
	Inline bool
	ETag   string
	At     time.Time
}

// Open opens a file, or one of its smaller forms, that the actor was just found to
// be allowed to read (chat.File). An image that is small anyway has no smaller
// form and stands for it.
func (s *Service) Open(ctx context.Context, f *chat.File, variant int) (*Opened, error) {
	o := &Opened{Name: f.Name, Type: f.Type, Inline: inline(f.Kind), At: f.CreatedAt, ETag: f.SHA256[:min(32, len(f.SHA256))]}
	key := f.Key
	for _, v := range f.Variants {
		if v.Size == variant {
			key, o.Type, o.ETag = f.VariantKey(v.Size), v.Type, fmt.Sprintf("%s-%d", o.ETag, variant)
		}
	}
	var err error
	o.Blob, err = s.blobs.Open(ctx, key)
	if errors.Is(err, blob.ErrNotFound) {
		return nil, chat.Errorf(chat.NotFound, "Attachment not found")
	}
	return o, err
}

// Note writes down that somebody looked at a file.
func (s *Service) Note(a chat.Access) { s.diary.note(a) }
