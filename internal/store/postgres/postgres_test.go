package postgres_test

import (
	"os"
	"testing"

	"parley/internal/chat"
	"parley/internal/store"
	"parley/internal/store/postgres"
	"parley/internal/store/postgres/pgtest"
	"parley/internal/store/storetest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	pgtest.Clean()
	os.Exit(code)
}

func open(t *testing.T, url string) *store.Store {
	t.Helper()
	st, err := postgres.Open(t.Context(), url, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) chat.Store { return open(t, pgtest.Database(t)) })
}
