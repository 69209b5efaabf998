// Package store keeps everything durable in SQL. The statements here are the
// same on every engine; what an engine does its own way is in Engine, made by
// the folder below that is named for it.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"sync"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"

	"parley/internal/chat"
)

// Engine is what a database does its own way.
type Engine struct {
	Name    string
	Dialect goose.Dialect
	// Migrations holds the numbered steps of the schema.
	Migrations fs.FS
	// Locker lets one node at a time migrate; nil where nobody else can.
	Locker lock.SessionLocker
	// Rebind turns a statement's $1, IDS($1) and TEXTS($1) into the engine's own
	// words: a parameter, a list of numbers from a JSON array, a list of texts.
	Rebind func(string) string
	// Unique returns the columns or index of a violated unique constraint.
	Unique func(error) (string, bool)
	// Full reports that nothing can be written: no space, or a failing disk.
	Full func(error) bool
	// MaxBatch is how many calls one commit carries at the most.
	MaxBatch int
	// Readers is how many connections answer reads.
	Readers int
	// Horizon asks for the position up to which the log of everything is complete:
	// nothing at or before it can still appear by a commit that comes late.
	Horizon string
	// Size asks for the bytes that the database takes.
	Size string
	// Reserve keeps some of a database that may not grow for what makes it smaller;
	// nil: it grows as long as there is a disk.
	Reserve *Reserve
	// Index is how messages are searched.
	Index Index
	// Arrays says that a parameter may be a list.
	Arrays bool
	// Tend looks after the database's files until its context ends; nil where the
	// database does so itself. It hears of commits that erased something.
	Tend func(ctx context.Context, erased <-chan struct{}) error
	// Queue makes the job queue's way to a database.
	Queue func(*sql.DB) riverdriver.Driver[*sql.Tx]
	// QueuePool are connections of the job queue's own; nil: it takes its turn on the
	// writer's, between two commits.
	QueuePool *sql.DB
	// Shared is nil if the store is the database's only writer.
	Shared *Shared
}

// Reserve holds the statements with which the writer may use what is kept of a
// database, and with which it may not.
type Reserve struct{ Use, Keep string }

// Store is a chat.Store on a SQL database. It is safe for concurrent use.
type Store struct {
	engine    Engine
	writer    *sql.DB
	readers   *sql.DB
	committer *committer
	pool      chan *session
	opened    int // readers
	log       *slog.Logger

	queue riverdriver.Driver[*sql.Tx]
	jobs  *river.Client[*sql.Tx] // only enqueues

	erased chan struct{} // for Tend
	rest   func() error  // ends Tend

	close  sync.Once
	closed chan struct{}
}

var _ chat.Store = (*Store)(nil)

// Open returns a store on a database whose schema is up to date. writer must
// have one connection at most; readers must refuse to write.
func Open(ctx context.Context, writer, readers *sql.DB, e Engine, log *slog.Logger) (*Store, error) {
	s := &Store{engine: e, writer: writer, readers: readers, log: log, pool: make(chan *session, e.Readers), closed: make(chan struct{}), erased: make(chan struct{}, 1)}
	s.tend()
	for range e.Readers {
		r, err := s.newReader(ctx)
		if err != nil {
			return nil, errors.Join(err, s.closePools())
		}
		s.opened++
		s.pool <- r
	}
	if s.queue = e.Queue(writer); e.QueuePool != nil {
		s.queue = e.Queue(e.QueuePool)
	}
	var err error
	if s.jobs, err = newInserter(s.queue); err != nil {
		return nil, errors.Join(err, s.closePools())
	}
	s.committer = newCommitter(s)
	return s, nil
}

