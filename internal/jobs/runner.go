// Package jobs is the work that nobody waits for. A change enqueues a job in its
// own transaction (chat.Tx.Enqueue), or a job is periodic; it is tried again when
// it fails, and goes on on another node, or after a restart, when its node dies.
package jobs

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
)

const (
	workers = 4
	// slice is how long a job works before others get their turn; it goes on after
	// them. So a job is never long under way, and one of a dead node is soon known.
	slice   = 20 * time.Second
	timeout = time.Minute
	orphan  = 2 * time.Minute
	// poll is how often the queue is looked into. Nothing tells a River client of what
	// others commit, and looking costs two milliseconds of a processor.
	poll             = 500 * time.Millisecond
	periodicAttempts = 5
	// kept is how long finished jobs stay: longer than the longest period, since
	// they say that it was done.
	kept = 25 * time.Hour
)

// Options of New.
type Options struct {
	Log *slog.Logger
	// Alone says that no other process works on the database: what is under way when
	// it starts was left by one that died.
	Alone bool
}

// Runner works jobs off on one node.
type Runner struct {
	services Services
	driver   riverdriver.Driver[*sql.Tx]
	client   *river.Client[*sql.Tx]
	log      *slog.Logger
	alone    bool

	leaving context.Context // ends when Stop begins
	leave   context.CancelFunc
	failed  atomic.Int64
	lost    atomic.Int64
}

// New returns a runner of all kinds of jobs on the store's queue.
func New(queue riverdriver.Driver[*sql.Tx], s Services, o Options) (*Runner, error) {
	return newRunner(queue, s, o, register)
}

func newRunner(queue riverdriver.Driver[*sql.Tx], s Services, o Options, kinds []kind) (*Runner, error) {
	r := &Runner{services: s, driver: queue, log: o.Log, alone: o.Alone}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	r.leaving, r.leave = context.WithCancel(context.Background())
	config := &river.Config{
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workers}}, Workers: river.NewWorkers(),
		FetchPollInterval: poll, FetchCooldown: 100 * time.Millisecond, PollOnly: true,
		JobTimeout: timeout, RescueStuckJobsAfter: orphan, CompletedJobRetentionPeriod: kept,
		ErrorHandler: r, Logger: slog.New(&loud{r.log.Handler(), r.leaving}),
	}
	for _, k := range kinds {
		river.AddWorkerArgs(config.Workers, args{kind: k.name}, &worker{runner: r, kind: k})
		if k.every > 0 {
			config.PeriodicJobs = append(config.PeriodicJobs, periodic(k))
		}
	}
	var err error
	if r.client, err = river.NewClient(queue, config); err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return r, nil
}

// periodic makes a job each period. Whoever leads the cluster makes it, also when
// he begins to lead; what was made in this period already is not made again.
func periodic(k kind) *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(k.every), func() (river.JobArgs, *river.InsertOpts) {
		return args{kind: k.name}, &river.InsertOpts{MaxAttempts: periodicAttempts, UniqueOpts: river.UniqueOpts{ByPeriod: k.every}}
	}, &river.PeriodicJobOpts{ID: k.name, RunOnStart: true})
}

// Start begins to work jobs off.
func (r *Runner) Start(ctx context.Context) error {
	if r.alone {
		if err := r.adopt(ctx); err != nil {
			return err
		}
	}
	if err := r.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	return nil
}

// adopt makes jobs available that were under way in a process that died.
func (r *Runner) adopt(ctx context.Context) error {
	for _, text := range []string{
		`UPDATE river_job SET state = 'available' WHERE state = 'running' AND attempt < max_attempts`,
		`DELETE FROM river_leader`,
	} {
		if err := r.driver.GetExecutor().Exec(ctx, text); err != nil {
			return fmt.Errorf("jobs: take up what was under way: %w", err)
		}
	}
	return nil
}

// Stop waits for jobs to pause: each ends with the commit that it is in, and goes
// on where a runner starts next.
func (r *Runner) Stop(ctx context.Context) error {
	r.leave()
	if err := r.client.Stop(ctx); err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	return nil
}

// States counts the jobs that wait, run, or stay for a while after they ended, by
// state.
func (r *Runner) States(ctx context.Context) (map[string]int, error) {
	counts, err := r.driver.GetExecutor().JobCountByAllStates(ctx, &riverdriver.JobCountByAllStatesParams{})
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	out := make(map[string]int, len(counts))
	for state, n := range counts {
		out[string(state)] = n
	}
	return out, nil
}

// Failures counts what went wrong on this node: attempts, and jobs that were given
// up.
func (r *Runner) Failures() (attempts, jobs int64) { return r.failed.Load(), r.lost.Load() }

// args are those of any kind.
type args struct {
	kind string
	json json.RawMessage
}

func (a args) Kind() string { return a.kind }

func (a args) MarshalJSON() ([]byte, error) {
	if a.json == nil {
		return []byte(`{}`), nil
	}
	return a.json, nil
}

func (a *args) UnmarshalJSON(b []byte) error {
	a.json = append(a.json[:0], b...)
	return nil
}

type worker struct {
	river.WorkerDefaults[args]
	runner *Runner
	kind   kind
}

// Timeout implements river.Worker.
func (w *worker) Timeout(*river.Job[args]) time.Duration { return timeout }

// Work implements river.Worker.
func (w *worker) Work(ctx context.Context, j *river.Job[args]) error {
	ctx, cancel := context.WithTimeout(ctx, slice)
	defer cancel()
	defer context.AfterFunc(w.runner.leaving, cancel)()
	err := w.kind.work(ctx, w.runner.services, j.Args.json)
	if err != nil && ctx.Err() != nil {
		return river.JobSnooze(0) // cut off: it goes on when it is its turn again
	}
	return err
}

// HandleError implements river.ErrorHandler.
func (r *Runner) HandleError(_ context.Context, j *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	r.failed.Add(1)
	if j.Attempt < j.MaxAttempts {
		r.log.Warn("a job failed and is tried again", "kind", j.Kind, "job", j.ID, "attempt", j.Attempt, "error", err)
		return nil
	}
	r.lost.Add(1)
	r.log.Error("a job was given up", "kind", j.Kind, "job", j.ID, "attempt", j.Attempt, "error", err)
	return nil
}

// HandlePanic implements river.ErrorHandler.
func (r *Runner) HandlePanic(ctx context.Context, j *rivertype.JobRow, value any, trace string) *river.ErrorHandlerResult {
	return r.HandleError(ctx, j, errors.New(fmt.Sprint("panic: ", value, "\n", trace)))
}
