package migrations_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"parley/internal/store/migrations"
	"parley/internal/store/postgres/pgtest"
	"parley/internal/store/sqlite"
)

func TestMain(m *testing.M) {
	code := m.Run()
	pgtest.Clean()
	os.Exit(code)
}

// own tells our tables from those of libraries and engines, and from the search
// index, which each engine keeps in its own form.
func own(table string) bool {
	for _, other := range []string{"goose_", "river_", "sqlite_", "search_index"} {
		if strings.HasPrefix(table, other) {
			return false
		}
	}
	return true
}

// The steps of both engines have the same numbers and names.
func TestBothEnginesHaveTheSameSteps(t *testing.T) {
	var names [2][]string
	for i, steps := range []struct {
		folder string
		read   func(string) ([]os.DirEntry, error)
	}{{"sqlite", migrations.SQLite.ReadDir}, {"postgres", migrations.Postgres.ReadDir}} {
		entries, err := steps.read(steps.folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			names[i] = append(names[i], e.Name())
		}
	}
	if diff := cmp.Diff(names[0], names[1]); diff != "" {
		t.Errorf("sqlite (-), postgres (+):\n%s", diff)
	}
}

// Both engines have the same tables and columns, of the same kinds.
func TestBothEnginesHaveTheSameTables(t *testing.T) {
	path := filepath.Join(t.TempDir(), "parley.db")
	if _, err := sqlite.Migrate(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	lite := columns(t, "sqlite", path, `
		SELECT m.name, c.name, CASE c.type WHEN 'INTEGER' THEN 'number' ELSE 'text' END
		FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'`)
	postgres := columns(t, "pgx", pgtest.Database(t), `
		SELECT table_name, column_name, CASE data_type WHEN 'bigint' THEN 'number' ELSE data_type END
		FROM information_schema.columns WHERE table_schema = current_schema()`)
	if diff := cmp.Diff(lite, postgres); diff != "" {
		t.Errorf("sqlite (-), postgres (+):\n%s", diff)
	}
}

// Both engines have the same indexes: what one promises to be unique, and what is
// fast, the other does too.
func TestBothEnginesHaveTheSameIndexes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "parley.db")
	if _, err := sqlite.Migrate(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	lite := columns(t, "sqlite", path, `SELECT tbl_name, name, '' FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL`)
	postgres := columns(t, "pgx", pgtest.Database(t), `
		SELECT tablename, indexname, '' FROM pg_indexes
		WHERE schemaname = current_schema() AND indexname NOT LIKE '%\_pkey' AND indexname NOT LIKE '%\_key'`)
	if diff := cmp.Diff(lite, postgres); diff != "" {
		t.Errorf("sqlite (-), postgres (+):\n%s", diff)
	}
}

func columns(t *testing.T, driver, address, query string) []string {
	t.Helper()
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var found []string
	for rows.Next() {
		var table, name, kind string
		if err := rows.Scan(&table, &name, &kind); err != nil {
			t.Fatal(err)
		}
		if own(table) {
			found = append(found, fmt.Sprintf("%s.%s %s", table, name, kind))
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	return found
}
