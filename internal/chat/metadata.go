package chat

import (
	"bytes"
	"encoding/json"
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

func compact(raw []byte) (json.RawMessage, error) {
	if !utf8.Valid(raw) {
		return nil, Invalid("metadata", "metadata must be valid UTF-8")
	}
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		return nil, Invalid("metadata", "metadata must be a JSON object")
	}
	return b.Bytes(), nil
}
