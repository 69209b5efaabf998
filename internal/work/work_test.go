package work

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"parley/internal/chat"
)

func answer(t *testing.T, challenge string, bits int) string {
	t.Helper()
	for n := 0; ; n++ {
		if nonce := strconv.Itoa(n); zeros(challenge+"."+nonce) >= bits {
			return nonce
		}
	}
}

func TestWorkIsProvedOnce(t *testing.T) {
	now := time.Now()
	g := New([]byte("key"), 8)
	c, until := g.Challenge(now)
	if until.Sub(now) != good {
		t.Errorf("it is good for %v", until.Sub(now))
	}
	nonce := answer(t, c, 8)
	wrong := 0
	for zeros(c+"."+strconv.Itoa(wrong)) >= 8 {
		wrong++
	}
	other, _ := New([]byte("another key"), 8).Challenge(now)
	second, _ := g.Challenge(now)
	for name, try := range map[string]struct {
		challenge, nonce string
		at               time.Time
		field            string
	}{
		"nothing":            {"", "", now, "challenge"},
		"no challenge":       {"x", nonce, now, "challenge"},
		"a longer one":       {c + "AAAA", nonce, now, "challenge"},
		"with a line break":  {c + "\n", answer(t, c+"\n", 8), now, "challenge"},
		"another server's":   {other, answer(t, other, 8), now, "challenge"},
		"another time in it": {"B" + c[1:], nonce, now, "challenge"},
		"too late":           {c, nonce, until, "challenge"},
		"no work":            {c, strconv.Itoa(wrong), now, "nonce"},
		"a long nonce":       {c, nonce + strings.Repeat(" ", maxNonce), now, "nonce"},
	} {
		if e := chat.Explain(g.Pass(try.challenge, try.nonce, try.at)); e.Code != chat.ValidationFailed || e.Field != try.field {
			t.Errorf("%s: %v", name, e)
		}
	}
	if err := g.Pass(c, nonce, until.Add(-time.Millisecond)); err != nil {
		t.Errorf("the answer: %v", err)
	}
	if e := chat.Explain(g.Pass(c, nonce, now)); e.Field != "challenge" {
		t.Errorf("again: %v", e)
	}
	if err := g.Pass(second, answer(t, second, 8), now); err != nil {
		t.Errorf("another: %v", err)
	}
}

// What is remembered is bounded: when it is full of what is still good, nobody passes.
func TestSpentChallengesAreBounded(t *testing.T) {
	now := time.Now()
	g := New([]byte("key"), 1)
	for i := range maxSpent {
		g.spent[strconv.Itoa(i)] = now.Add(time.Minute)
	}
	c, until := g.Challenge(now)
	nonce := answer(t, c, 1)
	if err := g.Pass(c, nonce, now); !chat.Has(err, chat.Overloaded) {
		t.Errorf("beyond the bound: %v", err)
	}
	if err := g.Pass(c, nonce, until.Add(-time.Millisecond)); err != nil || len(g.spent) != 1 {
		t.Errorf("when the others are too old: %v, %d are remembered", err, len(g.spent))
	}
}

func TestWithoutAGateAllPass(t *testing.T) {
	g := New([]byte("key"), 0)
	if c, _ := g.Challenge(time.Now()); c != "" || g.Bits() != 0 || g.Pass("", "", time.Now()) != nil {
		t.Error("it asks for something")
	}
}
