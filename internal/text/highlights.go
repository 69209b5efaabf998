package text

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Span is a stretch of a text, in Unicode code points: from Start up to, not
// including, End.
type Span struct{ Start, End int }

// Highlights returns the stretches of a text that a query matches, in order and
// without overlap, at most limit of them.
func Highlights(s, query string, limit int) []Span {
	w := splitWords(query)
	wanted := wantedWords{spaced: byBeginning(w.spaced), cjk: byBeginning(w.cjk), emoji: w.emoji}
	found := spans{limit: limit}
	at := 0
	for _, p := range pieces(s) {
		p.mark(wanted, func(m Span) { found.add(Span{at + m.Start, at + m.End}) })
		if found.full() {
			break
		}
		at += utf8.RuneCountInString(p.text)
	}
	return found.first()
}

// wantedWords are the words of a query, ready to be looked for in many places.
type wantedWords struct {
	spaced, cjk beginnings
	emoji       []string
}

// beginnings are words by their first character, the longest first.
type beginnings map[rune][]string

func byBeginning(list []string) beginnings {
	b := beginnings{}
	for _, w := range list {
		first, _ := utf8.DecodeRuneInString(w)
		if !slices.Contains(b[first], w) {
			b[first] = append(b[first], w)
		}
	}
	for _, same := range b {
		slices.SortFunc(same, func(a, b string) int { return len(b) - len(a) })
	}
	return b
}

// longest is the longest word with which s begins, "" if it begins with none.
func (b beginnings) longest(s string) string {
	first, _ := utf8.DecodeRuneInString(s)
	for _, w := range b[first] {
		if strings.HasPrefix(s, w) {
			return w
		}
	}
	return ""
}

// spans collects stretches that come in the order of their beginnings. Those that
// touch become one.
type spans struct {
	list  []Span
	limit int
}

func (l *spans) add(s Span) {
	if last := len(l.list) - 1; last >= 0 && s.Start <= l.list[last].End {
		l.list[last].End = max(l.list[last].End, s.End)
		return
	}
	l.list = append(l.list, s)
}

// full says that what comes next changes nothing of the first ones.
func (l *spans) full() bool { return len(l.list) > l.limit }

func (l *spans) first() []Span { return l.list[:min(len(l.list), l.limit)] }

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

// mark tells of the stretches of a piece, in code points, that are wanted.
func (p piece) mark(wanted wantedWords, found func(Span)) {
	switch p.kind {
	case joinsAny:
		if slices.Contains(wanted.emoji, emojiKey(p.text)) {
			found(Span{0, utf8.RuneCountInString(p.text)})
		}
	case inSpacedWord:
		if len(wanted.spaced) > 0 {
			p.fold().mark(0, wanted.spaced, found)
		}
	case inCJK:
		if len(wanted.cjk) > 0 {
			f := p.fold()
			for i := range f.starts {
				f.mark(i, wanted.cjk, found)
			}
		}
	}
}

// foldedPiece is the folded form of a piece, with where its characters are: they
// are folded one by one and once, since a message may be one word of many
// thousands, or one letter with as many accents.
type foldedPiece struct {
	text   string
	starts []int // of each character in text
	ends   []int // of each character in the piece, in code points
}

func (p piece) fold() foldedPiece {
	var f foldedPiece
	var folded strings.Builder
	at := 0
	for cluster := range graphemes(p.text) {
		f.starts = append(f.starts, folded.Len())
		folded.WriteString(Fold(cluster))
		at += utf8.RuneCountInString(cluster)
		f.ends = append(f.ends, at)
	}
	f.text = folded.String()
	return f
}

// mark tells of the longest wanted word that begins at a character.
func (f foldedPiece) mark(i int, wanted beginnings, found func(Span)) {
	start := f.starts[i]
	w := wanted.longest(f.text[start:])
	if w == "" {
		return
	}
	last, _ := slices.BinarySearch(f.starts, start+len(w))
	from := 0
	if i > 0 {
		from = f.ends[i-1]
	}
	found(Span{from, f.ends[last-1]})
}
