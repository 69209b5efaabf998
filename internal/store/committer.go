package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/riverqueue/river"

	"parley/internal/chat"
)

// job is one call that waits for its commit: exactly one of run, append and move
// is set.
type job struct {
	run    func(*tx) error
	append *chat.Append
	move   *chat.Move
	draft  *chat.Message // what append asked for, before any try

	ctx  context.Context
	err  error
	done chan struct{}
}

// committer carries what waits into as few commits as possible: it takes all
// that is there, up to the engine's batch, and never waits for more. What fails
// is rolled back alone. Events leave in commit order.
type committer struct {
	store     *Store
	jobs      chan *job
	quit      chan struct{}
	quitOnce  sync.Once
	done      chan struct{}
	committed func([]*chat.Event)
	stmts     map[string]*sql.Stmt // by text, prepared on the writer
	wanted    []string             // texts to prepare when the writer is free

	transactions, calls atomic.Int64
}

// queueLength bounds the calls that wait; a full queue makes callers wait.
const queueLength = 1024

var errClosed = chat.Errorf(chat.ShuttingDown, "The server is shutting down")

func newCommitter(s *Store) *committer {
	c := &committer{
		store: s, jobs: make(chan *job, queueLength), quit: make(chan struct{}), done: make(chan struct{}),
		committed: func([]*chat.Event) {}, stmts: map[string]*sql.Stmt{},
	}
	go c.loop()
	return c
}

// submit queues a job and waits until it is committed or has failed.
func (c *committer) submit(ctx context.Context, j *job) error {
	j.ctx, j.done = ctx, make(chan struct{})
	select {
	case <-c.quit:
		return errClosed
	default:
	}
	select {
	case c.jobs <- j:
		chat.Queued(ctx)
	case <-ctx.Done():
		return ctx.Err()
	case <-c.quit:
		return errClosed
	}
	select {
	case <-j.done:
		return c.store.explain(j.err)
	case <-c.done: // the committer has ended; it may have answered just before
		select {
		case <-j.done:
			return c.store.explain(j.err)
		default:
			return errClosed
		}
	}
}

func (c *committer) stop() {
	c.quitOnce.Do(func() { close(c.quit) })
	<-c.done
}

func (c *committer) loop() {
	defer close(c.done)
	defer func() {
		for _, s := range c.stmts {
			_ = s.Close()
		}
	}()
	batch := make([]*job, 0, c.store.engine.MaxBatch)
	for {
		select {
		case <-c.quit:
			return
		case j := <-c.jobs:
			batch = c.gather(append(batch[:0], j))
			c.carryOut(batch)
			c.keepStatements(context.Background())
			clear(batch)
		}
	}
}

// gather adds what else is waiting, and drops calls that nobody waits for.
func (c *committer) gather(batch []*job) []*job {
	for len(batch) < cap(batch) {
		select {
		case j := <-c.jobs:
			batch = append(batch, j)
			continue
		default:
		}
		break
	}
	alive := batch[:0]
	for _, j := range batch {
		if err := j.ctx.Err(); err != nil {
			j.finish(err)
			continue
		}
		alive = append(alive, j)
	}
	return alive
}

// startAfresh forgets what a failed try has left in the call.
func (j *job) startAfresh() {
	j.err = nil
	if j.append != nil {
		j.append.Message, j.append.Duplicate, j.append.ReadHeld = j.draft, false, false
	}
}

func (j *job) finish(err error) {
	j.err = err
	close(j.done)
}

// carryOut commits what was gathered, in as few transactions as the engine allows.
func (c *committer) carryOut(batch []*job) {
	for len(batch) > 0 {
		n := c.together(batch)
		c.carryOutTogether(batch[:n])
		batch = batch[n:]
	}
}

// carryOutTogether commits a batch; if that fails it commits the calls one by
// one, so that an error reaches only the call that caused it.
func (c *committer) carryOutTogether(batch []*job) {
	events, err := c.commit(batch)
	if err != nil && len(batch) > 1 && !chat.Has(err, chat.Overloaded) && !errors.Is(err, errUnknownOutcome) {
		for i, j := range batch {
			j.startAfresh()
			c.carryOutTogether(batch[i : i+1])
		}
		return
	}
	if err == nil {
		c.transactions.Add(1)
		c.calls.Add(int64(len(batch)))
	}
	if err == nil && len(events) > 0 {
		c.committed(events) // before the answers: what was acknowledged was announced
	}
	for _, j := range batch {
		if err != nil {
			j.err = err
		}
		j.finish(j.err)
	}
}

// commit runs the batch in one transaction. Its error concerns the transaction;
// errors of single calls are left in their jobs.
func (c *committer) commit(batch []*job) ([]*chat.Event, error) {
	if c.store.engine.Shared != nil {
		return c.persist(batch)
	}
	t, err := c.try(batch)
	if err != nil {
		return nil, err
	}
	return t.events, nil
}

// try is one attempt at commit. It returns the transaction also when it failed,
// unless it did not even begin.
func (c *committer) try(batch []*job) (*tx, error) {
	ctx := context.Background() // a commit is not cut in the middle
	sqlTx, err := c.store.writer.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	t := newTx(c, sqlTx)
	defer c.keepReserve(ctx, t)
	if err := t.fill(ctx, batch); err != nil {
		return t, errors.Join(err, ignoreDone(sqlTx.Rollback()))
	}
	t.committing = true
	if err := sqlTx.Commit(); err != nil {
		return t, errors.Join(fmt.Errorf("commit: %w", err), ignoreDone(sqlTx.Rollback()))
	}
	if t.erased {
		c.store.scrub()
	}
	return t, nil
}

