package auth

import (
	"context"
	"slices"
	"strings"
	"time"

	"parley/internal/chat"
)

// The operations in this file are the operator's and the administrators'; the
// caller has checked that the actor is one of them.

var serverRoles = []string{chat.RoleServerAdmin, chat.RoleSupervisor, chat.RoleAgent}

func checkRoles(roles []string) ([]string, error) {
	for _, r := range roles {
		if !slices.Contains(serverRoles, r) {
			return nil, chat.Invalid("roles", "roles must be some of %s", strings.Join(serverRoles, ", "))
		}
	}
	return sortedSet(roles), nil
}

// SetPassword gives a user a password and ends all his sessions.
func (s *Service) SetPassword(ctx context.Context, id chat.UserID, password string) error {
	u, _, err := s.passwordOf(ctx, id)
	if err != nil {
		return err
	}
	if err := checkPassword("password", password, u.Username, u.Email); err != nil {
		return err
	}
	hash, err := s.hashes.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.revoke(ctx, func(ctx context.Context, tx Tx) error {
		if _, err := existing(ctx, tx, id); err != nil {
			return err
		}
		now := s.now()
		if err := tx.SetPasswordHash(ctx, id, hash, now); err != nil {
			return err
		}
		return endAll(ctx, tx, id, now)
	})
}

// SetRoles replaces a user's server roles. His sessions go on; his open
// connections and access tokens, which carry the roles, do not.
func (s *Service) SetRoles(ctx context.Context, id chat.UserID, roles []string) error {
	checked, err := checkRoles(roles)
	if err != nil {
		return err
	}
	return s.revoke(ctx, func(ctx context.Context, tx Tx) error {
		u, err := existing(ctx, tx, id)
		if err != nil || slices.Equal(sortedSet(u.Roles), checked) {
			return err
		}
		u.Roles = checked
		if err := tx.UpdateUser(ctx, u); err != nil {
			return err
		}
		now := s.now()
		if err := tx.Revoke(ctx, Revocation{UserID: id, Renew: true, At: now}); err != nil {
			return err
		}
		return tx.Emit(ctx, &chat.Event{
			Stream: id.Stream(), Type: chat.UserUpdated, Actor: id, At: now, Ref: int64(id), Payload: u,
		})
	})
}

// SetDisabled keeps a user out, ending all his sessions at once, or lets him in
// again. What he wrote stays.
func (s *Service) SetDisabled(ctx context.Context, id chat.UserID, disabled bool) error {
	return s.revoke(ctx, func(ctx context.Context, tx Tx) error {
		u, err := existing(ctx, tx, id)
		if err != nil || disabled == !u.Active() {
			return err
		}
		now := s.now()
		if !disabled {
			u.DisabledAt = time.Time{}
			return tx.UpdateUser(ctx, u)
		}
		u.DisabledAt = now
		if err := tx.UpdateUser(ctx, u); err != nil {
			return err
		}
		return endAll(ctx, tx, id, now)
	})
}

func endAll(ctx context.Context, tx Tx, id chat.UserID, now time.Time) error {
	if _, err := tx.DeleteSessions(ctx, id, 0); err != nil {
		return err
	}
	return tx.Revoke(ctx, Revocation{UserID: id, At: now})
}

// OpenSession signs a user in without a password: for the operator's scripts and
// bots.
func (s *Service) OpenSession(ctx context.Context, id chat.UserID, d Device) (SignedIn, error) {
	o := s.newOpening(false, d)
	var u *chat.User
	err := s.change(ctx, func(ctx context.Context, tx Tx) (err error) {
		if u, err = existing(ctx, tx, id); err != nil {
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
