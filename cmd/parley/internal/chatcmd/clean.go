package chatcmd

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean makes other people's text safe for a terminal and one line: whoever
// writes a message must not be able to move the cursor, change colours, titles
// or the clipboard, or turn around what stands beside it.
func clean(text string) string {
	return strings.Join(strings.Fields(strings.Join(cleanLines(text), " ")), " ")
}

// cleanLines is clean for text of several lines.
func cleanLines(text string) []string {
	var b strings.Builder
	for _, r := range strings.ReplaceAll(text, "\r\n", "\n") {
		switch {
		case r == '\n', r == '\u2028', r == '\u2029':
			b.WriteByte('\n')
		case r == '\t':
			b.WriteString("    ")
		case unicode.IsControl(r), isBidi(r), r == '\uFEFF':
			// Left out: shown as something else it would still be noise.
		default:
			b.WriteRune(r) // bytes that are no UTF-8 come as utf8.RuneError
		}
	}
	return strings.Split(b.String(), "\n")
}

// isBidi finds the invisible characters that change the direction of the text
// around them.
func isBidi(r rune) bool {
	return r == '\u061C' || r == '\u200E' || r == '\u200F' || r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069'
}

// short is the beginning of a text on one line, of at most n characters.
func short(text string, n int) string {
	text = clean(text)
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return strings.TrimSpace(string([]rune(text)[:n-1])) + "…"
}
