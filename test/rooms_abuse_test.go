package test

import (
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/internal/chat"
	"parley/internal/parleytest"
	"parley/internal/roomapi"
	"parley/internal/store/enginetest"
)

// robots are those that look at a link before people do.
var robots = []string{
	"Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
	"facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
	"WhatsApp/2.23.20.0",
	"TelegramBot (like TwitterBot)",
	"Twitterbot/1.0",
	"Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 Safari/605.1.15 (Applebot/0.1)",
	"LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
	"Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
}

// No robot takes a seat, whatever it does with an address: it may read the page, ask
// as a prefetcher, send the forms that a page could hold.
func TestRobotsTakeNoSeat(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	maker := newBrowser(t, s.URL)
	room := maker.ask(http.MethodPost, "/api/room/create", nil).ok(t).RoomID
	for _, agent := range robots {
		robot := newBrowser(t, s.URL)
		robot.own = false
		for range 100 {
			a := robot.ask(http.MethodGet, "/room/"+room, nil, "User-Agent", agent, "Sec-Purpose", "prefetch", "Purpose", "preview")
			if a.status >= 300 && a.status < 400 || a.header.Get("Set-Cookie") != "" {
				t.Fatalf("%s gets %d %v", agent, a.status, a.header)
			}
		}
		robot.ask(http.MethodHead, "/room/"+room, nil, "User-Agent", agent)
		robot.ask(http.MethodPost, of("/api/room/join", room), nil, "Content-Type", "application/x-www-form-urlencoded").is(t, http.StatusForbidden, "forbidden")
		robot.ask(http.MethodGet, of("/api/room/join", room), nil).is(t, http.StatusMethodNotAllowed, "method_not_allowed")
		robot.ask(http.MethodGet, of("/api/room/ttl", room), nil).is(t, http.StatusUnauthorized, "unauthorized")
		robot.ask(http.MethodGet, of("/api/messages", room), nil).is(t, http.StatusUnauthorized, "unauthorized")
		robot.ask(http.MethodGet, of("/api/realtime", room), nil, "Accept", "text/event-stream").is(t, http.StatusUnauthorized, "unauthorized")
	}
	v, err := s.Chat.LookAtRoom(t.Context(), func(chat.RoomID) string { return "" }, chat.RoomID(room))
	if err != nil || v.Taken() != 0 {
		t.Fatalf("seats are taken: %+v, %v", v, err)
	}
}

