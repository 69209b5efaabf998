// Package enginetest gives tests a fresh store on the engine that the run is
// about, so that the same test text proves every engine.
package enginetest

import (
	"os"
	"path/filepath"
	"strings"
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

// Database returns the flags of `parley serve` that name a fresh database of the
// wanted kind; none for SQLite, which is in the data folder.
func Database(t testing.TB) []string {
	t.Helper()
	if Wanted(t) == SQLite {
		return nil
	}
	return []string{"--database", pgtest.Database(t)}
}

// Place returns where a fresh database is, for Open.
func Place(t testing.TB) string {
	t.Helper()
	if Wanted(t) == SQLite {
		return filepath.Join(t.TempDir(), "parley.db")
	}
	return pgtest.Database(t)
}

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
