package chat

import (
	"context"
	"math"
	"time"
)

const (
	// pruneChunk bounds the rows of one commit, prunePage the streams looked up at
	// once.
	pruneChunk = 500
	prunePage  = 500

	// firstStream is before all streams: users' own have negative ids.
	firstStream = StreamID(math.MinInt64)
)

// PruneLog removes what is older than keep from every stream's log, but never of
// the newest MaxReplay events, which a client may ask for; nor anything that a
// follower of the log has not read. It works in small commits, may be cut off
// anywhere, and goes on where it was when it is called again. Groups of consumers
// that nobody used for LogGroupsKept are forgotten.
func (s *Service) PruneLog(ctx context.Context, keep time.Duration) error {
	if err := s.pruneStreams(ctx, s.clock().Add(-keep)); err != nil {
		return err
	}
	return s.commit(ctx, func(ctx context.Context, tx Tx) error {
		return tx.PruneLogGroups(ctx, s.clock().Add(-LogGroupsKept))
	})
}

func (s *Service) pruneStreams(ctx context.Context, before time.Time) error {
	for after := firstStream; ; {
		var page []StreamID
		err := s.store.Read(ctx, func(r Reader) (err error) {
			page, err = r.PrunableStreams(ctx, before, after, prunePage)
			return err
		})
		if err != nil || len(page) == 0 {
			return err
		}
		for _, st := range page {
			after = st
			if err := s.pruneStream(ctx, st, before); err != nil {
				return err
			}
		}
	}
}

func (s *Service) pruneStream(ctx context.Context, st StreamID, before time.Time) error {
	for done := false; !done; {
		err := s.commit(ctx, func(ctx context.Context, tx Tx) (err error) {
			done, err = tx.PruneStream(ctx, st, before, pruneChunk)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
