package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"parley/internal/chat"
)

// The job queue is River's: its tables are beside ours, so that a job is part of
// the transaction that it comes from. The package jobs runs them.

// jobAttempts is how often a job is tried before it is given up. The pauses grow
// with the fourth power of the attempt's number: ten take about four hours.
const jobAttempts = 10

// waitingStates are those in which a job that is enqueued again is the same job.
var waitingStates = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
}

// jobArgs is a chat.Job as River wants it.
type jobArgs struct{ chat.Job }

// MarshalJSON gives the job's own fields.
func (a jobArgs) MarshalJSON() ([]byte, error) { return json.Marshal(a.Job) }

func newInserter(d riverdriver.Driver[*sql.Tx]) (*river.Client[*sql.Tx], error) {
	c, err := river.NewClient(d, &river.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("open the job queue: %w", err)
	}
	return c, nil
}

// Enqueue implements chat.Tx.
func (t *tx) Enqueue(ctx context.Context, j chat.Job) error { return t.EnqueueAt(ctx, j, time.Time{}) }

// EnqueueAt implements chat.Tx.
func (t *tx) EnqueueAt(ctx context.Context, j chat.Job, at time.Time) error {
	_, err := t.jobs.InsertTx(ctx, t.sql, jobArgs{j}, &river.InsertOpts{
		MaxAttempts: jobAttempts, ScheduledAt: at, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: waitingStates},
	})
	if err != nil {
		return fmt.Errorf("enqueue %s: %w", j.Kind(), err)
	}
	return nil
}

// Queue is the job queue's way to the database.
func (s *Store) Queue() riverdriver.Driver[*sql.Tx] { return s.queue }

// migrateQueue brings River's tables up to date, on one node at a time.
func migrateQueue(ctx context.Context, db *sql.DB, e Engine) (err error) {
	if e.Locker != nil {
		c, err := db.Conn(ctx)
		if err != nil {
			return fmt.Errorf("migrate the job queue: %w", err)
		}
		defer c.Close()
		if err := e.Locker.SessionLock(ctx, c); err != nil {
			return fmt.Errorf("migrate the job queue: %w", err)
		}
		defer func() { err = errors.Join(err, e.Locker.SessionUnlock(context.WithoutCancel(ctx), c)) }()
	}
	m, err := rivermigrate.New(e.Queue(db), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err == nil {
		_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	}
	if err != nil {
		return fmt.Errorf("migrate the job queue: %w", err)
	}
	return nil
}
