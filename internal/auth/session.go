package auth

import (
	"context"
	"net/netip"
	"time"

	"parley/internal/chat"
	"parley/internal/text"
)

const (
	// sessionLifetime is how long a session lasts after its last use.
	sessionLifetime = 30 * 24 * time.Hour
	// touchEvery bounds how often the use of a cookie or key is written down.
	touchEvery    = time.Hour
	maxUserAgent  = 255
	maxSessionsOf = 200
)

// Device is where a session was begun, as the edge saw it.
type Device struct {
	UserAgent string
	IP        netip.Addr // only its prefix is kept
}

// SignedIn is a session that begins or goes on, and what proves it: the tokens
// or the cookie, never both. The secrets are nowhere else.
type SignedIn struct {
	User         *chat.User
	Session      chat.SessionID
	AccessToken  string
	ExpiresIn    time.Duration // of AccessToken or CookieToken
	RefreshToken string
	CookieToken  string
}

// opening is a session on its way into the store, with its secrets.
type opening struct {
	stored  StoredSession
	refresh string
	cookie  string
	epoch   int64
}

func (s *Service) newOpening(cookie bool, d Device) *opening {
	now := s.now()
	o := &opening{stored: StoredSession{Session: Session{
		Kind: TokenSession, UserAgent: shortUserAgent(d.UserAgent), IPPrefix: ipPrefix(d.IP),
		CreatedAt: now, LastUsedAt: now, ExpiresAt: now.Add(sessionLifetime),
	}}}
	if cookie {
		o.cookie = newSecret(cookiePrefix, secretBytes)
		o.stored.Kind, o.stored.Lookup = CookieSession, digestOf(o.cookie)
		return o
	}
	family := newFamily()
	o.refresh = newRefreshToken(family)
	o.stored.Lookup, o.stored.Secret = digestOf(family), digestOf(o.refresh)
	return o
}

// write stores a new session of the user.
func (o *opening) write(ctx context.Context, tx Tx, u *chat.User) (err error) {
	o.stored.UserID = u.ID
	if err := tx.InsertSession(ctx, &o.stored); err != nil {
		return err
	}
	o.epoch, err = tx.NewestRevocation(ctx)
	return err
}

// signIn is what the client gets when the session is stored.
func (s *Service) signIn(u *chat.User, o *opening) (SignedIn, error) {
	if o.stored.Kind == CookieSession {
		return SignedIn{User: u, Session: o.stored.ID, CookieToken: o.cookie, ExpiresIn: sessionLifetime}, nil
	}
	now := s.now()
	token, err := s.tokens.issue(access{
		user: u.ID, session: o.stored.ID, roles: u.Roles, epoch: o.epoch, expires: now.Add(accessLifetime),
	}, now)
	if err != nil {
		return SignedIn{}, err
	}
	return SignedIn{User: u, Session: o.stored.ID, AccessToken: token, ExpiresIn: accessLifetime, RefreshToken: o.refresh}, nil
}

func shortUserAgent(ua string) string {
	line, err := text.Line(ua)
	if err != nil {
		return ""
	}
	runes := []rune(line)
	return string(runes[:min(len(runes), maxUserAgent)])
}

// ipPrefix is what is kept of an address: the network that one customer has.
func ipPrefix(ip netip.Addr) string {
	ip = ip.Unmap()
	bits := 64
	if ip.Is4() {
		bits = 24
	}
	p, err := ip.WithZone("").Prefix(bits)
	if err != nil || !p.IsValid() {
		return ""
	}
	return p.String()
}

