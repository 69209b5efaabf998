package rest

import (
	"parley/internal/chat"
	"parley/internal/chatapi"
)

func (a *API) getSettings(c *call, _ noIn) (answer[chatapi.Settings], error) {
	u, err := a.chat.Me(c, c.Actor)
	if err != nil {
		return no[chatapi.Settings](err)
	}
	return ok(a.mapper(c).UserSettings(u.Settings))
}

type putSettingsIn struct {
	_             struct{}              `doc:"How the caller wants to have it, on all his devices, which hear of it as user.updated. What is absent stays as it is."`
	Theme         *string               `json:"theme" enum:"system,light,dark,contrast,own" doc:"The theme; own is what ownTheme says."`
	OwnTheme      *chat.OwnTheme        `json:"ownTheme" null:"zero" doc:"A theme of one's own: its name (at most 40 characters), the one that it changes, and colours by the names of the web app's tokens, as #rrggbb or oklch(0.5 0.1 190). It is replaced as a whole; null takes it away."`
	Accent        *string               `json:"accent" example:"verdigris" doc:"The name of a colour, or #rrggbb."`
	Density       *string               `json:"density" enum:"comfortable,compact" doc:"How close things stand."`
	TextSize      *string               `json:"textSize" enum:"small,normal,large,larger" doc:"How large text is."`
	Language      *string               `json:"language" null:"zero" example:"pt-BR" doc:"A language tag; null is the browser's."`
	EnterSends    *bool                 `json:"enterSends" doc:"Whether Enter sends, or makes a new line."`
	EmojiSkinTone *int                  `json:"emojiSkinTone" minimum:"0" maximum:"5" doc:"Of emoji, from light to dark; 0 is none."`
	Sounds        *bool                 `json:"sounds" doc:"Whether something that comes in is heard."`
	LinkPreviews  *bool                 `json:"linkPreviews" doc:"Whether links in what the caller sends are looked up for a preview, and previews are shown to him."`
	HideLastSeen  *bool                 `json:"hideLastSeen" doc:"Whether others are not told when the caller was last there."`
	QuietHours    *chat.QuietHoursPatch `json:"quietHours" doc:"When to be told of nothing: on, from and to as 22:00, timeZone as Europe/Berlin."`
}

func (a *API) putSettings(c *call, in putSettingsIn) (answer[chatapi.Settings], error) {
	u, err := a.chat.UpdateSettings(c, c.Actor, chat.UserSettingsPatch{
		Theme: in.Theme, OwnTheme: in.OwnTheme, Accent: in.Accent, Density: in.Density, TextSize: in.TextSize, Language: in.Language,
		EnterSends: in.EnterSends, EmojiSkinTone: in.EmojiSkinTone, Sounds: in.Sounds, LinkPreviews: in.LinkPreviews,
		HideLastSeen: in.HideLastSeen, QuietHours: in.QuietHours,
	})
	if err != nil {
		return no[chatapi.Settings](err)
	}
	return ok(a.mapper(c).UserSettings(u.Settings))
}
