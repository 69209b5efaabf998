package chat

import (
	"bytes"
	"encoding/json"
	"testing"
)

// What is stored as metadata is an object that reads back as it was stored.
func FuzzMetadata(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1,"a":2}`, `{"a":"\ud800"}`, `{"a":1e308}`, `{"a":{"b":[{"c":null}]}}`, `null`, `[]`, `{"a":1}{"b":2}`, `{"<":"&"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		first, err := checkMetadata(raw)
		if err != nil {
			return
		}
		var object map[string]any
		if err := json.Unmarshal(first, &object); err != nil || object == nil {
			t.Fatalf("%q was stored as %q: %v", raw, first, err)
		}
		if len(first) > MaxMetadataBytes {
			return // replaced halves of surrogate pairs take more room
		}
		again, err := checkMetadata(first)
		if err != nil || !bytes.Equal(first, again) {
			t.Fatalf("%q again is %q, %v", first, again, err)
		}
	})
}