// Refresh gives new tokens for a refresh token, which is used up by that. One
// that was used before ends the whole session (contracts/core.md): either it was
// stolen, or its thief was here first.
func (s *Service) Refresh(ctx context.Context, refreshToken string) (SignedIn, error) {
	family, ok := parseRefreshToken(refreshToken)
	if !ok {
		return SignedIn{}, errTokenInvalid()
	}
	lookup, presented := digestOf(family), digestOf(refreshToken)
	known, err := s.findSession(ctx, lookup)
	if err != nil {
		return SignedIn{}, err
	}
	if known == nil { // what was never a token does not queue for a commit
		return SignedIn{}, errTokenInvalid()
	}
	o := &opening{refresh: newRefreshToken(family)}
	next := digestOf(o.refresh)
	var u *chat.User
	var reused bool
	err = s.change(ctx, func(ctx context.Context, tx Tx) error {
		stored, err := tx.SessionByLookup(ctx, lookup)
		if err != nil {
			return err
		}
		if stored == nil || stored.Kind != TokenSession {
			return errSessionEnded()
		}
		if reused = !stored.Secret.equals(presented); reused {
			return endSession(ctx, tx, &stored.Session, s.now())
		}
		o.stored = *stored
		o.stored.Secret = next
		u, err = s.prolong(ctx, tx, o)
		return err
	})
	switch {
	case err != nil:
		return SignedIn{}, err
	case reused:
		s.log.Warn("a refresh token was reused: its session has been ended", "user", known.UserID, "session", known.ID)
		s.applyRevocations(ctx)
		return SignedIn{}, errTokenReused()
	}
	return s.signIn(u, o)
}

// prolong stores that a session goes on.
func (s *Service) prolong(ctx context.Context, tx Tx, o *opening) (*chat.User, error) {
	now := s.now()
	if !now.Before(o.stored.ExpiresAt) {
		return nil, errTokenExpired()
	}
	u, err := tx.User(ctx, o.stored.UserID)
	if err != nil {
		return nil, err
	}
	if u == nil || !u.Active() {
		return nil, errSessionEnded()
	}
	if o.epoch, err = tx.NewestRevocation(ctx); err != nil {
		return nil, err
	}
	o.stored.LastUsedAt, o.stored.ExpiresAt = now, now.Add(sessionLifetime)
	return u, tx.UpdateSession(ctx, &o.stored)
}

func (s *Service) findSession(ctx context.Context, lookup Digest) (found *StoredSession, err error) {
	err = s.store.ReadAccounts(ctx, func(r Reader) error {
		found, err = r.SessionByLookup(ctx, lookup)
		return err
	})
	return found, err
}

// endSession deletes a session and revokes its tokens.
func endSession(ctx context.Context, tx Tx, v *Session, now time.Time) error {
	if _, err := tx.DeleteSession(ctx, v.UserID, v.ID); err != nil {
		return err
	}
	return tx.Revoke(ctx, Revocation{UserID: v.UserID, Session: v.ID, At: now})
}

// Logout ends the actor's session, its cookie and its open connections.
func (s *Service) Logout(ctx context.Context, a chat.Actor) error {
	if a.Session == 0 {
		return chat.Errorf(chat.Forbidden, "An API key has no session to end")
	}
	return s.revoke(ctx, func(ctx context.Context, tx Tx) error {
		return endSession(ctx, tx, &Session{ID: a.Session, UserID: a.ID}, s.now())
	})
}

// Sessions returns the actor's sessions, the last used first, at most 200.
func (s *Service) Sessions(ctx context.Context, a chat.Actor) (list []Session, err error) {
	err = s.store.ReadAccounts(ctx, func(r Reader) error {
		list, err = r.SessionsOf(ctx, a.ID, s.now(), maxSessionsOf)
		return err
	})
	for i := range list {
		list[i].Current = list[i].ID == a.Session
	}
	return list, err
}

// RevokeSession ends one of the actor's sessions. Anybody else's does not exist
// for him.
func (s *Service) RevokeSession(ctx context.Context, a chat.Actor, id chat.SessionID) error {
	return s.revoke(ctx, func(ctx context.Context, tx Tx) error {
		existed, err := tx.DeleteSession(ctx, a.ID, id)
		if err != nil {
			return err
		}
		if !existed {
			return chat.Errorf(chat.NotFound, "Session not found")
		}
		return tx.Revoke(ctx, Revocation{UserID: a.ID, Session: id, At: s.now()})
	})
}
