package auth

import (
	"context"
	"time"

	"parley/internal/lifecycle"
)

const (
	// pollEvery bounds how long another process's revocation goes unnoticed.
	pollEvery = time.Second / 2
	// revocationsKept is for nodes that cannot read for a while; tokens from before
	// them are long expired then.
	revocationsKept = time.Hour
	pruneChunk      = 500
)

// upkeep is the service's own work, in one goroutine.
type upkeep struct {
	s       *Service
	loop    lifecycle.Background
	failing bool // what is broken is logged once, not each second
}

func newUpkeep(s *Service) *upkeep { return &upkeep{s: s} }

func (u *upkeep) start() { u.loop.Go(u.run) }

func (u *upkeep) stop(ctx context.Context) error { return u.loop.End(ctx) }

func (u *upkeep) run(ctx context.Context) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := u.work(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil && !u.failing {
			u.s.log.Error("looking after sessions", "error", err)
		}
		u.failing = err != nil
	}
}

// work reads new revocations and forgets those that are over.
func (u *upkeep) work(ctx context.Context) error {
	if err := u.s.catchUp(ctx); err != nil {
		return err
	}
	u.s.revoked.forget(u.s.now())
	return nil
}

// Prune removes sessions, invitations and revocations that are over, in small
// commits. It may be cut off anywhere.
func (s *Service) Prune(ctx context.Context) error {
	now := s.now()
	for {
		var removed int64
		err := s.change(ctx, func(ctx context.Context, tx Tx) (err error) {
			removed, err = tx.PruneAccounts(ctx, now, now.Add(-revocationsKept), pruneChunk)
			return err
		})
		if err != nil || removed == 0 {
			return err
		}
	}
}
