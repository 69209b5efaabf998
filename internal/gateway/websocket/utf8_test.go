package websocket

import (
	"fmt"
	"testing"

	"github.com/gobwas/ws"
)

// Autobahn 6: text is UTF-8, wherever it is cut.
func TestUTF8(t *testing.T) {
	var all []scenario
	for i, s := range validUTF8 {
		all = append(all,
			scenario{name: fmt.Sprint("6 valid ", i), send: [][]byte{text(s)}, want: []string{"text:" + s}},
			scenario{name: fmt.Sprint("6 valid by octets ", i), send: byOctets(s), want: []string{"text:" + s}})
	}
	for i, s := range invalidUTF8 {
		all = append(all,
			scenario{name: fmt.Sprint("6 invalid ", i), send: [][]byte{text(s)}, ending: 1007},
			scenario{name: fmt.Sprint("6 invalid by octets ", i), send: byOctets("ok" + s), ending: 1007})
	}
	all = append(all, scenario{name: "binary may be anything",
		send: [][]byte{frame(ws.OpBinary, true, "\xff\xfe")}, want: []string{"text:\xff\xfe"}})
	play(t, Options{}, all)
}

// byOctets is a text in fragments of one byte.
func byOctets(s string) [][]byte {
	out := [][]byte{frame(ws.OpText, false, "")}
	for i := range len(s) {
		out = append(out, more(s[i:i+1]))
	}
	return append(out, last(""))
}

var validUTF8 = []string{
	"Hello-µ@ßöäüàá-UTF-8!!",                       // 6.2.1
	"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5", // 6.5
	"\x00", "\x7f", "\xc2\x80", "\xdf\xbf", // 6.7, 6.9
	"\xe0\xa0\x80", "\xef\xbf\xbf", "\xed\x9f\xbf", "\ue000", // 6.7, 6.9, 6.11
	"\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "\ufffd", // 6.7, 6.11
	"\ufffe", "\U0001fffe", "\U0001ffff", "\U000fffff", "👩‍👩‍👧", // 6.22
	"\ufeff", "日本語", "한국어", "Ελληνικά", "עברית",
}

var invalidUTF8 = []string{
	"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited", // 6.3.1
	"\xce\xba\xe1\xbd\xb9\xf4\x90\x80\x80edited",                     // 6.4
	"\xce", "\xce\xba\xe1", "\xce\xba\xe1\xbd", // 6.6: cut off
	"\xf8\x88\x80\x80\x80", "\xfc\x84\x80\x80\x80\x80", // 6.8, 6.10: five and six bytes
	"\xf7\xbf\xbf\xbf", "\xfb\xbf\xbf\xbf\xbf", "\xf4\x90\x80\x80", // 6.10, 6.11: past the end
	"\x80", "\xbf", "\x80\xbf\x80", // 6.12: lonely continuations
	"\xc0 \xc1 ", "\xe0 \xe1 ", "\xf0 \xf1 ", "\xf8 ", "\xfc ", // 6.13: lonely starts
	"\xc0", "\xe0\x80", "\xf0\x80\x80", "\xdf", "\xef\xbf", "\xf7\xbf\xbf", // 6.14, 6.15: the last byte is missing
	"\xfe", "\xff", "\xfe\xfe\xff\xff", // 6.16: never in UTF-8
	"\xc0\xaf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", // 6.17: overlong
	"\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", // 6.18
	"\xc0\x80", "\xe0\x80\x80", "\xf0\x80\x80\x80", // 6.19
	"\xed\xa0\x80", "\xed\xad\xbf", "\xed\xbf\xbf", // 6.20: surrogates
	"\xed\xa0\x80\xed\xb0\x80", "\xed\xaf\xbf\xed\xbf\xbf", // 6.21: pairs of them
}
