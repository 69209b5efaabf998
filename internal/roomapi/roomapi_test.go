package roomapi

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"parley/internal/chat"
)

func TestATokenIsAnotherInEachRoom(t *testing.T) {
	k, token := Key("secret"), NewToken()
	a, b := chat.NewRoomID(), chat.NewRoomID()
	h := k.Holder(token)
	if h(a) != k.Holder(token)(a) || h(a) == h(b) || h(a) == Key("other").Holder(token)(a) || h(a) == k.Holder(NewToken())(a) {
		t.Error("a holder is not told by room, token and key together")
	}
	if strings.Contains(h(a), token) || strings.HasPrefix(h(a), k.Display(a, token)) {
		t.Error("what is shown gives away what is kept")
	}
	if k.Holder("")(a) != "" {
		t.Error("nobody is somebody")
	}
	if !IsToken(token) || IsToken("") || IsToken(strings.Repeat("x", 31)) || IsToken(strings.Repeat("x", 129)) || IsToken(strings.Repeat("x", 40)+" ") {
		t.Error("the form of a token")
	}
}

func TestEnc(t *testing.T) {
	for raw, ok := range map[string]bool{
		`{"v":1,"iv":"AAAA","ct":"BBBB"}`:                            true,
		`{"ct":"BB-_+/==","v":1,"iv":"A"}`:                           true,
		`{"v":2,"iv":"AAAA","ct":"BBBB"}`:                            false,
		`{"v":1,"iv":"","ct":"BBBB"}`:                                false,
		`{"v":1,"iv":"AAAA","ct":""}`:                                false,
		`{"v":1,"iv":"AAAA","ct":"<script>"}`:                        false,
		`{"v":1,"iv":"AAAA","ct":"BBBB","name":"x"}`:                 false,
		`{"v":1,"iv":"` + strings.Repeat("A", 65) + `","ct":"BBBB"}`: false,
		`"x"`: false, `[]`: false, `{`: false, `{"v":1,"iv":"A","ct":"B"} {}`: false,
	} {
		stored, err := ParseEnc(json.RawMessage(raw))
		if (err == nil) != ok {
			t.Errorf("%s: %v", raw, err)
		}
		if ok && readEnc(stored) == nil {
			t.Errorf("%s cannot be read again", raw)
		}
		if err != nil && chat.Explain(err).Field != "enc" {
			t.Errorf("%s: the error does not name the field: %v", raw, err)
		}
	}
	for _, none := range []string{"", "null"} {
		if stored, err := ParseEnc(json.RawMessage(none)); stored != "" || err != nil {
			t.Errorf("%q: %q, %v", none, stored, err)
		}
	}
}

func FuzzParseEnc(f *testing.F) {
	for _, s := range []string{`{"v":1,"iv":"AAAA","ct":"BBBB"}`, `{"v":1,"iv":"A","ct":"B"}x`, `null`, `{"v":1e0,"iv":"\u0041","ct":"="}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		stored, err := ParseEnc(json.RawMessage(raw))
		if err != nil || stored == "" {
			return
		}
		e := readEnc(stored)
		if e == nil || e.V != encVersion || len(e.IV) > maxIV || len(stored) > len(raw)+64 {
			t.Errorf("%q is stored as %q", raw, stored)
		}
		if again, err := ParseEnc(json.RawMessage(stored)); err != nil || again != stored {
			t.Errorf("%q is read again as %q, %v", stored, again, err)
		}
	})
}

func TestSeconds(t *testing.T) {
	now := time.Now()
	for left, want := range map[time.Duration]int64{time.Minute: 60, 59*time.Second + time.Millisecond: 60, time.Millisecond: 1, 0: 0, -time.Hour: 0} {
		if got := Seconds(now.Add(left), now); got != want {
			t.Errorf("%v: %d", left, got)
		}
	}
}
