package socketio_test

import (
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"parley/internal/gateway"
	"parley/internal/gateway/gatewaytest"
	"parley/internal/gateway/socketio"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func nobody() gateway.Identity { return gateway.Identity{} }

func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			gatewaytest.Play(t, file, socketio.New(&socketio.Config{}, ""), nobody)
		})
	}
}

// Frames after which nothing can be understood end the connection.
func TestBrokenPackets(t *testing.T) {
	for name, frames := range map[string][]string{
		"empty":                      {""},
		"no packet":                  {"4"},
		"an unknown type":            {"47"},
		"text that is none":          {"4abc"},
		"CONNECT with a list":        {"40[]"},
		"CONNECT with broken JSON":   {"40{"},
		"an event before CONNECT":    {`42["typing",{}]`},
		"CONNECT twice":              {"40", "40"},
		"DISCONNECT with data":       {"40", "41{}"},
		"an event that is an object": {"40", "42{}"},
		"an event without a name":    {"40", "42[]"},
		"an event with a number":     {"40", "42[1]"},
		"an event without data":      {"40", "42"},
		"a reserved name":            {"40", `42["disconnect"]`},
		"a broken acknowledgement":   {"40", `42abc["typing",{}]`},
		"a long acknowledgement":     {"40", `4212345678901234567["typing",{}]`},
		"CONNECT_ERROR":              {"40", `44{"message":"x"}`},
		"no attachments":             {"40", `450-["x"]`},
		"attachments without number": {"40", `45-["x"]`},
		"too many attachments":       {"40", `4511-["x"]`},
		"very many attachments":      {"40", `45999999999-["x"]`},
		"negative attachments":       {"40", `45-1-["x"]`},
		"bytes nobody waits for":     {"40", "bx"},
		"text instead of bytes":      {"40", `451-["x",{"_placeholder":true,"num":0}]`, `42["typing",{}]`},
		"an event elsewhere":         {"40", `42/other,["typing",{}]`},
		"a long namespace":           {"40/" + string(make([]byte, 200)) + ","},
	} {
		t.Run(name, func(t *testing.T) {
			p := socketio.New(&socketio.Config{}, "")
			var err error
			for i, frame := range frames {
				if err != nil {
					t.Fatalf("frame %d ends it already", i-1)
				}
				_, err = p.Decode([]byte(frame))
			}
			if err == nil {
				t.Error("it goes on")
			}
		})
	}
}

// Bytes are not kept, however many come.
func TestAFloodOfBytes(t *testing.T) {
	p := socketio.New(&socketio.Config{}, "")
	if _, err := p.Decode([]byte("40")); err != nil {
		t.Fatal(err)
	}
	attachment := append([]byte{'b'}, make([]byte, 1<<20)...)
	refused := 0
	for range 100 {
		if _, err := p.Decode([]byte(`4510-["x"]`)); err != nil {
			t.Fatal(err)
		}
		for range 10 {
			requests, err := p.Decode(attachment)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range requests {
				if r.Err != nil {
					refused++
				}
			}
		}
	}
	if refused != 100 {
		t.Errorf("%d events were refused", refused)
	}
}

// Whatever a client sends becomes requests or an error, and an answer to each can
// be written.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`42["send-message",{"conversation_id":"17","content":"hi","client_id":"t","metadata":{"a":[1]},"attachment_ids":[2,"3"]}]`,
		`4212["edit-message",{"message_id":9,"content":"x"}]`, `42["react",{"message_id":"9","emoji":"👍","add":false}]`,
		`42["mark-read",{"message_id":"9007199254740993"}]`, `42["authenticate",{"user_id":1,"token":"x"}]`,
		`42["history",{"conversation_id":1e400}]`, `451-["x",{"_placeholder":true,"num":0}]`, `461-12[]`, `40{"token":"x","pid":"p","offset":"o"}`,
		`40/other,{}`, `41`, `43["x"]`, `4`, ``, "bx", "\xff", `42["sync",{"conversation_id":null,"after_rev":-1}]`, `42[null]`, `42["typing",null]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		for _, before := range []string{"", "40"} {
			p := socketio.New(&socketio.Config{}, "")
			if before != "" {
				if _, err := p.Decode([]byte(before)); err != nil {
					t.Fatal(err)
				}
			}
			requests, err := p.Decode(frame)
			if err != nil && len(requests) > 0 {
				t.Fatalf("both requests and the error %v", err)
			}
			for _, r := range requests {
				p.Encode(nil, &gateway.Reply{Request: r, Err: r.Err})
			}
		}
	})
}
