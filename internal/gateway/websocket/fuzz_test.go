package websocket

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gobwas/ws"
)

// FuzzRead: whatever a client sends, the pipe hands out no message over the
// limit and answers with good frames, a close frame at most as the last; and
// how the network cuts the stream changes nothing.
func FuzzRead(f *testing.F) {
	for _, seed := range [][][]byte{
		{text("hello"), ping("p"), goodbyeFrame(1000, "bye")},
		{frame(ws.OpText, false, "frag"), ping("between"), more("men"), last("ted")},
		{frame(ws.OpBinary, true, strings.Repeat("b", 700)), text("\xff")},
		{text(strings.Repeat("x", 3000))},
		{frame(ws.OpText, false, "a"), text("b")},
		{firstByte(0xc1, text("rsv"))},
		{goodbyeFrame(1005, "")},
		{frame(ws.OpClose, true, "a")},
		{ws.MustCompileFrame(ws.NewTextFrame([]byte("unmasked")))},
		{{0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}},
		{text("cut off")[:8]},
	} {
		f.Add(slices.Concat(seed...), byte(3))
	}
	f.Fuzz(func(t *testing.T, data []byte, cut byte) {
		whole := feed(t, data, 1<<20)
		if diff := cmp.Diff(whole, feed(t, data, 1+int(cut))); diff != "" {
			t.Errorf("in pieces of %d (-whole +pieces):\n%s", 1+int(cut), diff)
		}
	})
}

// exchange is what came of a client's bytes.
type exchange struct {
	Messages []string
	Answers  []string
	End      string
}

func feed(t *testing.T, data []byte, chunk int) exchange {
	const limit = 2000
	s := &stub{in: bytes.Clone(data), chunk: chunk}
	c := newConn(s, nil, Options{MaxFrame: limit})
	var got exchange
	for {
		message, err := c.Read()
		if err != nil {
			got.End = err.Error()
			break
		}
		if len(message) > limit {
			t.Fatalf("a message of %d bytes", len(message))
		}
		got.Messages = append(got.Messages, string(message))
	}
	c.Wait()
	for s.out.Len() > 0 {
		answer, err := readFrame(&s.out)
		if err != nil {
			t.Fatalf("bad answer: %v", err)
		}
		got.Answers = append(got.Answers, answer)
	}
	for i, answer := range got.Answers {
		if strings.HasPrefix(answer, "close:") && i != len(got.Answers)-1 {
			t.Fatalf("%q after %s", got.Answers[i+1:], answer)
		}
	}
	return got
}
