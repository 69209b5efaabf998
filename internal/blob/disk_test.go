package blob_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"parley/internal/blob"
)

func open(t *testing.T, folder string) *blob.Disk {
	t.Helper()
	d, err := blob.OpenDisk(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// files returns what stands in a folder, however deep.
func files(t *testing.T, folder string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestWhatIsPutIsThere(t *testing.T) {
	folder, ctx := t.TempDir(), t.Context()
	d, key := open(t, folder), blob.NewKey()
	if n, err := d.Put(ctx, key, strings.NewReader("hello"), 5); n != 5 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	b, err := open(t, folder).Open(ctx, key) // another node on the same folder
	if err != nil {
		t.Fatal(err)
	}
	if content, err := io.ReadAll(b); string(content) != "hello" || b.Size() != 5 || err != nil {
		t.Errorf("%q, %d, %v", content, b.Size(), err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	for range 2 { // the second has nothing to do
		if err := d.Delete(ctx, key); err != nil {
			t.Error(err)
		}
	}
	if _, err := d.Open(ctx, key); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("after deleting: %v", err)
	}
}

// What goes wrong leaves nothing behind.
func TestFailuresLeaveNothing(t *testing.T) {
	folder := t.TempDir()
	d := open(t, folder)
	broken := errors.New("broken off")
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tc := range map[string]struct {
		ctx  context.Context
		r    io.Reader
		want error
	}{
		"too large":  {t.Context(), strings.NewReader("hello!"), blob.ErrTooLarge},
		"broken off": {t.Context(), io.MultiReader(strings.NewReader("he"), iotest.ErrReader(broken)), broken},
		"cancelled":  {gone, strings.NewReader("hello"), context.Canceled},
	} {
		if _, err := d.Put(tc.ctx, blob.NewKey(), tc.r, 5); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
		if left := files(t, folder); len(left) > 0 {
			t.Errorf("%s: left behind: %v", name, left)
		}
	}
}

func TestKeysAreNoPaths(t *testing.T) {
	d := open(t, t.TempDir())
	for _, key := range []string{"", "..", "../../etc/passwd", "a/b", strings.Repeat("a", 65), strings.Repeat("A", 26), ".hold" + strings.Repeat("a", 20)} {
		if _, err := d.Put(t.Context(), key, strings.NewReader("x"), 1); !errors.Is(err, blob.ErrBadKey) {
			t.Errorf("put %q: %v", key, err)
		}
		if _, err := d.Open(t.Context(), key); !errors.Is(err, blob.ErrBadKey) {
			t.Errorf("open %q: %v", key, err)
		}
	}
}

// Keys passes over what is young, and removes what a server that died was writing.
func TestStraysAreFound(t *testing.T) {
	folder := t.TempDir()
	d, old, young := open(t, folder), blob.NewKey(), blob.NewKey()
	for _, key := range []string{old, young} {
		if _, err := d.Put(t.Context(), key, strings.NewReader("x"), 1); err != nil {
			t.Fatal(err)
		}
	}
	half := filepath.Join(folder, old[:2], ".part-"+blob.NewKey())
	if err := os.WriteFile(half, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := time.Now().Add(-2 * time.Hour)
	for _, path := range []string{half, filepath.Join(folder, old[:2], old)} {
		if err := os.Chtimes(path, before, before); err != nil {
			t.Fatal(err)
		}
	}
	var found []string
	err := d.Keys(t.Context(), time.Hour, func(key string) error { found = append(found, key); return nil })
	if err != nil || len(found) != 1 || found[0] != old {
		t.Errorf("%v, %v", found, err)
	}
	if _, err := os.Stat(half); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what was half-written: %v", err)
	}
}

// While a backup holds the files, nobody removes one.
func TestHold(t *testing.T) {
	folder := t.TempDir()
	d, key := open(t, folder), blob.NewKey()
	if _, err := d.Put(t.Context(), key, bytes.NewReader([]byte("x")), 1); err != nil {
		t.Fatal(err)
	}
	release, err := open(t, folder).Hold()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Delete(t.Context(), key); !errors.Is(err, blob.ErrHeld) {
		t.Errorf("while held: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if err := d.Delete(t.Context(), key); err != nil {
		t.Errorf("after: %v", err)
	}
}
