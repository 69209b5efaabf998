package auth

import (
	"context"
	"slices"

	"parley/internal/chat"
)

// Registration asks for an account, and signs in with it.
type Registration struct {
	Username, Password, DisplayName, Email string
	Invite                                 string // the code of an invitation
	Cookie                                 bool   // a cookie instead of tokens
	Device                                 Device
}

// NewUser is an account that the operator makes.
type NewUser struct {
	Username, Password, DisplayName, Email string
	// EmailVerified means that the operator vouches for the address: one may sign
	// in with it.
	EmailVerified bool
	Roles         []string
	By            chat.Actor // who makes it
}

// Register makes an account and its first session. The very first account
// becomes an administrator's, and is admitted however registration is set.
func (s *Service) Register(ctx context.Context, r Registration) (SignedIn, error) {
	draft, err := s.draftUser(NewUser{Username: r.Username, Password: r.Password, DisplayName: r.DisplayName, Email: r.Email})
	if err != nil {
		return SignedIn{}, err
	}
	err = s.store.ReadAccounts(ctx, func(t Reader) error { // before the hash, which costs more than all else
		if _, err := s.admit(ctx, t, r.Invite); err != nil {
			return err
		}
		return checkFree(ctx, t, draft)
	})
	if err != nil {
		return SignedIn{}, err
	}
	hash, err := s.hashes.hash(ctx, r.Password)
	if err != nil {
		return SignedIn{}, err
	}
	o := s.newOpening(r.Cookie, r.Device)
	var u *chat.User
	err = s.change(ctx, func(ctx context.Context, tx Tx) error {
		invitation, err := s.admit(ctx, tx, r.Invite)
		if err != nil {
			return err
		}
		if invitation != nil {
			if err := tx.UseInvitation(ctx, invitation.ID); err != nil {
				return err
			}
		}
		if u, err = insertUser(ctx, tx, *draft, hash); err != nil {
			return err
		}
		return o.write(ctx, tx, u)
	})
	if err != nil {
		return SignedIn{}, err
	}
	return s.signIn(u, o)
}

// CreateUser makes an account for somebody, however registration is set; for
// operators and administrators. The very first one is an administrator's too.
func (s *Service) CreateUser(ctx context.Context, n NewUser) (*chat.User, error) {
	draft, err := s.draftUser(n)
	if err != nil {
		return nil, err
	}
	err = s.store.ReadAccounts(ctx, func(t Reader) error { return checkFree(ctx, t, draft) })
	if err != nil {
		return nil, err
	}
	hash, err := s.hashes.hash(ctx, n.Password)
	if err != nil {
		return nil, err
	}
	var u *chat.User
	err = s.change(ctx, func(ctx context.Context, tx Tx) error {
		if u, err = insertUser(ctx, tx, *draft, hash); err != nil {
			return err
		}
		return s.record(ctx, tx, n.By, chat.ActionUserCreated, int64(u.ID), map[string]any{"roles": texts(u.Roles)})
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

// draftUser is the account as it would be stored, or what is wrong with it.
func (s *Service) draftUser(n NewUser) (*chat.User, error) {
	u := &chat.User{Kind: chat.Member, CreatedAt: s.now()}
	var err error
	if u.Username, err = chat.CheckUsername(n.Username); err != nil {
		return nil, err
	}
	if u.DisplayName, err = chat.CheckDisplayName(n.DisplayName); err != nil {
		return nil, err
	}
	if u.Email, err = chat.CheckEmail(n.Email); err != nil {
		return nil, err
	}
	if u.Roles, err = checkRoles(n.Roles); err != nil {
		return nil, err
	}
	u.EmailVerified = n.EmailVerified && u.Email != ""
	return u, checkPassword("password", n.Password, u.Username, u.Email)
}

// admit decides whether somebody may register now, and which invitation is used
// up by it, if any.
func (s *Service) admit(ctx context.Context, r Reader, code string) (*Invitation, error) {
	mode := s.Registration()
	if mode == RegistrationOpen {
		return nil, nil
	}
	others, err := r.HasMembers(ctx)
	if err != nil {
		return nil, err
	}
	if !others { // admitted in any case, and uses up the invitation that it came with
		i, err := s.invitation(ctx, r, code)
		if chat.Has(err, chat.Forbidden) {
			err = nil
		}
		return i, err
	}
	if mode == RegistrationClosed {
		return nil, chat.Errorf(chat.FeatureDisabled, "Registration is closed")
	}
	if code == "" {
		return nil, errInvitation("Registration needs an invitation")
	}
	return s.invitation(ctx, r, code)
}

// checkFree spares a hash for a name that is taken; the store decides.
func checkFree(ctx context.Context, r Reader, u *chat.User) error {
	other, err := r.UserByUsername(ctx, u.Username)
	if err != nil {
		return err
	}
	if other != nil {
		return errTaken("username")
	}
	if u.Email == "" {
		return nil
	}
	if other, err = r.UserByEmail(ctx, u.Email); err != nil {
		return err
	}
	if other != nil {
		return errTaken("email")
	}
	return nil
}

// insertUser stores an account; the first one is an administrator's.
func insertUser(ctx context.Context, tx Tx, u chat.User, hash string) (*chat.User, error) {
	others, err := tx.HasMembers(ctx)
	if err != nil {
		return nil, err
	}
	if !others {
		u.Roles = sortedSet(append(slices.Clone(u.Roles), chat.RoleServerAdmin))
	}
	if err := tx.InsertUser(ctx, &u); err != nil {
		return nil, err
	}
	if err := tx.SetPasswordHash(ctx, u.ID, hash, u.CreatedAt); err != nil {
		return nil, err
	}
	return &u, nil
}
