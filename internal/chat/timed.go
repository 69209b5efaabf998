package chat

import (
	"context"
	"time"
)

// timedAhead is how long before its time a job is made for what has one: the queue
// holds what comes soon, not each change of mind about next year.
const timedAhead = 15 * time.Minute

// enqueueTimed leaves a job for a time, if that is soon; else PlanTimed does.
func (s *Service) enqueueTimed(ctx context.Context, tx Tx, j Job, at time.Time) error {
	if at.Sub(s.clock()) > timedAhead {
		return nil
	}
	return tx.EnqueueAt(ctx, j, at)
}

// PlanTimed makes the jobs for what comes soon, and for what should have come and
// whose job was given up. It has to be called more often than timedAhead.
func (s *Service) PlanTimed(ctx context.Context) error {
	before := s.clock().Add(timedAhead)
	for after := (Remind{}); ; {
		var page []Remind
		err := s.store.Read(ctx, func(r Reader) (err error) {
			page, err = r.WaitingReminders(ctx, before, after, sweepChunk)
			return err
		})
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		after = page[len(page)-1]
		if err := enqueueAll(ctx, s, page, func(j Remind) int64 { return j.At }); err != nil {
			return err
		}
	}
	for after := (ClearStatus{}); ; {
		var page []ClearStatus
		err := s.store.Read(ctx, func(r Reader) (err error) {
			page, err = r.EndingStatuses(ctx, before, after, sweepChunk)
			return err
		})
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1]
		if err := enqueueAll(ctx, s, page, func(j ClearStatus) int64 { return j.At }); err != nil {
			return err
		}
	}
}

func enqueueAll[J Job](ctx context.Context, s *Service, page []J, at func(J) int64) error {
	return s.commit(ctx, func(ctx context.Context, tx Tx) error {
		for _, j := range page {
			if err := tx.EnqueueAt(ctx, j, time.UnixMilli(at(j))); err != nil {
				return err
			}
		}
		return nil
	})
}