func TestThePageOfARoom(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	maker, guest, room := roomFor(t, s, nil)
	third := newBrowser(t, s.URL)
	for name, c := range map[string]struct {
		who  *browser
		path string
		to   string // "": the page itself
	}{
		"the maker":    {maker, "/room/" + room, ""},
		"the guest":    {guest, "/room/" + room, ""},
		"a third":      {third, "/room/" + room, "/?error=room-full"},
		"no room":      {third, "/room/" + string(chat.NewRoomID()), "/?error=room-not-found"},
		"no name":      {third, "/room/", "/?error=room-not-found"},
		"another page": {third, "/room/" + room + "/x", "/?error=room-not-found"},
	} {
		a := c.who.ask(http.MethodGet, c.path, nil, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate") // a link in a chat
		if (a.status == http.StatusTemporaryRedirect) != (c.to != "") || a.header.Get("Location") != c.to {
			t.Errorf("%s: %d to %q", name, a.status, a.header.Get("Location"))
		}
		for _, h := range []struct{ name, want string }{{"Cache-Control", "no-store"}, {"Referrer-Policy", "no-referrer"}, {"X-Robots-Tag", "noindex"}} {
			if !strings.Contains(a.header.Get(h.name), h.want) {
				t.Errorf("%s: %s is %q", name, h.name, a.header.Get(h.name))
			}
		}
	}
	if a := maker.join(room).ok(t); a.Seat != 1 || a.Peers != 1 {
		t.Errorf("the maker joins: %+v", a)
	}
	third.join(room).is(t, http.StatusConflict, "room-full")
	if third.token() != "" {
		t.Error("who is refused gets a cookie")
	}
}

// The cookie is as the contract says, and one browser has one for all rooms.
func TestTheCookieOfRooms(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	b := newBrowser(t, s.URL)
	made := b.ask(http.MethodPost, "/api/room/create", nil).ok(t)
	set := made.header.Get("Set-Cookie")
	for _, want := range []string{"x-auth-token=", "HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=86400"} {
		if !strings.Contains(set, want) {
			t.Errorf("the cookie is %q, without %s", set, want)
		}
	}
	if strings.Contains(set, "Secure") || len(b.token()) < 43 {
		t.Errorf("the cookie is %q", set)
	}
	before := b.token()
	other := b.create(nil)
	if b.token() != before {
		t.Error("a second room changes the cookie")
	}
	secure := parleytest.New(t, parleytest.With("--public-url", "https://chat.example.com"))
	a := newBrowser(t, secure.URL).ask(http.MethodPost, "/api/room/create", nil, "Origin", "https://chat.example.com").ok(t)
	cookies := strings.Join(a.header.Values("Set-Cookie"), "\n")
	if strings.Count(cookies, "Secure") != 2 || !strings.Contains(cookies, "__Host-x-auth-token=") || !strings.HasPrefix(a.URL, "https://chat.example.com/room/") {
		t.Errorf("over HTTPS: %s, %s", cookies, a.URL)
	}
	// Both rooms are this browser's, and nobody else's.
	if mine := b.ask(http.MethodGet, "/api/room/mine", nil).ok(t).Rooms; len(mine) != 2 {
		t.Errorf("my rooms: %+v", mine)
	}
	if mine := newBrowser(t, s.URL).ask(http.MethodGet, "/api/room/mine", nil).ok(t).Rooms; len(mine) != 0 {
		t.Errorf("another's rooms: %+v", mine)
	}
	b.say(made.RoomID, "in one").ok(t)
	b.say(other, "in the other").ok(t)
	if got := b.read(other).ok(t).Messages; len(got) != 1 || got[0].Text != "in the other" {
		t.Errorf("the other room has %+v", got)
	}
}

// A seat is of one room: elsewhere its token is a stranger's.
func TestATokenOpensOnlyWhereItSits(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	_, guest, _ := roomFor(t, s, nil)
	maker, _, other := roomFor(t, s, nil)
	maker.say(other, "secret").ok(t)
	for _, c := range []struct{ method, path string }{
		{http.MethodGet, "/api/room/ttl"}, {http.MethodGet, "/api/messages"}, {http.MethodDelete, "/api/room"}, {http.MethodPost, "/api/messages"},
		{http.MethodPost, "/api/room/typing"}, {http.MethodPost, "/api/room/read"}, {http.MethodPost, "/api/room/leave"},
		{http.MethodPost, "/api/room/free-seat"}, {http.MethodPost, "/api/room/files"}, {http.MethodGet, "/api/room/files/1"}, {http.MethodGet, "/api/realtime"},
	} {
		guest.ask(c.method, of(c.path, other), nil).is(t, http.StatusUnauthorized, "unauthorized")
		guest.ask(c.method, of(c.path, string(chat.NewRoomID())), nil).is(t, http.StatusNotFound, "room-not-found")
		if a := guest.ask(c.method, c.path, nil); c.path != "/api/realtime" && (a.status != http.StatusBadRequest || a.Field != "roomId") && c.path != "/api/room/files/1" {
			t.Errorf("%s %s without a room: %d %s", c.method, c.path, a.status, a.body)
		}
	}
}

// What another site's page sends with the cookie does nothing.
func TestOtherSitesCannotActForASeat(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	maker, _, room := roomFor(t, s, nil)
	maker.own = false
	for _, header := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Sec-Fetch-Site", "none"},
		{"Origin", "https://evil.example"}, {"Origin", "null"},
	} {
		for _, c := range []struct{ method, path string }{
			{http.MethodDelete, "/api/room"}, {http.MethodPost, "/api/messages"}, {http.MethodPost, "/api/room/leave"}, {http.MethodPost, "/api/room/free-seat"},
			{http.MethodPost, "/api/room/join"}, {http.MethodPost, "/api/room/create"}, {http.MethodPost, "/api/room/typing"},
		} {
			maker.ask(c.method, of(c.path, room), map[string]any{"sender": "evil", "text": "evil"}, header...).is(t, http.StatusForbidden, "forbidden")
		}
		maker.ask(http.MethodGet, of("/api/realtime", room), nil, append(header, "Accept", "text/event-stream")...).is(t, http.StatusForbidden, "forbidden")
	}
	maker.read(room).ok(t)
	// A program has no site: it shows its token in a header.
	program := newBrowser(t, s.URL)
	program.own = false
	program.ask(http.MethodGet, of("/api/messages", room)+"&token="+maker.token(), nil).ok(t)
	program.ask(http.MethodGet, of("/api/room/ttl", room)+"&token="+maker.token(), nil).is(t, http.StatusUnauthorized, "unauthorized")
	program.ask(http.MethodDelete, of("/api/room", room), nil, "X-Auth-Token", maker.token()).ok(t)
}

