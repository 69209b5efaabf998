// Package postgres opens a store on a PostgreSQL database, which several nodes
// may share.
package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"

	"parley/internal/store"
	"parley/internal/store/migrations"
)

// Advisory locks of a database's nodes. Their keys are a tag above 53 bits, below
// which a position has its place.
const (
	// functions is held by the one function that runs in the whole cluster.
	functions = 678 << 53
	// drawing is held, shared, by every transaction that draws positions, together
	// with a position that is before all of them.
	drawing = 679 << 53
)

// The horizon. Positions come from a sequence, so a transaction may commit one
// after others have committed greater ones; whoever reads the log by position
// would pass it over for ever. So each transaction says, before it draws, from
// where on it may: a shared advisory lock on where the sequence stands. It ends
// with the transaction, and not before what that wrote can be seen. What is at or
// before the least of these locks is complete.
//
// The sequence is read before the locks: a position drawn before that is guarded
// by a lock that is seen, or its transaction is over. Both are statements of
// their own after which the log is read, since a statement sees what was
// committed before it began.
const (
	draw = `
		WITH guarded AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(%d + last_value) FROM log_positions)
		SELECT nextval('log_positions') FROM guarded, generate_series(1, CAST($1 AS BIGINT))`
	horizon = `
		WITH drawn AS MATERIALIZED (SELECT last_value AS newest FROM log_positions)
		SELECT LEAST(drawn.newest, COALESCE((
			SELECT MIN(k.key - %[1]d) FROM (
				SELECT (CAST(l.classid AS BIGINT) << 32) | CAST(l.objid AS BIGINT) AS key FROM pg_locks l
				WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.mode = 'ShareLock'
					AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())) AS k
			WHERE k.key >> 53 = %[1]d >> 53 AND drawn.newest IS NOT NULL), drawn.newest))
		FROM drawn`
)

var (
	idLists   = regexp.MustCompile(`\bIN IDS\(\$(\d+)\)`)
	textLists = regexp.MustCompile(`\bIN TEXTS\(\$(\d+)\)`)
)

// rebind writes lists as an array made of the JSON, which the planner takes for
// a few keys of an index, not for a table to join.
func rebind(text string) string {
	text = idLists.ReplaceAllString(text, `= ANY (ARRAY(SELECT CAST(item AS BIGINT) FROM jsonb_array_elements_text(CAST($$$1 AS JSONB)) AS item))`)
	return textLists.ReplaceAllString(text, `= ANY (ARRAY(SELECT item FROM jsonb_array_elements_text(CAST($$$1 AS JSONB)) AS item))`)
}

func code(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// unique names the violated constraint.
func unique(err error) (string, bool) {
	var e *pgconn.PgError
	if errors.As(err, &e) && e.Code == "23505" {
		return e.ConstraintName, true
	}
	return "", false
}

// full is a disk without space, or another resource of the server that is used up.
func full(err error) bool { return strings.HasPrefix(code(err), "53") && code(err) != "53300" }

// again is a conflict with another transaction, or a lock that did not come.
func again(err error) bool { return slices.Contains([]string{"40001", "40P01", "55P03"}, code(err)) }

// lost is a connection that is gone, a server that goes or comes, or one that has
// no connection left.
func lost(err error) bool {
	if c := code(err); c != "" {
		return strings.HasPrefix(c, "08") || slices.Contains([]string{"57P01", "57P02", "57P03", "25P03", "53300"}, c)
	}
	for _, gone := range []error{driver.ErrBadConn, sql.ErrConnDone, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed} {
		if errors.Is(err, gone) {
			return true
		}
	}
	var network *net.OpError
	var connecting *pgconn.ConnectError
	return errors.As(err, &network) || errors.As(err, &connecting) || err != nil && strings.HasSuffix(err.Error(), "conn closed")
}

func engine() (store.Engine, error) {
	steps, err := fs.Sub(migrations.Postgres, "postgres")
	if err != nil {
		return store.Engine{}, err
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120))
	return store.Engine{
		Locker: locker,
		Name:   "postgres", Dialect: goose.DialectPostgres, Migrations: steps,
		Queue:  func(db *sql.DB) riverdriver.Driver[*sql.Tx] { return riverdatabasesql.New(db) },
		Rebind: rebind, Unique: unique, Full: full,
		Arrays: true, MaxBatch: 128, Readers: max(4, 2*runtime.NumCPU()),
		Horizon: fmt.Sprintf(horizon, int64(drawing)),
		Size:    `SELECT pg_database_size(current_database())`,
		Index: store.Index{
			Insert: func(query string) string {
				return `INSERT INTO search_index (rowid, tokens)
					SELECT v.id, array_to_tsvector(string_to_array(v.tokens, ' ')) FROM (` + query + `) AS v (id, tokens)`
			},
			// By itself, and in order: with the LIMIT in sight the planner would rather read
			// all rows from the newest on and look into each (+ 0 hides that they are in order).
			Hits:  `(SELECT s.rowid + 0 AS rowid FROM search_index s WHERE s.tokens @@ CAST($1 AS TSQUERY) ORDER BY 1 DESC OFFSET 0) AS search_index`,
			Match: `TRUE`, Query: tsQuery,
		},
		Shared: &store.Shared{
			Begin:      `SELECT CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)`,
			BeginAlone: fmt.Sprintf(`SELECT CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT) FROM pg_advisory_xact_lock(%d)`, int64(functions)),
			Outcome: `SELECT CASE pg_xact_status(CAST(CAST(CAST($1 AS BIGINT) AS TEXT) AS XID8))
				WHEN 'committed' THEN 1 WHEN 'in progress' THEN -1 ELSE 0 END`,
			Lock:  `SELECT id FROM conversations WHERE id IN IDS($1) ORDER BY id FOR NO KEY UPDATE`,
			Draw:  fmt.Sprintf(draw, int64(drawing)),
			Again: again, Lost: lost,
		},
	}, err
}

