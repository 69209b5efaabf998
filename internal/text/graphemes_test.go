package text

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTruncate(t *testing.T) {
	tests := []struct {
		in   string
		n    int
		want string
	}{
		{"hello", 3, "hel"},
		{"hello", 5, "hello"},
		{"hello", 9, "hello"},
		{"hello", 0, ""},
		{"hello", -1, ""},
		{"", 3, ""},
		{"e\u0301e\u0301e\u0301", 5, "e\u0301e\u0301"},
		{"👨‍👩‍👧‍👦👍🏽🇩🇪!", 8, "👨‍👩‍👧‍👦"},
		{"👨‍👩‍👧‍👦👍🏽🇩🇪!", 9, "👨‍👩‍👧‍👦👍🏽"},
		{"👨‍👩‍👧‍👦👍🏽🇩🇪!", 11, "👨‍👩‍👧‍👦👍🏽🇩🇪"},
		{"e\u0301\u0302\u0303!", 3, "e\u0301\u0302"},
		{"日本語", 2, "日本"},
		{"a\r\nb", 2, "a"},
	}
	for _, tt := range tests {
		if got := Truncate(tt.in, tt.n); got != tt.want {
			t.Errorf("Truncate(%q, %d) = %q, want %q", tt.in, tt.n, got, tt.want)
		}
	}
}

func FuzzTruncate(f *testing.F) {
	f.Add("👨‍👩‍👧‍👦 hello e\u0301", 3)
	f.Add("\xff\xfe", 1)
	f.Fuzz(func(t *testing.T, s string, n int) {
		cut := Truncate(s, n)
		if utf8.RuneCountInString(cut) > max(n, 0) {
			t.Errorf("Truncate(%q, %d) = %q, which is too long", s, n, cut)
		}
		if !strings.HasPrefix(s, cut) {
			t.Errorf("Truncate(%q, %d) = %q, which is no prefix", s, n, cut)
		}
		if again := Truncate(cut, n); again != cut {
			t.Errorf("Truncate(%q, %d) = %q, then %q", s, n, cut, again)
		}
	})
}