// UseReserve implements chat.Tx.
func (t *tx) UseReserve(ctx context.Context) error {
	if t.engine.Reserve == nil || t.reserve {
		return nil
	}
	t.reserve = true
	_, err := t.exec(ctx, t.engine.Reserve.Use)
	return err
}

// keepReserve takes back what a transaction was allowed by UseReserve.
func (c *committer) keepReserve(ctx context.Context, t *tx) {
	if !t.reserve {
		return
	}
	if _, err := c.store.writer.ExecContext(ctx, c.store.engine.Reserve.Keep); err != nil {
		c.store.log.Error("keeping room in the database for what ends", "error", err)
	}
}

// fill does everything but the commit.
func (t *tx) fill(ctx context.Context, batch []*job) error {
	if t.engine.Shared != nil {
		if err := t.open(ctx, batch[0].run != nil); err != nil {
			return err
		}
	}
	if err := t.runAll(ctx, batch); err != nil {
		return err
	}
	return t.flushEvents(ctx)
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// tx is the transaction of one batch. It implements chat.Tx.
type tx struct {
	reader
	events   []*chat.Event // in order
	erased   bool          // something that may not be left in any file
	reserve  bool          // the database may take what is kept for what makes it smaller
	position chat.Position // the last one given; 0: none yet

	// For what a job queue adds:
	sql  *sql.Tx
	jobs *river.Client[*sql.Tx]
	// Of a shared database:
	drawn      []chat.Position // not given yet
	locked     map[chat.ConversationID]bool
	number     int64 // the transaction's
	committing bool
}

func newTx(c *committer, sqlTx *sql.Tx) *tx {
	own := &session{stmts: map[string]*sql.Stmt{}, engine: &c.store.engine}
	own.kept = func(ctx context.Context, text string) *sql.Stmt {
		if st, ok := c.stmts[text]; ok {
			return sqlTx.StmtContext(ctx, st)
		}
		c.wanted = append(c.wanted, text)
		return nil
	}
	own.prepare = sqlTx.PrepareContext
	return &tx{reader: reader{own}, sql: sqlTx, jobs: c.store.jobs, locked: map[chat.ConversationID]bool{}}
}

// keepStatements prepares what a transaction prepared only for itself, now that
// the connection is free, so that the next one finds it ready.
func (c *committer) keepStatements(ctx context.Context) {
	for _, text := range c.wanted {
		if c.stmts[text] != nil {
			continue
		}
		st, err := c.store.writer.PrepareContext(ctx, c.store.engine.Rebind(text)) //nolint:sqlclosecheck // kept in c.stmts, closed when the committer ends
		if err != nil {
			c.store.log.Warn("keeping a prepared statement", "statement", firstLine(text), "error", err)
			continue
		}
		c.stmts[text] = st
	}
	c.wanted = c.wanted[:0]
}

// runAll runs the jobs in order of arrival: functions one by one, each undone
// alone if it fails; what stands between two functions as one typed batch, reads
// before messages (a mark "up to the newest" must not cover what came with it).
func (t *tx) runAll(ctx context.Context, batch []*job) error {
	for i := 0; i < len(batch); {
		if batch[i].run != nil {
			if err := t.runOne(ctx, batch[i]); err != nil {
				return err
			}
			i++
			continue
		}
		end := i
		for end < len(batch) && batch[end].run == nil {
			end++
		}
		if err := t.runTyped(ctx, batch[i:end]); err != nil {
			return err
		}
		i = end
	}
	return nil
}

func (t *tx) runTyped(ctx context.Context, batch []*job) error {
	if err := t.lockTyped(ctx, batch); err != nil {
		return err
	}
	var appends []*job
	for _, j := range batch {
		if j.append != nil {
			appends = append(appends, j)
			continue
		}
		if err := t.movePosition(ctx, j); err != nil {
			return err
		}
	}
	if len(appends) == 0 {
		return nil
	}
	return t.appendAll(ctx, appends)
}

// errAlone ends the transaction of a function that failed.
var errAlone = errors.New("the function failed")

// runOne runs a function under its own savepoint, unless it has the transaction
// for itself.
func (t *tx) runOne(ctx context.Context, j *job) error {
	if t.engine.Shared != nil {
		if j.err = guarded(j.run, t); j.err != nil {
			return errAlone
		}
		return nil
	}
	if _, err := t.exec(ctx, `SAVEPOINT one`); err != nil {
		return err
	}
	before := len(t.events)
	if j.err = guarded(j.run, t); j.err != nil {
		t.events = t.events[:before]
		if _, err := t.exec(ctx, `ROLLBACK TO SAVEPOINT one`); err != nil {
			return errors.Join(j.err, err) // of a database that is full, nothing is left to undo
		}
	}
	_, err := t.exec(ctx, `RELEASE SAVEPOINT one`)
	return err
}

// guarded makes an error of a panic, so that a bug in one operation does not
// take the committer with it.
func guarded(fn func(*tx) error, t *tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a transaction: %v\n%s", p, debug.Stack())
		}
	}()
	return fn(t)
}
