// Package pgtest finds a PostgreSQL for tests and gives each test a database of
// its own.
package pgtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/internal/store/migrations"
	"parley/internal/store/postgres"
)

// server is the address of a PostgreSQL that may be filled with databases, and a
// database there that every test's is copied from.
type server struct{ url, template string }

var found = sync.OnceValues(find)

// find looks at PARLEY_TEST_POSTGRES, then at 127.0.0.1:5432, then starts an
// installed one.
func find() (server, error) {
	address := os.Getenv("PARLEY_TEST_POSTGRES")
	if address == "" {
		address = "postgres://postgres@127.0.0.1:5432/postgres?sslmode=disable"
		if err := answers(address); err != nil {
			if address, err = startOwn(); err != nil {
				return server{}, err
			}
		}
	}
	s := server{url: address}
	return s, s.prepare()
}

// prepare makes the database from which tests' are copied, unless an earlier run
// has: its name tells the schema. Packages are tested at the same time, so one
// does it while the others wait.
func (s *server) prepare() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	sum, err := schemaSum()
	if err != nil {
		return err
	}
	s.template = "parley_template_" + sum
	c, err := pgx.Connect(ctx, s.url)
	if err != nil {
		return fmt.Errorf("connect to the tests' PostgreSQL: %w", err)
	}
	defer c.Close(ctx)
	if _, err := c.Exec(ctx, `SELECT pg_advisory_lock(7075)`); err != nil { // ends with the connection
		return err
	}
	there := false
	err = c.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)`, s.template).Scan(&there)
	if err != nil || there {
		return err
	}
	making := s.template + "_new"
	for _, statement := range []string{`DROP DATABASE IF EXISTS ` + making + ` WITH (FORCE)`, `CREATE DATABASE ` + making} {
		if _, err := c.Exec(ctx, statement); err != nil {
			return err
		}
	}
	if _, err := postgres.Migrate(ctx, s.database(making)); err != nil {
		return err
	}
	_, err = c.Exec(ctx, `ALTER DATABASE `+making+` RENAME TO `+s.template)
	return err
}

// schemaSum is a name for the schema as this program would make it.
func schemaSum() (string, error) {
	info, ok := debug.ReadBuildInfo()
	sum := sha256.New()
	if ok {
		for _, m := range info.Deps { // libraries bring tables of their own
			fmt.Fprintln(sum, m.Path, m.Version)
		}
	}
	err := fs.WalkDir(migrations.Postgres, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := migrations.Postgres.ReadFile(path)
		fmt.Fprintln(sum, path, len(content))
		_, _ = sum.Write(content)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil))[:16], err
}

func answers(address string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	c, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	return c.Close(ctx)
}

func (s server) do(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := pgx.Connect(ctx, s.url)
	if err != nil {
		return fmt.Errorf("connect to the tests' PostgreSQL: %w", err)
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, statement)
	return err
}

func (s server) database(name string) string {
	u, err := url.Parse(s.url)
	if err != nil {
		return s.url
	}
	u.Path = "/" + name
	return u.String()
}

// Require makes a test that needs PostgreSQL fail instead of skip.
const Require = "PARLEY_TEST_REQUIRE"

// Database returns the address of a fresh database with the newest schema, which
// is dropped with the test. Without a PostgreSQL the test is skipped, or fails if
// PARLEY_TEST_REQUIRE is set.
func Database(t testing.TB) string {
	t.Helper()
	s, err := found()
	switch {
	case err != nil && os.Getenv(Require) != "":
		t.Fatalf("no PostgreSQL: %v", err)
	case err != nil:
		t.Skipf("no PostgreSQL: %v", err)
	}
	return s.fresh(t, ` TEMPLATE `+s.template)
}

// Empty is Database without any schema.
func Empty(t testing.TB) string {
	t.Helper()
	Database(t)
	s, _ := found()
	return s.fresh(t, "")
}

func (s server) fresh(t testing.TB, how string) string {
	t.Helper()
	name := "parley_test_" + strings.ToLower(rand.Text())
	if err := s.do(`CREATE DATABASE ` + name + how); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.do(`DROP DATABASE ` + name + ` WITH (FORCE)`); err != nil {
			t.Error(err)
		}
	})
	return s.database(name)
}

// Clean stops a server that was started for the tests of a package. Call it at the
// end of TestMain where there is one; otherwise the server goes with the process.
func Clean() { stopOwn() }
