package text

import (
	"strings"
	"testing"
)

func TestMatchesAllWords(t *testing.T) {
	tests := []struct {
		name, haystack, query string
		want                  bool
	}{
		{"whole word", "Project Team", "project", true},
		{"beginning of a word", "Project Team", "te", true},
		{"any order", "Project Team", "tea proj", true},
		{"every word is needed", "Project Team", "project alpha", false},
		{"not inside a word", "Project Team", "ject", false},
		{"accents", "Jürgen Müller", "jurgen MUELLER", false},
		{"accents folded", "Jürgen Müller", "JURGEN mull", true},
		{"accents in the query", "Jurgen Muller", "jürgen", true},
		{"width", "Ｐａｒｌｅｙ", "parley", true},
		{"punctuation separates", "ann_lee@example.com", "lee example", true},
		{"no operators", "cats and dogs", "cats OR birds", false},
		{"wildcards are nothing", "cats", "c*t", false},
		{"percent is nothing", "cats", "%", false},
		{"quotes are nothing", "cats and dogs", `"dogs cats"`, true},
		{"empty query", "cats", "", false},
		{"only punctuation", "cats!", "!", false},
		{"empty haystack", "", "a", false},
		{"one Chinese character", "今天天气很好", "气", true},
		{"Chinese substring", "今天天气很好", "天气", true},
		{"Chinese not adjacent", "今天天气很好", "今好", false},
		{"Japanese substring", "東京タワーへ行く", "タワー", true},
		{"Japanese half width", "東京タワーへ行く", "ﾀﾜｰ", true},
		{"Japanese voicing counts", "かき", "がき", false},
		{"Korean substring", "서울특별시", "특별", true},
		{"Korean syllable, not its first letters", "한국", "하", false},
		{"mixed scripts", "iPhone15手机壳", "手机 iph", true},
		{"mixed scripts in one query word", "iPhone 手机", "iphone手机", true},
		{"emoji", "party 🎉 tonight", "🎉", true},
		{"other emoji", "party 🎉 tonight", "🎂", false},
		{"emoji touching a word", "party🎉", "party", true},
		{"emoji presentation", "I ❤️ it", "❤", true},
		{"family is not a man", "👨‍👩‍👧", "👨", false},
		{"flags are not cut", "🇧🇩🇪🇸", "🇩🇪", false},
		{"keycap is not a digit", "1️⃣", "1", false},
		{"Thai", "สวัสดี ครับ", "สวัส", true},
		{"Arabic vowels", "مُحَمَّد", "محمد", true},
		{"number prefix", "room 2024", "20", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := MatchesAllWords(tt.haystack, tt.query); got != tt.want {
				t.Errorf("MatchesAllWords(%q, %q) = %v", tt.haystack, tt.query, got)
			}
		})
	}
}

func FuzzMatchesAllWords(f *testing.F) {
	for _, seed := range []string{"Project Team", "今天 iPhone15手机", "🎉❤️1️⃣", "a\u0301\u3099", "\xff a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w := splitWords(s)
		if got := MatchesAllWords(s, s); got == w.isEmpty() {
			t.Errorf("%q does not match itself", s)
		}
		for _, word := range w.spaced {
			if !MatchesAllWords(s, word) {
				t.Errorf("%q does not match its word %q", s, word)
			}
		}
		for _, run := range w.cjk {
			if !MatchesAllWords(s, run) {
				t.Errorf("%q does not match its characters %q", s, run)
			}
		}
	})
}

func BenchmarkMatchesAllWords(b *testing.B) {
	haystack := strings.Repeat("Grüße an alle aus dem Norden, bis morgen 😀 ", 10)
	b.ReportAllocs()
	for b.Loop() {
		MatchesAllWords(haystack, "gruße morgen")
	}
}
