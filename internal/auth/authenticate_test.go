package auth_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"parley/internal/auth"
	"parley/internal/chat"
)

func TestAuthenticate(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	in := w.register("ann")
	before := w.asked.Load()
	id, err := w.Authenticate(t.Context(), in.AccessToken)
	if err != nil || id.Actor.ID != in.User.ID || id.Actor.Session != in.Session || id.Cookie || id.Scopes != nil {
		t.Fatalf("%+v, %v", id, err)
	}
	if want := w.clock.Now().Add(15 * time.Minute); !id.Expires.Equal(want) {
		t.Errorf("expires %s, want %s", id.Expires, want)
	}
	if w.asked.Load() != before {
		t.Error("the database was asked")
	}
}

func TestAccessTokenExpires(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	in := w.register("ann")
	w.clock.advance(15*time.Minute + 59*time.Second)
	w.accepts(in) // core.md: 60 s skew
	w.clock.advance(time.Second)
	w.refuses(in, chat.TokenExpired)
}

func TestAccessTokenSaysWhatTheContractSays(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	in := w.register("ann")
	var c jwt.MapClaims
	token, _, err := jwt.NewParser().ParseUnverified(in.AccessToken, &c)
	if err != nil || token.Header["alg"] != "HS256" {
		t.Fatalf("%v, %v", token, err)
	}
	now := float64(w.clock.Now().Unix())
	want := map[string]any{
		"iss": "parley", "sub": strconv.FormatInt(int64(in.User.ID), 10), "sid": strconv.FormatInt(int64(in.Session), 10),
		"iat": now, "exp": now + 15*60,
	}
	for name, v := range want {
		if c[name] != v {
			t.Errorf("%s is %v, want %v", name, c[name], v)
		}
	}
	if roles, _ := c["roles"].([]any); len(roles) != 1 || roles[0] != chat.RoleServerAdmin {
		t.Errorf("roles %v", c["roles"])
	}
}

// serverKey is the real key, so that a forgery fails for one reason only.
func (w *world) serverKey(name string) []byte {
	w.t.Helper()
	var key []byte
	err := w.store.WriteAccounts(w.t.Context(), func(tx auth.Tx) error {
		s, err := tx.ServerKey(w.t.Context(), name, "", time.Time{})
		if err != nil {
			return err
		}
		key, err = base64.RawStdEncoding.DecodeString(s)
		return err
	})
	if err != nil || len(key) != 32 {
		w.t.Fatalf("key %s: %v", name, err)
	}
	return key
}

