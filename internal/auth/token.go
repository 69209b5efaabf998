package auth

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"parley/internal/chat"
)

const (
	issuer         = "parley"
	accessLifetime = 15 * time.Minute
	// expirySkew is how long after exp a token is still accepted. core.md gives
	// every accepted issuer 60 s, for clocks that differ; Parley is one of them,
	// and its nodes are many clocks.
	expirySkew = 60 * time.Second
	// maxTokenLength keeps nonsense from being decoded.
	maxTokenLength = 4096
)

// claims is what an access token of Parley's own says.
type claims struct {
	jwt.RegisteredClaims
	Session string   `json:"sid"`
	Roles   []string `json:"roles,omitempty"`
	// Epoch is the newest revocation when the token was made: a later revocation
	// of the whole user is about this token, an earlier one is not.
	Epoch int64 `json:"epoch"`
}

// access is an access token, read.
type access struct {
	user    chat.UserID
	session chat.SessionID
	roles   []string
	epoch   int64
	expires time.Time
}

// tokens makes and checks access tokens.
type tokens struct {
	key    []byte
	parser *jwt.Parser
}

func newTokens(key []byte, now func() time.Time) *tokens {
	return &tokens{key: key, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithIssuer(issuer),
		jwt.WithExpirationRequired(),
		jwt.WithLeeway(expirySkew),
		jwt.WithTimeFunc(now),
		jwt.WithStrictDecoding(),
	)}
}

func (t *tokens) issue(a access, now time.Time) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, &claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    issuer,
			Subject:   strconv.FormatInt(int64(a.user), 10),
			IssuedAt:  jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(a.expires),
		},
		Session: strconv.FormatInt(int64(a.session), 10),
		Roles:   a.roles,
		Epoch:   a.epoch,
	}).SignedString(t.key)
}

// read checks everything that a token says by itself. Its errors are
// token_expired and token_invalid.
func (t *tokens) read(token string) (access, error) {
	if len(token) > maxTokenLength || strings.ContainsAny(token, "\r\n") { // which base64 would skip
		return access{}, errTokenInvalid()
	}
	var c claims
	_, err := t.parser.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return t.key, nil })
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return access{}, errTokenExpired()
	case err != nil:
		return access{}, errTokenInvalid()
	}
	user, userOK := chat.ParseID(c.Subject)
	session, sessionOK := chat.ParseID(c.Session)
	if !userOK || !sessionOK {
		return access{}, errTokenInvalid()
	}
	return access{
		user: chat.UserID(user), session: chat.SessionID(session), roles: c.Roles, epoch: c.Epoch, expires: c.ExpiresAt.UTC(),
	}, nil
}
