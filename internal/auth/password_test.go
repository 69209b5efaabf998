package auth

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"parley/internal/chat"
)

func TestHashMatchesItsPasswordOnly(t *testing.T) {
	h := newHasher(2)
	encoded, err := h.hash(t.Context(), "violet kettle")
	if err != nil {
		t.Fatal(err)
	}
	again, err := h.hash(t.Context(), "violet kettle")
	if err != nil || again == encoded {
		t.Errorf("no salt: %q, %v", again, err)
	}
	for password, want := range map[string]bool{"violet kettle": true, "Violet kettle": false, "violet kettle ": false, "": false} {
		if ok, err := h.matches(t.Context(), encoded, password); err != nil || ok != want {
			t.Errorf("%q: %v, %v", password, ok, err)
		}
	}
}

// Vectors of the reference implementation (P-H-C/phc-winner-argon2, src/test.c).
func TestHashOfAnotherCostStaysGood(t *testing.T) {
	h := newHasher(1)
	for _, encoded := range []string{
		"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
		"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
	} {
		if ok, err := h.matches(t.Context(), encoded, "password"); !ok || err != nil {
			t.Errorf("%s: %v, %v", encoded, ok, err)
		}
		if ok, err := h.matches(t.Context(), encoded, "passwort"); ok || err != nil {
			t.Errorf("%s matches another password: %v", encoded, err)
		}
	}
}

func TestDecoyCostsAsMuchAndMatchesNothing(t *testing.T) {
	decoy, err := parseHash(decoyHash)
	if err != nil {
		t.Fatal(err)
	}
	genuine, err := newHasher(1).hash(t.Context(), "violet kettle")
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parseHash(genuine)
	if err != nil || decoy.memory != parsed.memory || decoy.time != parsed.time || decoy.threads != parsed.threads ||
		len(decoy.salt) != len(parsed.salt) || len(decoy.key) != len(parsed.key) {
		t.Errorf("decoy %+v, real %+v, %v", decoy, parsed, err)
	}
	for _, password := range []string{"", "violet kettle"} {
		if ok, err := newHasher(1).matches(t.Context(), "", password); ok || err != nil {
			t.Errorf("%q: %v, %v", password, ok, err)
		}
	}
}

func TestParseHashRefuses(t *testing.T) {
	const salt, key = "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	for _, encoded := range []string{
		"x", "$argon2id$", "$argon2i$v=19$m=19456,t=2,p=1$" + salt + "$" + key, "$argon2id$v=16$m=19456,t=2,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=4294967295,t=2,p=1$" + salt + "$" + key, "$argon2id$v=19$m=19456,t=0,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=19456,t=2,p=0$" + salt + "$" + key, "$argon2id$v=19$m=19456,t=2,p=256$" + salt + "$" + key,
		"$argon2id$v=19$m=19456,t=2,p=1$!$" + key, "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$AAAA", "$argon2id$v=19$m=,t=,p=$" + salt + "$" + key,
	} {
		if h, err := parseHash(encoded); err == nil {
			t.Errorf("%s: %+v", encoded, h)
		}
	}
}

func TestHashWaitsForItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHasher(1)
		if err := h.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		impatient, giveUp := context.WithCancel(t.Context())
		var errs [2]error
		var wg sync.WaitGroup
		wg.Go(func() { _, errs[0] = h.hash(impatient, "violet kettle") })
		wg.Go(func() { _, errs[1] = h.hash(t.Context(), "violet kettle") })
		synctest.Wait()
		giveUp()
		synctest.Wait()
		h.leave()
		wg.Wait()
		if !errors.Is(errs[0], context.Canceled) || errs[1] != nil {
			t.Errorf("%v", errs)
		}
		if len(h.queue) != 0 || len(h.slots) != 0 {
			t.Errorf("%d wait, %d compute", len(h.queue), len(h.slots))
		}
	})
}

func TestHashQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHasher(1)
		if err := h.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range maxWaitingForHash {
			wg.Go(func() { _ = h.enter(ctx) })
		}
		synctest.Wait()
		err := h.enter(ctx)
		if e := chat.Explain(err); e.Code != chat.Overloaded || e.RetryAfter == 0 {
			t.Errorf("%v", err)
		}
		cancel()
		wg.Wait()
	})
}

func TestPasswordRules(t *testing.T) {
	const username, email = "annabel.lee", "Annabel@Example.org"
	tests := map[string]bool{
		"violet-kettle-09":               true,
		"kq7zr2vx":                       true,
		"kq7zr2v":                        false,
		"пароль-мой":                     true,
		"四字熟語四字熟語です":                     true,
		"correct horse battery":          true,
		"        ":                       false,
		"":                               false,
		"password":                       false,
		"PassWord123":                    false,
		"P@ssw0rd":                       false,
		"iloveyou":                       false,
		"Annabel.Lee":                    false,
		"annabel@example.ORG":            false,
		"aaaaaaaaaaaa":                   false,
		"ааааааааа":                      false,
		"12345678":                       false,
		"1234567890123":                  false,
		"987654321":                      false,
		"abcdefgh":                       false,
		"ZYXWVUTS":                       false,
		"qwertyui":                       false,
		"poiuytrewq":                     false,
		"asdfghjkl":                      false,
		"qwertzuiop":                     false,
		"1qaz2wsx3edc":                   false,
		"abcdefgx":                       true,
		"violet\xff\xfe\xfd-ket":         false,
		strings.Repeat("ü-a", 85) + "x":  true,
		strings.Repeat("ü-a", 85) + "xy": false,
	}
	for password, want := range tests {
		err := checkPassword("new", password, username, email)
		if (err == nil) != want {
			t.Errorf("%q: %v", password, err)
		}
		if err != nil && (!chat.Has(err, chat.ValidationFailed) || chat.Explain(err).Field != "new") {
			t.Errorf("%q: %v", password, err)
		}
	}
	if err := checkPassword("password", "annabel1", "ann", "annabel1@example.org"); err == nil {
		t.Error("the mailbox is a good password")
	}
}

func TestCommonPasswordsAreWellFormed(t *testing.T) {
	words := strings.Fields(commonText)
	if len(words) < 300 {
		t.Errorf("only %d", len(words))
	}
	for i, word := range words {
		if word != strings.ToLower(word) || len([]rune(word)) < minPassword {
			t.Errorf("%q would never match", word)
		}
		if i > 0 && word <= words[i-1] {
			t.Errorf("%q is out of order", word)
		}
	}
}

func FuzzParseHash(f *testing.F) {
	f.Add(decoyHash)
	f.Add("$argon2id$v=19$m=1,t=1,p=1$$AAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=-1,t=2,p=1$A$A")
	f.Fuzz(func(t *testing.T, encoded string) {
		h, err := parseHash(encoded)
		if err == nil && (h.time < 1 || h.threads < 1 || h.memory > 1<<20 || h.time > 64 || len(h.key) < 16) {
			t.Errorf("%+v", h)
		}
	})
}
