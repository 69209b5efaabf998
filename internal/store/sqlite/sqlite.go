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
		Size:    `SELECT c.page_count * s.page_size FROM pragma_page_count() c, pragma_page_size() s`,
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
	// Reserved is how many of MaxPages are kept for what makes the database smaller.
	Reserved int
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
	if err := keepToOneself(path); err != nil {
		return 0, err
	}
	db, err := openWriter(inFile(path), 0)
	if err != nil {
		return 0, err
	}
	version, err := store.Migrate(ctx, db, e)
	return version, errors.Join(err, db.Close())
}

// keepToOneself makes the database's file, if it is not there, and lets nobody but its
// user read it; SQLite gives the files beside it the same permissions.
func keepToOneself(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open the database's file: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("make the database's file: %w", err)
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm()&0o077 == 0 {
			continue
		}
		if err := os.Chmod(name, info.Mode().Perm()&0o700); err != nil {
			return fmt.Errorf("keep the database to its user: %w", err)
		}
	}
	return nil
}

// Open opens or creates the database at path and brings its schema up to date.
func Open(ctx context.Context, path string, o Options) (*store.Store, error) {
	if !o.AsItIs {
		if _, err := Migrate(ctx, path); err != nil {
			return nil, err
		}
	}
	care, err := openTender(inFile(path), o.Log)
	if err != nil {
		return nil, err
	}
	return openAt(ctx, inFile(path), care, o)
}

// openAt opens a database whose schema is there. The tender is closed with it.
func openAt(ctx context.Context, where place, care *tender, o Options) (*store.Store, error) {
	e, err := engine()
	if err != nil {
		return nil, errors.Join(err, care.db.Close())
	}
	writer, err := openWriter(where, o.MaxPages-o.Reserved)
	if err != nil {
		return nil, errors.Join(err, care.db.Close())
	}
	if o.Reserved > 0 {
		e.Reserve = &store.Reserve{Use: maxPages(o.MaxPages), Keep: maxPages(o.MaxPages - o.Reserved)}
	}
	readers, err := open(where, "query_only(1)", "busy_timeout(5000)", "cache_size(-8000)")
	if err != nil {
		return nil, errors.Join(err, care.db.Close(), writer.Close())
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	e.Tend = func(ctx context.Context, erased <-chan struct{}) error {
		care.run(ctx, erased)
		return care.db.Close()
	}
	return store.Open(ctx, writer, readers, e, o.Log)
}

func maxPages(n int) string { return fmt.Sprintf("PRAGMA max_page_count(%d)", n) }

func openWriter(where place, pages int) (*sql.DB, error) {
	// A command in a shell writes beside a server that may have the lock nearly all the
	// time: who waits only looks now and then whether it is free, and needs many looks.
	pragmas := []string{
		"busy_timeout(30000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "secure_delete(1)",
		"cache_size(-32000)", "wal_autocheckpoint(4000)", "temp_store(MEMORY)", "journal_size_limit(67108864)",
	}
	if pages > 0 {
		pragmas = append(pragmas, fmt.Sprintf("max_page_count(%d)", pages))
	}
	db, err := open(where, pragmas...)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// place is where a database is.
type place struct{ path, vfs string }

func inFile(path string) place { return place{path: path} }

func open(where place, pragmas ...string) (*sql.DB, error) {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": pragmas}
	if where.vfs != "" {
		q.Set("vfs", where.vfs)
	}
	db, err := sql.Open(driver, "file:"+(&url.URL{Path: where.path}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", where.path, err)
	}
	return db, nil
}
