package auth

import (
	"context"
	"slices"
	"strings"
	"time"

	"parley/internal/chat"
)

// The operations in this file are the operator's and the administrators'; the
// caller has checked that by is one of them. Each is written into the audit log.

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
func (s *Service) SetPassword(ctx context.Context, by chat.Actor, id chat.UserID, password string) error {
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
		if err := endAll(ctx, tx, id, now); err != nil {
			return err
		}
		return s.record(ctx, tx, by, chat.ActionUserPassword, int64(id), nil)
	})
}

// ResetPassword gives a user a password that nobody has chosen, and ends all his
// sessions. It is seen only this once.
func (s *Service) ResetPassword(ctx context.Context, by chat.Actor, id chat.UserID) (string, error) {
	u, _, err := s.passwordOf(ctx, id)
	if err != nil {
		return "", err
	}
	if u.Username == "" && !u.EmailVerified {
		return "", chat.Errorf(chat.Conflict, "Nobody signs in to this account with a password")
	}
	password := newPassword()
	return password, s.SetPassword(ctx, by, id, password)
}

// SetRoles replaces a user's server roles. His sessions go on; his open
// connections and access tokens, which carry the roles, do not.
func (s *Service) SetRoles(ctx context.Context, by chat.Actor, id chat.UserID, roles []string) error {
	checked, err := checkRoles(roles)
	if err != nil {
		return err
	}
	return s.changeRoles(ctx, by, id, func([]string) []string { return checked })
}

// SetRole gives a user a server role, or takes it.
func (s *Service) SetRole(ctx context.Context, by chat.Actor, id chat.UserID, role string, has bool) error {
	if _, err := checkRoles([]string{role}); err != nil {
		return err
	}
	return s.changeRoles(ctx, by, id, func(before []string) []string {
		others := slices.DeleteFunc(slices.Clone(before), func(r string) bool { return r == role })
		if has {
			others = append(others, role)
		}
		return others
	})
}

func (s *Service) changeRoles(ctx context.Context, by chat.Actor, id chat.UserID, change func(before []string) []string) error {
	return s.revoke(ctx, func(ctx context.Context, tx Tx) error {
		u, err := existing(ctx, tx, id)
		if err != nil {
			return err
		}
		before, after := sortedSet(u.Roles), sortedSet(change(u.Roles))
		if slices.Equal(before, after) {
			return nil
		}
		if !slices.Contains(after, chat.RoleServerAdmin) {
			if err := chat.MayLoseAdmin(ctx, tx, by, u); err != nil {
				return err
			}
		}
		u.Roles = after
		if err := tx.UpdateUser(ctx, u); err != nil {
			return err
		}
		now := s.now()
		if err := tx.Revoke(ctx, Revocation{UserID: id, Renew: true, At: now}); err != nil {
			return err
		}
		if err := s.record(ctx, tx, by, chat.ActionUserRoles, int64(id), map[string]any{"from": texts(before), "to": texts(after)}); err != nil {
			return err
		}
		return tx.Emit(ctx, &chat.Event{
			Stream: id.Stream(), Type: chat.UserUpdated, Actor: id, At: now, Ref: int64(id), Payload: u,
		})
	})
}

// texts is an empty list instead of null.
func texts(list []string) []string { return append([]string{}, list...) }

// SetDisabled keeps a user out, ending all his sessions at once, or lets him in
// again. What he wrote stays.
func (s *Service) SetDisabled(ctx context.Context, by chat.Actor, id chat.UserID, disabled bool) error {
	return s.revoke(ctx, func(ctx context.Context, tx Tx) error {
		u, err := existing(ctx, tx, id)
		if err != nil || disabled == !u.Active() {
			return err
		}
		now := s.now()
		if !disabled {
			u.DisabledAt = time.Time{}
			if err := tx.UpdateUser(ctx, u); err != nil {
				return err
			}
			return s.record(ctx, tx, by, chat.ActionUserEnabled, int64(id), nil)
		}
		if err := chat.MayLoseAdmin(ctx, tx, by, u); err != nil {
			return err
		}
		u.DisabledAt = now
		if err := tx.UpdateUser(ctx, u); err != nil {
			return err
		}
		if err := endAll(ctx, tx, id, now); err != nil {
			return err
		}
		return s.record(ctx, tx, by, chat.ActionUserDisabled, int64(id), nil)
	})
}

func endAll(ctx context.Context, tx Tx, id chat.UserID, now time.Time) error {
	if _, err := tx.DeleteSessions(ctx, id, 0); err != nil {
		return err
	}
	return tx.Revoke(ctx, Revocation{UserID: id, At: now})
}

// SessionsOf returns a user's sessions, the last used first, at most 200.
func (s *Service) SessionsOf(ctx context.Context, id chat.UserID) (list []Session, err error) {
	err = s.store.ReadAccounts(ctx, func(r Reader) error {
		if _, err := existing(ctx, r, id); err != nil {
			return err
		}
		list, err = r.SessionsOf(ctx, id, s.now(), maxSessionsOf)
		return err
	})
	return list, err
}

// EndSession ends one of a user's sessions, or all of them with 0.
func (s *Service) EndSession(ctx context.Context, by chat.Actor, id chat.UserID, session chat.SessionID) error {
	return s.revoke(ctx, func(ctx context.Context, tx Tx) error {
		if _, err := existing(ctx, tx, id); err != nil {
			return err
		}
		if session == 0 {
			if err := endAll(ctx, tx, id, s.now()); err != nil {
				return err
			}
			return s.record(ctx, tx, by, chat.ActionSessionEnded, int64(id), map[string]any{"all": true})
		}
		existed, err := tx.DeleteSession(ctx, id, session)
		if err != nil {
			return err
		}
		if !existed {
			return chat.Errorf(chat.NotFound, "Session not found")
		}
		if err := tx.Revoke(ctx, Revocation{UserID: id, Session: session, At: s.now()}); err != nil {
			return err
		}
		return s.record(ctx, tx, by, chat.ActionSessionEnded, int64(id), map[string]any{"session": session})
	})
}

// record writes a deed into the audit log.
func (s *Service) record(ctx context.Context, tx Tx, by chat.Actor, what chat.Action, target int64, detail map[string]any) error {
	return chat.Record(ctx, tx, by, s.now(), what, target, detail)
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
		if err := o.write(ctx, tx, u); err != nil {
			return err
		}
		return s.record(ctx, tx, chat.Operator, chat.ActionSessionOpened, int64(id), map[string]any{"session": o.stored.ID})
	})
	if err != nil {
		return SignedIn{}, err
	}
	return s.signIn(u, o)
}
