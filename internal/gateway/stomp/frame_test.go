package stomp

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"parley/internal/chatapi"
	"parley/internal/gateway"
)

// read feeds messages to a reader and returns the frames as text.
func read(v version, messages ...string) (got []string, err error) {
	var r reader
	for _, m := range messages {
		err = r.feed([]byte(m), func() version { return v }, func(f *frame) error {
			got = append(got, fmt.Sprintf("%s%v%s", f.command, f.headers, f.body))
			return nil
		})
		if err != nil {
			break
		}
	}
	return got, err
}

func TestFrames(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	for name, test := range map[string]struct {
		v        version
		messages []string
		want     []string
	}{
		"one":                        {v12, []string{"SEND\na:b\n\nbody\x00"}, []string{"SEND[{a b}]body"}},
		"without headers":            {v12, []string{"DISCONNECT\n\n\x00\n"}, []string{"DISCONNECT[]"}},
		"several":                    {v12, []string{"\n\nA\n\n\x00\n\r\nB\n\n\x00"}, []string{"A[]", "B[]"}},
		"cut anywhere":               {v12, []string{"SE", "ND\n", "a:b\n", "\n", "bo", "dy", "\x00"}, []string{"SEND[{a b}]body"}},
		"beats between the parts":    {v12, []string{"A\n\n", "\n", "\x00", "\n"}, []string{"A[]\n"}},
		"CR LF":                      {v12, []string{"SEND\r\na:b\r\nc:d\r\n\r\nbody\x00\r\n"}, []string{"SEND[{a b} {c d}]body"}},
		"a blank line in the body":   {v12, []string{"A\nx:y\n\none\n\ntwo\x00"}, []string{"A[{x y}]one\n\ntwo"}},
		"content-length":             {v12, []string{"A\ncontent-length:3\n\na\x00b\x00B\n\n\x00"}, []string{"A[{content-length 3}]a\x00b", "B[]"}},
		"a length in parts":          {v12, []string{"A\ncontent-length:4\n\na\x00", "b", "c\x00"}, []string{"A[{content-length 4}]a\x00bc"}},
		"a length of nothing":        {v12, []string{"A\ncontent-length:0\n\n", "\x00"}, []string{"A[{content-length 0}]"}},
		"repeated header":            {v12, []string{"A\na:1\na:2\n\n\x00"}, []string{"A[{a 1} {a 2}]"}},
		"colons in a value":          {v11, []string{"A\nid:sub:0\n\n\x00"}, []string{"A[{id sub:0}]"}},
		"escapes stay":               {v12, []string{`A` + "\n" + `id:a\c\n\\\r` + "\n\n\x00"}, []string{`A[{id a\c\n\\\r}]`}},
		"1.0 has no escapes":         {v10, []string{"A\n id : a\\q \n\n\x00"}, []string{`A[{id a\q}]`}},
		"CONNECT has none either":    {v12, []string{"CONNECT\npasscode:\\q\n\n\x00"}, []string{`CONNECT[{passcode \q}]`}},
		"an empty value":             {v12, []string{"A\na:\n\n\x00"}, []string{"A[{a }]"}},
		"a character cut into two":   {v12, []string{"A\n\nx\xed\xa0\xbd", "\xed\xb1\x8dy\x00"}, []string{"A[]x👍y"}},
		"with a length":              {v12, []string{"A\ncontent-length:6\n\nx\xed\xa0\xbd", "\xed\xb1\x8dy\x00"}, []string{"A[{content-length 6}]x👍y"}},
		"nothing at all":             {v12, []string{"", "\n", ""}, nil},
		"a long one in many parts":   {v12, append(strings.SplitAfter("A\n\n"+strings.ReplaceAll(long, "x", "xx")[:20_000], "x"), "\x00"), []string{"A[]" + long[:20_000]}},
		"as long as may be":          {v12, []string{"A\n\n" + long + long + long[:MaxFrame-200_004] + "\x00"}, []string{"A[]" + long + long + long[:MaxFrame-200_004]}},
		"the largest with a length":  {v12, []string{"A\ncontent-length:100000\n\n" + long + "\x00"}, []string{"A[{content-length 100000}]" + long}},
		"as many headers as may be":  {v12, []string{"A\n" + strings.Repeat("a:b\n", maxHeaders) + "\n\x00"}, []string{"A[" + strings.TrimSpace(strings.Repeat("{a b} ", maxHeaders)) + "]"}},
		"STOMP 1.2 allows no blanks": {v12, []string{"A\na: b \n\n\x00"}, []string{"A[{a  b }]"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := read(test.v, test.messages...)
			if err != nil || fmt.Sprintf("%q", got) != fmt.Sprintf("%q", test.want) {
				t.Errorf("got %.300q, %v, want %.300q", got, err, test.want)
			}
		})
	}
}

