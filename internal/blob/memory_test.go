package blob

import (
	"errors"
	"io"
	"strings"
	"testing"
)

func TestMemoryTakesWhatItMay(t *testing.T) {
	m := NewMemory(10)
	put := func(key, content string, limit int64) error {
		_, err := m.Put(t.Context(), key, strings.NewReader(content), limit)
		return err
	}
	a, b := NewKey(), NewKey()
	if err := put(a, "123456", 6); err != nil {
		t.Fatal(err)
	}
	for range 3 { // what is refused takes nothing
		if err := put(b, "12345", 100); !errors.Is(err, ErrFull) {
			t.Errorf("beyond the bound: %v", err)
		}
		if err := put(b, "123", 2); !errors.Is(err, ErrTooLarge) {
			t.Errorf("too large: %v", err)
		}
	}
	if err := put("../../etc", "1", 1); !errors.Is(err, ErrBadKey) {
		t.Errorf("no key: %v", err)
	}
	read, err := m.Open(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	if content, err := io.ReadAll(read); err != nil || string(content) != "123456" || read.Size() != 6 {
		t.Errorf("%q, %v", content, err)
	}
	var keys []string
	keep := func(key string) error { keys = append(keys, key); return nil }
	if err := errors.Join(m.Keys(t.Context(), 0, keep), m.Delete(t.Context(), a), m.Delete(t.Context(), b)); err != nil || len(keys) != 1 || keys[0] != a {
		t.Errorf("%v, %v", keys, err)
	}
	if _, err := m.Open(t.Context(), a); !errors.Is(err, ErrNotFound) {
		t.Errorf("after it was removed: %v", err)
	}
	if err := put(b, "1234567890", 100); err != nil {
		t.Errorf("the room of what was removed: %v", err)
	}
}
