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
	Email    *string  `json:"email"`
	Roles    []string `json:"roles"`
	Settings Settings `json:"settings"`
	// Presence is what the user has chosen, not whether he is there.
	Presence OwnStatus `json:"presence"`
}

// OwnStatus is how a user wants to be seen while he is there.
type OwnStatus struct {
	Status        chat.PresenceStatus `json:"status"` // ONLINE: as it is
	StatusMessage *string             `json:"statusMessage"`
	Emoji         *string             `json:"emoji"`
	ClearAt       *string             `json:"clearAt" format:"date-time"`
}

// Settings are how a user wants to have it.
type Settings struct {
	Theme         string         `json:"theme" enum:"system,light,dark,contrast,own"`
	OwnTheme      *chat.OwnTheme `json:"ownTheme"`
	Accent        string         `json:"accent"`
	Density       string         `json:"density" enum:"comfortable,compact"`
	TextSize      string         `json:"textSize" enum:"small,normal,large,larger"`
	Language      string         `json:"language"` // "": the browser's
	EnterSends    bool           `json:"enterSends"`
	EmojiSkinTone int            `json:"emojiSkinTone"`
	Sounds        bool           `json:"sounds"`
	LinkPreviews  bool           `json:"linkPreviews"`
	HideLastSeen  bool           `json:"hideLastSeen"`
	QuietHours    QuietHours     `json:"quietHours"`
}

// QuietHours are when a user wants to hear nothing.
type QuietHours struct {
	On       bool   `json:"on"`
	From     string `json:"from"`
	To       string `json:"to"`
	TimeZone string `json:"timeZone"`
}

// Presence is a PresenceResponse.
type Presence struct {
	UserID        chat.UserID         `json:"userId"`
	Status        chat.PresenceStatus `json:"status"`
	Online        bool                `json:"online"`
	LastSeenAt    *string             `json:"lastSeenAt" format:"date-time"`
	StatusMessage *string             `json:"statusMessage"`
	Emoji         *string             `json:"emoji"`
	ClearAt       *string             `json:"clearAt" format:"date-time"` // when message and emoji go by themselves
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
	return OwnUser{User: m.User(u), Email: filled(u.Email), Roles: list(u.Roles), Settings: m.UserSettings(u.Settings), Presence: m.ownStatus(u)}
}

func (m Mapper) ownStatus(u *chat.User) OwnStatus {
	message, emoji, clearAt := u.StatusAt(m.now())
	out := OwnStatus{chat.Online, filled(m.text(message)), filled(emoji), orNull(clearAt)}
	if u.Presence != chat.PresenceAutomatic {
		out.Status = chat.PresenceStatus(u.Presence)
	}
	return out
}

// UserSettings maps how a user wants to have it.
func (Mapper) UserSettings(s chat.UserSettings) Settings {
	return Settings{
		s.Theme, s.OwnTheme, s.Accent, s.Density, s.TextSize, s.Language, s.EnterSends, s.EmojiSkinTone,
		s.Sounds, s.LinkPreviews, s.HideLastSeen, QuietHours(s.QuietHours),
	}
}

// Presence maps a presence as others see it.
func (m Mapper) Presence(p chat.Presence) Presence {
	return Presence{
		UserID: p.UserID, Status: p.Status, Online: p.Status != chat.Offline,
		LastSeenAt: orNull(p.LastSeenAt), StatusMessage: filled(m.text(p.StatusMessage)),
		Emoji: filled(p.Emoji), ClearAt: orNull(p.ClearAt), DeviceType: filled(m.text(p.DeviceType)),
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
