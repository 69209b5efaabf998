package chat

import "time"

// UserKind says what sort of being a user is.
type UserKind string

const (
	Member  UserKind = "MEMBER"
	Visitor UserKind = "VISITOR"
	Guest   UserKind = "GUEST"
	Bot     UserKind = "BOT"
	System  UserKind = "SYSTEM"
)

// Server roles; a user has any number of them.
const (
	RoleServerAdmin = "admin"
	RoleSupervisor  = "supervisor"
	RoleAgent       = "agent"
)

// User is somebody who can take part in conversations.
type User struct {
	ID            UserID
	ExternalID    string // "" for built-in accounts
	Username      string
	DisplayName   string
	Email         string // "" if none
	EmailVerified bool
	AvatarURL     string // "" if none
	Kind          UserKind
	Roles         []string
	CreatedAt     time.Time
	DisabledAt    time.Time // zero: may sign in
	DeletedAt     time.Time // zero: not deleted
	ErasedAt      time.Time // zero: not deleted, or traces are left
	LastSeenAt    time.Time
	Presence      PresenceChoice // set by hand, survives reconnects
	StatusMessage string
	Rev           int64 // head of the user's own stream
}

// Name is what others see: the display name, or the username without one.
func (u *User) Name() string {
	if u.DisplayName != "" {
		return u.DisplayName
	}
	return u.Username
}

// Active reports whether the user may act and be found.
func (u *User) Active() bool { return u.DisabledAt.IsZero() && u.DeletedAt.IsZero() }

// Actor is who is asking. Every operation takes one; none reads it from a
// context.
type Actor struct {
	ID      UserID
	Session SessionID // 0 for API keys
	Roles   []string
}

// Is reports whether the actor has the server role.
func (a Actor) Is(role string) bool {
	for _, r := range a.Roles {
		if r == role {
			return true
		}
	}
	return false
}

// PresenceChoice is the presence that a user set by hand.
type PresenceChoice string

const (
	PresenceAutomatic PresenceChoice = ""
	PresenceAway      PresenceChoice = "AWAY"
	PresenceDND       PresenceChoice = "DND"
	PresenceInvisible PresenceChoice = "OFFLINE"
)
