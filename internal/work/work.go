// Package work asks for proof of work (hashcash): who wants something first finds a
// number that takes a while to find and no time to check.
package work

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"maps"
	"math/bits"
	"sync"
	"time"

	"parley/internal/chat"
)

const (
	// good is how long a challenge can be answered.
	good = 5 * time.Minute
	// maxSpent is how many answered challenges are remembered until they are good no
	// more.
	maxSpent = 100_000
	// sweepEvery is how often those that are not good any more are looked for.
	sweepEvery = time.Second
	maxNonce   = 32 // characters

	// Together with a nonce they are one block of SHA-256.
	timeBytes, freshBytes, macBytes = 8, 8, 12
)

// Gate asks for work. Its challenges are signed and carry their own end, so nothing is
// kept of those that nobody answers. A nil Gate asks for nothing.
type Gate struct {
	key  []byte
	bits int

	mu    sync.Mutex
	spent map[string]time.Time // until when they are good
	swept time.Time
}

// New makes a gate that asks for so many bits: the work doubles with each. 0 bits are
// no gate.
func New(key []byte, bits int) *Gate {
	if bits == 0 {
		return nil
	}
	return &Gate{key: key, bits: bits, spent: map[string]time.Time{}}
}

// Bits is how much work is asked for; 0: none.
func (g *Gate) Bits() int {
	if g == nil {
		return 0
	}
	return g.bits
}

// Challenge makes a challenge and says until when it is good; "" if there is no gate.
func (g *Gate) Challenge(now time.Time) (string, time.Time) {
	until := now.Add(good)
	if g == nil {
		return "", until
	}
	b := make([]byte, timeBytes+freshBytes, timeBytes+freshBytes+macBytes)
	binary.BigEndian.PutUint64(b, uint64(until.UnixMilli()))
	_, _ = rand.Read(b[timeBytes:]) // never fails
	return base64.RawURLEncoding.EncodeToString(append(b, g.sign(b)...)), until
}

func (g *Gate) sign(b []byte) []byte {
	h := hmac.New(sha256.New, g.key)
	h.Write(b)
	return h.Sum(nil)[:macBytes]
}

// Pass lets through who brings an answer that is right: SHA-256 of the challenge, a dot
// and the nonce begins with as many zero bits as are asked for. A challenge is answered
// once.
func (g *Gate) Pass(challenge, nonce string, now time.Time) error {
	if g == nil {
		return nil
	}
	until, ok := g.open(challenge)
	switch {
	case challenge == "":
		return chat.Invalid("challenge", "Making a room takes proof of work: GET /api/room/challenge")
	case !ok:
		return chat.Invalid("challenge", "challenge is not one of this server's")
	case !now.Before(until):
		return chat.Invalid("challenge", "challenge is too old")
	case len(nonce) > maxNonce || zeros(challenge+"."+nonce) < g.bits:
		return chat.Invalid("nonce", "nonce does not answer the challenge")
	}
	return g.spend(challenge, until, now)
}

func (g *Gate) open(challenge string) (until time.Time, ok bool) {
	// Decoding passes over line breaks, with which one challenge would be many.
	if len(challenge) != base64.RawURLEncoding.EncodedLen(timeBytes+freshBytes+macBytes) {
		return until, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(challenge)
	if err != nil || len(b) != timeBytes+freshBytes+macBytes {
		return until, false
	}
	said := b[:timeBytes+freshBytes]
	return time.UnixMilli(int64(binary.BigEndian.Uint64(said))), hmac.Equal(b[len(said):], g.sign(said))
}

func (g *Gate) spend(challenge string, until, now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, again := g.spent[challenge]; again {
		return chat.Invalid("challenge", "challenge was answered before")
	}
	if now.Sub(g.swept).Abs() >= sweepEvery {
		g.swept = now
		maps.DeleteFunc(g.spent, func(_ string, end time.Time) bool { return !now.Before(end) })
	}
	if len(g.spent) >= maxSpent {
		e := chat.Errorf(chat.Overloaded, "Too many rooms are being made at the moment")
		e.RetryAfter = time.Minute
		return e
	}
	g.spent[challenge] = until
	return nil
}

// zeros is how many bits a hash begins with that are zero.
func zeros(text string) (n int) {
	for _, b := range sha256.Sum256([]byte(text)) {
		n += bits.LeadingZeros8(b)
		if b != 0 {
			break
		}
	}
	return n
}