func TestForgedTokensAreRefused(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	in := w.register("ann")
	key := w.serverKey("signing")
	claims := jwt.MapClaims{
		"iss": "parley", "sub": "1", "sid": "1", "epoch": 0, "iat": w.clock.Now().Unix(), "exp": w.clock.Now().Add(time.Hour).Unix(),
	}
	sign := func(m jwt.SigningMethod, key any, change jwt.MapClaims) string {
		t.Helper()
		c := maps.Clone(claims)
		for name, v := range change {
			if c[name] = v; v == nil {
				delete(c, name)
			}
		}
		token, err := jwt.NewWithClaims(m, c).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	if _, err := w.Authenticate(t.Context(), sign(jwt.SigningMethodHS256, key, nil)); err != nil {
		t.Fatalf("the forger's tool is broken: %v", err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(in.AccessToken, ".")
	header := func(h string) string { return base64.RawURLEncoding.EncodeToString([]byte(h)) }
	forged := map[string]string{
		"alg none":              sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil),
		"alg None":              header(`{"alg":"None","typ":"JWT"}`) + "." + parts[1] + ".",
		"alg none, signed":      header(`{"alg":"none","typ":"JWT"}`) + "." + parts[1] + "." + parts[2],
		"no alg":                header(`{"typ":"JWT"}`) + "." + parts[1] + "." + parts[2],
		"HS384":                 sign(jwt.SigningMethodHS384, key, nil),
		"HS512":                 sign(jwt.SigningMethodHS512, key, nil),
		"RS256":                 sign(jwt.SigningMethodRS256, rsaKey, nil),
		"RS256 with our key":    header(`{"alg":"RS256","typ":"JWT"}`) + "." + parts[1] + "." + parts[2],
		"another key of ours":   sign(jwt.SigningMethodHS256, w.serverKey("cursor"), nil),
		"empty key":             sign(jwt.SigningMethodHS256, []byte{}, nil),
		"no issuer":             sign(jwt.SigningMethodHS256, key, jwt.MapClaims{"iss": nil}),
		"another issuer":        sign(jwt.SigningMethodHS256, key, jwt.MapClaims{"iss": "Parley"}),
		"no exp":                sign(jwt.SigningMethodHS256, key, jwt.MapClaims{"exp": nil}),
		"no sub":                sign(jwt.SigningMethodHS256, key, jwt.MapClaims{"sub": nil}),
		"sub 0":                 sign(jwt.SigningMethodHS256, key, jwt.MapClaims{"sub": "0"}),
		"sub with a zero":       sign(jwt.SigningMethodHS256, key, jwt.MapClaims{"sub": "01"}),
		"negative sub":          sign(jwt.SigningMethodHS256, key, jwt.MapClaims{"sub": "-1"}),
		"no sid":                sign(jwt.SigningMethodHS256, key, jwt.MapClaims{"sid": nil}),
		"huge sid":              sign(jwt.SigningMethodHS256, key, jwt.MapClaims{"sid": "9007199254740992"}),
		"not yet":               sign(jwt.SigningMethodHS256, key, jwt.MapClaims{"nbf": w.clock.Now().Add(time.Hour).Unix()}),
		"nothing":               "",
		"dots":                  "..",
		"no signature":          parts[0] + "." + parts[1] + ".",
		"two parts":             parts[0] + "." + parts[1],
		"four parts":            in.AccessToken + ".",
		"another spelling":      in.AccessToken[:len(in.AccessToken)-1] + nextLetter(in.AccessToken[len(in.AccessToken)-1]),
		"padding":               in.AccessToken + "=",
		"a line break":          in.AccessToken + "\n",
		"a line break inside":   in.AccessToken[:9] + "\r\n" + in.AccessToken[9:],
		"an enormous one":       parts[0] + "." + strings.Repeat("A", 1<<20) + "." + parts[2],
		"somebody else's claim": parts[0] + "." + strings.Split(sign(jwt.SigningMethodHS256, key, jwt.MapClaims{"sub": "2"}), ".")[1] + "." + parts[2],
		"a refresh token":       in.RefreshToken,
	}
	for name, token := range forged {
		if _, err := w.Authenticate(t.Context(), token); !chat.Has(err, chat.TokenInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = w.Authenticate(t.Context(), sign(jwt.SigningMethodHS256, key, jwt.MapClaims{"exp": w.clock.Now().Add(-time.Hour).Unix()}))
	wantCode(t, err, chat.TokenExpired, "")
}

// nextLetter is a letter that a lenient decoder reads as the same bits: the last
// one of a signature carries two bits too many.
func nextLetter(c byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(alphabet[strings.IndexByte(alphabet, c)^1])
}

func TestEveryChangedLetterIsNoticed(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	in := w.register("ann")
	for i := range len(in.AccessToken) {
		token := flipped(in.AccessToken, i)
		if _, err := w.Authenticate(t.Context(), token); !chat.Has(err, chat.TokenInvalid) {
			t.Fatalf("letter %d: %v", i, err)
		}
	}
}

func TestTokensOfAnotherServerAreRefused(t *testing.T) {
	here, there := newWorld(t, auth.RegistrationOpen), newWorld(t, auth.RegistrationOpen)
	in := here.register("ann")
	there.register("ann")
	there.refuses(in, chat.TokenInvalid)
}
