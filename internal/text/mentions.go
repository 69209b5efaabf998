package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxMentions       = 50
	minUsernameLength = 2
	maxUsernameLength = 32
)

// Mentions returns the names that s may mention with @name, in order of
// appearance, without case duplicates, at most 50. A name that ends in '.' or
// '-' is followed by the same name without them, because both can be user
// names and the end of a sentence. Code is not searched.
func Mentions(s string) []string {
	if !strings.Contains(s, "@") {
		return nil
	}
	var names []string
	seen := map[string]bool{}
	add := func(name string) {
		key := strings.ToLower(name)
		if len(name) < minUsernameLength || len(name) > maxUsernameLength || seen[key] || len(names) == maxMentions {
			return
		}
		seen[key] = true
		names = append(names, name)
	}
	s = withoutCode(s)
	for i := strings.IndexByte(s, '@'); i >= 0; {
		name := usernamePrefix(s[i+1:])
		before, _ := utf8.DecodeLastRuneInString(s[:i])
		after, _ := utf8.DecodeRuneInString(s[i+1+len(name):])
		if !continuesWord(before) && !continuesWord(after) {
			add(name)
			add(strings.TrimRight(name, ".-"))
		}
		next := strings.IndexByte(s[i+1:], '@')
		if next < 0 {
			break
		}
		i += 1 + next
	}
	return names
}

func usernamePrefix(s string) string {
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '_' || c == '-' {
			continue
		}
		return s[:i]
	}
	return s
}

// continuesWord is false for Chinese, Japanese and Korean characters: these
// scripts put no space around a mention.
func continuesWord(r rune) bool {
	return r == '_' || (unicode.IsLetter(r) || unicode.IsDigit(r)) && !isCJK(r)
}

// withoutCode replaces what Markdown shows as code, fenced blocks and `spans`,
// by a space. A fence without an end runs to the end of the text, backticks
// without a partner are only characters (CommonMark 4.5 and 6.1).
func withoutCode(s string) string {
	if !strings.ContainsAny(s, "`~") {
		return s
	}
	var out, paragraph strings.Builder
	flush := func() {
		writeWithoutSpans(&out, paragraph.String())
		paragraph.Reset()
	}
	fence := ""
	for line := range strings.Lines(s) {
		marker, info := fenceMarker(line)
		switch {
		case fence != "":
			if strings.HasPrefix(marker, fence) && strings.TrimSpace(info) == "" {
				fence = ""
			}
		case marker != "":
			fence = marker
			flush()
			out.WriteByte('\n')
		case strings.TrimSpace(line) == "":
			flush()
			out.WriteString(line)
		default:
			paragraph.WriteString(line)
		}
	}
	flush()
	return out.String()
}

// fenceMarker returns the run of at least three backticks or tildes that opens
// or closes a code block, and what follows it on its line.
func fenceMarker(line string) (marker, info string) {
	trimmed := strings.TrimLeft(line, " ")
	if len(line)-len(trimmed) > 3 || trimmed == "" || trimmed[0] != '`' && trimmed[0] != '~' {
		return "", ""
	}
	info = strings.TrimLeft(trimmed, trimmed[:1])
	marker = trimmed[:len(trimmed)-len(info)]
	if len(marker) < 3 || marker[0] == '`' && strings.Contains(info, "`") {
		return "", ""
	}
	return marker, info
}

func writeWithoutSpans(out *strings.Builder, s string) {
	for {
		start := strings.IndexByte(s, '`')
		if start < 0 {
			out.WriteString(s)
			return
		}
		ticks := backticks(s[start:])
		out.WriteString(s[:start])
		s = s[start+len(ticks):]
		if end := closingTicks(s, len(ticks)); end >= 0 {
			out.WriteByte(' ')
			s = s[end:]
		} else {
			out.WriteString(ticks)
		}
	}
}

// closingTicks returns the index after the first run of exactly n backticks,
// or -1.
func closingTicks(s string, n int) int {
	for i := 0; ; {
		next := strings.IndexByte(s[i:], '`')
		if next < 0 {
			return -1
		}
		i += next
		run := len(backticks(s[i:]))
		i += run
		if run == n {
			return i
		}
	}
}

func backticks(s string) string {
	return s[:len(s)-len(strings.TrimLeft(s, "`"))]
}
