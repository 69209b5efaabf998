package stomp

import "strings"

// version is a version of STOMP.
type version int

const (
	v10 version = 10
	v11 version = 11
	v12 version = 12
)

func (v version) String() string { return string([]byte{'1', '.', '0' + byte(v-10)}) }

// Subprotocols are those of WebSockets, best first.
var Subprotocols = []string{"v12.stomp", "v11.stomp", "v10.stomp"}

// negotiate returns the highest version that both speak. A client that names none
// speaks 1.0 (STOMP 1.2, "Protocol Negotiation").
func negotiate(accepts string, named bool) (version, bool) {
	if !named {
		return v10, true
	}
	best := version(0)
	for offered := range strings.SplitSeq(accepts, ",") {
		for _, v := range []version{v10, v11, v12} {
			if strings.TrimSpace(offered) == v.String() && v > best {
				best = v
			}
		}
	}
	return best, best != 0
}

// escapes of a version: 1.0 has none, 1.1 does not know \r.
func (v version) escapes() string {
	switch v {
	case v12:
		return `nc\r`
	case v11:
		return `nc\`
	}
	return ""
}

// escaped reports whether a header has no escape that the version does not
// define, which must be treated as an error (STOMP 1.2, "Value Encoding").
func (v version) escaped(s string) bool {
	if v == v10 || strings.IndexByte(s, '\\') < 0 {
		return true
	}
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			continue
		}
		if i++; i == len(s) || strings.IndexByte(v.escapes(), s[i]) < 0 {
			return false
		}
	}
	return true
}

var meaning = map[byte]byte{'n': '\n', 'c': ':', '\\': '\\', 'r': '\r'}

// unescape reads a header that escaped has found good.
func (v version) unescape(s string) string {
	if v == v10 || strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
			b.WriteByte(meaning[s[i]])
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// plain makes a text fit for a header of any version without escapes, which
// stompjs 2 does not undo.
var plain = strings.NewReplacer("\n", " ", "\r", " ", "\x00", " ", "\\", "/", ": ", " - ", ":", "-").Replace
