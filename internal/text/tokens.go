package text

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of what is indexed of one text: more than any message has, and less than
// a database's index takes (a tsvector of PostgreSQL has at most 1 MB).
const (
	maxTokenBytes  = 800_000
	maxTokenLength = 40 // code points; longer words are cut, in texts and queries alike
)

// A token is a word in the form in which a search index keeps it: letters and
// digits of ASCII only, so that no database's own idea of words gets in the way.
// The first letter says what it is, and a token is the beginning of another
// exactly if its word is:
//
//	w  a word of a script that puts something between words
//	k  two neighbours of Chinese, Japanese or Korean text, or its last character
//	e  an emoji

// Tokens returns what a search index keeps of a text, each token once.
func Tokens(s string) []string {
	w := splitWords(s)
	var t tokens
	for _, word := range w.spaced {
		t.add('w', word)
	}
	for _, run := range w.cjk {
		chars := []rune(run)
		for i := range chars {
			t.add('k', string(chars[i:min(i+2, len(chars))]))
		}
	}
	for _, e := range w.emoji {
		t.add('e', e)
	}
	return t.list
}

// Wanted is what a text's tokens must contain to match a query.
type Wanted struct {
	Whole     []string // tokens
	Beginning []string // beginnings of tokens
}

// Empty says that the query has no word, which matches nothing.
func (w Wanted) Empty() bool { return len(w.Whole)+len(w.Beginning) == 0 }

// WantedTokens returns what to look for. It finds every text that
// MatchesAllWords finds, and a few more: neighbours may stand in another order.
func WantedTokens(query string) Wanted {
	w := splitWords(query)
	var whole, beginning tokens
	for _, word := range w.spaced {
		beginning.add('w', word)
	}
	for _, run := range w.cjk {
		chars := []rune(run)
		if len(chars) == 1 {
			beginning.add('k', run)
		}
		for i := range len(chars) - 1 {
			whole.add('k', string(chars[i:i+2]))
		}
	}
	for _, e := range w.emoji {
		whole.add('e', e)
	}
	return Wanted{whole.list, beginning.list}
}

// tokens collects tokens, each once and no more than maxTokenBytes of them.
type tokens struct {
	list  []string
	seen  map[string]bool
	bytes int
}

func (t *tokens) add(kind byte, word string) {
	token := encodeToken(kind, word)
	if t.seen[token] || t.bytes+len(token) > maxTokenBytes {
		return
	}
	t.bytes += len(token)
	if t.seen == nil {
		t.seen = map[string]bool{}
	}
	t.seen[token] = true
	t.list = append(t.list, token)
}

// encodeToken writes letters and digits of ASCII as they are, but for x, y and z,
// which begin characters of two, four and six digits of base 32. No code begins
// another, so beginnings stay beginnings.
func encodeToken(kind byte, word string) string {
	var b strings.Builder
	b.WriteByte(kind)
	n := 0
	for _, r := range word {
		if n++; n > maxTokenLength {
			break
		}
		switch {
		case r >= 'a' && r < 'x' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case r < 1<<10:
			writeDigits(&b, 'x', r, 2)
		case r < 1<<20:
			writeDigits(&b, 'y', r, 4)
		default:
			writeDigits(&b, 'z', r, 6)
		}
	}
	return b.String()
}

func writeDigits(b *strings.Builder, mark byte, r rune, digits int) {
	b.WriteByte(mark)
	for shift := 5 * (digits - 1); shift >= 0; shift -= 5 {
		b.WriteByte("0123456789abcdefghijklmnopqrstuv"[r>>shift&31])
	}
}

// Span is a stretch of a text, in Unicode code points: from Start up to, not
// including, End.
type Span struct{ Start, End int }

// Highlights returns the stretches of a text that a query matches, in order and
// without overlap, at most limit of them.
func Highlights(s, query string, limit int) []Span {
	wanted := splitWords(query)
	var found []Span
	at := 0
	for _, piece := range pieces(s) {
		length := utf8.RuneCountInString(piece.text)
		for _, m := range piece.matches(wanted) {
			found = append(found, Span{at + m.Start, at + m.End})
		}
		at += length
	}
	return join(found, limit)
}

// piece is a stretch of a text that is one word of one kind, or none.
type piece struct {
	text string
	kind runeKind // joinsAny stands for an emoji
}

// pieces cuts a text, unfolded, where splitWords cuts the folded one.
func pieces(s string) (out []piece) {
	start, at := 0, 0
	for cluster := range graphemes(s) {
		kind := joinsAny
		if key := emojiKey(cluster); !isEmojiKey(key) {
			r, _ := utf8.DecodeRuneInString(Fold(cluster))
			if kind = kindOf(r); kind == joinsAny {
				kind = notWord
			}
		}
		if last := len(out) - 1; last < 0 || out[last].kind != kind || kind == joinsAny {
			start = at
			out = append(out, piece{kind: kind})
		}
		at += len(cluster)
		out[len(out)-1].text = s[start:at]
	}
	return out
}

// matches returns the stretches of a piece, in code points, that are wanted.
func (p piece) matches(wanted words) (found []Span) {
	whole := Span{0, utf8.RuneCountInString(p.text)}
	switch p.kind {
	case joinsAny:
		if slices.Contains(wanted.emoji, emojiKey(p.text)) {
			return []Span{whole}
		}
	case inSpacedWord:
		for _, w := range wanted.spaced {
			if strings.HasPrefix(Fold(p.text), w) {
				found = append(found, Span{0, prefixLength(p.text, w)})
			}
		}
	case inCJK:
		for _, w := range wanted.cjk {
			found = append(found, p.occurrences(w)...)
		}
	}
	return found
}

// occurrences returns where w stands in a piece of CJK text. It folds each
// character once: a message may be one run of many thousands.
func (p piece) occurrences(w string) (found []Span) {
	var folded strings.Builder
	var starts, ends []int // of each character: in folded, and in code points of the text
	at := 0
	for cluster := range graphemes(p.text) {
		starts = append(starts, folded.Len())
		folded.WriteString(Fold(cluster))
		at += utf8.RuneCountInString(cluster)
		ends = append(ends, at)
	}
	text := folded.String()
	for i, start := range starts {
		if !strings.HasPrefix(text[start:], w) {
			continue
		}
		last, _ := slices.BinarySearch(starts, start+len(w))
		from := 0
		if i > 0 {
			from = ends[i-1]
		}
		found = append(found, Span{from, ends[last-1]})
	}
	return found
}

// prefixLength is how many code points of s it takes until their folded form
// begins with w.
func prefixLength(s, w string) int {
	n := 0
	for i, r := range s {
		n++
		if strings.HasPrefix(Fold(s[:i+utf8.RuneLen(r)]), w) {
			break
		}
	}
	return n
}

// join sorts spans, merges what touches, and keeps the first.
func join(spans []Span, limit int) []Span {
	slices.SortFunc(spans, func(a, b Span) int { return a.Start - b.Start })
	var out []Span
	for _, s := range spans {
		if last := len(out) - 1; last >= 0 && s.Start <= out[last].End {
			out[last].End = max(out[last].End, s.End)
			continue
		}
		out = append(out, s)
	}
	return out[:min(len(out), limit)]
}
