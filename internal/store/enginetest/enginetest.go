// Package enginetest gives tests a fresh store on the engine that the run is
// about, so that the same test text proves every engine.
package enginetest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"parley/internal/store"
	"parley/internal/store/postgres"
	"parley/internal/store/postgres/pgtest"
	"parley/internal/store/sqlite"
)

// Shape is how a deployment looks.
type Shape string

const (
	SQLite   Shape = "sqlite"   // one node, SQLite in its folder
	Postgres Shape = "postgres" // one node on PostgreSQL
	Cluster  Shape = "cluster"  // two nodes on one PostgreSQL, joined by NATS
)

// Topology names the shape that this run is about; `make test` runs all.
const Topology = "PARLEY_TEST_TOPOLOGY"

// Wanted is the shape that this run is about.
func Wanted(t testing.TB) Shape {
	t.Helper()
	switch s := Shape(os.Getenv(Topology)); s {
	case "":
		return SQLite
	case SQLite, Postgres, Cluster:
		return s
	default:
		t.Fatalf("%s is %q: none of sqlite, postgres, cluster", Topology, s)
		return ""
	}
}

// Once is for tests that choose their own deployment, which takes its time: they run
// with the first shape and skip in the others, where they would do the same again,
// and in short runs.
func Once(t testing.TB) {
	t.Helper()
	Long(t)
	if Wanted(t) != SQLite {
		t.Skip("runs once, with the shape sqlite")
	}
}

// Long is for tests that nobody wants to wait for.
func Long(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("too long for a short run")
	}
}

// Need is for tests that run a program of others: without it they skip, or fail where
// nothing may skip.
func Need(t testing.TB, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		if os.Getenv(pgtest.Require) != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// Database returns the flags of `parley serve` that name a fresh database of the
// wanted kind; none for SQLite, which it puts in the data folder.
func Database(t testing.TB, data string) []string {
	t.Helper()
	if Wanted(t) == SQLite {
		Fill(t, filepath.Join(data, "parley.db"))
		return nil
	}
	return []string{"--database", pgtest.Database(t)}
}

// Place returns where a fresh database is, for Open.
func Place(t testing.TB) string {
	t.Helper()
	if Wanted(t) == SQLite {
		place := filepath.Join(t.TempDir(), "parley.db")
		Fill(t, place)
		return place
	}
	return pgtest.Database(t)
}

// Fill makes a SQLite database with the newest schema: a copy, since migrating each
// test's own would take a fifth of the tests' time.
func Fill(t testing.TB, path string) {
	t.Helper()
	content, err := migrated()
	if err == nil {
		err = os.WriteFile(path, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

var migrated = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "parley-schema-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "parley.db")
	if _, err := sqlite.Migrate(context.Background(), path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// Open opens the store at a place: of Place, or a path for SQLite whatever the run
// is about.
func Open(t testing.TB, place string) (*store.Store, error) {
	t.Helper()
	if !strings.Contains(place, "://") {
		return sqlite.Open(t.Context(), place, sqlite.Options{})
	}
	return postgres.Open(t.Context(), place, postgres.Options{})
}

// New opens a fresh store. Its user closes it.
func New(t testing.TB) *store.Store {
	t.Helper()
	st, err := Open(t, Place(t))
	if err != nil {
		t.Fatal(err)
	}
	return st
}
