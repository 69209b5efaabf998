package text

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// found says whether an index that holds the text's tokens has the query's.
func found(text, query string) bool {
	have, want := Tokens(text), WantedTokens(query)
	if want.Empty() {
		return false
	}
	for _, w := range want.Whole {
		if !slices.Contains(have, w) {
			return false
		}
	}
	for _, w := range want.Beginning {
		if !slices.ContainsFunc(have, func(t string) bool { return strings.HasPrefix(t, w) }) {
			return false
		}
	}
	return true
}

var searches = []struct {
	text, query string
	want        bool
}{
	{"我家在上海东边。", "上海", true},
	{"我家在上海东边。", "海", true},
	{"我家在上海东边。", "边", true},
	{"我家在上海东边。", "海上", false},
	{"東京へ行く", "京", true},
	{"コーヒー", "ヒー", true},
	{"한국어 공부", "국어", true},
	{"Café au lait", "cafe", true},
	{"cafe", "CAFÉ", true},
	{"die STRASSE", "straße", true},
	{"ｆｕｌｌｗｉｄｔｈ", "full", true},
	{"مُحَمَّد", "محمد", true},
	{"שָׁלוֹם", "שלום", true},
	{"the family 👨‍👩‍👧", "👨‍👩‍👧", true},
	{"the family 👨‍👩‍👧", "👨", false},
	{"I ❤️ Go", "❤", true},
	{"🇩🇪 trip", "🇩🇪", true},
	{"running late", "run", true},
	{"running late", "unning", false},
	{"running late", "late run", true},
	{"running late", "run lately", false},
	{"room 404", "40", true},
	{"xyz", "xy", true},
	{"anything", "?!…", false},
	{"anything", "", false},
	{"a AND b", "and", true},
	{`NEAR("x" y)*`, `near "x*`, true},
}

func TestTokensFindWhatMatches(t *testing.T) {
	for _, s := range searches {
		if got := found(s.text, s.query); got != s.want {
			t.Errorf("%q in %q: %v", s.query, s.text, got)
		}
	}
}

func TestHighlights(t *testing.T) {
	for _, h := range []struct {
		text, query string
		want        []Span
	}{
		{"我家在上海东边。上海!", "上海", []Span{{3, 5}, {8, 10}}},
		{"Un café, un CAFÉ", "cafe", []Span{{3, 7}, {12, 16}}},
		{"running runs", "run", []Span{{0, 3}, {8, 11}}},
		{"die Straße hier", "strasse", []Span{{4, 10}}},
		{"I ❤️ Go", "❤ go", []Span{{2, 4}, {5, 7}}},
		{"nothing", "else", nil},
	} {
		if diff := cmp.Diff(h.want, Highlights(h.text, h.query, 10)); diff != "" {
			t.Errorf("%q in %q:\n%s", h.query, h.text, diff)
		}
	}
}

// Everything that MatchesAllWords finds, the tokens find.
func TestTokensMissNothing(t *testing.T) {
	texts := rapid.StringOf(rapid.OneOf(rapid.RuneFrom([]rune("ab xyzß é上海京カ한국 مَ👍❤️🏽1.")), rapid.Rune()))
	rapid.Check(t, func(t *rapid.T) {
		text := texts.Draw(t, "text")
		runes := []rune(text)
		from := rapid.IntRange(0, len(runes)).Draw(t, "from")
		query := string(runes[from:min(len(runes), from+rapid.IntRange(0, 12).Draw(t, "length"))])
		if len(runes) < maxTokenLength && MatchesAllWords(text, query) && !found(text, query) {
			t.Fatalf("%q in %q: matches, but its tokens are not found", query, text)
		}
	})
}

func FuzzTokens(f *testing.F) {
	for _, s := range searches {
		f.Add(s.text, s.query)
	}
	f.Add("\x00\xff\xf0", "'")
	f.Fuzz(func(t *testing.T, text, query string) {
		for _, token := range append(Tokens(text), append(WantedTokens(query).Whole, WantedTokens(query).Beginning...)...) {
			if strings.Trim(token, "abcdefghijklmnopqrstuvwxyz0123456789") != "" || len(token) > 1+7*maxTokenLength {
				t.Fatalf("token %q", token)
			}
		}
		length := utf8.RuneCountInString(text)
		for _, h := range Highlights(text, query, 100) {
			if h.Start < 0 || h.End <= h.Start || h.End > length {
				t.Fatalf("highlight %v of %d code points", h, length)
			}
		}
	})
}

// A message that is one long run costs no more than its length: a search shows many.
func TestHighlightsOfALongRun(t *testing.T) {
	long := strings.Repeat("我家在上海东边", 1_500)
	begun := time.Now()
	for range 10 {
		if n := len(Highlights(long, "上海 东边 我家", 50)); n != 50 {
			t.Fatalf("%d highlights", n)
		}
	}
	if took := time.Since(begun); took > 20*time.Second { // it was minutes
		t.Errorf("ten messages took %v", took)
	}
}

// Texts and queries that were made to take long take no longer than others.
func TestHighlightsOfHostileTexts(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]struct{ text, query string }{
		"accents":    {"a" + strings.Repeat("\u0301", 9_990) + "b", strings.Repeat("ab ", 66)},
		"one letter": {strings.Repeat("a", 10_000), strings.Repeat("aaaaaa ", 28)},
		"one word":   {strings.Repeat("一", 10_000), strings.Repeat("一 ", 100)},
		"many words": {strings.Repeat("一", 10_000), "一 一一 一一一 一一一一 一一一一一 一一一一一一 一一一一一一一"},
		"emoji":      {strings.Repeat("👍🏽", 5_000), strings.Repeat("👍🏽 ", 60)},
	} {
		begun := time.Now()
		for range 50 {
			if found := Highlights(h.text, h.query, 50); len(found) != 1 {
				t.Fatalf("%s: %d highlights", name, len(found))
			}
		}
		if took := time.Since(begun); took > 20*time.Second { // it was up to hours
			t.Errorf("%s: a page of messages took %v", name, took)
		}
	}
}

// The last words of a message as long as messages may be are indexed, too.
func TestLongMessagesAreIndexedToTheirEnd(t *testing.T) {
	var b strings.Builder
	for r := rune(0x4E00); r < 0x4E00+9_990; r++ { // all neighbours differ
		b.WriteRune(r)
	}
	if text := b.String() + " 👍 上海"; !found(text, "上海") || !found(text, "👍") {
		t.Error("the end of a long message is not found")
	}
}
