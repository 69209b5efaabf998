package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"
)

// Prefixes make a leaked secret recognisable, to people and to scanners.
const (
	refreshPrefix = "prt_"
	cookiePrefix  = "pcs_"
	keyPrefix     = "pk_"
	invitePrefix  = "inv_"
)

const (
	secretBytes = 32
	familyBytes = 16
	inviteBytes = 16
)

// base64url without padding and with one spelling per value, so that a secret
// cannot be changed without being another one.
var base64url = base64.RawURLEncoding.Strict()

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails (crypto/rand)
	return b
}

func newSecret(prefix string, n int) string {
	return prefix + base64url.EncodeToString(randomBytes(n))
}

// passwordGroups of four characters each are what nobody guesses, and what can be
// read out over the telephone: 80 bits.
const passwordGroups = 4

// newPassword is a password that nobody has chosen.
func newPassword() string {
	var groups []string
	for word := rand.Text(); len(groups) < passwordGroups; word = word[4:] {
		groups = append(groups, strings.ToLower(word[:4]))
	}
	return strings.Join(groups, "-")
}

// parseSecret returns the n bytes behind the prefix.
func parseSecret(s, prefix string, n int) ([]byte, bool) {
	encoded, ok := strings.CutPrefix(s, prefix)
	if !ok || len(encoded) != base64url.EncodedLen(n) {
		return nil, false
	}
	b, err := base64url.DecodeString(encoded)
	return b, err == nil && len(b) == n // line breaks in it would have been skipped
}

func digestOf[T string | []byte](secret T) Digest {
	sum := sha256.Sum256([]byte(secret))
	return Digest(base64url.EncodeToString(sum[:]))
}

func (d Digest) equals(other Digest) bool {
	return subtle.ConstantTimeCompare([]byte(d), []byte(other)) == 1
}

// A refresh token is a family, the same in all tokens of a session, and a secret
// of its own. So any token that was ever good finds its session, and one that is
// not the newest gives itself away as reused, however old it is.

func newFamily() []byte { return randomBytes(familyBytes) }

func newRefreshToken(family []byte) string {
	return refreshPrefix + base64url.EncodeToString(append(append([]byte{}, family...), randomBytes(secretBytes)...))
}

func parseRefreshToken(token string) (family []byte, ok bool) {
	b, ok := parseSecret(token, refreshPrefix, familyBytes+secretBytes)
	if !ok {
		return nil, false
	}
	return b[:familyBytes], true
}
