package chatapi

import "parley/internal/chat"

// User is what others see of a user.
type User struct {
	ID          chat.UserID   `json:"id"`
	Username    string        `json:"username"`
	DisplayName string        `json:"displayName"`
	AvatarURL   *string       `json:"avatarUrl"`
	Kind        chat.UserKind `json:"kind"`
	CreatedAt   string        `json:"createdAt" format:"date-time"`
}

// OwnUser is what a user sees of himself.
type OwnUser struct {
	User
	Email *string  `json:"email"`
	Roles []string `json:"roles"`
}

// Presence is a PresenceResponse.
type Presence struct {
	UserID        chat.UserID         `json:"userId"`
	Status        chat.PresenceStatus `json:"status"`
	Online        bool                `json:"online"`
	LastSeenAt    *string             `json:"lastSeenAt" format:"date-time"`
	StatusMessage *string             `json:"statusMessage"`
	DeviceType    *string             `json:"deviceType"`
}

// User maps what others see.
func (m Mapper) User(u *chat.User) User {
	return User{
		ID: u.ID, Username: m.text(u.Username), DisplayName: m.text(u.Name()),
		AvatarURL: filled(u.AvatarURL), Kind: u.Kind, CreatedAt: Time(u.CreatedAt),
	}
}

// Users maps a list of users.
func (m Mapper) Users(us []chat.User) []User {
	out := make([]User, len(us))
	for i := range us {
		out[i] = m.User(&us[i])
	}
	return out
}

// OwnUser maps what the user himself sees.
func (m Mapper) OwnUser(u *chat.User) OwnUser {
	return OwnUser{User: m.User(u), Email: filled(u.Email), Roles: list(u.Roles)}
}

// Presence maps a presence as others see it.
func (m Mapper) Presence(p chat.Presence) Presence {
	return Presence{
		UserID: p.UserID, Status: p.Status, Online: p.Status != chat.Offline,
		LastSeenAt: orNull(p.LastSeenAt), StatusMessage: filled(m.text(p.StatusMessage)), DeviceType: filled(m.text(p.DeviceType)),
	}
}

// PresenceList maps a list of presences.
func (m Mapper) PresenceList(ps []chat.Presence) []Presence {
	out := make([]Presence, len(ps))
	for i, p := range ps {
		out[i] = m.Presence(p)
	}
	return out
}