// tsQuery writes a query of PostgreSQL's text search. Tokens are letters and
// digits, so they need no quotes.
func tsQuery(all []store.Term, any []string) string {
	var parts []string
	if len(any) > 0 {
		parts = append(parts, "("+strings.Join(any, " | ")+")")
	}
	for _, t := range all {
		if t.Beginning {
			t.Token += ":*"
		}
		parts = append(parts, t.Token)
	}
	return strings.Join(parts, " & ")
}

// Options of Open.
type Options struct {
	Log *slog.Logger
	// AsItIs leaves the schema alone.
	AsItIs bool
}

// stuck is how long a transaction may wait for its node's next statement. A node
// that stops in the middle of one holds up others no longer than that.
const stuck = 5 * time.Second

// queueConnections is how many connections the job queue may have: it asks for work,
// keeps house, and notes what was done, side by side.
const queueConnections = 3

// Migrate brings the schema of the database at url up to date and returns its
// version. Nodes that start together do it one after the other.
func Migrate(ctx context.Context, url string) (int64, error) {
	e, err := engine()
	if err != nil {
		return 0, err
	}
	db, err := open(url, 2, nil)
	if err != nil {
		return 0, err
	}
	version, err := store.Migrate(ctx, db, e)
	return version, errors.Join(err, db.Close())
}

// Open opens the database at url and brings its schema up to date.
func Open(ctx context.Context, url string, o Options) (*store.Store, error) {
	if !o.AsItIs {
		if _, err := Migrate(ctx, url); err != nil {
			return nil, err
		}
	}
	e, err := engine()
	if err != nil {
		return nil, err
	}
	writer, err := open(url, 1, map[string]string{
		"plan_cache_mode":                     "force_generic_plan",
		"idle_in_transaction_session_timeout": milliseconds(stuck), "lock_timeout": milliseconds(3 * stuck), "synchronous_commit": "on",
	})
	if err != nil {
		return nil, err
	}
	readers, err := open(url, e.Readers+1, map[string]string{"plan_cache_mode": "force_generic_plan", "default_transaction_read_only": "on"})
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	if e.QueuePool, err = open(url, queueConnections, map[string]string{"lock_timeout": milliseconds(3 * stuck)}); err != nil {
		return nil, errors.Join(err, writer.Close(), readers.Close())
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return store.Open(ctx, writer, readers, e, o.Log)
}

func milliseconds(d time.Duration) string { return fmt.Sprint(d.Milliseconds()) }

func open(url string, connections int, settings map[string]string) (*sql.DB, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, errors.New("the database's address cannot be read") // it may hold a password
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 5 * time.Second
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "parley"
	}
	config.RuntimeParams["default_transaction_isolation"] = "read committed" // what the locks are made for
	// Statements look things up by key. Where statistics are young the planner takes
	// tables for small and reads them whole.
	for _, name := range []string{"enable_seqscan", "enable_hashjoin", "enable_mergejoin", "jit"} {
		config.RuntimeParams[name] = "off"
	}
	config.RuntimeParams["join_collapse_limit"] = "1" // tables are joined in the order that is written
	for name, value := range settings {
		config.RuntimeParams[name] = value
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}
