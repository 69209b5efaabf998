package chat

import (
	"context"
	"regexp"
	"slices"
	"time"
	_ "time/tzdata" // the zones of quiet hours, on machines that have none
)

// UserSettings are how somebody wants to have it, on all his devices. They are kept
// as JSON.
type UserSettings struct {
	Theme         string     `json:"theme"`              // one of themes
	OwnTheme      *OwnTheme  `json:"ownTheme,omitempty"` // nil: none; never changed, only replaced
	Accent        string     `json:"accent"`             // name of a colour, or #rrggbb
	Density       string     `json:"density"`            // comfortable or compact
	TextSize      string     `json:"textSize"`           // one of textSizes
	Language      string     `json:"language"`
	EnterSends    bool       `json:"enterSends"`
	EmojiSkinTone int        `json:"emojiSkinTone"` // 1 to 5; 0: none
	Sounds        bool       `json:"sounds"`        // heard when something comes in
	LinkPreviews  bool       `json:"linkPreviews"`  // made of what he sends, and shown to him
	HideLastSeen  bool       `json:"hideLastSeen"`  // nobody is told when he was last there
	QuietHours    QuietHours `json:"quietHours"`
}

var (
	themes    = []string{"system", "light", "dark", "contrast", "own"}
	textSizes = []string{"small", "normal", "large", "larger"}
)

// QuietHours are when somebody wants to hear nothing, every day.
type QuietHours struct {
	On       bool   `json:"on"`
	From     string `json:"from"` // 22:00
	To       string `json:"to"`   // 07:00; before From: on the next day
	TimeZone string `json:"timeZone"`
}

// DefaultSettings are those of whoever has not said more.
func DefaultSettings() UserSettings {
	return UserSettings{
		Theme: "system", Accent: "verdigris", Density: "comfortable", TextSize: "normal",
		EnterSends: true, Sounds: true, LinkPreviews: true,
		QuietHours: QuietHours{From: "22:00", To: "07:00", TimeZone: "UTC"},
	}
}

// UserSettingsPatch changes some settings: nil leaves one as it is.
type UserSettingsPatch struct {
	Theme, Accent, Density, TextSize, Language     *string
	EnterSends, Sounds, LinkPreviews, HideLastSeen *bool
	EmojiSkinTone                                  *int
	QuietHours                                     *QuietHoursPatch
	OwnTheme                                       *OwnTheme // an empty one takes it away
}

// QuietHoursPatch changes some of the quiet hours.
type QuietHoursPatch struct {
	On       *bool   `json:"on"`
	From     *string `json:"from"`
	To       *string `json:"to"`
	TimeZone *string `json:"timeZone"`
}

// UpdateSettings changes the actor's settings and tells his devices.
func (s *Service) UpdateSettings(ctx context.Context, a Actor, p UserSettingsPatch) (*User, error) {
	return s.changeUser(ctx, a.ID, func(u *User) error {
		if err := p.apply(&u.Settings); err != nil {
			return err
		}
		return u.Settings.check()
	})
}

func (p *UserSettingsPatch) apply(to *UserSettings) error {
	set(&to.Theme, p.Theme)
	set(&to.Accent, p.Accent)
	set(&to.Density, p.Density)
	set(&to.TextSize, p.TextSize)
	set(&to.Language, p.Language)
	set(&to.EnterSends, p.EnterSends)
	set(&to.Sounds, p.Sounds)
	set(&to.LinkPreviews, p.LinkPreviews)
	set(&to.EmojiSkinTone, p.EmojiSkinTone)
	set(&to.HideLastSeen, p.HideLastSeen)
	if q := p.QuietHours; q != nil {
		set(&to.QuietHours.On, q.On)
		set(&to.QuietHours.From, q.From)
		set(&to.QuietHours.To, q.To)
		set(&to.QuietHours.TimeZone, q.TimeZone)
	}
	switch {
	case p.OwnTheme == nil:
	case p.OwnTheme.isNone():
		to.OwnTheme = nil
		if to.Theme == "own" && p.Theme == nil {
			to.Theme = "system"
		}
	default:
		kept, err := p.OwnTheme.checked()
		if err != nil {
			return err
		}
		to.OwnTheme = kept
	}
	return nil
}

var (
	accents   = regexp.MustCompile(`^([a-z][a-z0-9-]{0,31}|#[0-9a-f]{6})$`)
	languages = regexp.MustCompile(`^([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4})?$`)
	clocks    = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)
)

func (s *UserSettings) check() error {
	switch {
	case !slices.Contains(themes, s.Theme):
		return Invalid("theme", "theme must be system, light, dark, contrast or own")
	case s.Theme == "own" && s.OwnTheme == nil:
		return Invalid("theme", "theme can be own only if there is an ownTheme")
	case !slices.Contains(textSizes, s.TextSize):
		return Invalid("textSize", "textSize must be small, normal, large or larger")
	case !accents.MatchString(s.Accent):
		return Invalid("accent", "accent must be the name of a colour, or #rrggbb")
	case s.Density != "comfortable" && s.Density != "compact":
		return Invalid("density", "density must be comfortable or compact")
	case !languages.MatchString(s.Language):
		return Invalid("language", "language must be a tag like en or pt-BR; empty is the browser's")
	case s.EmojiSkinTone < 0 || s.EmojiSkinTone > 5:
		return Invalid("emojiSkinTone", "emojiSkinTone must be between 0 and 5")
	}
	return s.QuietHours.check()
}

func (q *QuietHours) check() error {
	switch {
	case !clocks.MatchString(q.From):
		return Invalid("quietHours.from", "quietHours.from must be a time like 22:00")
	case !clocks.MatchString(q.To):
		return Invalid("quietHours.to", "quietHours.to must be a time like 07:00")
	}
	if q.TimeZone != "" && q.TimeZone != "Local" && len(q.TimeZone) <= 64 {
		if _, err := time.LoadLocation(q.TimeZone); err == nil {
			return nil
		}
	}
	return Invalid("quietHours.timeZone", "quietHours.timeZone must be a zone like Europe/Berlin")
}
