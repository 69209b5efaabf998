// Package sqlite opens a store on one SQLite file: one writer that commits with
// full synchronisation, and readers that cannot write.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"parley/internal/store"
	"parley/internal/store/migrations"
)

// driver is the name under which the SQLite driver registers itself.
const driver = "sqlite"

var (
	idLists   = regexp.MustCompile(`\b(?:IDS|TEXTS)\(\$(\d+)\)`)
	parameter = regexp.MustCompile(`\$(\d+)`)
)

// rebind writes lists as a read of the JSON array, and parameters as ?n, which
// SQLite binds by number; or as ? where each stands once and in order, because
// the driver looks names up one by one (a sixth of the time of a wide insert).
func rebind(text string) string {
	text = idLists.ReplaceAllString(text, `(SELECT value FROM json_each($$$1))`)
	inOrder := true
	for i, p := range parameter.FindAllStringSubmatch(text, -1) {
		inOrder = inOrder && p[1] == strconv.Itoa(i+1)
	}
	if inOrder {
		return parameter.ReplaceAllString(text, `?`)
	}
	return parameter.ReplaceAllString(text, `?$1`)
}

// unique reports which columns a unique constraint covers: SQLite names them, or
// the index for a partial one.
func unique(err error) (string, bool) {
	var e *sqlite.Error
	if errors.As(err, &e) && e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE {
		return e.Error(), true
	}
	return "", false
}

func full(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY:
		return true
	}
	return false
}

func engine() (store.Engine, error) {
	steps, err := fs.Sub(migrations.SQLite, "sqlite")
	return store.Engine{
		Name: "sqlite", Queue: func(db *sql.DB) riverdriver.Driver[*sql.Tx] { return riversqlite.New(db) },
		Dialect: goose.DialectSQLite3, Migrations: steps,
		Rebind: rebind, Unique: unique, Full: full,
		MaxBatch: 128, Readers: max(4, 2*runtime.NumCPU()),
		Horizon: `SELECT value FROM counters WHERE name = 'log'`,
		Index: store.Index{
			Insert: func(query string) string { return `INSERT INTO search_index (rowid, tokens) ` + query },
			Hits:   `search_index`, Match: `search_index MATCH $1`, Query: matchQuery,
		},
	}, err
}

// matchQuery writes a query of FTS5. Tokens are letters and digits, so they need
// no quotes and are no operators, which are written in capitals.
func matchQuery(all []store.Term, any []string) string {
	var parts []string
	if len(any) > 0 {
		parts = append(parts, "("+strings.Join(any, " OR ")+")")
	}
	for _, t := range all {
		if t.Beginning {
			t.Token += "*"
		}
		parts = append(parts, t.Token)
	}
	return strings.Join(parts, " AND ")
}

// Options of Open that tests change.
type Options struct {
	Log *slog.Logger
	// MaxPages bounds the file, to try what a full disk does; 0 for no bound.
	MaxPages int
	// AsItIs leaves the schema alone.
	AsItIs bool
}

// Migrate creates the file if need be and brings its schema up to date. It
// returns the schema's version.
func Migrate(ctx context.Context, path string) (int64, error) {
	e, err := engine()
	if err != nil {
		return 0, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return 0, fmt.Errorf("make the data folder: %w", err)
	}
	db, err := openWriter(path, 0)
	if err != nil {
		return 0, err
	}
	version, err := store.Migrate(ctx, db, e)
	return version, errors.Join(err, db.Close())
}

// Open opens or creates the database at path and brings its schema up to date.
func Open(ctx context.Context, path string, o Options) (*store.Store, error) {
	if !o.AsItIs {
		if _, err := Migrate(ctx, path); err != nil {
			return nil, err
		}
	}
	e, err := engine()
	if err != nil {
		return nil, err
	}
	writer, err := openWriter(path, o.MaxPages)
	if err != nil {
		return nil, err
	}
	readers, err := open(path, "query_only(1)", "busy_timeout(5000)", "cache_size(-8000)")
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	care, err := openTender(path, o.Log)
	if err != nil {
		return nil, errors.Join(err, writer.Close(), readers.Close())
	}
	e.Tend = func(ctx context.Context, erased <-chan struct{}) error {
		care.run(ctx, erased)
		return care.db.Close()
	}
	return store.Open(ctx, writer, readers, e, o.Log)
}

func openWriter(path string, maxPages int) (*sql.DB, error) {
	pragmas := []string{
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "secure_delete(1)",
		"cache_size(-32000)", "wal_autocheckpoint(4000)", "temp_store(MEMORY)", "journal_size_limit(67108864)",
	}
	if maxPages > 0 {
		pragmas = append(pragmas, fmt.Sprintf("max_page_count(%d)", maxPages))
	}
	db, err := open(path, pragmas...)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

func open(path string, pragmas ...string) (*sql.DB, error) {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": pragmas}
	db, err := sql.Open(driver, "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return db, nil
}
