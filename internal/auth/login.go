package auth

import (
	"context"
	"strings"

	"parley/internal/chat"
)

// Credentials are what somebody signs in with.
type Credentials struct {
	Login    string // username or verified e-mail address
	Password string
	Cookie   bool // a cookie instead of tokens
	Device   Device
}

// Login begins a session. An unknown login takes as long as a wrong password and
// gives the same error, unauthenticated.
func (s *Service) Login(ctx context.Context, c Credentials) (SignedIn, error) {
	if c.Login == "" {
		return SignedIn{}, chat.Invalid("login", "login is required")
	}
	if c.Password == "" {
		return SignedIn{}, chat.Invalid("password", "password is required")
	}
	if !plausiblePassword(c.Password) {
		return SignedIn{}, errWrongCredentials()
	}
	found, hash, err := s.findLogin(ctx, c.Login)
	if err != nil {
		return SignedIn{}, err
	}
	ok, err := s.hashes.matches(ctx, hash, c.Password)
	if err != nil {
		return SignedIn{}, err
	}
	if !ok {
		return SignedIn{}, errWrongCredentials()
	}
	o := s.newOpening(c.Cookie, c.Device)
	var u *chat.User
	err = s.change(ctx, func(ctx context.Context, tx Tx) error {
		if u, err = stillHasPassword(ctx, tx, found, hash); err != nil {
			return err
		}
		if !u.Active() {
			return errAccountDisabled()
		}
		return o.write(ctx, tx, u)
	})
	if err != nil {
		return SignedIn{}, err
	}
	return s.signIn(u, o)
}

// findLogin returns whose login it is and the hash of his password; 0 and "" if
// it is nobody's. A username has no "@".
func (s *Service) findLogin(ctx context.Context, login string) (id chat.UserID, hash string, err error) {
	err = s.store.ReadAccounts(ctx, func(r Reader) error {
		var u *chat.User
		if strings.Contains(login, "@") {
			if u, err = r.UserByEmail(ctx, login); u != nil && !u.EmailVerified {
				u = nil
			}
		} else {
			u, err = r.UserByUsername(ctx, login)
		}
		if err != nil || u == nil {
			return err
		}
		id = u.ID
		hash, err = r.PasswordHash(ctx, u.ID)
		return err
	})
	return id, hash, err
}

// stillHasPassword loads a user whose password was checked outside the
// transaction, unless it was changed meanwhile.
func stillHasPassword(ctx context.Context, tx Tx, id chat.UserID, hash string) (*chat.User, error) {
	u, err := tx.User(ctx, id)
	if err != nil {
		return nil, err
	}
	now, err := tx.PasswordHash(ctx, id)
	if err != nil {
		return nil, err
	}
	if u == nil || now != hash {
		return nil, errWrongCredentials()
	}
	return u, nil
}

// ChangePassword sets the actor's password and ends his other sessions.
func (s *Service) ChangePassword(ctx context.Context, a chat.Actor, current, next string) error {
	u, hash, err := s.passwordOf(ctx, a.ID)
	if err != nil {
		return err
	}
	wrong := &chat.Error{Code: chat.Forbidden, Field: "current", Message: "The current password is wrong"}
	if !plausiblePassword(current) {
		return wrong
	}
	if err := checkPassword("new", next, u.Username, u.Email); err != nil {
		return err
	}
	ok, err := s.hashes.matches(ctx, hash, current)
	if err != nil {
		return err
	}
	if !ok {
		return wrong
	}
	nextHash, err := s.hashes.hash(ctx, next)
	if err != nil {
		return err
	}
	return s.revoke(ctx, func(ctx context.Context, tx Tx) error {
		if _, err := stillHasPassword(ctx, tx, a.ID, hash); err != nil {
			return err
		}
		if err := tx.SetPasswordHash(ctx, a.ID, nextHash, s.now()); err != nil {
			return err
		}
		return s.endOthers(ctx, tx, a)
	})
}

// ConfirmPassword asks for the actor's password before something that cannot be taken
// back. Those who have none are not asked.
func (s *Service) ConfirmPassword(ctx context.Context, a chat.Actor, password string) error {
	_, hash, err := s.passwordOf(ctx, a.ID)
	if err != nil || hash == "" {
		return err
	}
	ok := plausiblePassword(password)
	if ok {
		if ok, err = s.hashes.matches(ctx, hash, password); err != nil {
			return err
		}
	}
	if !ok {
		return &chat.Error{Code: chat.Forbidden, Field: "password", Message: "The password is wrong"}
	}
	return nil
}

func (s *Service) endOthers(ctx context.Context, tx Tx, a chat.Actor) error {
	ended, err := tx.DeleteSessions(ctx, a.ID, a.Session)
	if err != nil {
		return err
	}
	for _, id := range ended {
		if err := tx.Revoke(ctx, Revocation{UserID: a.ID, Session: id, At: s.now()}); err != nil {
			return err
		}
	}
	return nil
}

// passwordOf returns a user who was not deleted and his password's hash.
func (s *Service) passwordOf(ctx context.Context, id chat.UserID) (u *chat.User, hash string, err error) {
	err = s.store.ReadAccounts(ctx, func(r Reader) error {
		if u, err = existing(ctx, r, id); err != nil {
			return err
		}
		hash, err = r.PasswordHash(ctx, id)
		return err
	})
	return u, hash, err
}

// existing finds an account that was not deleted.
func existing(ctx context.Context, r Reader, id chat.UserID) (*chat.User, error) {
	u, err := r.User(ctx, id)
	if err != nil {
		return nil, err
	}
	if u == nil || !u.DeletedAt.IsZero() {
		return nil, errUserNotFound()
	}
	return u, nil
}