func TestPassPhrases(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t, parleytest.With("--rate-limits", "on", "--limits.room-pass", "5/10h"), parleytest.Alone())
	maker, guest := newBrowser(t, s.URL), newBrowser(t, s.URL)
	room := maker.create(map[string]any{"pass": "open sesame", "kcv": "abc"})
	look := guest.ask(http.MethodGet, of("/api/room/info", room), nil).ok(t)
	if !look.NeedsPass || look.KCV != "abc" || !look.Cipher || look.Full || look.Mine || look.Mode != "idle" {
		t.Errorf("from outside it is %+v", look)
	}
	try := func(pass string) roomAnswer {
		return guest.ask(http.MethodPost, of("/api/room/join", room), map[string]any{"pass": pass})
	}
	try("").is(t, http.StatusUnauthorized, "wrong-pass")
	try("close").is(t, http.StatusUnauthorized, "wrong-pass")
	try("open sesame").ok(t)
	guest.join(room).ok(t) // who is seated is not asked again
	for range 10 {
		if a := guest.ask(http.MethodGet, of("/api/room/info", room), nil).ok(t); !a.Full || !a.Mine {
			t.Errorf("from inside it is %+v", a)
		}
	}
	other := maker.create(map[string]any{"pass": "open sesame"})
	var limited bool
	for range 8 {
		a := guest.ask(http.MethodPost, of("/api/room/join", other), map[string]any{"pass": "guess"})
		limited = limited || a.status == http.StatusTooManyRequests
	}
	if !limited {
		t.Error("a pass phrase can be guessed for ever")
	}
}

// The limits are as those by default, but for their time: a machine that is busy must
// not give a try back meanwhile.
func TestLimitsOfRooms(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t, parleytest.With("--rate-limits", "on", "--limits.room-create", "5/10h", "--limits.room-send", "10/10h", "--limits.room-join", "20/10h"), parleytest.Alone())
	b := newBrowser(t, s.URL)
	for range 5 {
		b.ask(http.MethodPost, "/api/room/create", nil).ok(t)
	}
	a := b.ask(http.MethodPost, "/api/room/create", nil).is(t, http.StatusTooManyRequests, "rate_limited")
	if a.header.Get("Retry-After") == "" {
		t.Error("it is not said when to come back")
	}
	room := b.ask(http.MethodGet, "/api/room/mine", nil).ok(t).Rooms[0].RoomID
	for range 10 {
		b.say(room, "x").ok(t)
	}
	b.say(room, "x").is(t, http.StatusTooManyRequests, "rate_limited")
	stranger := newBrowser(t, s.URL)
	for range 20 {
		stranger.join(string(chat.NewRoomID())).is(t, http.StatusNotFound, "room-not-found")
	}
	stranger.join(room).is(t, http.StatusTooManyRequests, "rate_limited")
}

