package text

import (
	"slices"
	"strings"
	"unicode"
)

// MatchesAllWords reports whether every word of query is found in haystack,
// both folded: a word at the beginning of a word, Chinese, Japanese and Korean
// text anywhere, an emoji as that very emoji. Nothing in query is an operator,
// and a query without any word matches nothing.
func MatchesAllWords(haystack, query string) bool {
	wanted := splitWords(query)
	if wanted.isEmpty() {
		return false
	}
	found := splitWords(haystack)
	return containsAll(found.spaced, wanted.spaced, strings.HasPrefix) &&
		containsAll(found.cjk, wanted.cjk, strings.Contains) &&
		containsAll(found.emoji, wanted.emoji, func(a, b string) bool { return a == b })
}

func containsAll(haystack, wanted []string, matches func(candidate, wanted string) bool) bool {
	for _, w := range wanted {
		if !slices.ContainsFunc(haystack, func(candidate string) bool { return matches(candidate, w) }) {
			return false
		}
	}
	return true
}

// FoldedWords returns the words of s, folded, without its emoji. Each stands
// somewhere in the folded form of every text that MatchesAllWords finds.
func FoldedWords(s string) []string {
	w := splitWords(s)
	return slices.Concat(w.spaced, w.cjk)
}

// words are the searchable parts of a text by the way they match.
type words struct {
	spaced []string // from scripts that put something between words
	cjk    []string // runs of Chinese, Japanese or Korean
	emoji  []string
}

func (w *words) isEmpty() bool {
	return len(w.spaced)+len(w.cjk)+len(w.emoji) == 0
}

func splitWords(s string) words {
	var w words
	letters := Fold(w.takeEmoji(s))
	start, startKind := 0, notWord
	for i, r := range letters {
		kind := kindOf(r)
		if kind == startKind || kind == joinsAny && startKind != notWord {
			continue
		}
		w.add(startKind, letters[start:i])
		start, startKind = i, kind
	}
	w.add(startKind, letters[start:])
	return w
}

// takeEmoji moves the emoji of s into w and returns s with spaces in their place.
func (w *words) takeEmoji(s string) string {
	if isASCII(s) {
		return s
	}
	var rest strings.Builder
	for cluster := range graphemes(s) {
		if key := emojiKey(cluster); isEmojiKey(key) {
			w.emoji = append(w.emoji, key)
			cluster = " "
		}
		rest.WriteString(cluster)
	}
	return rest.String()
}

func (w *words) add(kind runeKind, word string) {
	switch kind {
	case inSpacedWord:
		w.spaced = append(w.spaced, word)
	case inCJK:
		w.cjk = append(w.cjk, word)
	}
}

type runeKind uint8

const (
	notWord runeKind = iota
	inSpacedWord
	inCJK
	joinsAny // a mark, belonging to what it stands on
)

func kindOf(r rune) runeKind {
	switch {
	case isCJK(r):
		return inCJK
	case unicode.IsLetter(r), unicode.IsNumber(r):
		return inSpacedWord
	case unicode.IsMark(r):
		return joinsAny
	}
	return notWord
}

func isCJK(r rune) bool {
	const firstHangul, prolongedSound = '\u1100', 'ー'
	return r >= firstHangul && (r == prolongedSound ||
		unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo))
}
