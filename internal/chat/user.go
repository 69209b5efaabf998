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
	StatusEmoji   string
	StatusClearAt time.Time // when message and emoji go by themselves; zero: never
	Settings      UserSettings
	Rev           int64 // head of the user's own stream
}

// Name is what others see: the display name, or the username without one.
func (u *User) Name() string {
	if u.DisplayName != "" {
		return u.DisplayName
	}
	return u.Username
}

// Active reports whether the user may act and be found, which guests of rooms never
// may: they act through their seat.
func (u *User) Active() bool {
	return u.DisabledAt.IsZero() && u.DeletedAt.IsZero() && u.Kind != Guest
}

// Actor is who is asking. Every operation takes one; none reads it from a
// context.
type Actor struct {
	ID      UserID
	Session SessionID // 0 for API keys
	Key     int64     // the API key that he comes with; 0: none
	Roles   []string
	// Toolkit says that the actor comes through the toolkit, whose quotas count
	// instead of the Chat API's limits.
	Toolkit bool
	// Room makes the actor a guest of that room, and of nothing else: whoever sets it
	// has seen that he holds a seat there.
	Room ConversationID
}

// Operator is who acts from a shell beside the server.
var Operator = Actor{}

// IsOperator reports whether the actor is nobody whom the server knows.
func (a Actor) IsOperator() bool { return a.ID == 0 && a.Key == 0 }

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
