package chat

import (
	"context"
	"net/mail"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"parley/internal/text"
)

// ProfilePatch changes the actor's profile: nil leaves something as it is.
type ProfilePatch struct {
	DisplayName *string
	Username    *string
	Email       *string // "" removes it
}

// Me returns the actor's own record.
func (s *Service) Me(ctx context.Context, a Actor) (*User, error) { return s.User(ctx, a, a.ID) }

// User returns somebody's record; what of it others may see is the edge's table.
func (s *Service) User(ctx context.Context, _ Actor, id UserID) (*User, error) {
	var u *User
	err := s.store.Read(ctx, func(r Reader) (err error) {
		u, err = accessUser(ctx, r, id)
		return err
	})
	return u, err
}

// UserByExternalID finds somebody by the id that an application gave him.
func (s *Service) UserByExternalID(ctx context.Context, external string) (*User, error) {
	var u *User
	err := s.store.Read(ctx, func(r Reader) (err error) {
		if u, err = r.UserByExternalID(ctx, external); err == nil && (u == nil || !u.DeletedAt.IsZero()) {
			return errUserNotFound()
		}
		return err
	})
	return u, err
}

// SearchPeople returns active members whose name has all words of the query.
func (s *Service) SearchPeople(ctx context.Context, _ Actor, query string, limit int) ([]User, error) {
	if text.Length(query) > 100 {
		return nil, Invalid("query", "query must be at most 100 characters")
	}
	if limit < 1 || limit > 50 {
		return nil, Invalid("limit", "limit must be between 1 and 50")
	}
	var found []User
	err := s.store.Read(ctx, func(r Reader) (err error) {
		found, err = r.SearchUsers(ctx, query, limit)
		return err
	})
	return found, err
}

// UpdateProfile changes the actor's names and address.
func (s *Service) UpdateProfile(ctx context.Context, a Actor, p ProfilePatch) (*User, error) {
	if err := spend(s.limits.Profile, a.ID, 1); err != nil {
		return nil, err
	}
	return s.changeUser(ctx, a.ID, func(u *User) (err error) {
		if p.DisplayName != nil {
			if u.DisplayName, err = CheckDisplayName(*p.DisplayName); err != nil {
				return err
			}
		}
		if p.Username != nil {
			if u.Username, err = CheckUsername(*p.Username); err != nil {
				return err
			}
		}
		if p.Email != nil {
			before := u.Email
			if u.Email, err = CheckEmail(*p.Email); err != nil {
				return err
			}
			u.EmailVerified = u.EmailVerified && strings.EqualFold(before, u.Email)
		}
		return nil
	})
}

// changeUser changes a record and tells the user's own devices. What is that way
// already makes no event.
func (s *Service) changeUser(ctx context.Context, id UserID, edit func(*User) error) (*User, error) {
	return s.changeUserAnd(ctx, id, edit, func(context.Context, Tx, *User) error { return nil })
}

// changeUserAnd does something else in the same transaction, if there is a change.
func (s *Service) changeUserAnd(ctx context.Context, id UserID, edit func(*User) error, and func(context.Context, Tx, *User) error) (*User, error) {
	var changed *User
	err := s.commit(ctx, func(ctx context.Context, tx Tx) error {
		u, err := accessUser(ctx, tx, id)
		if err != nil {
			return err
		}
		before := *u
		if err := edit(u); err != nil {
			return err
		}
		if changed = u; reflect.DeepEqual(before, *u) {
			return nil
		}
		if err := tx.UpdateUser(ctx, u); err != nil {
			return err
		}
		if err := tellOthers(ctx, tx, &before, u); err != nil {
			return err
		}
		if err := and(ctx, tx, u); err != nil {
			return err
		}
		return emitOwn(ctx, tx, id, UserUpdated, int64(id), "", s.clock(), u)
	})
	return changed, err
}

// SawUser stores when a user was last connected.
func (s *Service) SawUser(ctx context.Context, id UserID, at time.Time) error {
	return s.commit(ctx, func(ctx context.Context, tx Tx) error {
		u, err := tx.User(ctx, id)
		if err != nil || u == nil || !at.After(u.LastSeenAt) {
			return err
		}
		u.LastSeenAt = at.UTC().Truncate(time.Millisecond)
		return tx.UpdateUser(ctx, u)
	})
}

// ExternalProfile is what an application says of one of its users; nil leaves
// something as it is.
type ExternalProfile struct {
	Name, Email, AvatarURL *string
}

func (p ExternalProfile) apply(u *User) (err error) {
	if p.Name != nil {
		if u.DisplayName, err = CheckDisplayName(*p.Name); err != nil {
			return err
		}
	}
	if p.Email != nil {
		if u.Email, err = CheckEmail(*p.Email); err != nil {
			return err
		}
	}
	if p.AvatarURL != nil {
		u.AvatarURL, err = checkPictureURL(*p.AvatarURL)
	}
	return err
}

