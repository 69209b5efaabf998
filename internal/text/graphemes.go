package text

import "github.com/rivo/uniseg"

// Truncate returns the first n grapheme clusters of s, so that no emoji and no
// accented letter is cut in two; all of s when it has no more than n, and
// nothing when n is not positive.
func Truncate(s string, n int) string {
	if n <= 0 {
		return ""
	}
	if len(s) <= n {
		return s
	}
	cut := 0
	for cluster := range graphemes(s) {
		if n == 0 {
			return s[:cut]
		}
		cut += len(cluster)
		n--
	}
	return s
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
