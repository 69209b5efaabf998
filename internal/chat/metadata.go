package chat

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

// depthOf counts how deep brackets are nested, outside strings.
func depthOf(raw []byte) int {
	depth, deepest := 0, 0
	inString, escaped := false, false
	for _, b := range raw {
		switch {
		case escaped:
			escaped = false
		case inString && b == '\\':
			escaped = true
		case b == '"':
			inString = !inString
		case inString:
		case b == '{' || b == '[':
			depth++
			deepest = max(deepest, depth)
		case b == '}' || b == ']':
			depth--
		}
	}
	return deepest
}

// normalizeObject returns an object as every client can read it: each key once,
// no number that a double cannot hold, no half of a surrogate pair, no NUL.
func normalizeObject(raw []byte) (json.RawMessage, error) {
	if !utf8.Valid(raw) {
		return nil, Invalid("metadata", "metadata must be valid UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var object map[string]any
	if err := d.Decode(&object); err != nil || object == nil || d.More() {
		return nil, Invalid("metadata", "metadata must be a JSON object")
	}
	if err := checkValue(object); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(object); err != nil {
		return nil, Invalid("metadata", "metadata must be a JSON object")
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

func checkValue(v any) error {
	switch v := v.(type) {
	case json.Number:
		if _, err := v.Float64(); err != nil {
			return Invalid("metadata", "metadata has a number that is too large: %.20s", v)
		}
	case string:
		return checkNoNUL(v)
	case []any:
		for _, item := range v {
			if err := checkValue(item); err != nil {
				return err
			}
		}
	case map[string]any:
		for key, item := range v {
			if err := errors.Join(checkNoNUL(key), checkValue(item)); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkNoNUL(s string) error {
	if strings.ContainsRune(s, 0) {
		return Invalid("metadata", "metadata must not contain NUL")
	}
	return nil
}