func checkPictureURL(address string) (string, error) {
	if address == "" {
		return "", nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || len(address) > 2_000 {
		return "", Invalid("avatarUrl", "avatarUrl must be an http or https address of at most 2000 characters")
	}
	return address, nil
}

// UpsertExternal creates or changes the user that an application knows by its
// own id. The caller has checked the API key.
func (s *Service) UpsertExternal(ctx context.Context, external string, p ExternalProfile) (*User, error) {
	if external == "" || text.Length(external) > 255 || text.IsBlank(external) {
		return nil, Invalid("externalId", "externalId must have 1 to 255 characters")
	}
	var u *User
	err := s.commit(ctx, func(ctx context.Context, tx Tx) (err error) {
		if u, err = tx.UserByExternalID(ctx, external); err != nil {
			return err
		}
		known := u != nil
		if !known {
			u = &User{ExternalID: external, Kind: Member, CreatedAt: s.clock()}
		}
		before := *u
		if err := p.apply(u); err != nil {
			return err
		}
		if u.DisplayName == "" {
			return Invalid("name", "name is required")
		}
		if !known {
			return tx.InsertUser(ctx, u)
		}
		if err := tx.UpdateUser(ctx, u); err != nil {
			return err
		}
		if err := tellOthers(ctx, tx, &before, u); err != nil {
			return err
		}
		return emitOwn(ctx, tx, u.ID, UserUpdated, int64(u.ID), "", s.clock(), u)
	})
	return u, err
}

// SetBlocked blocks a user for the actor, or lifts the block: neither can open a
// direct conversation with the other, write in it, add the other to a group, or see
// whether the other is there.
func (s *Service) SetBlocked(ctx context.Context, a Actor, other UserID, blocked bool) error {
	if other == a.ID {
		return Invalid("userId", "You cannot block yourself")
	}
	err := s.commit(ctx, func(ctx context.Context, tx Tx) error {
		if _, err := accessUser(ctx, tx, other); err != nil {
			return err
		}
		return tx.SetBlock(ctx, a.ID, other, blocked, s.clock())
	})
	if err == nil && blocked {
		s.bus.Signal(Signal{Kind: SignalBlocked, UserID: a.ID, Other: other})
	}
	return err
}

// Blocked returns whom the actor has blocked.
func (s *Service) Blocked(ctx context.Context, a Actor) (list []User, err error) {
	err = s.store.Read(ctx, func(r Reader) error {
		list, err = r.Blocks(ctx, a.ID)
		return err
	})
	return list, err
}

// ConversationsOf returns the conversations that a user's presence shows in.
func (s *Service) ConversationsOf(ctx context.Context, u UserID) ([]ConversationID, error) {
	heads, err := s.Heads(ctx, Actor{ID: u})
	if err != nil {
		return nil, err
	}
	var ids []ConversationID
	for _, h := range heads {
		if c, ok := h.Stream.Conversation(); ok {
			ids = append(ids, c)
		}
	}
	return ids, nil
}

// PresenceVisible returns those of users whose presence the actor may see.
func (s *Service) PresenceVisible(ctx context.Context, a Actor, users []UserID) ([]UserID, error) {
	visible, blocked := slices.Clone(users), []UserID(nil)
	err := s.store.Read(ctx, func(r Reader) (err error) {
		if !s.rules.Load().PresenceOfAll {
			if visible, err = r.SharesConversation(ctx, a.ID, users); err != nil {
				return err
			}
		}
		blocked, err = r.BlockedWith(ctx, a.ID)
		return err
	})
	if slices.Contains(users, a.ID) && !slices.Contains(visible, a.ID) {
		visible = append(visible, a.ID)
	}
	return slices.DeleteFunc(visible, func(u UserID) bool { return slices.Contains(blocked, u) }), err
}

// BlockedWith returns those between whom and the user there is a block: neither sees
// the other's presence.
func (s *Service) BlockedWith(ctx context.Context, u UserID) (list []UserID, err error) {
	err = s.store.Read(ctx, func(r Reader) error {
		list, err = r.BlockedWith(ctx, u)
		return err
	})
	return list, err
}

// hidePresences marks those participants whose presence the reader may not see.
func hidePresences(ctx context.Context, r Reader, reader UserID, lists ...[]Participant) error {
	blocked, err := r.BlockedWith(ctx, reader)
	if err != nil || len(blocked) == 0 {
		return err
	}
	for _, list := range lists {
		for i := range list {
			list[i].PresenceHidden = slices.Contains(blocked, list[i].UserID)
		}
	}
	return nil
}

// UsersByID returns records for what the actor was already shown (presence).
func (s *Service) UsersByID(ctx context.Context, ids []UserID) (list []User, err error) {
	err = s.store.Read(ctx, func(r Reader) error {
		list, err = r.Users(ctx, ids)
		return err
	})
	return list, err
}

// CheckUsername returns a username as it is stored, or says what is wrong.
func CheckUsername(name string) (string, error) {
	ok := len(name) >= 2 && len(name) <= 32
	for _, r := range name {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		ok = ok && (letter || r == '.' || r == '_' || r == '-')
	}
	if strings.EqualFold(name, MentionAll) {
		return "", Invalid("username", "@%s means everybody, so nobody can be called that", MentionAll)
	}
	if !ok {
		return "", Invalid("username", "username must be 2 to 32 letters, digits, '.', '_' or '-'")
	}
	return name, nil
}

// CheckDisplayName returns a display name as it is stored; "" is none.
func CheckDisplayName(name string) (string, error) {
	n, err := text.Line(name)
	if err != nil || text.Length(n) > MaxName || n != "" && text.IsBlank(n) {
		return "", Invalid("displayName", "displayName must be at most %d visible characters of valid UTF-8", MaxName)
	}
	return n, nil
}

// CheckEmail returns an e-mail address as it is stored; "" is none.
func CheckEmail(address string) (string, error) {
	if address == "" {
		return "", nil
	}
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || len(address) > 254 {
		return "", Invalid("email", "email must be a plain e-mail address")
	}
	return address, nil
}
