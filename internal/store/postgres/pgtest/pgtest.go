// Package pgtest finds a PostgreSQL for tests and gives each test a database of
// its own.
package pgtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

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
	s := server{url: address, template: "parley_template_" + strings.ToLower(rand.Text())}
	if err := s.do(`CREATE DATABASE ` + s.template); err != nil {
		return server{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if _, err := postgres.Migrate(ctx, s.database(s.template)); err != nil {
		return server{}, err
	}
	return s, nil
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

// Clean drops what the tests of a package shared and stops a server that was
// started for them. Call it at the end of TestMain.
func Clean() {
	if s, err := found(); err == nil {
		_ = s.do(`DROP DATABASE ` + s.template + ` WITH (FORCE)`)
	}
	stopOwn()
}
