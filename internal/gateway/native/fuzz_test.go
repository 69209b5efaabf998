package native_test

import (
	"testing"

	"parley/internal/chatapi"
	"parley/internal/gateway"
	"parley/internal/gateway/native"
)

// Whatever a client sends becomes requests or an error, and an answer to each can
// be written.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"type":"hello","cursors":{"user":3,"17":"40"},"device":"web"}`,
		`{"type":"send","id":1,"conversationId":"17","content":"hi","tempId":"t","metadata":{"a":[1]},"mentions":[2,"3"]}`,
		`{"type":"edit","id":"e","messageId":9,"content":"x"}`,
		`{"type":"react","messageId":9,"emoji":"👍","add":false}`,
		`{"type":"read","conversationId":1,"lastReadMessageId":2}`,
		`{"type":"typing","conversationId":1,"typing":true}`,
		`{"type":"presence","status":"AWAY"}`,
		`{"type":"auth","token":"x"}`,
		`{"type":"delete","messageId":-1}`,
		`{"type":"send","conversationId":1e400}`,
		`{"type":7}`, `[]`, `{`, ``, "\xff", `{"type":"hello","cursors":{"1":-1,"x":2}}`,
	} {
		f.Add([]byte(seed))
	}
	p := native.New(chatapi.Mapper{})
	f.Fuzz(func(t *testing.T, frame []byte) {
		requests, err := p.Decode(frame)
		if err != nil && len(requests) > 0 {
			t.Fatalf("both requests and the error %v", err)
		}
		for _, r := range requests {
			p.Encode(nil, &gateway.Reply{Request: r, Err: r.Err})
		}
	})
}

// Cursors are what stands in hello and in an address.
func FuzzCursors(f *testing.F) {
	for _, seed := range []string{`{"user":1,"17":40}`, `{"17":"40"}`, `{"0":1}`, `{"-5":1}`, `{"9007199254740993":1}`, `null`, `[]`, `{"17":-1}`, `{"17":1.5}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		revs, err := native.Cursors(raw)
		for st, rev := range revs {
			if err == nil && (rev < 0 || st < 0) {
				t.Fatalf("stream %d at rev %d", st, rev)
			}
		}
	})
}
