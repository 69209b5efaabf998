package test

import (
	"crypto/sha256"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"parley/internal/parleytest"
	"parley/internal/roomapi"
)

// A reaction is heard at once, stands under its message, and is told again to who was
// away; the server takes it as it is.
func TestReactionsInRooms(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	maker, guest, room := roomFor(t, s, nil)
	enc := func(ct string) map[string]any { return map[string]any{"v": 1, "iv": "AAAA", "ct": ct} }
	said := maker.ask(http.MethodPost, of("/api/messages", room), map[string]any{"enc": enc("WORD")}).ok(t)
	ear := maker.hear(room)
	react := func(b *browser, body map[string]any) roomAnswer {
		body["messageId"] = said.ID
		return b.ask(http.MethodPost, of("/api/room/react", room), body)
	}
	react(guest, map[string]any{"enc": enc("ONE")}).ok(t)
	heard := ear.next(roomapi.EventReaction)
	if heard.data["messageId"] != said.ID || heard.data["seat"] != 2.0 || heard.data["mine"] != false || heard.data["enc"].(map[string]any)["ct"] != "ONE" {
		t.Errorf("heard %+v", heard)
	}
	ear.stop()
	react(guest, map[string]any{"enc": enc("TWO")}).ok(t)
	react(maker, map[string]any{"enc": enc("OWN")}).ok(t)
	again := maker.hear(room, "Last-Event-ID", heard.id)
	for _, want := range []string{"TWO", "OWN"} {
		if e := again.next(roomapi.EventReaction); e.data["enc"].(map[string]any)["ct"] != want || e.data["mine"] != (want == "OWN") {
			t.Errorf("heard %+v, want %s", e, want)
		}
	}
	got := guest.read(room).ok(t).Messages[0].Reactions
	if len(got) != 2 || got[0].Seat+got[1].Seat != 3 || got[0].Enc == nil || got[1].Enc == nil {
		t.Errorf("the guest reads %+v", got)
	}
	for who, b := range map[int]*browser{1: maker, 2: guest} {
		for _, r := range b.read(room).ok(t).Messages[0].Reactions {
			if r.Mine != (r.Seat == who) {
				t.Errorf("to seat %d the reaction of seat %d is its own: %t", who, r.Seat, r.Mine)
			}
		}
	}
	if a := guest.ask(http.MethodGet, of("/api/room/info", room), nil).ok(t); !a.Cipher {
		t.Error("an encrypted reaction marks the room")
	}
	react(guest, map[string]any{"emoji": "👍"}).ok(t)
	again.next(roomapi.EventCipher)
	if e := again.next(roomapi.EventReaction); e.data["emoji"] != "👍" || e.data["enc"] != nil || e.data["mine"] != false {
		t.Errorf("heard %+v", e)
	}
	if got := guest.read(room).ok(t).Messages[0].Reactions; len(got) != 2 || got[0].Mine == got[1].Mine {
		t.Errorf("in clear the guest reads %+v", got)
	}
	react(guest, map[string]any{}).ok(t)
	if got := maker.read(room).ok(t).Messages[0].Reactions; len(got) != 1 || got[0].Seat != 1 {
		t.Errorf("after it was taken away: %+v", got)
	}
	react(newBrowser(t, s.URL), map[string]any{}).is(t, http.StatusUnauthorized, "unauthorized")
	if a := react(guest, map[string]any{"enc": "x"}); a.status != http.StatusBadRequest || a.Field != "enc" {
		t.Errorf("no ciphertext: %d %s", a.status, a.body)
	}
}

func TestRoomsWithoutFiles(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	_, guest, room := roomFor(t, s, map[string]any{"files": false})
	if status, _ := guest.upload(room, "a.txt", []byte("a file")); status != http.StatusForbidden {
		t.Errorf("an upload: %d", status)
	}
	if a := guest.ask(http.MethodGet, of("/api/room/info", room), nil).ok(t); !strings.Contains(a.body, `"files":false`) {
		t.Errorf("from outside it is %s", a.body)
	}
}

