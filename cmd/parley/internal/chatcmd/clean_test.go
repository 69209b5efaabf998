package chatcmd

import (
	"slices"
	"strings"
	"testing"
	"unicode"
)

func TestCleanLeavesNothingThatATerminalObeys(t *testing.T) {
	for evil, want := range map[string]string{
		"\x1b[2J\x1b[Hgone":               "[2J[Hgone",
		"\x1b]0;title\x07x":               "]0;titlex",
		"\x1b]52;c;c2VjcmV0\x1b\\x":       "]52;c;c2VjcmV0\\x",
		"\u009b31mred":                    "31mred",
		"a\rb\bc\x7fd\x00e":               "abcde",
		"one\ntwo\r\nthree\u2028four":     "one two three four",
		"tab\there":                       "tab here",
		"ann\u202Etxt.exe":                "anntxt.exe",
		"\u2066isolated\u2069 \u200Fmark": "isolated mark",
		"\xff\xfe broken":                 "\uFFFD\uFFFD broken",
		"👩\u200D👧 family, عربي, 日本語, a\u200Cb": "👩\u200D👧 family, عربي, 日本語, a\u200Cb",
	} {
		if got := clean(evil); got != want {
			t.Errorf("clean(%q) = %q, want %q", evil, got, want)
		}
	}
}

func TestCleanLinesKeepsLines(t *testing.T) {
	got := cleanLines("one\r\n\ttwo\n\nthree\x1b[0m")
	if want := []string{"one", "    two", "", "three[0m"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestShort(t *testing.T) {
	for in, want := range map[string]string{"short": "short", "exactly ten": "exactly t…", "日本語日本語日本語日本語": "日本語日本語日本語…", "   ": ""} {
		if got := short(in, 10); got != want {
			t.Errorf("short(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("\x1b[31mred\u009b0m\u202e")
	f.Fuzz(func(t *testing.T, text string) {
		for _, line := range append(cleanLines(text), clean(text)) {
			if i := strings.IndexFunc(line, func(r rune) bool { return unicode.IsControl(r) || isBidi(r) }); i >= 0 {
				t.Errorf("%q keeps %q", line, line[i:])
			}
		}
	})
}
