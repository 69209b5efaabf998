package auth

import (
	"context"
	"time"

	"parley/internal/chat"
)

const (
	maxInvitationUses = 1000
	maxInvitationTime = 365 * 24 * time.Hour

	// MaxInvitations is how many may be good at a time: all of them are listed.
	MaxInvitations = 500
)

// CreateInvitation returns a code that lets 1 to 1,000 people register within at
// most a year. The caller has checked that by may. The code is not stored: this is
// the only time that it is seen.
func (s *Service) CreateInvitation(ctx context.Context, by chat.Actor, uses int, validFor time.Duration) (code string, i Invitation, err error) {
	if uses < 1 || uses > maxInvitationUses {
		return "", i, chat.Invalid("uses", "uses must be between 1 and %d", maxInvitationUses)
	}
	if validFor <= 0 || validFor > maxInvitationTime {
		return "", i, chat.Invalid("validFor", "An invitation is valid for at most a year")
	}
	code = newSecret(invitePrefix, inviteBytes)
	now := s.now()
	i = Invitation{Secret: digestOf(code), CreatedBy: by.ID, CreatedAt: now, ExpiresAt: now.Add(validFor), UsesLeft: uses}
	err = s.change(ctx, func(ctx context.Context, tx Tx) error {
		good, err := tx.Invitations(ctx, now, MaxInvitations)
		if err != nil {
			return err
		}
		if len(good) >= MaxInvitations {
			return chat.Errorf(chat.Conflict, "There are %d invitations; revoke one first", MaxInvitations)
		}
		if err := tx.InsertInvitation(ctx, &i); err != nil {
			return err
		}
		return s.record(ctx, tx, by, chat.ActionInvited, i.ID, map[string]any{"uses": uses, "expiresAt": i.ExpiresAt})
	})
	if err != nil {
		return "", Invitation{}, err
	}
	return code, i, nil
}

// Invitations returns those that are still good, the newest first. The caller has
// checked that the actor may see them.
func (s *Service) Invitations(ctx context.Context) (list []Invitation, err error) {
	err = s.store.ReadAccounts(ctx, func(r Reader) error {
		list, err = r.Invitations(ctx, s.now(), MaxInvitations)
		return err
	})
	return list, err
}

// RevokeInvitation makes an invitation useless.
func (s *Service) RevokeInvitation(ctx context.Context, by chat.Actor, id int64) error {
	return s.change(ctx, func(ctx context.Context, tx Tx) error {
		existed, err := tx.DeleteInvitation(ctx, id)
		if err != nil {
			return err
		}
		if !existed {
			return chat.Errorf(chat.NotFound, "Invitation not found")
		}
		return s.record(ctx, tx, by, chat.ActionUninvited, id, nil)
	})
}

// invitation is the one with a code, if it is still good.
func (s *Service) invitation(ctx context.Context, r Reader, code string) (*Invitation, error) {
	i, err := r.InvitationBySecret(ctx, digestOf(code))
	if err != nil {
		return nil, err
	}
	if i == nil || i.UsesLeft < 1 || !s.now().Before(i.ExpiresAt) {
		return nil, errInvitation("This invitation is not valid any more")
	}
	return i, nil
}

func errInvitation(message string) error {
	return &chat.Error{Code: chat.Forbidden, Field: "invite", Message: message}
}

// Admission is what somebody without an account may know of registering.
type Admission struct {
	Mode  string // RegistrationOpen, …Invite or …Closed
	First bool   // nobody has an account yet: the first is admitted anyway, and an administrator
	// Invited tells whether an invitation is good; only where one was asked about.
	Invited *bool
}

// Admission tells who may register now; with the code of an invitation, whether
// that is good.
func (s *Service) Admission(ctx context.Context, code string) (a Admission, err error) {
	a = Admission{Mode: s.Registration()}
	err = s.store.ReadAccounts(ctx, func(r Reader) error {
		others, err := r.HasMembers(ctx)
		if err != nil {
			return err
		}
		a.First = !others
		if code == "" {
			return nil
		}
		_, err = s.invitation(ctx, r, code)
		good := err == nil
		if a.Invited = &good; chat.Has(err, chat.Forbidden) {
			err = nil
		}
		return err
	})
	return a, err
}
