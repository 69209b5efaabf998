package rest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"parley/internal/chat"
)

const defaultSettings = `{"theme":"system","ownTheme":null,"accent":"verdigris","density":"comfortable","textSize":"normal","language":"","enterSends":true,` +
	`"emojiSkinTone":0,"sounds":true,"linkPreviews":true,"hideLastSeen":false,` +
	`"quietHours":{"on":false,"from":"22:00","to":"07:00","timeZone":"UTC"}}`

func TestSettings(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob")
	w.register(`{"username":"annie","password":"correct horse battery"}`).is(201).has(defaultSettings, "data", "user", "settings")
	put := func(body string) *reply { return w.as(u[0], "PUT", "/api/users/me/settings", body) }
	w.as(u[0], "GET", "/api/users/me/settings").is(200).has(defaultSettings, "data")
	put(`{"theme":"dark","accent":"#ff00aa","quietHours":{"on":true,"timeZone":"Europe/Berlin"}}`).is(200)
	put(`{"density":"compact","language":"pt-BR","enterSends":false,"emojiSkinTone":3,"hideLastSeen":true,"quietHours":{"from":"21:30","to":"06:00"}}`).is(200)
	put(`{"textSize":"larger","sounds":false,"linkPreviews":false}`).is(200)
	want := `{"theme":"dark","ownTheme":null,"accent":"#ff00aa","density":"compact","textSize":"larger","language":"pt-BR","enterSends":false,` +
		`"emojiSkinTone":3,"sounds":false,"linkPreviews":false,"hideLastSeen":true,` +
		`"quietHours":{"on":true,"from":"21:30","to":"06:00","timeZone":"Europe/Berlin"}}`
	w.as(u[0], "GET", "/api/users/me/settings").is(200).has(want, "data")
	w.as(u[0], "GET", "/api/users/me").is(200).has(want, "data", "settings")
	w.as(u[0], "PATCH", "/api/users/me", `{"displayName":"Annie"}`).is(200).has(want, "data", "settings")
	w.as(u[1], "GET", "/api/users/me/settings").is(200).has(defaultSettings, "data")
	if r := w.as(u[1], "GET", fmt.Sprintf("/api/users/%d", u[0])).is(200); strings.Contains(string(r.raw), "theme") {
		t.Errorf("others see settings: %s", r.raw)
	}
	put(`{"language":null}`).is(200).has(`""`, "data", "language")
	put(`{}`).is(200)
	for body, field := range map[string]string{
		`{"theme":"blue"}`: "theme", `{"accent":"Red!"}`: "accent", `{"accent":"#12345"}`: "accent", `{"density":"tight"}`: "density", `{"language":"<script>"}`: "language",
		`{"emojiSkinTone":6}`: "emojiSkinTone", `{"enterSends":"perhaps"}`: "enterSends", `{"quietHours":7}`: "quietHours", `{"quietHours":{"from":"24:00"}}`: "quietHours.from",
		`{"quietHours":{"to":"7"}}`: "quietHours.to", `{"quietHours":{"timeZone":"../../etc/passwd"}}`: "quietHours.timeZone", `{"quietHours":{"timeZone":""}}`: "quietHours.timeZone",
		`{"quietHours":{"timeZone":"Local"}}`: "quietHours.timeZone", `{"textSize":"huge"}`: "textSize", `{"sounds":"loud"}`: "sounds", `{"theme":"own"}`: "theme",
	} {
		put(body).fails(400, chat.ValidationFailed).field(field)
	}
	w.as(u[0], "GET", "/api/users/me/settings").is(200).has(`"dark"`, "data", "theme")
}

// A theme of one's own is kept as a whole, and holds nothing but colours: it ends up
// in a style sheet.
func TestOwnTheme(t *testing.T) {
	w := newWorld(t, setup{})
	ann := w.users("ann")[0]
	put := func(body string) *reply { return w.as(ann, "PUT", "/api/users/me/settings", body) }
	for _, theme := range []string{
		`{"name":"Dusk","base":"dark","tokens":{"primary":"#A0b1C2","bubble-own":"oklch(0.4 0.07 194)","ring":"oklch(62.5% .1 7.25)"}}`,
		`{"name":"Paper","base":"light","tokens":{}}`,
	} {
		put(`{"theme":"own","ownTheme":`+theme+`}`).is(200).has(theme, "data", "ownTheme")
		w.as(ann, "GET", "/api/users/me/settings").is(200).has(theme, "data", "ownTheme").has(`"own"`, "data", "theme")
	}
	for tokens, field := range map[string]string{
		`{"shadow-pop":"#000000"}`: "ownTheme.tokens", `{"--primary":"#000000"}`: "ownTheme.tokens",
		`{"primary":"red"}`: "ownTheme.tokens.primary", `{"primary":"#000;}"}`: "ownTheme.tokens.primary",
		`{"primary":"oklch(2 0.1 3)"}`: "ownTheme.tokens.primary", `{"primary":"oklch(0.5 0.9 3)"}`: "ownTheme.tokens.primary",
		`{"primary":"oklch(0.5 0.1 361)"}`: "ownTheme.tokens.primary", `{"primary":"oklch(  )"}`: "ownTheme.tokens.primary",
		`{"primary":"url(https://example.com)"}`: "ownTheme.tokens.primary",
	} {
		put(`{"ownTheme":{"name":"x","base":"dark","tokens":`+tokens+`}}`).fails(400, chat.ValidationFailed).field(field)
	}
	put(`{"ownTheme":{"name":"`+strings.Repeat("x", 41)+`","base":"dark","tokens":{}}}`).fails(400, chat.ValidationFailed).field("ownTheme.name")
	put(`{"ownTheme":{"name":"x","base":"blue","tokens":{}}}`).fails(400, chat.ValidationFailed).field("ownTheme.base")
	put(`{"ownTheme":[]}`).fails(400, chat.ValidationFailed).field("ownTheme")
	put(`{"theme":"dark"}`).is(200).has(`"Paper"`, "data", "ownTheme", "name")
	put(`{"theme":"own"}`).is(200)
	put(`{"ownTheme":null}`).is(200).has(`null`, "data", "ownTheme").has(`"system"`, "data", "theme")
}

func TestHiddenLastSeen(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob")
	w.group(u[0], u[1])
	w.must(w.chat.SawUser(t.Context(), u[0], time.Now()))
	seen := func() any {
		t.Helper()
		return w.as(u[1], "GET", fmt.Sprintf("/api/chat/presence/%d", u[0])).is(200).at("data", "lastSeenAt")
	}
	if seen() == nil {
		t.Error("not seen")
	}
	w.as(u[0], "PUT", "/api/users/me/settings", `{"hideLastSeen":true}`).is(200)
	if at := seen(); at != nil {
		t.Errorf("hidden, but seen at %v", at)
	}
}
