package admin

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"time"

	"parley/internal/chat"
)

// Bounds of a page.
const (
	DefaultPage = 50
	MaxPage     = 200
)

// Place is where a page ends: the value that lists are sorted by, and the id.
type Place struct {
	Key string `json:"k"`
	ID  int64  `json:"i"`
}

// String is how a caller gets it, who hands it back for the next page.
func (p Place) String() string {
	b, err := json.Marshal(p)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// ParsePlace reads what String wrote; "" is before everything.
func ParsePlace(s string) (*Place, error) {
	if s == "" {
		return nil, nil
	}
	p := &Place{}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || json.Unmarshal(b, p) != nil {
		return nil, chat.Invalid("after", "after must be the next of an earlier page")
	}
	return p, nil
}

// Orders of people.
const (
	ByName     = "name"
	ByCreation = "created"
	BySeen     = "seen"
)

// States of accounts.
const (
	StateActive   = "active"
	StateDisabled = "disabled"
	StateDeleted  = "deleted"
)

// NoRole stands for ordinary members where a role is asked for.
const NoRole = "member"

// PeopleFilter says which accounts are wanted.
type PeopleFilter struct {
	Query string // words that stand in the name or the address
	Role  string // a server role, or NoRole; "": all
	State string // State…; "": all that were not deleted
	Kind  chat.UserKind
	Order string // By…
	After *Place
	Limit int
	Now   time.Time
}

// Person is an account with what administrators see of it.
type Person struct {
	chat.User
	Sessions  int64 // that have not ended
	Files     int64
	FileBytes int64
	Messages  int64 // sent in the last 30 days
	At        Place // in the list
}

// StateOf is one of State….
func StateOf(u *chat.User) string {
	switch {
	case !u.DeletedAt.IsZero():
		return StateDeleted
	case !u.DisabledAt.IsZero():
		return StateDisabled
	}
	return StateActive
}

// People returns a page of accounts.
func (s *Service) People(ctx context.Context, f PeopleFilter) (page []Person, more bool, err error) {
	f.Now = s.now()
	err = s.read(ctx, func(r Reader) error {
		page, more, err = r.People(ctx, f)
		return err
	})
	return page, more, err
}

// Person returns one account, deleted ones too.
func (s *Service) Person(ctx context.Context, id chat.UserID) (*Person, error) {
	var found []Person
	err := s.read(ctx, func(r Reader) (err error) {
		found, err = r.PeopleByID(ctx, []chat.UserID{id}, s.now())
		return err
	})
	if err == nil && len(found) == 0 {
		err = chat.Errorf(chat.NotFound, "User not found")
	}
	if err != nil {
		return nil, err
	}
	return &found[0], nil
}
