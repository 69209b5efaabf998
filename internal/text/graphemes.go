package text

import (
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Truncate returns the beginning of s that has at most n code points and cuts no
// emoji and no accented letter in two, unless the first one alone is longer.
func Truncate(s string, n int) string {
	cut, length := 0, 0
	for cluster := range graphemes(s) {
		if length += utf8.RuneCountInString(cluster); length > n {
			break
		}
		cut += len(cluster)
	}
	if cut == 0 {
		for range max(n, 0) {
			_, size := utf8.DecodeRuneInString(s[cut:])
			cut += size
		}
	}
	return s[:cut]
}

// graphemes yields the grapheme clusters of s, which are what readers take for
// single characters (UAX #29).
func graphemes(s string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		state := -1
		for s != "" {
			var cluster string
			cluster, s, _, state = uniseg.FirstGraphemeClusterInString(s, state)
			if !yield(cluster) {
				return
			}
		}
	}
}
