package auth

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"parley/internal/chat"
)

// The cost of a password hash: argon2id with what OWASP recommends as a minimum,
// some 30 to 60 ms and 19 MiB each.
const (
	hashMemory  = 19 * 1024 // KiB
	hashTime    = 2
	hashThreads = 1
	saltBytes   = 16
	hashBytes   = 32
)

// decoyHash has the cost of a real hash and matches no password: it is checked
// when there is no account, so that the answer takes as long.
const decoyHash = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// maxWaitingForHash bounds who waits for a slot: about half a minute of work for
// two slots. Whoever comes after that is better off with a quick refusal.
const maxWaitingForHash = 1024

// hasher computes password hashes, a few at a time.
type hasher struct {
	queue chan struct{} // those that wait and those that compute
	slots chan struct{} // those that compute
}

func newHasher(slots int) *hasher {
	return &hasher{queue: make(chan struct{}, slots+maxWaitingForHash), slots: make(chan struct{}, slots)}
}

// enter waits for a slot until ctx ends. Every enter without an error needs its
// leave.
func (h *hasher) enter(ctx context.Context) error {
	select {
	case h.queue <- struct{}{}:
	default:
		e := chat.Errorf(chat.Overloaded, "Too many people are signing in at the moment")
		e.RetryAfter = 5 * time.Second
		return e
	}
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		<-h.queue
		return ctx.Err()
	}
}

func (h *hasher) leave() {
	<-h.slots
	<-h.queue
}

// hash returns the password's hash as a PHC string with its parameters and salt.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	salt := randomBytes(saltBytes)
	key := argon2.IDKey(passwordBytes(password), salt, hashTime, hashMemory, hashThreads, hashBytes)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashTime, hashThreads,
		phcBase64.EncodeToString(salt), phcBase64.EncodeToString(key)), nil
}

// matches checks a password against a PHC string. A user without one ("") costs
// as much as any other and never matches.
func (h *hasher) matches(ctx context.Context, encoded, password string) (bool, error) {
	if encoded == "" {
		encoded = decoyHash
	}
	want, err := parseHash(encoded)
	if err != nil {
		return false, err
	}
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer h.leave()
	got := argon2.IDKey(passwordBytes(password), want.salt, want.time, want.memory, want.threads, uint32(len(want.key)))
	return subtle.ConstantTimeCompare(got, want.key) == 1, nil
}

// passwordBytes makes one spelling of a password that keyboards send in several.
func passwordBytes(password string) []byte { return norm.NFC.Bytes([]byte(password)) }

// phcBase64 is the alphabet of PHC strings.
var phcBase64 = base64.RawStdEncoding.Strict()

type passwordHash struct {
	memory, time uint32
	threads      uint8
	salt, key    []byte
}

var errHashFormat = errors.New("a stored password hash is not understood")

// parseHash reads the PHC string of an argon2id hash. The parameters are its
// own, so that hashes of an earlier cost stay good; absurd ones are refused.
func parseHash(encoded string) (passwordHash, error) {
	var h passwordHash
	parts := strings.Split(encoded, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return h, errHashFormat
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.time, &h.threads); err != nil {
		return h, errHashFormat
	}
	var saltErr, keyErr error
	h.salt, saltErr = phcBase64.DecodeString(parts[4])
	h.key, keyErr = phcBase64.DecodeString(parts[5])
	const maxMemory, maxTime = 1 << 20, 64
	sane := h.memory <= maxMemory && h.time >= 1 && h.time <= maxTime && h.threads >= 1 && len(h.key) >= 16
	if saltErr != nil || keyErr != nil || !sane {
		return h, errHashFormat
	}
	return h, nil
}