func TestTheOperatorsChoices(t *testing.T) {
	t.Parallel()
	t.Run("off", func(t *testing.T) {
		s := parleytest.New(t, parleytest.With("--rooms.enabled", "off"))
		b := newBrowser(t, s.URL)
		b.ask(http.MethodPost, "/api/room/create", nil).is(t, http.StatusForbidden, "feature_disabled")
		b.join(string(chat.NewRoomID())).is(t, http.StatusNotFound, "room-not-found")
	})
	t.Run("members, with a pass phrase, for a short time", func(t *testing.T) {
		s := parleytest.New(t, parleytest.With("--rooms.members-only", "on", "--rooms.pass-required", "on", "--rooms.max-ttl-seconds", "900", "--rooms.max-open", "1"))
		ann, b := s.Person("ann"), newBrowser(t, s.URL)
		pass := map[string]any{"pass": "p", "ttl": 900}
		b.ask(http.MethodPost, "/api/room/create", pass).is(t, http.StatusForbidden, "forbidden")
		bearer := []string{"Authorization", "Bearer " + ann.Token}
		if a := b.ask(http.MethodPost, "/api/room/create", nil, bearer...); a.status != http.StatusBadRequest || a.Field != "pass" {
			t.Errorf("without a pass phrase: %d %s", a.status, a.body)
		}
		if a := b.ask(http.MethodPost, "/api/room/create", map[string]any{"pass": "p", "ttl": 901}, bearer...); a.status != http.StatusBadRequest || a.Field != "ttl" {
			t.Errorf("for too long: %d %s", a.status, a.body)
		}
		room := b.ask(http.MethodPost, "/api/room/create", pass, bearer...).ok(t).RoomID
		b.ask(http.MethodPost, "/api/room/create", pass, bearer...).is(t, http.StatusServiceUnavailable, "capacity")
		// It is hers wherever she signs in.
		if mine := newBrowser(t, s.URL).ask(http.MethodGet, "/api/room/mine", nil, bearer...).ok(t).Rooms; len(mine) != 1 || mine[0].RoomID != room {
			t.Errorf("her rooms: %+v", mine)
		}
		guest := newBrowser(t, s.URL)
		guest.ask(http.MethodPost, of("/api/room/join", room), pass).ok(t)
		ear := guest.hear(room)
		as := boss(t, s)
		as(http.MethodDelete, "/api/admin/rooms/"+room, "", nil)
		if e := ear.next(roomapi.EventDestroy); e.data["reason"] != "operator" || e.data["by"] != nil {
			t.Errorf("heard %+v", e)
		}
		// It is written down, not which room it was, and not as if it were a conversation.
		for query, want := range map[string]int{"action=room.ended": 1, "targetType=room": 1, "action=conversation.deleted": 0} {
			var log []struct {
				Action, TargetType string
				TargetID           *int64
			}
			as(http.MethodGet, "/api/admin/audit?"+query, "", &log)
			if len(log) != want || want == 1 && (log[0].Action != "room.ended" || log[0].TargetType != "room" || log[0].TargetID != nil) {
				t.Errorf("%s: %+v", query, log)
			}
		}
	})
}

// A shell beside the server ends a room too, whose streams hear of it from the log.
func TestTheShellEndsARoom(t *testing.T) {
	t.Parallel()
	enginetest.Once(t)
	p := startProcess(t, t.TempDir(), "127.0.0.1:0")
	defer p.stop()
	b := newBrowser(t, p.url)
	room := b.create(nil)
	ear := b.hear(room)
	run := func(args ...string) string {
		args = append(args, "--data", p.data)
		if flags, ok := databases.Load(p.data); ok {
			args = append(args, flags.([]string)...)
		}
		out, err := exec.Command(binary(t), args...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return strings.TrimSpace(string(out))
	}
	if got := run("room", "count"); got != "1" {
		t.Errorf("%s rooms", got)
	}
	run("room", "end", room, "--yes")
	if e := ear.next(roomapi.EventDestroy); e.data["reason"] != "operator" {
		t.Errorf("heard %+v", e)
	}
	ear.over()
	if got := run("room", "count"); got != "0" {
		t.Errorf("%s rooms", got)
	}
	// Rooms in the memory of the server are out of its reach, and it says so.
	cmd := exec.Command(binary(t), "room", "count", "--data", p.data)
	cmd.Env = append(os.Environ(), "PARLEY_ROOMS_MEMORY_ONLY=on")
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "rooms.memory-only") {
		t.Errorf("with rooms in memory: %v, %s", err, out)
	}
}

