package websocket

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gobwas/ws"
)

// Autobahn 1: every form of the length.
func TestFraming(t *testing.T) {
	var all []scenario
	for _, size := range []int{0, 1, 125, 126, 127, 128, 511, 512, 513, 4096, 65535, 65536} {
		payload := strings.Repeat("*", size)
		all = append(all,
			scenario{name: fmt.Sprint("1.1 text of ", size), send: [][]byte{text(payload)}, want: []string{"text:" + payload}},
			scenario{name: fmt.Sprint("1.2 binary of ", size), send: [][]byte{frame(ws.OpBinary, true, payload)}, want: []string{"text:" + payload}})
	}
	play(t, Options{}, all)
}

// Autobahn 2: pings and pongs.
func TestPings(t *testing.T) {
	full := strings.Repeat("\xfe", 125)
	var ten [][]byte
	var tenPongs []string
	for i := range 10 {
		ten = append(ten, ping(fmt.Sprint("payload ", i)))
		tenPongs = append(tenPongs, fmt.Sprint("pong:payload ", i))
	}
	play(t, Options{}, []scenario{
		{name: "2.1 empty ping", send: [][]byte{ping("")}, want: []string{"pong:"}},
		{name: "2.2 small text payload", send: [][]byte{ping("Hello")}, want: []string{"pong:Hello"}},
		{name: "2.3 binary payload", send: [][]byte{ping("\x00\xff\xfe\xfd")}, want: []string{"pong:\x00\xff\xfe\xfd"}},
		{name: "2.4 125 bytes", send: [][]byte{ping(full)}, want: []string{"pong:" + full}},
		{name: "2.5 126 bytes", send: [][]byte{ping(full + "\xfe")}, ending: 1002},
		{name: "2.7 unsolicited pong", send: [][]byte{frame(ws.OpPong, true, "")}},
		{name: "2.9 unsolicited pong with payload, then ping", send: [][]byte{frame(ws.OpPong, true, "unsolicited"), ping("p")}, want: []string{"pong:p"}},
		{name: "2.10 ten pings", send: ten, want: tenPongs},
	})
}

// Autobahn 3: reserved bits.
func TestReservedBits(t *testing.T) {
	small, control := "text:small", ping("p")
	play(t, Options{}, []scenario{
		{name: "3.1 RSV3", send: [][]byte{firstByte(0x91, text("a"))}, ending: 1002},
		{name: "3.2 RSV2 after a good text", send: [][]byte{text("small"), firstByte(0xa1, text("a")), control}, want: []string{small}, ending: 1002},
		{name: "3.3 RSV2 and RSV3", send: [][]byte{text("small"), firstByte(0xb1, text("a")), control}, want: []string{small}, ending: 1002},
		{name: "3.4 RSV1", send: [][]byte{text("small"), firstByte(0xc1, text("a")), control}, want: []string{small}, ending: 1002},
		{name: "3.5 in binary", send: [][]byte{firstByte(0xd2, frame(ws.OpBinary, true, "a"))}, ending: 1002},
		{name: "3.6 in a ping", send: [][]byte{firstByte(0xe9, ping("a"))}, ending: 1002},
		{name: "3.7 in a close", send: [][]byte{firstByte(0xf8, goodbyeFrame(1000, ""))}, ending: 1002},
	})
}

// Autobahn 4: reserved opcodes.
func TestReservedOpcodes(t *testing.T) {
	var all []scenario
	for _, op := range []byte{3, 4, 5, 6, 7, 11, 12, 13, 14, 15} {
		all = append(all,
			scenario{name: fmt.Sprint("4 opcode ", op), send: [][]byte{firstByte(0x80|op, text("a"))}, ending: 1002},
			scenario{name: fmt.Sprint("4 opcode after good frames ", op),
				send: [][]byte{text("small"), ping("p"), firstByte(0x80|op, text("")), ping("q")},
				want: []string{"text:small", "pong:p"}, ending: 1002})
	}
	play(t, Options{}, all)
}

