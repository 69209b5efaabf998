package blob

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func open(t *testing.T) (*Disk, string) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "blobs")
	d, err := OpenDisk(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d, folder
}

func put(t *testing.T, d *Disk, content string) (key string) {
	t.Helper()
	key = NewKey()
	if n, err := d.Put(t.Context(), key, strings.NewReader(content), int64(len(content))); err != nil || n != int64(len(content)) {
		t.Fatal(n, err)
	}
	return key
}

func keys(t *testing.T, d *Disk, age time.Duration) (found []string) {
	t.Helper()
	err := d.Keys(t.Context(), age, func(key string) error {
		found = append(found, key)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	return found
}

func TestBlobComesBackUntilDeleted(t *testing.T) {
	d, _ := open(t)
	key := put(t, d, "content")
	b, err := d.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(b)
	if err := errors.Join(err, b.Close()); err != nil || string(got) != "content" || b.Size() != 7 {
		t.Errorf("%q of %d bytes, %v", got, b.Size(), err)
	}
	for range 2 { // the second time it is not there, which is no error
		if err := d.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Open(t.Context(), key); !errors.Is(err, ErrNotFound) {
		t.Errorf("after deleting: %v", err)
	}
}

func TestFailedPutKeepsNothing(t *testing.T) {
	d, _ := open(t)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	broken := errors.New("broken")
	for name, tc := range map[string]struct {
		ctx   context.Context
		r     io.Reader
		limit int64
		want  error
	}{
		"too large": {t.Context(), strings.NewReader("12345"), 4, ErrTooLarge},
		"broken":    {t.Context(), io.MultiReader(strings.NewReader("12"), iotest.ErrReader(broken)), 10, broken},
		"given up":  {over, strings.NewReader("12"), 10, context.Canceled},
	} {
		if _, err := d.Put(tc.ctx, NewKey(), tc.r, tc.limit); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if names := everything(t, d); len(names) != 0 {
		t.Errorf("%v is left", names)
	}
}

func everything(t *testing.T, d *Disk) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(d.root.Name(), "*", "*"))
	hidden, err2 := filepath.Glob(filepath.Join(d.root.Name(), "*", ".*"))
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	return append(names, hidden...)
}

func TestOnlyKeysAreNames(t *testing.T) {
	d, _ := open(t)
	for _, key := range []string{"", "short", "../../../../../etc/passwd", strings.Repeat("a", 65), "..aaaaaaaaaaaaaaaaaaaaaaaa", "AAAAAAAAAAAAAAAAAAAAAAAAAA", "aaaaaaaaaaaa/aaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaa\x00"} {
		_, err := d.Put(t.Context(), key, bytes.NewReader(nil), 1)
		_, err2 := d.Open(t.Context(), key)
		if err3 := d.Delete(t.Context(), key); !errors.Is(err, ErrBadKey) || !errors.Is(err2, ErrBadKey) || !errors.Is(err3, ErrBadKey) {
			t.Errorf("%q: %v, %v, %v", key, err, err2, err3)
		}
	}
	if !validKey(NewKey()) || !validKey(NewKey()+"_1280") {
		t.Error("a new key is not a key")
	}
}

// Keys names what is old, removes what was half-written, and leaves alone what is
// not a blob.
func TestKeysTidiesUp(t *testing.T) {
	d, folder := open(t)
	a, b := put(t, d, "a"), put(t, d, "b")
	half := filepath.Join(folder, a[:2], halfWritten+NewKey())
	other := filepath.Join(folder, "README")
	for _, name := range []string{half, other} {
		if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if found := keys(t, d, time.Hour); len(found) != 0 {
		t.Errorf("new ones are named: %v", found)
	}
	old := time.Now().Add(-2 * time.Hour)
	for _, name := range []string{half, other, filepath.Join(folder, a[:2], a)} {
		if err := os.Chtimes(name, old, old); err != nil {
			t.Fatal(err)
		}
	}
	if found := keys(t, d, time.Hour); !slices.Equal(found, []string{a}) {
		t.Errorf("%v are named, want %s alone", found, a)
	}
	if _, err := os.Stat(half); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the half-written one is still there: %v", err)
	}
	if _, err := os.Stat(other); err != nil {
		t.Error(err)
	}
	if _, err := d.Open(t.Context(), b); err != nil {
		t.Error(err)
	}
}

// While a backup holds them, blobs stay.
func TestHeldBlobsStay(t *testing.T) {
	d, folder := open(t)
	key := put(t, d, "x")
	release, err := d.Hold()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Delete(t.Context(), key); !errors.Is(err, ErrHeld) {
		t.Errorf("deleted: %v", err)
	}
	old := time.Now().Add(-2 * holdFor)
	if err := os.Chtimes(filepath.Join(folder, holdName), old, old); err != nil {
		t.Fatal(err)
	}
	second := put(t, d, "y")
	if err := d.Delete(t.Context(), second); err != nil {
		t.Errorf("a backup that died holds on: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if err := d.Delete(t.Context(), key); err != nil {
		t.Errorf("after the release: %v", err)
	}
}
