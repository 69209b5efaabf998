package cursor

import (
	"maps"
	"testing"

	"parley/internal/chat"
)

const ann, bob chat.UserID = 1, 2

var signer = NewSigner([]byte("key"))

func pack(t *testing.T, user chat.UserID, c Cursor) string {
	t.Helper()
	text, ok := signer.Pack(user, c)
	if !ok {
		t.Fatal("the cursor is too large")
	}
	return text
}

func TestACursorComesBackAsItWas(t *testing.T) {
	for name, c := range map[string]Cursor{
		"empty": {},
		"full":  {Position: 1 << 50, Revs: map[chat.StreamID]int64{ann.Stream(): 7, 1: 40, 3: 1, 1 << 52: 1 << 52}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := signer.Unpack(ann, pack(t, ann, c))
			if err != nil || got.Position != c.Position || !maps.Equal(got.Revs, c.Revs) {
				t.Errorf("got %+v, %v, want %+v", got, err, c)
			}
		})
	}
}

func TestACursorBelongsToItsUserAndKey(t *testing.T) {
	text := pack(t, ann, Cursor{Position: 9})
	if _, err := signer.Unpack(bob, text); err == nil {
		t.Error("bob can use ann's cursor")
	}
	if _, err := NewSigner([]byte("other")).Unpack(ann, text); err == nil {
		t.Error("another key's cursor is accepted")
	}
}

func TestAChangedCursorIsRefused(t *testing.T) {
	text := []byte(pack(t, ann, Cursor{Position: 9, Revs: map[chat.StreamID]int64{5: 6}}))
	for i := range text {
		changed := append([]byte(nil), text...)
		changed[i] ^= 1
		if _, err := signer.Unpack(ann, string(changed)); err == nil {
			t.Errorf("accepted with another character at %d", i)
		}
	}
}

func TestThreeHundredStreamsFit(t *testing.T) {
	c := Cursor{Position: 1 << 40, Revs: map[chat.StreamID]int64{}}
	for st := chat.StreamID(1000); len(c.Revs) < 300; st += 50 {
		c.Revs[st] = 10_000
	}
	if text := pack(t, ann, c); len(text) > 2<<10 {
		t.Errorf("%d bytes", len(text))
	}
	for st := chat.StreamID(1); len(c.Revs) < 2000; st++ {
		c.Revs[st*1000] = 1
	}
	if text, ok := signer.Pack(ann, c); ok {
		t.Errorf("2,000 streams make a cursor of %d bytes", len(text))
	}
}

func FuzzUnpack(f *testing.F) {
	for _, c := range []Cursor{{}, {Position: 3, Revs: map[chat.StreamID]int64{ann.Stream(): 1, 2: 3}}} {
		text, _ := signer.Pack(ann, c)
		f.Add(text)
		f.Add(string(c.encode(ann)))
	}
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := signer.Unpack(ann, text); err == nil {
			if again, _ := signer.Pack(ann, c); again != text {
				t.Errorf("%q is another cursor than it says, %q", text, again)
			}
		}
		if c, err := decode(ann, []byte(text)); err == nil {
			if _, err := decode(ann, c.encode(ann)); err != nil {
				t.Errorf("%+v cannot be written and read", c)
			}
		}
	})
}
