package auth

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/chat"
)

var fuzzNow = time.Date(2024, 1, 15, 10, 30, 0, 0, time.UTC)

func fuzzTokens() *tokens {
	return newTokens(bytes.Repeat([]byte{7}, 32), func() time.Time { return fuzzNow })
}

// Only what was issued is accepted, and comes back as it was.
func FuzzReadToken(f *testing.F) {
	maker := fuzzTokens()
	issued := map[string]access{}
	for _, a := range []access{
		{user: 1, session: 1, expires: fuzzNow.Add(accessLifetime)},
		{user: chat.MaxID, session: chat.MaxID, epoch: 1 << 40, roles: []string{"admin", "agent"}, expires: fuzzNow.Add(accessLifetime)},
		{user: 3, session: 4, expires: fuzzNow.Add(-time.Hour)},
	} {
		token, err := maker.issue(a, fuzzNow)
		if err != nil {
			f.Fatal(err)
		}
		issued[token] = a
		f.Add(token)
		parts := strings.Split(token, ".")
		none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`))
		for _, forged := range []string{none + "." + parts[1] + ".", parts[0] + "." + parts[1] + ".", token[1:], token + "=", parts[2] + "." + parts[1] + "." + parts[0]} {
			f.Add(forged)
		}
	}
	f.Fuzz(func(t *testing.T, token string) {
		got, err := maker.read(token)
		if err != nil {
			if e := chat.Explain(err); e.Code != chat.TokenInvalid && e.Code != chat.TokenExpired {
				t.Errorf("%v", err)
			}
			return
		}
		want, ok := issued[token]
		if !ok {
			t.Fatalf("a forgery is accepted: %+v", got)
		}
		if got.user != want.user || got.session != want.session || got.epoch != want.epoch || !slices.Equal(got.roles, want.roles) || !got.expires.Equal(want.expires) {
			t.Errorf("%+v, want %+v", got, want)
		}
	})
}

// A secret has one spelling: what is read is what would be written.
func FuzzParseSecrets(f *testing.F) {
	family := bytes.Repeat([]byte{3}, familyBytes)
	for _, seed := range []string{newRefreshToken(family), newSecret(cookiePrefix, secretBytes), newSecret(keyPrefix, secretBytes), "prt_", "pcs_AA\r\n", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if family, ok := parseRefreshToken(s); ok {
			b, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(s, refreshPrefix))
			if err != nil || !bytes.HasPrefix(b, family) || refreshPrefix+base64.RawURLEncoding.EncodeToString(b) != s {
				t.Errorf("%q has another spelling", s)
			}
		}
		for _, prefix := range []string{cookiePrefix, keyPrefix} {
			if b, ok := parseSecret(s, prefix, secretBytes); ok && prefix+base64.RawURLEncoding.EncodeToString(b) != s {
				t.Errorf("%q has another spelling", s)
			}
		}
	})
}

func TestRefreshTokensOfASessionShareTheirFamilyOnly(t *testing.T) {
	family := newFamily()
	a, b := newRefreshToken(family), newRefreshToken(family)
	if a == b {
		t.Error("two tokens are the same")
	}
	for _, token := range []string{a, b} {
		got, ok := parseRefreshToken(token)
		if !ok || !bytes.Equal(got, family) {
			t.Errorf("family %x, want %x", got, family)
		}
	}
}

func BenchmarkReadToken(b *testing.B) {
	maker := fuzzTokens()
	token, err := maker.issue(access{user: 1, session: 2, roles: []string{"admin"}, expires: fuzzNow.Add(time.Hour)}, fuzzNow)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := maker.read(token); err != nil {
			b.Fatal(err)
		}
	}
}