// Migrate brings the schema up to date and returns its version.
func Migrate(ctx context.Context, db *sql.DB, e Engine) (int64, error) {
	var options []goose.ProviderOption
	if e.Locker != nil {
		options = append(options, goose.WithSessionLocker(e.Locker))
	}
	p, err := goose.NewProvider(e.Dialect, db, e.Migrations, options...)
	if err != nil {
		return 0, fmt.Errorf("read migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return 0, fmt.Errorf("migrate: %w", err)
	}
	if err := migrateQueue(ctx, db, e); err != nil {
		return 0, err
	}
	return p.GetDBVersion(ctx)
}

// Close waits for the commit that is under way, refuses those that wait, and
// closes the database.
func (s *Store) Close() error {
	var err error
	s.close.Do(func() {
		s.committer.stop()
		close(s.closed)
		err = s.closePools()
	})
	return err
}

func (s *Store) closePools() error {
	var errs []error
	for range s.opened { // waits for reads that are under way
		r := <-s.pool
		if err := r.close(); err != nil && (s.engine.Shared == nil || !s.engine.Shared.Lost(err)) {
			errs = append(errs, err)
		}
	}
	if s.engine.QueuePool != nil {
		errs = append(errs, s.engine.QueuePool.Close())
	}
	errs = append(errs, s.rest(), s.readers.Close(), s.writer.Close())
	return errors.Join(errs...)
}

// tend lets the engine look after its files.
func (s *Store) tend() {
	if s.engine.Tend == nil {
		s.rest = func() error { return nil }
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.engine.Tend(ctx, s.erased) }()
	s.rest = func() error {
		cancel()
		return <-ended
	}
}

// scrub tells Tend that a commit erased something.
func (s *Store) scrub() {
	select {
	case s.erased <- struct{}{}:
	default:
	}
}

// OnCommit implements chat.Store.
func (s *Store) OnCommit(fn func([]*chat.Event)) { s.committer.committed = fn }

// Read implements chat.Store.
func (s *Store) Read(ctx context.Context, fn func(chat.Reader) error) error {
	return s.read(ctx, func(r *session) error { return fn(reader{r}) })
}

func (s *Store) read(ctx context.Context, fn func(*session) error) error {
	select {
	case r := <-s.pool:
		defer func() { s.pool <- r }()
		var err error
		r, err = s.reading(ctx, r, fn)
		return s.explain(err)
	case <-s.closed:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Write implements chat.Store.
func (s *Store) Write(ctx context.Context, fn func(chat.Tx) error) error {
	return s.committer.submit(ctx, &job{run: func(t *tx) error { return fn(t) }})
}

// Append implements chat.Store.
func (s *Store) Append(ctx context.Context, a *chat.Append) error {
	return s.committer.submit(ctx, &job{append: a, draft: a.Message})
}

// Move implements chat.Store.
func (s *Store) Move(ctx context.Context, m *chat.Move) error {
	return s.committer.submit(ctx, &job{move: m})
}

// explain turns a database's "no space" into an error that may be shown.
func (s *Store) explain(err error) error {
	if err != nil && s.engine.Full(err) {
		e := chat.Errorf(chat.Overloaded, "The server cannot store anything at the moment")
		e.RetryAfter, e.Err = retryWhenFull, err
		return e
	}
	return err
}

// session is a connection, or a transaction on one, with prepared statements.
type session struct {
	// kept returns a statement that outlives this session, or nil; may be nil.
	kept    func(context.Context, string) *sql.Stmt
	prepare func(context.Context, string) (*sql.Stmt, error)
	release func() error
	engine  *Engine
	stmts   map[string]*sql.Stmt
}

func (s *session) stmt(ctx context.Context, text string) (*sql.Stmt, error) {
	if st, ok := s.stmts[text]; ok {
		return st, nil
	}
	if s.kept != nil {
		if st := s.kept(ctx, text); st != nil {
			s.stmts[text] = st
			return st, nil
		}
	}
	st, err := s.prepare(ctx, s.engine.Rebind(text))
	if err != nil {
		return nil, fmt.Errorf("prepare %s: %w", firstLine(text), err)
	}
	s.stmts[text] = st
	return st, nil
}

func (s *session) close() error {
	var errs []error
	for _, st := range s.stmts {
		errs = append(errs, st.Close())
	}
	return errors.Join(append(errs, s.release())...)
}

// exec runs a statement and returns how many rows it changed.
func (s *session) exec(ctx context.Context, text string, args ...any) (int64, error) {
	st, err := s.stmt(ctx, text) //nolint:sqlclosecheck // kept in s.stmts for the next time; ends with the session or transaction
	if err != nil {
		return 0, err
	}
	res, err := st.ExecContext(ctx, args...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", firstLine(text), err)
	}
	return res.RowsAffected()
}

// row is what a scan function reads one row from.
type row interface{ Scan(dest ...any) error }

// list runs a query and scans all its rows.
func list[T any](ctx context.Context, s *session, scan func(row, *T) error, text string, args ...any) ([]T, error) {
	st, err := s.stmt(ctx, text) //nolint:sqlclosecheck // kept in s.stmts for the next time; ends with the session or transaction
	if err != nil {
		return nil, err
	}
	rows, err := st.QueryContext(ctx, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", firstLine(text), err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		var v T
		if err := scan(rows, &v); err != nil {
			return nil, fmt.Errorf("%s: scan: %w", firstLine(text), err)
		}
		out = append(out, v)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", firstLine(text), err)
	}
	return out, nil
}

// one runs a query and returns its first row, or nil if there is none.
func one[T any](ctx context.Context, s *session, scan func(row, *T) error, text string, args ...any) (*T, error) {
	found, err := list(ctx, s, scan, text, args...)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// number runs a query for one number; no row is 0.
func number(ctx context.Context, s *session, text string, args ...any) (int64, error) {
	n, err := one(ctx, s, scanNumber[int64], text, args...)
	if n == nil {
		return 0, err
	}
	return *n, err
}

func scanNumber[T ~int64](r row, n *T) error {
	var v int64
	err := r.Scan(&v)
	*n = T(v)
	return err
}

func firstLine(text string) string {
	words := strings.Fields(text)
	return strings.Join(words[:min(len(words), 6)], " ")
}

// Waiting returns how many calls wait for a commit.
func (s *Store) Waiting() int { return len(s.committer.jobs) }

// Commits returns how many transactions were committed, and how many calls they
// carried.
func (s *Store) Commits() (transactions, calls int64) {
	return s.committer.transactions.Load(), s.committer.calls.Load()
}
