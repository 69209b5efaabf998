package auth

import (
	"context"
	"slices"
	"strings"
	"time"

	"parley/internal/chat"
)

// Identity is who is asking, and what he proved it with.
type Identity struct {
	Actor chat.Actor
	// Expires is when the proof is over, zero if only a revocation ends it. A
	// token may be accepted up to a minute later (clocks differ): an open
	// connection ends between the two.
	Expires time.Time
	Scopes  []string // of an API key, nil otherwise
	Cookie  bool
	// Renewed means that the cookie's 30 days began anew: send it again.
	Renewed bool
}

// Authenticate reads an access token. It asks the database only right after a
// revocation. Its errors are token_expired and token_invalid.
func (s *Service) Authenticate(ctx context.Context, token string) (Identity, error) {
	a, err := s.tokens.read(token)
	if err != nil {
		return Identity{}, err
	}
	if s.revoked.behind() {
		if err := s.catchUp(ctx); err != nil {
			return Identity{}, err
		}
	}
	if err := s.revoked.check(a); err != nil {
		return Identity{}, err
	}
	return Identity{Actor: chat.Actor{ID: a.user, Session: a.session, Roles: a.roles}, Expires: a.expires}, nil
}

// AuthenticateCookie reads a session cookie, with one query. Using it keeps the
// session alive for another 30 days, written down once an hour.
func (s *Service) AuthenticateCookie(ctx context.Context, value string) (Identity, error) {
	if _, ok := parseSecret(value, cookiePrefix, secretBytes); !ok {
		return Identity{}, errTokenInvalid()
	}
	var stored *StoredSession
	var u *chat.User
	err := s.store.ReadAccounts(ctx, func(r Reader) (err error) {
		if stored, err = r.SessionByLookup(ctx, digestOf(value)); err != nil || stored == nil {
			return err
		}
		u, err = r.User(ctx, stored.UserID)
		return err
	})
	now := s.now()
	switch {
	case err != nil:
		return Identity{}, err
	case stored == nil || stored.Kind != CookieSession || u == nil || !u.Active():
		return Identity{}, errSessionEnded()
	case !now.Before(stored.ExpiresAt):
		return Identity{}, errTokenExpired()
	}
	id := Identity{Actor: chat.Actor{ID: u.ID, Session: stored.ID, Roles: u.Roles}, Cookie: true}
	if now.Sub(stored.LastUsedAt) >= touchEvery {
		id.Renewed = s.touch(ctx, stored.Lookup, now)
	}
	return id, nil
}

// touch writes down that a cookie is in use. That it cannot is no reason to
// refuse the cookie.
func (s *Service) touch(ctx context.Context, lookup Digest, now time.Time) (renewed bool) {
	err := s.change(ctx, func(ctx context.Context, tx Tx) error {
		renewed = false
		stored, err := tx.SessionByLookup(ctx, lookup)
		if err != nil || stored == nil || now.Sub(stored.LastUsedAt) < touchEvery {
			return err
		}
		stored.LastUsedAt, stored.ExpiresAt = now, now.Add(sessionLifetime)
		renewed = true
		return tx.UpdateSession(ctx, stored)
	})
	if err != nil {
		if ctx.Err() == nil {
			s.log.Warn("prolonging a session", "error", err)
		}
		return false
	}
	return renewed
}

// AuthenticateKey reads an API key. Without actAs the actor is nobody (id 0) and
// may do what the scopes say. With it ("7" or "ext:<externalId>") he is that
// user, which needs the scope chat:act; an administrator's power comes along
// only with the scope admin.
func (s *Service) AuthenticateKey(ctx context.Context, key, actAs string) (Identity, error) {
	if _, ok := parseSecret(key, keyPrefix, secretBytes); !ok {
		return Identity{}, errUnknownKey()
	}
	var k *APIKey
	var id Identity
	err := s.store.ReadAccounts(ctx, func(r Reader) (err error) {
		if k, err = r.APIKeyBySecret(ctx, digestOf(key)); err != nil {
			return err
		}
		if k == nil || !k.RevokedAt.IsZero() {
			return errUnknownKey()
		}
		id = Identity{Scopes: k.Scopes, Actor: chat.Actor{Key: k.ID}}
		if actAs != "" {
			id.Actor, err = k.actor(ctx, r, actAs)
		}
		return err
	})
	if err != nil {
		return Identity{}, err
	}
	if now := s.now(); now.Sub(k.LastUsedAt) >= touchEvery {
		s.sawKey(ctx, k.ID, now)
	}
	return id, nil
}

func errUnknownKey() error { return chat.Errorf(chat.Unauthenticated, "The API key is not valid") }

func (k *APIKey) actor(ctx context.Context, r Reader, actAs string) (chat.Actor, error) {
	if !slices.Contains(k.Scopes, ScopeChatAct) {
		return chat.Actor{}, chat.Errorf(chat.Forbidden, "This API key may not act for users")
	}
	u, err := userNamed(ctx, r, actAs)
	if err != nil {
		return chat.Actor{}, err
	}
	if u == nil || !u.DeletedAt.IsZero() {
		return chat.Actor{}, errUserNotFound()
	}
	if !u.Active() {
		return chat.Actor{}, errAccountDisabled()
	}
	roles := u.Roles
	if !slices.Contains(k.Scopes, ScopeAdmin) {
		roles = slices.DeleteFunc(roles, func(role string) bool { return role == chat.RoleServerAdmin })
	}
	return chat.Actor{ID: u.ID, Key: k.ID, Roles: roles}, nil
}

// userNamed finds a user by "<id>" or "ext:<externalId>"; nil if there is none.
func userNamed(ctx context.Context, r Reader, name string) (*chat.User, error) {
	if external, ok := strings.CutPrefix(name, "ext:"); ok {
		return r.UserByExternalID(ctx, external)
	}
	id, ok := chat.ParseID(name)
	if !ok {
		return nil, chat.Invalid("X-Act-As", "X-Act-As must be a user's id or ext: and his external id")
	}
	return r.User(ctx, chat.UserID(id))
}

func (s *Service) sawKey(ctx context.Context, id int64, now time.Time) {
	err := s.change(ctx, func(ctx context.Context, tx Tx) error { return tx.SawAPIKey(ctx, id, now) })
	if err != nil && ctx.Err() == nil {
		s.log.Warn("noting the use of an API key", "error", err)
	}
}
