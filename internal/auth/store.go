package auth

import (
	"context"
	"time"

	"parley/internal/chat"
)

// Store keeps accounts beside everything else, so that making a user and his
// session is one transaction.
type Store interface {
	// ReadAccounts is chat.Store's Read.
	ReadAccounts(ctx context.Context, fn func(Reader) error) error
	// WriteAccounts is chat.Store's Write: fn may run again after a conflict, so
	// it must have no other effects.
	WriteAccounts(ctx context.Context, fn func(Tx) error) error
}

// Digest is what is kept of a secret: its SHA-256 in base64url.
type Digest string

// SessionKind says what a client holds to prove its session.
type SessionKind string

const (
	TokenSession  SessionKind = "token"  // access and refresh tokens
	CookieSession SessionKind = "cookie" // a browser's cookie
)

// Session is one signed-in device.
type Session struct {
	ID         chat.SessionID
	UserID     chat.UserID
	Kind       SessionKind
	UserAgent  string
	IPPrefix   string // "" if unknown; never the whole address
	CreatedAt  time.Time
	LastUsedAt time.Time // of a cookie: to the hour
	ExpiresAt  time.Time // moves while it is used
	Current    bool      // the one that asks
}

// StoredSession is a Session with what proves it.
type StoredSession struct {
	Session
	// Lookup finds the session: the digest of the cookie, or of the part that all
	// refresh tokens of the session have in common.
	Lookup Digest
	// Secret is the digest of the refresh token that is good now.
	Secret Digest
}

// Revocation says that tokens are no longer good before their time is up.
type Revocation struct {
	ID      int64 // grows in commit order
	UserID  chat.UserID
	Session chat.SessionID // 0: all of the user that began before this revocation
	// Renew means that the sessions go on and only access tokens have to be
	// fetched anew, because what they say of the user is no longer true.
	Renew bool
	At    time.Time
}

// Invitation lets its bearers register.
type Invitation struct {
	ID        int64
	Secret    Digest
	CreatedBy chat.UserID // 0: the operator
	CreatedAt time.Time
	ExpiresAt time.Time
	UsesLeft  int
}

// APIKey is what may be shown of a server-to-server key.
type APIKey struct {
	ID         int64
	Name       string
	Hint       string // its first characters
	Scopes     []string
	CreatedBy  chat.UserID // 0: the operator
	CreatedAt  time.Time
	LastUsedAt time.Time // to the hour; zero: never
	RevokedAt  time.Time // zero: good
}

// Reader is what may be asked about accounts. A single thing that does not exist
// is nil without an error.
type Reader interface {
	chat.Reader

	// UserByEmail compares without case, and finds unverified addresses too.
	UserByEmail(ctx context.Context, address string) (*chat.User, error)
	// HasMembers reports whether a member was ever made; those deleted since
	// count. In a transaction nobody else makes the first one before it ends.
	HasMembers(ctx context.Context) (bool, error)
	// PasswordHash is "" for a user without a password.
	PasswordHash(ctx context.Context, u chat.UserID) (string, error)

	SessionByLookup(ctx context.Context, d Digest) (*StoredSession, error)
	// SessionsOf returns at most limit sessions that are good at the time, the
	// last used first.
	SessionsOf(ctx context.Context, u chat.UserID, now time.Time, limit int) ([]Session, error)

	// RevocationsAfter returns revocations with an id above after, in order. What
	// is committed later has a larger id.
	RevocationsAfter(ctx context.Context, after int64, limit int) ([]Revocation, error)
	// NewestRevocation is the id of the newest, pruned ones included; 0 if there
	// never was one.
	NewestRevocation(ctx context.Context) (int64, error)

	InvitationBySecret(ctx context.Context, d Digest) (*Invitation, error)
	// Invitations returns at most limit that are good at the time, the newest first.
	Invitations(ctx context.Context, now time.Time, limit int) ([]Invitation, error)
	APIKeyBySecret(ctx context.Context, d Digest) (*APIKey, error)
	// APIKeys returns all keys, revoked ones too, by id.
	APIKeys(ctx context.Context) ([]APIKey, error)
}

// Tx is a transaction about accounts.
type Tx interface {
	chat.Tx
	Reader

	SetPasswordHash(ctx context.Context, u chat.UserID, hash string, at time.Time) error

	InsertSession(ctx context.Context, s *StoredSession) error // fills ID
	// UpdateSession stores Secret, LastUsedAt and ExpiresAt.
	UpdateSession(ctx context.Context, s *StoredSession) error
	// DeleteSession deletes one session of the user; existed is false if it is
	// not there or not his.
	DeleteSession(ctx context.Context, u chat.UserID, id chat.SessionID) (existed bool, err error)
	// DeleteSessions deletes all sessions of the user but one (0: all) and
	// returns which.
	DeleteSessions(ctx context.Context, u chat.UserID, but chat.SessionID) ([]chat.SessionID, error)
	// Revoke stores a revocation; its ID is given by the store.
	Revoke(ctx context.Context, r Revocation) error

	InsertInvitation(ctx context.Context, i *Invitation) error // fills ID
	// UseInvitation takes one use; it does not look whether there is one.
	UseInvitation(ctx context.Context, id int64) error
	DeleteInvitation(ctx context.Context, id int64) (existed bool, err error)

	InsertAPIKey(ctx context.Context, k *APIKey, secret Digest) error // fills ID
	SawAPIKey(ctx context.Context, id int64, at time.Time) error
	// RevokeAPIKey keeps the time of an earlier revocation.
	RevokeAPIKey(ctx context.Context, id int64, at time.Time) (existed bool, err error)

	// ServerKey returns the secret of that name, which is the given one unless
	// there was another before.
	ServerKey(ctx context.Context, name, secret string, at time.Time) (string, error)

	// PruneAccounts removes at most limit each of sessions and invitations that
	// are over, and of revocations made before a time, and returns how many rows
	// went.
	PruneAccounts(ctx context.Context, now, revokedBefore time.Time, limit int) (int64, error)
}
