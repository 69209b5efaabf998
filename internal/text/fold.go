package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold returns s in the form in which it is compared when case, accents and
// width do not matter. Marks that make another letter rather than an accented
// one (Japanese voicing, Indic and Thai vowels) stay. Folding twice changes
// nothing; the result is not meant to be shown.
func Fold(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	var folded strings.Builder
	folded.Grow(len(s))
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(s, "\ufffd")) {
		if isAccent(r) || unicode.Is(unicode.Cf, r) {
			continue
		}
		// Through upper case, so that variants of one letter meet: ς and σ, ı and i.
		r = unicode.ToLower(unicode.ToUpper(r))
		if base, ok := baseLetters[r]; ok {
			folded.WriteString(base)
		} else {
			folded.WriteRune(r)
		}
	}
	return norm.NFC.String(folded.String())
}

// baseLetters are the letters people take for accented ones although Unicode
// does not decompose them.
var baseLetters = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'þ': "th", 'ł': "l", 'ħ': "h", 'ŧ': "t",
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func isAccent(r rune) bool {
	if r < '\u0300' || r == '\u3099' || r == '\u309a' { // the latter two voice Japanese letters
		return false
	}
	return unicode.In(r, unicode.Mn, unicode.Me) && unicode.In(r, unicode.Inherited,
		unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Hebrew, unicode.Arabic, unicode.Syriac)
}
