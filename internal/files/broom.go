package files

import (
	"context"
	"errors"
	"time"

	"parley/internal/blob"
	"parley/internal/chat"
	"parley/internal/lifecycle"
)

const (
	sweepEvery = 5 * time.Second
	sweepPage  = 50
	// strayAfter is how old a blob without a file has to be: an upload is on its way
	// until then.
	strayAfter  = time.Hour
	strayEvery  = 24 * time.Hour
	keepAccess  = 90 * 24 * time.Hour
	accessPage  = 500
	sweepWithin = 5 * time.Minute
)

// broom removes the bytes of what was deleted or never used.
type broom struct {
	files  *Service
	wake   chan struct{}
	strays time.Time // when they were last looked for

	loop lifecycle.Background
}

func newBroom(s *Service) *broom {
	return &broom{files: s, wake: make(chan struct{}, 1)}
}

func (b *broom) start() { b.loop.Go(b.run) }

func (b *broom) stop(ctx context.Context) error { return b.loop.End(ctx) }

// Subscriber hears of what may leave files behind.
func (s *Service) Subscriber() chat.Subscriber {
	return chat.Subscriber{Events: func(events []*chat.Event) {
		for _, e := range events {
			switch e.Type {
			case chat.MessageDeleted, chat.ConversationDeleted, chat.ConversationUpdated, chat.UserUpdated:
				select {
				case s.broom.wake <- struct{}{}:
				default:
				}
				return
			}
		}
	}}
}

func (b *broom) run(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-b.wake:
		}
		for more := true; more && ctx.Err() == nil; {
			var err error
			if more, err = b.files.Sweep(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, blob.ErrHeld) {
				b.files.log.Error("removing files", "error", err)
			}
			more = more && err == nil
		}
		if time.Since(b.strays) > strayEvery {
			b.strays = time.Now()
			if err := b.files.SweepStrays(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, blob.ErrHeld) {
				b.files.log.Error("removing files that belong to nothing", "error", err)
			}
			if err := b.files.PruneAccesses(ctx); err != nil && ctx.Err() == nil {
				b.files.log.Error("removing old accesses to files", "error", err)
			}
		}
	}
}

// SweepAll removes all files that were deleted, for whom they must be gone now.
func (s *Service) SweepAll(ctx context.Context) error {
	for {
		if more, err := s.Sweep(ctx); err != nil || !more {
			return err
		}
	}
}

// Sweep removes some files that were deleted, or that nobody has used within a day;
// more says that there are more. Several nodes may do it at once.
func (s *Service) Sweep(ctx context.Context) (more bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, sweepWithin)
	defer cancel()
	var doomed []chat.File
	var unused []chat.FileID
	err = s.store.Read(ctx, func(r chat.Reader) (err error) {
		if doomed, err = r.DoomedFiles(ctx, sweepPage); err != nil {
			return err
		}
		unused, err = r.UnusedFiles(ctx, time.Now().Add(-chat.UnusedFor), sweepPage)
		return err
	})
	if err != nil {
		return false, err
	}
	gone, failed := s.removeAll(ctx, doomed)
	if len(gone)+len(unused) == 0 {
		return false, failed
	}
	err = s.store.Write(ctx, func(tx chat.Tx) error {
		if err := tx.DeleteFiles(ctx, gone); err != nil {
			return err
		}
		return tx.DoomFiles(ctx, unused, time.Now())
	})
	return len(unused) > 0 || len(doomed) == sweepPage, errors.Join(err, failed)
}

// removeAll removes the bytes of files. One that cannot be removed does not keep
// the others.
func (s *Service) removeAll(ctx context.Context, doomed []chat.File) (gone []chat.FileID, failed error) {
	for i := range doomed {
		var err error
		for _, key := range doomed[i].Keys() {
			err = errors.Join(err, s.blobs.Delete(ctx, key))
		}
		if err == nil {
			gone = append(gone, doomed[i].ID)
		}
		failed = errors.Join(failed, err)
	}
	return gone, failed
}

// PruneAccesses removes accesses that are older than 90 days.
func (s *Service) PruneAccesses(ctx context.Context) error {
	before := time.Now().Add(-keepAccess)
	for removed := int64(accessPage); removed == accessPage; {
		err := s.store.Write(ctx, func(tx chat.Tx) (err error) {
			removed, err = tx.PruneAccesses(ctx, before, accessPage)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// SweepStrays removes blobs that belong to no file: a server died between storing
// the bytes and knowing of them.
func (s *Service) SweepStrays(ctx context.Context) error {
	var keys []string
	flush := func() error {
		err := s.removeStrays(ctx, keys)
		keys = keys[:0]
		return err
	}
	err := s.blobs.Keys(ctx, strayAfter, func(key string) error {
		if keys = append(keys, key); len(keys) < 500 {
			return nil
		}
		return flush()
	})
	return errors.Join(err, flush())
}

func (s *Service) removeStrays(ctx context.Context, keys []string) error {
	var known []string
	err := s.store.Read(ctx, func(r chat.Reader) (err error) {
		known, err = r.KnownKeys(ctx, owners(keys))
		return err
	})
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, k := range known {
		there[k] = true
	}
	for _, k := range keys {
		if !there[owner(k)] {
			if err := s.blobs.Delete(ctx, k); err != nil {
				return err
			}
		}
	}
	return nil
}
