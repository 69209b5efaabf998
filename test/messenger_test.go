package test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"parley/client"
	"parley/internal/chat"
	"parley/internal/parleytest"
)

// What the messenger keeps for somebody is seen at once on his other device, and
// after a reconnect; nobody else hears of it.
func TestOnesOwnThingsReachOnesOtherDevice(t *testing.T) {
	t.Parallel()
	for _, transport := range []client.Transport{client.WebSocket, client.SSE} {
		t.Run(string(transport), func(t *testing.T) {
			s := parleytest.New(t)
			ann, bob := s.Person("ann"), s.Person("bob")
			namesAreTold(t, s)
			v, _, err := s.Chat.CreateConversation(t.Context(), ann.Actor, chat.NewConversation{Name: "g", ParticipantIDs: []chat.UserID{bob.ID}})
			if err != nil {
				t.Fatal(err)
			}
			c := int64(v.ID)
			here, bobs := clientFor(t, s, ann), clientFor(t, s, bob)
			m, err := bobs.SendMessage(t.Context(), client.Draft{ConversationID: c, Content: "@all hello"})
			if err != nil {
				t.Fatal(err)
			}
			there := stream(t, clientFor(t, s, ann), client.StreamOptions{Transport: transport})
			others := stream(t, bobs, client.StreamOptions{Transport: transport})
			start := next[*client.Ready](t, there)
			cursors := map[string]int64{"user": start.Heads["user"]}
			next[*client.Ready](t, others)
			settle(t, s, ann, there)
			settle(t, s, bob, others)

			do := func(_ any, err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			do(here.SaveDraft(t.Context(), c, "so far", m.ID))
			do(here.SetNotifications(t.Context(), c, client.NotifyMentions, time.Time{}))
			do(here.AddBookmark(t.Context(), m.ID))
			do(here.MarkRead(t.Context(), c, 0))
			state, err := here.MarkUnread(t.Context(), c, m.ID)
			do(state, err)
			if state.UnreadCount != 1 || state.LastReadMessageID >= m.ID {
				t.Errorf("unread %+v", state)
			}
			settings := client.UserSettings{Theme: "dark", Accent: "coral", Density: "compact", TextSize: "large", QuietHours: client.QuietHours{From: "21:00", To: "06:00", TimeZone: "Asia/Tokyo"}}
			do(here.SetUserSettings(t.Context(), settings))
			do(here.PinMessage(t.Context(), m.ID))

			check := func(st *client.Stream) {
				t.Helper()
				draft := nextEvent(t, st, client.ConversationSettings).Payload.(*client.OwnSettings)
				if draft.Draft == nil || draft.Draft.Content != "so far" || draft.Draft.ParentID != m.ID {
					t.Errorf("draft %+v", draft.Draft)
				}
				if p := nextEvent(t, st, client.ConversationSettings).Payload.(*client.OwnSettings); p.NotificationLevel != client.NotifyMentions {
					t.Errorf("level %s", p.NotificationLevel)
				}
				if p := nextEvent(t, st, client.BookmarkAdded).Payload.(*client.BookmarkChange); p.MessageID != m.ID || p.ConversationID != c {
					t.Errorf("bookmark %+v", p)
				}
				nextEvent(t, st, client.ReadMoved)
				p := nextEvent(t, st, client.ReadMoved).Payload.(*client.ReadMark)
				if p.LastReadMessageID != state.LastReadMessageID || p.UnreadCount != 1 || p.MentionCount != 1 || p.LastMessageID < m.ID {
					t.Errorf("moved %+v, want %+v", p, state)
				}
				if u := nextEvent(t, st, client.UserUpdated).Payload.(*client.User); u.Settings == nil || *u.Settings != settings {
					t.Errorf("settings %+v", u.Settings)
				}
			}
			check(there)
			again := stream(t, clientFor(t, s, ann), client.StreamOptions{Transport: transport, Cursors: cursors})
			next[*client.Ready](t, again)
			check(again)

			// The others hear of the real reading, and of the pin.
			if e := next[*client.Event](t, others); e.Type != client.ReadMarked {
				t.Errorf("the others hear %s first", e.Type)
			}
			e := next[*client.Event](t, others)
			if p, ok := e.Payload.(*client.Message); e.Type != client.MessageUpdated || !ok || p.PinnedBy != int64(ann.ID) || !p.MentionsAll {
				t.Errorf("the others hear %s %+v", e.Type, e.Payload)
			}
			if p := nextEvent(t, others, client.MessageCreated).Payload.(*client.Message); p.Type != client.System {
				t.Errorf("then %+v", p)
			}
		})
	}
}

// A new name or picture is seen by those who share a conversation, without a
// reload; in a direct one it is how the conversation itself looks.
func TestANewNameIsSeenByOthers(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann, bob, cat := s.Person("ann"), s.Person("bob"), s.Person("cat")
	namesAreTold(t, s)
	direct, _, err := s.Chat.OpenDirect(t.Context(), bob.Actor, ann.ID)
	if err != nil {
		t.Fatal(err)
	}
	group, _, err := s.Chat.CreateConversation(t.Context(), ann.Actor, chat.NewConversation{Name: "g", ParticipantIDs: []chat.UserID{bob.ID}})
	if err != nil {
		t.Fatal(err)
	}
	bobs, cats := stream(t, clientFor(t, s, bob), client.StreamOptions{}), stream(t, clientFor(t, s, cat), client.StreamOptions{})
	next[*client.Ready](t, bobs)
	next[*client.Ready](t, cats)
	settle(t, s, bob, bobs)
	settle(t, s, cat, cats)
	name, username := "Annabel", "annabel"
	if _, err := s.Chat.UpdateProfile(t.Context(), ann.Actor, chat.ProfilePatch{DisplayName: &name, Username: &username}); err != nil {
		t.Fatal(err)
	}
	told := map[int64]bool{} // two streams have no common order
	for range 2 {
		e := nextEvent(t, bobs, client.ParticipantUpdated)
		p := e.Payload.(*client.ParticipantChange)
		if p.UserID != int64(ann.ID) || p.Name != name || p.Username != username {
			t.Errorf("heard of %d: %+v", e.ConversationID, p)
		}
		told[e.ConversationID] = true
	}
	if !told[int64(direct.ID)] || !told[int64(group.ID)] {
		t.Errorf("heard of %v", told)
	}
	// A stranger hears nothing of it.
	if _, err := s.Chat.UpdateSettings(t.Context(), cat.Actor, chat.UserSettingsPatch{EmojiSkinTone: new(1)}); err != nil {
		t.Fatal(err)
	}
	if e := next[*client.Event](t, cats); e.Type != client.UserUpdated {
		t.Errorf("the stranger hears %s", e.Type)
	}
}

// namesAreTold waits until nothing is under way in the background of the usernames
// that people got when they were made.
func namesAreTold(t *testing.T, s *parleytest.Server) {
	t.Helper()
	eventually(t, tables(t, s), `
		SELECT CASE WHEN EXISTS (SELECT 1 FROM river_job WHERE kind = 'tell_profile' AND state <> 'completed') THEN 0 ELSE 1 END`)
}

// settle makes sure that a stream is live: what comes now comes on it.
func settle(t *testing.T, s *parleytest.Server, p *parleytest.Person, st *client.Stream) {
	t.Helper()
	if _, err := s.Chat.UpdateSettings(t.Context(), p.Actor, chat.UserSettingsPatch{EmojiSkinTone: new(5)}); err != nil {
		t.Fatal(err)
	}
	nextEvent(t, st, client.UserUpdated)
}

// A browser's cookie opens the stream from the server's own pages and from no
// others, whatever page asks.
func TestCookieOnStreams(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	body := `{"username":"browser","password":"correct horse battery","cookie":true}`
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/api/auth/register", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", s.URL)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	cookies := res.Cookies()
	if res.StatusCode != http.StatusCreated || len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteLaxMode {
		t.Fatalf("%s %v", res.Status, cookies)
	}
	cookie := cookies[0].Name + "=" + cookies[0].Value
	open := func(path, origin string) error {
		h := http.Header{"Cookie": {cookie}}
		if origin != "" {
			h.Set("Origin", origin)
		}
		d := ws.Dialer{Header: ws.HandshakeHeaderHTTP(h), Protocols: []string{"parley.v1"}, Timeout: within}
		conn, _, _, err := d.Dial(t.Context(), "ws"+strings.TrimPrefix(s.URL, "http")+path)
		if err == nil {
			conn.Close()
		}
		return err
	}
	if err := open("/api/realtime", s.URL); err != nil {
		t.Errorf("our own page: %v", err)
	}
	for _, origin := range []string{"", "null", "https://evil.example", s.URL + ".evil.example"} {
		if open("/api/realtime", origin) == nil {
			t.Errorf("a page of %q opened the stream", origin)
		}
	}
	events := func(origin, site string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/api/realtime", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "text/event-stream")
		r.Header.Set("Cookie", cookie)
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		if site != "" {
			r.Header.Set("Sec-Fetch-Site", site)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	if got := events("", "same-origin"); got != http.StatusOK { // an EventSource of our own page names no origin
		t.Errorf("our own page: %d", got)
	}
	for _, foreign := range []struct{ origin, site string }{{"", ""}, {"", "cross-site"}, {"https://evil.example", "cross-site"}, {"https://evil.example", "same-origin"}} {
		if got := events(foreign.origin, foreign.site); got != http.StatusUnauthorized {
			t.Errorf("%+v: %d", foreign, got)
		}
	}
}