// Autobahn 5: fragments, and control frames between them.
func TestFragmentation(t *testing.T) {
	first := func(payload string) []byte { return frame(ws.OpText, false, payload) }
	play(t, Options{}, []scenario{
		{name: "5.1 ping in fragments", send: [][]byte{frame(ws.OpPing, false, "a"), last("b")}, ending: 1002},
		{name: "5.2 pong in fragments", send: [][]byte{frame(ws.OpPong, false, "a"), last("b")}, ending: 1002},
		{name: "5.3 text in two", send: [][]byte{first("fragment1"), last("fragment2")}, want: []string{"text:fragment1fragment2"}},
		{name: "5.6 ping between", send: [][]byte{first("fragment1"), ping("p"), last("fragment2")}, want: []string{"pong:p", "text:fragment1fragment2"}},
		{name: "5.9 continuation of nothing", send: [][]byte{last("a"), text("hello")}, ending: 1002},
		{name: "5.12 open continuation of nothing", send: [][]byte{more("a"), text("hello")}, ending: 1002},
		{name: "5.15 continuation after the end", send: [][]byte{first("a"), last("b"), more("c"), text("d")}, want: []string{"text:ab"}, ending: 1002},
		{name: "5.16 continuations first", send: [][]byte{more("a"), first("b"), last("c")}, ending: 1002},
		{name: "5.18 text inside a text", send: [][]byte{first("a"), text("b")}, ending: 1002},
		{name: "5.19 pings between many", send: [][]byte{first("f1"), more("f2"), ping("p1"), more("f3"), more("f4"), ping("p2"), last("f5")},
			want: []string{"pong:p1", "pong:p2", "text:f1f2f3f4f5"}},
		{name: "empty fragments", send: [][]byte{first(""), more(""), more("a"), more(""), last("")}, want: []string{"text:a"}},
		{name: "only empty fragments", send: [][]byte{first(""), last("")}, want: []string{"text:"}},
		{name: "two messages in turn", send: [][]byte{first("a"), last("b"), first("c"), last("d")}, want: []string{"text:ab", "text:cd"}},
		{name: "pong between", send: [][]byte{first("a"), frame(ws.OpPong, true, "x"), last("b")}, want: []string{"text:ab"}},
		{name: "close between", send: [][]byte{first("a"), goodbyeFrame(1001, "")}, ending: 1001},
	})
}

func TestHeaders(t *testing.T) {
	unmasked := ws.MustCompileFrame(ws.NewTextFrame([]byte("plain")))
	negative := append([]byte{0x81, 0xff, 0x80}, make([]byte, 11)...)
	play(t, Options{}, []scenario{
		{name: "unmasked", send: [][]byte{unmasked}, ending: 1002},
		{name: "unmasked close", send: [][]byte{ws.CompiledClose}, ending: 1002},
		{name: "length with the highest bit", send: [][]byte{negative}, ending: 1002},
		{name: "close in fragments", send: [][]byte{frame(ws.OpClose, false, "")}, ending: 1002},
	})
}

// Autobahn 9 and 10: sizes, fragments of every size, the limit.
func TestLimits(t *testing.T) {
	const limit = 64 << 10
	full := strings.Repeat("0123456789abcdef", limit/16)
	huge := append([]byte{0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, make([]byte, 4)...)
	all := []scenario{
		{name: "9.1 just at the limit", send: [][]byte{text(full)}, want: []string{"text:" + full}},
		{name: "over the limit", send: [][]byte{text(full + "x")}, ending: 1009},
		{name: "over the limit by fragments", send: [][]byte{frame(ws.OpText, false, full), more(""), last("x")}, ending: 1009},
		{name: "largest length there is", send: [][]byte{huge}, ending: 1009},
		{name: "largest length in a fragment", send: [][]byte{frame(ws.OpText, false, "x"), firstByte(0x80, append([]byte{}, huge...))}, ending: 1009},
		{name: "twice in a row", send: [][]byte{text(full), text(full), text("small")}, want: []string{"text:" + full, "text:" + full, "text:small"}},
	}
	for _, size := range []int{64, 1024, 1300, 16384} {
		all = append(all, scenario{name: fmt.Sprint("9.3 fragments of ", size), send: fragments(full, size), want: []string{"text:" + full}})
	}
	play(t, Options{MaxFrame: limit}, all)
}

func fragments(payload string, size int) [][]byte {
	out := [][]byte{frame(ws.OpText, false, "")}
	for len(payload) > size {
		out = append(out, more(payload[:size]))
		payload = payload[size:]
	}
	return append(out, last(payload))
}
