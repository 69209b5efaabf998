package chat

import (
	"regexp"
	"slices"
	"strconv"

	"parley/internal/text"
)

// MaxThemeName is the longest name of somebody's own theme, in characters.
const MaxThemeName = 40

// OwnTheme is a theme that somebody made: another one, with some of its colours
// changed. Tokens are the names of web/ui/src/tokens.css, without their dashes.
type OwnTheme struct {
	Name   string            `json:"name"`
	Base   string            `json:"base" enum:"light,dark"`
	Tokens map[string]string `json:"tokens"`
}

// ThemeTokens are the colours that a theme may change.
var ThemeTokens = []string{
	"background", "foreground", "rail", "rail-foreground", "rail-muted", "sidebar", "sidebar-hover", "sidebar-active",
	"card", "popover", "popover-foreground", "muted", "muted-foreground", "border", "input", "row-hover",
	"primary", "primary-foreground", "primary-soft", "primary-soft-foreground", "accent", "accent-strong", "accent-soft",
	"destructive", "success", "warning", "mention", "mention-foreground", "ring", "code", "bubble-own", "bubble-other",
	"note", "note-border", "note-foreground", "danger-soft", "danger-strong", "bubble-own-foreground",
	"chart-1", "chart-2", "chart-3", "chart-4",
}

// isNone reports whether nothing is said, which takes a theme away.
func (t *OwnTheme) isNone() bool { return t.Name == "" && t.Base == "" && len(t.Tokens) == 0 }

// checked returns the theme as it is stored.
func (t *OwnTheme) checked() (*OwnTheme, error) {
	name, err := text.Line(t.Name)
	if err != nil || text.IsBlank(name) || text.Length(name) > MaxThemeName {
		return nil, Invalid("ownTheme.name", "ownTheme.name must have 1 to %d visible characters", MaxThemeName)
	}
	if t.Base != "light" && t.Base != "dark" {
		return nil, Invalid("ownTheme.base", "ownTheme.base must be light or dark")
	}
	kept := &OwnTheme{Name: name, Base: t.Base, Tokens: make(map[string]string, len(t.Tokens))}
	for token, colour := range t.Tokens {
		if !slices.Contains(ThemeTokens, token) {
			return nil, Invalid("ownTheme.tokens", "ownTheme.tokens may only name colours of the themes")
		}
		if !isColour(colour) {
			return nil, Invalid("ownTheme.tokens."+token, "ownTheme.tokens.%s must be a colour as #rrggbb or oklch(0.5 0.1 190)", token)
		}
		kept.Tokens[token] = colour
	}
	return kept, nil
}

var (
	hexColour   = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	oklchColour = regexp.MustCompile(`^oklch\(([0-9]{0,3}(?:\.[0-9]{1,5})?)(%?) ([0-9]?(?:\.[0-9]{1,5})?) ([0-9]{1,3}(?:\.[0-9]{1,3})?)\)$`)
)

// isColour takes the two forms that can hold nothing but a colour: what is stored
// ends up in a style sheet.
func isColour(s string) bool {
	if hexColour.MatchString(s) {
		return true
	}
	parts := oklchColour.FindStringSubmatch(s)
	if parts == nil {
		return false
	}
	lightest := 1.0
	if parts[2] == "%" {
		lightest = 100
	}
	return within(parts[1], lightest) && within(parts[3], 0.5) && within(parts[4], 360)
}

func within(number string, highest float64) bool {
	n, err := strconv.ParseFloat(number, 64)
	return err == nil && n <= highest
}
