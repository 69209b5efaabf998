package sqlite_test

import (
	"os"
	"path/filepath"
	"testing"

	"parley/internal/store/sqlite"
)

// Nobody else on the machine reads the database, whoever made the folder and whatever
// was there before.
func TestFilesAreTheUsersOwn(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // as a careless operator has it
		t.Fatal(err)
	}
	path := filepath.Join(dir, "parley.db")
	for range 2 {
		st, err := sqlite.Open(t.Context(), path, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) < 3 {
			t.Fatal(entries, err)
		}
		for _, e := range entries {
			if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s has %v, %v", e.Name(), info.Mode(), err)
			}
		}
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, 0o644); err != nil { //nolint:gosec // as an older version left it
			t.Fatal(err)
		}
	}
}
