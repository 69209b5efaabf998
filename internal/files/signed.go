package files

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"parley/internal/chat"
)

// SignedFor is how long a signed address is good.
const SignedFor = time.Hour

// owner is the key of the file that a blob's key belongs to.
func owner(key string) string {
	file, _, _ := strings.Cut(key, "_")
	return file
}

func owners(keys []string) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = owner(k)
	}
	return out
}

// SignedURL is an address under which one user may read a file without other
// credentials, as long as he may read it at all (contracts/core.md, Files).
func (s *Service) SignedURL(f *chat.File, u chat.UserID, expires time.Time) string {
	exp := strconv.FormatInt(expires.Unix(), 10)
	q := url.Values{"u": {strconv.FormatInt(int64(u), 10)}, "exp": {exp}, "sig": {s.sign(f.Key, u, exp)}}
	return "/f/" + f.Key + "?" + q.Encode()
}

func (s *Service) sign(key string, u chat.UserID, exp string) string {
	mac := hmac.New(sha256.New, s.key)
	fmt.Fprintf(mac, "%s|%d|%s", key, u, exp)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// ErrNotSigned refuses a signed address. Why, and whether there is such a file, is
// not said.
func ErrNotSigned() error {
	return chat.Errorf(chat.Forbidden, "This address is not valid, or not any more")
}

// Signed returns who may read by a signed address, if he is still somebody who may
// sign in.
func (s *Service) Signed(key string, q url.Values, now time.Time) (chat.Actor, error) {
	refused := ErrNotSigned()
	u, err := strconv.ParseInt(q.Get("u"), 10, 64)
	if err != nil || u <= 0 {
		return chat.Actor{}, refused
	}
	exp, err := strconv.ParseInt(q.Get("exp"), 10, 64)
	if err != nil || exp < now.Unix() {
		return chat.Actor{}, refused
	}
	want := s.sign(key, chat.UserID(u), q.Get("exp"))
	if !hmac.Equal([]byte(want), []byte(q.Get("sig"))) {
		return chat.Actor{}, refused
	}
	return chat.Actor{ID: chat.UserID(u)}, nil
}
