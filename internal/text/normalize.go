// Package text holds the rules for text that people write: how it is stored,
// counted, compared, cut and searched for emoji and mentions. Nothing here
// knows what a message or a user is.
package text

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// ErrNotUTF8 reports text that cannot be stored because its bytes are not
// valid UTF-8.
var ErrNotUTF8 = errors.New("text is not valid UTF-8")

// Normalize returns s as it is stored: in NFC, with \n as the only line break,
// without control characters except \n and \t, and without outer white space.
// It is idempotent, fails with ErrNotUTF8 only, and does not allocate when s
// is in that form already.
func Normalize(s string) (string, error) {
	if !isPlainASCII(s) {
		if !utf8.ValidString(s) {
			return "", ErrNotUTF8
		}
		s = norm.NFC.String(removeControls(s))
	}
	return strings.TrimSpace(s), nil
}

// Line is Normalize for names and titles: every run of white space, line
// breaks included, becomes one space, and what would turn the direction of the text
// around it (UAX #9: embeddings, overrides, isolates) is removed. Marks that only
// tell the direction of a neutral character stay.
func Line(s string) (string, error) {
	s, err := Normalize(withoutTurns(s))
	if err != nil || isSingleSpaced(s) {
		return s, err
	}
	return strings.Join(strings.Fields(s), " "), nil
}

// Length counts Unicode code points, the unit of every limit on text.
func Length(s string) int {
	return utf8.RuneCountInString(s)
}

// IsBlank reports whether a reader would see nothing of s: it is empty, or
// consists only of white space, control and formatting characters, fillers,
// variation selectors and combining marks.
func IsBlank(s string) bool {
	for _, r := range s {
		if !isInvisible(r) {
			return false
		}
	}
	return true
}

// isPlainASCII reports whether s holds nothing that Normalize would change
// apart from its outer white space.
func isPlainASCII(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c < ' ' && c != '\n' && c != '\t' || c > '~' {
			return false
		}
	}
	return true
}

var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n")

func removeControls(s string) string {
	if strings.Contains(s, "\r") {
		s = lineBreaks.Replace(s)
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
}

func withoutTurns(s string) string {
	if !utf8.ValidString(s) || strings.IndexFunc(s, turnsText) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if turnsText(r) {
			return -1
		}
		return r
	}, s)
}

func turnsText(r rune) bool { return '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069' }

func isSingleSpaced(s string) bool {
	wasSpace := false
	for _, r := range s {
		isSpace := unicode.IsSpace(r)
		if isSpace && (wasSpace || r != ' ') {
			return false
		}
		wasSpace = isSpace
	}
	return true
}

func isInvisible(r rune) bool {
	switch r {
	case '\u115f', '\u1160', '\u3164', '\uffa0', // Hangul fillers: letters without a shape
		'\u2800',     // braille pattern blank
		'\U0001d159': // musical symbol null notehead
		return true
	}
	if unicode.Is(unicode.Prepended_Concatenation_Mark, r) {
		return false // the only format characters that are drawn
	}
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.In(r, unicode.M, unicode.Cf,
		unicode.Other_Default_Ignorable_Code_Point)
}