// A guest tells the operator what he picks; it outlives the room and is erased when it
// is closed.
func TestReportsFromRooms(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t, parleytest.With("--rate-limits", "on", "--limits.room-report", "3/10h"), parleytest.Alone())
	maker, guest, room := roomFor(t, s, nil)
	report := func(b *browser, body map[string]any) roomAnswer {
		return b.ask(http.MethodPost, of("/api/room/report", room), body)
	}
	picked := []map[string]any{{"seat": 1, "name": "Mal", "text": "a threat " + secret, "timestamp": 1_900_000_000_000}}
	report(newBrowser(t, s.URL), map[string]any{"note": "x"}).is(t, http.StatusUnauthorized, "unauthorized")
	for field, body := range map[string]map[string]any{
		"note":     {"note": strings.Repeat("x", 2001)},
		"messages": {"messages": "x"},
	} {
		if a := report(guest, body); a.status != http.StatusBadRequest || a.Field != field {
			t.Errorf("%s: %d %s", field, a.status, a.body)
		}
	}
	for name, bad := range map[string]map[string]any{
		"a third seat": {"seat": 3}, "no seat": {}, "a long text": {"seat": 1, "text": strings.Repeat("x", 10_001)},
		"a long name": {"seat": 1, "name": strings.Repeat("x", 101)}, "a bad time": {"seat": 1, "timestamp": -1},
	} {
		if a := report(guest, map[string]any{"messages": []any{bad}}); a.status != http.StatusBadRequest || a.Field != "messages" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := report(guest, map[string]any{"note": " "}); a.status != http.StatusBadRequest || a.Field != "note" {
		t.Errorf("nothing: %d %s", a.status, a.body)
	}
	if a := report(guest, map[string]any{"messages": make([]struct{}, 21)}); a.Field != "messages" {
		t.Errorf("too many: %d %s", a.status, a.body)
	}
	report(guest, map[string]any{"note": "He threatens me", "messages": picked}).ok(t)
	report(maker, map[string]any{"note": "second"}).ok(t)
	report(maker, map[string]any{"note": "third"}).ok(t)
	report(maker, map[string]any{"note": "one too many"}).is(t, http.StatusTooManyRequests, "rate_limited")
	maker.ask(http.MethodDelete, of("/api/room", room), nil).ok(t)
	report(guest, map[string]any{"note": "late"}).is(t, http.StatusGone, "room-ended")

	as := boss(t, s)
	var list []struct {
		ID       int64
		RoomID   string
		Seat     int
		Note     string
		Messages []struct {
			Seat       int
			Name, Text string
		}
	}
	as(http.MethodGet, "/api/admin/reports", "", &list)
	if len(list) != 3 || list[2].RoomID != room || list[2].Seat != 2 || list[2].Note != "He threatens me" || len(list[2].Messages) != 1 || list[2].Messages[0].Text != "a threat "+secret || list[2].Messages[0].Name != "Mal" {
		t.Fatalf("the reports are %+v", list)
	}
	closed := "/api/admin/reports/" + strconv.FormatInt(list[2].ID, 10)
	as(http.MethodDelete, closed, "", nil)
	as(http.MethodGet, "/api/admin/reports?before="+strconv.FormatInt(list[1].ID, 10), "", &list)
	if len(list) != 0 {
		t.Errorf("after it was closed: %+v", list)
	}
	var log []struct{ Action, TargetType string }
	if as(http.MethodGet, "/api/admin/audit?action=report.closed", "", &log); len(log) != 1 || log[0].TargetType != "report" {
		t.Errorf("the audit log has %+v", log)
	}
	ann := s.Person("ann")
	for _, c := range []struct{ method, path string }{{http.MethodGet, "/api/admin/reports"}, {http.MethodDelete, closed}} {
		if status := newBrowser(t, s.URL).ask(c.method, c.path, nil, "Authorization", "Bearer "+ann.Token).status; status != http.StatusForbidden {
			t.Errorf("%s %s by a member: %d", c.method, c.path, status)
		}
	}
}

// Who makes a room has worked for it, once for each, if the operator asks for that.
func TestMakingARoomTakesWork(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t, parleytest.With("--rooms.proof-of-work", "8"))
	b := newBrowser(t, s.URL)
	if a := b.ask(http.MethodGet, "/api/room/options", nil).ok(t); !strings.Contains(a.body, `"proofOfWork":8`) {
		t.Errorf("the options are %s", a.body)
	}
	type work struct{ Challenge, Nonce string }
	prove := func() work {
		_, text, _ := strings.Cut(b.ask(http.MethodGet, "/api/room/challenge", nil).ok(t).body, `"challenge":"`)
		text, _, _ = strings.Cut(text, `"`)
		for n := 0; ; n++ {
			if h := sha256.Sum256([]byte(text + "." + strconv.Itoa(n))); h[0] == 0 {
				return work{text, strconv.Itoa(n)}
			}
		}
	}
	create := func(w work) roomAnswer {
		return b.ask(http.MethodPost, "/api/room/create", map[string]any{"challenge": w.Challenge, "nonce": w.Nonce})
	}
	if a := create(work{}); a.status != http.StatusBadRequest || a.Field != "challenge" {
		t.Errorf("without work: %d %s", a.status, a.body)
	}
	done := prove()
	create(done).ok(t)
	for range s.Nodes() { // each node remembers what it was shown
		create(done)
	}
	if a := create(done); a.status != http.StatusBadRequest || a.Field != "challenge" {
		t.Errorf("the same work again: %d %s", a.status, a.body)
	}
	create(prove()).ok(t)
}