// Whoever asks while a room is destroyed gets nothing of it after both were told.
func TestNothingIsReadAfterTheEnd(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	for range 3 {
		maker, guest, room := roomFor(t, s, nil)
		for range 10 {
			maker.say(room, "words").ok(t)
		}
		ear := guest.hear(room)
		var told atomic.Bool
		var readers sync.WaitGroup
		for range 50 {
			readers.Go(func() {
				for after := false; !after; { // the last one begins when both were told
					after = told.Load()
					a, err := guest.try(http.MethodGet, of("/api/messages", room), nil)
					if err != nil {
						t.Error(err)
						return
					}
					if after && (a.status != http.StatusGone || strings.Contains(a.body, "words")) {
						t.Errorf("after the end: %d %s", a.status, a.body)
					}
				}
			})
		}
		maker.ask(http.MethodDelete, of("/api/room", room), nil).ok(t)
		ear.next(roomapi.EventDestroy)
		told.Store(true)
		readers.Wait()
	}
}

// The maker may show the other out, and hears of who stands outside.
func TestFreeingASeat(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	maker, guest, room := roomFor(t, s, map[string]any{"kcv": "old"})
	ear, other := maker.hear(room), guest.hear(room)
	third := newBrowser(t, s.URL)
	third.join(room).is(t, http.StatusConflict, "room-full")
	ear.next(roomapi.EventKnock)
	// Who opens the link of a full room is heard, too; who only previews it is not.
	opens := func(by ...string) {
		third.ask(http.MethodGet, "/room/"+room, nil, by...).is(t, http.StatusTemporaryRedirect, "")
	}
	byHand := []string{"Sec-Fetch-Dest", "document", "Sec-Fetch-Mode", "navigate"}
	opens("User-Agent", "Slackbot-LinkExpanding 1.0")
	opens(append(byHand, "Sec-Purpose", "prefetch")...)
	third.ask(http.MethodGet, of("/api/room/info", room), nil).ok(t)
	guest.ask(http.MethodPost, of("/api/room/typing", room), map[string]any{"typing": true}).ok(t)
	patience := time.After(within)
	for e := (roomEvent{}); e.name != roomapi.EventTyping; e = ear.any(patience, roomapi.EventTyping) {
		if e.name == roomapi.EventKnock {
			t.Error("a preview knocks")
		}
	}
	opens(byHand...)
	ear.next(roomapi.EventKnock)
	third.ask(http.MethodGet, of("/api/room/info", room), nil, "X-Requested-With", "parley").ok(t)
	ear.next(roomapi.EventKnock)
	guest.ask(http.MethodPost, of("/api/room/free-seat", room), nil).is(t, http.StatusForbidden, "forbidden")
	guest.ask(http.MethodPost, of("/api/room/leave", room), nil).ok(t)
	if e := ear.next(roomapi.EventLeave); e.data["mine"] != false || e.data["kicked"] != false {
		t.Errorf("left: %+v", e)
	}
	third.join(room).is(t, http.StatusConflict, "room-full")
	maker.ask(http.MethodPost, of("/api/room/free-seat", room), map[string]any{"kcv": "new"}).ok(t)
	if e := other.next(roomapi.EventLeave); e.data["kicked"] == false { // the first says that he left himself
		if e = other.next(roomapi.EventLeave); e.data["mine"] != true || e.data["kicked"] != true {
			t.Errorf("shown out: %+v", e)
		}
	}
	other.over()
	guest.read(room).is(t, http.StatusUnauthorized, "unauthorized")
	guest.join(room).is(t, http.StatusConflict, "room-full")
	if a := third.ask(http.MethodGet, of("/api/room/info", room), nil).ok(t); a.Full || a.KCV != "new" {
		t.Errorf("from outside it is %+v", a)
	}
	third.join(room).ok(t)
	if e := ear.next(roomapi.EventJoin); e.data["seat"] != 2.0 || e.data["mine"] != false {
		t.Errorf("joined: %+v", e)
	}
}
