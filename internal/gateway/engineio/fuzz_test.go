package engineio

import (
	"bytes"
	"testing"
)

// A payload is taken apart into packets that a client may send, or an error, and
// comes to an end.
func FuzzPayload(f *testing.F) {
	for _, seed := range []string{"4hello", "4a\x1e4b\x1e3", "bAQIDBA==", "b", "1", "6", "2probe", "\x1e", "", "4\x1e", "b====", "4\x00\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		p := payload{append([]byte{}, body...)}
		for n := 0; ; n++ {
			packet, err := p.next()
			if err != nil || packet == nil {
				break
			}
			if packet[0] != typeBinary && check(packet) != nil || n > bytes.Count(body, []byte{separator}) {
				t.Fatalf("packet %d of %q is %q", n, body, packet)
			}
		}
	})
}