func TestWhatIsNoFrame(t *testing.T) {
	long := strings.Repeat("x", MaxFrame)
	for name, messages := range map[string][]string{
		"no blank line":              {"SEND\na:b\x00"},
		"no colon":                   {"SEND\nab\n\n\x00"},
		"no name":                    {"SEND\n:b\n\n\x00"},
		"no command":                 {strings.Repeat("x", 20)},
		"an undefined escape":        {"SEND\na:\\t\n\n\x00"},
		"half an escape":             {"SEND\na:b\\\n\n\x00"},
		"a NUL in the headers":       {"SEND\na:\x00b\n\n\x00"},
		"headers not in UTF-8":       {"SEND\na:\xff\n\n\x00"},
		"a carriage return within":   {"SEND\na:b\rc\n\n\x00"},
		"too long":                   {"SEND\n\n" + long},
		"too long with its NUL":      {"SEND\n\n" + long + "\x00"},
		"too long in parts":          {"SEND\n\n", long[:MaxFrame/2], long[:MaxFrame/2], "x"},
		"a length beyond all bounds": {"SEND\ncontent-length:4294967295\n\nx"},
		"a length too long":          {"SEND\ncontent-length:262144\n\nx"},
		"a negative length":          {"SEND\ncontent-length:-1\n\nx\x00"},
		"a length that is none":      {"SEND\ncontent-length:1e3\n\nx\x00"},
		"a length too short":         {"SEND\ncontent-length:1\n\nabc\x00"},
		"too many headers":           {"SEND\n" + strings.Repeat("a:b\n", maxHeaders+1) + "\n\x00"},
		"a header too long":          {"SEND\na:" + long[:maxHeader] + "\n\n\x00"},
		"headers without end":        {"SEND\n" + strings.Repeat("a:b\n", MaxFrame/4)},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := read(v12, messages...)
			var bad *malformed
			if !errors.As(err, &bad) || len(got) > 0 {
				t.Errorf("got %.100q, %v", got, err)
			}
		})
	}
}

func TestEscapesOfVersions(t *testing.T) {
	for _, test := range []struct {
		v        version
		in, want string
		ok       bool
	}{
		{v10, `a\nb`, `a\nb`, true},
		{v11, `a\nb\cc\\`, "a\nb:c\\", true},
		{v11, `a\rb`, ``, false},
		{v12, `a\rb`, "a\rb", true},
		{v12, `a\tb`, ``, false},
	} {
		if ok := test.v.escaped(test.in); ok != test.ok || ok && test.v.unescape(test.in) != test.want {
			t.Errorf("%s: %q is %t %q", test.v, test.in, ok, test.v.unescape(test.in))
		}
	}
}

// A hundred thousand tiny frames cost what they weigh.
func TestManyTinyFrames(t *testing.T) {
	p := New(Options{Token: "x"})
	if _, err := p.Decode([]byte("CONNECT\naccept-version:1.2\n\n\x00")); err != nil {
		t.Fatal(err)
	}
	n := 0
	tiny := []byte(strings.Repeat("ACK\n\n\x00", 20_000) + strings.Repeat("\n", 10_000))
	for range 5 {
		requests, err := p.Decode(tiny)
		if err != nil {
			t.Fatal(err)
		}
		n += len(requests)
	}
	if n != 100_000 {
		t.Errorf("%d requests", n)
	}
}

// Whatever a client sends, in whatever parts, becomes requests or an error, and an
// answer to each can be written. The parts make no difference.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"SEND\ndestination:/app/chat.send\nreceipt:1\n\n{\"conversationId\":\"1\",\"content\":\"x\",\"tempId\":1}\x00",
		"SUBSCRIBE\nid:1\ndestination:/user/queue/chat/messages\nx-resume:1\\c2,3\\c4\nack:client\n\n\x00",
		"SEND\ndestination:/app/chat.typing\ncontent-length:22\n\n{\"conversationId\":true}\x00\n\n",
		"UNSUBSCRIBE\nid:1\n\n\x00DISCONNECT\r\nreceipt:x\r\n\r\n\x00",
		"BEGIN\n\n\x00", "SEND\ncontent-length:99999999999\n\n", "A\n\nx\xed\xa0\xbd", "\xed\xb1\x8dy\x00", "\x00", "\n\n\n",
	} {
		f.Add([]byte(seed), 7)
	}
	f.Fuzz(func(t *testing.T, sent []byte, cut int) {
		var outcomes []string
		for _, whole := range []bool{true, false} {
			p := New(Options{Mapper: chatapi.Mapper{}})
			parts := [][]byte{sent}
			if !whole {
				at := max(0, min(cut, len(sent)))
				if joins(sent, at) {
					return
				}
				parts = [][]byte{sent[:at], sent[at:]}
			}
			outcome := ""
			requests, err := p.Decode([]byte("CONNECT\naccept-version:1.1,1.2\n\n\x00"))
			for _, part := range parts {
				if err != nil {
					break
				}
				var more []gateway.Request
				more, err = p.Decode(part)
				requests = append(requests, more...)
			}
			for _, r := range requests {
				p.Encode(nil, &gateway.Reply{Request: r, Err: r.Err})
				outcome += fmt.Sprint(r.Do, r.Err, ";")
			}
			if err != nil {
				p.Encode(nil, &gateway.Problem{Err: err})
				outcome += "error"
			}
			outcomes = append(outcomes, outcome)
		}
		if outcomes[0] != outcomes[1] {
			t.Errorf("whole: %s\ncut at %d: %s", outcomes[0], cut, outcomes[1])
		}
	})
}

// joins reports whether a cut lies between two surrogates, which are joined only
// there.
func joins(sent []byte, at int) bool {
	return at >= 3 && len(sent)-at >= 3 && surrogate(sent[at-3:]) != 0 && surrogate(sent[at:]) != 0
}

func BenchmarkDecodeSend(b *testing.B) {
	p := New(Options{})
	if _, err := p.Decode([]byte("CONNECT\naccept-version:1.2\n\n\x00")); err != nil {
		b.Fatal(err)
	}
	send := []byte("SEND\ndestination:/app/chat.send\nreceipt:r-1\n\n{\"conversationId\":1,\"content\":\"Hello\",\"tempId\":\"t17\"}\x00")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Decode(send); err != nil {
			b.Fatal(err)
		}
	}
}
