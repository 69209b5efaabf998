package sockjs

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Frames that the server says beside messages.
var (
	frameOpen = []byte("o")
	frameBeat = []byte("h")
)

// interruption is what is said to a client after one of its requests broke off.
var interruption = frameClose(1002, "Connection interrupted")

func frameClose(code int, reason string) []byte {
	b := fmt.Appendf(nil, "c[%d,", code)
	return append(quote(b, []byte(reason)), ']')
}

// maxMessages is how many messages a client may send at once.
const maxMessages = 10_000

// brokenJSON is what a client is told.
const brokenJSON = "Broken JSON encoding."

var errBroken = errors.New("not an array of strings in JSON")

// decode reads messages: an array of strings, or on WebSockets a string. Nothing
// at all is no message.
func decode(payload []byte) ([][]byte, error) {
	if len(payload) == 0 {
		return nil, nil
	}
	var list []json.RawMessage
	if payload[0] == '"' {
		list = []json.RawMessage{payload}
		if !json.Valid(payload) {
			return nil, errBroken
		}
	} else if json.Unmarshal(payload, &list) != nil || list == nil || len(list) > maxMessages {
		return nil, errBroken
	}
	messages := make([][]byte, len(list))
	for i, raw := range list {
		if raw[0] != '"' {
			return nil, errBroken
		}
		messages[i] = unquote(raw)
	}
	return messages, nil
}

var escapes = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// unquote reads a JSON string that is known to be one. A surrogate without its
// other half is kept as if it were a character: clients cut texts between the two,
// and whoever joins the messages can join the halves.
func unquote(raw []byte) []byte {
	raw = raw[1:lastQuote(raw)]
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			continue
		}
		i++
		if raw[i] != 'u' {
			out = append(out, escapes[raw[i]])
			continue
		}
		r := hex(raw[i+1:])
		i += 4
		if utf16.IsSurrogate(r) && i+6 < len(raw) && raw[i+1] == '\\' && raw[i+2] == 'u' {
			if both := utf16.DecodeRune(r, hex(raw[i+3:])); both != utf8.RuneError {
				out = utf8.AppendRune(out, both)
				i += 6
				continue
			}
		}
		out = appendUnit(out, r)
	}
	return out
}

func lastQuote(raw []byte) int {
	n := len(raw) - 1
	for raw[n] != '"' { // white space may follow
		n--
	}
	return n
}

func hex(digits []byte) rune {
	v, _ := strconv.ParseUint(string(digits[:4]), 16, 16) // they are known to be digits
	return rune(v)
}

// appendUnit writes 16 bits in UTF-8, surrogates too.
func appendUnit(b []byte, r rune) []byte {
	if !utf16.IsSurrogate(r) {
		return utf8.AppendRune(b, r)
	}
	return append(b, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
}

// encode appends frames as one array of messages.
func encode(b []byte, frames [][]byte) []byte {
	size := len(b) + 2
	for _, f := range frames {
		size += len(f) + len(f)/8 + 3
	}
	b = append(make([]byte, 0, size), b...)
	b = append(b, "a["...)
	for i, f := range frames {
		if i > 0 {
			b = append(b, ',')
		}
		b = quote(b, f)
	}
	return append(b, ']')
}

const digits = "0123456789abcdef"

// quote appends a JSON string. What some browsers change on the way is escaped.
func quote(b, text []byte) []byte {
	b = append(b, '"')
	begin := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRune(text[i:])
			if delicate(r) || r == utf8.RuneError && n == 1 {
				b = append(b, text[begin:i]...)
				b = append(b, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
				begin = i + n
			}
			i += n
			continue
		}
		if c < ' ' || c == '"' || c == '\\' {
			b = append(b, text[begin:i]...)
			b = escape(b, c)
			begin = i + 1
		}
		i++
	}
	return append(append(b, text[begin:]...), '"')
}

func escape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	}
	return append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
}

// delicate are the characters that the SockJS protocol asks to escape.
func delicate(r rune) bool {
	switch {
	case r >= 0x200C && r <= 0x200F, r >= 0x2028 && r <= 0x202F, r >= 0x2060 && r <= 0x206F, r >= 0xFFF0 && r <= 0xFFFF:
		return true
	}
	return false
}
