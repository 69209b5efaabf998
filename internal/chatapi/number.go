package chatapi

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"

	"parley/internal/chat"
)

// Number is an id or a rev: a JSON number, or the same in a string. null is 0.
type Number int64

// UnmarshalJSON refuses what is negative, has a fraction, or does not fit into a
// JavaScript number.
func (n *Number) UnmarshalJSON(raw []byte) error {
	s := string(raw)
	if s == "null" {
		return nil
	}
	if quoted, ok := strings.CutPrefix(s, `"`); ok {
		s = strings.TrimSuffix(quoted, `"`)
	}
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil || v < 0 || v > chat.MaxID || s[0] == '+' {
		return &json.UnmarshalTypeError{Value: "value", Type: reflect.TypeFor[Number]()}
	}
	*n = Number(v)
	return nil
}

// IDs makes ids of numbers.
func IDs[T ~int64](ns []Number) []T {
	if len(ns) == 0 {
		return nil
	}
	out := make([]T, len(ns))
	for i, n := range ns {
		out[i] = T(n)
	}
	return out
}
