package test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"parley/client"
	"parley/internal/bus/bustest"
	"parley/internal/chat"
	"parley/internal/parleytest"
	"parley/internal/roomapi"
	"parley/internal/store/enginetest"
)

// upload sends a file into a room.
func (b *browser) upload(room, name string, content []byte) (int, roomapi.File) {
	b.t.Helper()
	body, contentType := form(b.t, fileNamed(name, content))
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.base+of("/api/room/files", room), body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	res, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	var f roomapi.File
	raw, _ := io.ReadAll(res.Body)
	if res.StatusCode == http.StatusOK {
		if err := json.Unmarshal(raw, &f); err != nil {
			b.t.Fatalf("%s: %v", raw, err)
		}
	}
	return res.StatusCode, f
}

func TestFilesOfARoom(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	maker, guest, room := roomFor(t, s, nil)
	status, f := maker.upload(room, "secret.bin", []byte("\x00\x01 ciphertext"))
	if status != http.StatusOK || f.ID == "" {
		t.Fatalf("upload: %d %+v", status, f)
	}
	said := maker.ask(http.MethodPost, of("/api/messages", room), map[string]any{
		"enc": map[string]any{"v": 1, "iv": "AAAA", "ct": "BBBB"}, "type": "file", "fileIds": []string{f.ID}, "clientId": "c1",
	}).ok(t)
	got := guest.read(room).ok(t).Messages
	if len(got) != 1 || len(got[0].Files) != 1 || got[0].Files[0] != f || got[0].Enc == nil || got[0].Enc.CT != "BBBB" || got[0].Text != "" || got[0].Type != "file" ||
		got[0].Sender != "1" || got[0].Seat != 1 || got[0].ClientID != "c1" || got[0].ID != said.ID {
		t.Errorf("the guest reads %+v", got)
	}
	a := guest.ask(http.MethodGet, of("/api/room/files/"+f.ID, room), nil).ok(t)
	if a.body != "\x00\x01 ciphertext" || !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment") || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the file is %q, %v", a.body, a.header)
	}
	stranger, _, elsewhere := roomFor(t, s, nil)
	stranger.ask(http.MethodGet, of("/api/room/files/"+f.ID, room), nil).is(t, http.StatusUnauthorized, "unauthorized")
	stranger.ask(http.MethodGet, of("/api/room/files/"+f.ID, elsewhere), nil).is(t, http.StatusNotFound, "not_found")
	ann := s.Person("ann")
	if a := newBrowser(t, s.URL).ask(http.MethodGet, "/api/chat/attachments/"+f.ID, nil, "Authorization", "Bearer "+ann.Token); a.status == http.StatusOK {
		t.Error("somebody with an account reads it")
	}
	big := make([]byte, chat.MaxRoomFile+1)
	if status, _ := maker.upload(room, "big", big); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a file of more than 10 MiB: %d", status)
	}
	for i, want := range []int{http.StatusOK, http.StatusRequestEntityTooLarge} {
		if status, _ := maker.upload(room, "large", big[:chat.MaxRoomFile]); status != want {
			t.Errorf("large file %d: %d", i, status)
		}
	}
}

// Promise P7 for rooms: when destroying is answered the database has nothing of the
// room and the disk no file of it; after a minute no byte is left in any file.
func TestADestroyedRoomLeavesNothing(t *testing.T) {
	t.Parallel()
	enginetest.Long(t)
	if enginetest.Wanted(t) != enginetest.SQLite {
		needsTools(t, "pg_dump")
	}
	for name, end := range map[string]func(s *parleytest.Server, maker *browser, room string){
		"destroyed": func(_ *parleytest.Server, maker *browser, room string) {
			maker.ask(http.MethodDelete, of("/api/room", room), nil).ok(t)
		},
		"by the operator": func(s *parleytest.Server, _ *browser, room string) {
			if err := s.Chat.EndRoom(t.Context(), chat.Operator, chat.RoomID(room)); err != nil {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := parleytest.New(t)
			maker, guest, room := roomFor(t, s, map[string]any{"kcv": "kcv" + secret, "pass": ""})
			// What a page sends is encrypted: here it is the bytes that are looked for.
			marks := []string{secret, "holiday" + secret, "kcv" + secret}
			for _, b := range []*browser{maker, guest} {
				b.ask(http.MethodPost, of("/api/messages", room), map[string]any{"sender": "name " + secret, "text": "words " + secret, "clientId": secret}).ok(t)
				_, f := b.upload(room, "holiday"+secret+".txt", []byte("a file with "+secret))
				b.ask(http.MethodPost, of("/api/messages", room), map[string]any{"enc": map[string]any{"v": 1, "iv": "AAAA", "ct": secret}, "fileIds": []string{f.ID}}).ok(t)
				b.upload(room, "holiday"+secret+".txt", []byte("never attached "+secret))
				b.ask(http.MethodPost, of("/api/room/read", room), nil).ok(t)
			}
			said := maker.read(room).ok(t).Messages[0].ID
			guest.ask(http.MethodPost, of("/api/room/react", room), map[string]any{"messageId": said, "enc": map[string]any{"v": 1, "iv": "AAAA", "ct": "react" + secret}}).ok(t)
			guest.ask(http.MethodPost, of("/api/room/react", room), map[string]any{"messageId": said}).ok(t)
			for _, mark := range append(marks, room) {
				if len(kept(t, s, mark)) == 0 {
					t.Fatalf("%s was never kept: the test looks in the wrong place", mark)
				}
			}
			end(s, maker, room)
			if n := blobsOf(t, s); n != 0 && name == "destroyed" {
				t.Errorf("%d files are on the disk when it is answered", n)
			}
			look := time.NewTicker(time.Second)
			defer look.Stop()
			wait := func() { <-look.C }
			gone(t, s, 60*time.Second, marks, wait)
			gone(t, s, 75*time.Second, []string{room}, wait) // kept for a minute, to say that it has ended
		})
	}
}

// Rooms survive a restart, with their seats; those whose time came meanwhile are gone
// before anybody can ask.
func TestRoomsSurviveARestart(t *testing.T) {
	t.Parallel()
	var ahead time.Duration // changed only while nothing runs
	now := func() time.Time { return time.Now().Add(ahead) }
	s := parleytest.New(t, parleytest.Clocks(now, now))
	maker, guest, room := roomFor(t, s, nil)
	_, _, short := roomFor(t, s, map[string]any{"ttl": 60})
	maker.say(room, "before").ok(t)
	s.Stop()
	ahead = 2 * time.Minute
	for i := range s.Nodes() {
		s.StartNode(i)
	}
	// Those that go between them may still hold a connection to a node that is gone.
	maker.http.CloseIdleConnections()
	guest.http.CloseIdleConnections()
	if got := guest.read(room).ok(t).Messages; len(got) != 1 || got[0].Text != "before" {
		t.Errorf("after the restart: %+v", got)
	}
	if a := guest.join(room).ok(t); a.Seat != 2 {
		t.Errorf("after the restart the guest has seat %d", a.Seat)
	}
	guest.say(room, "after").ok(t)
	if v, err := s.Chat.LookAtRoom(t.Context(), func(chat.RoomID) string { return "" }, chat.RoomID(short)); !chat.Has(err, chat.Gone) {
		t.Errorf("the short one is %+v, %v", v, err)
	}
}

// Each sits on another node: both hear everything, also of the end.
func TestRoomsAcrossNodes(t *testing.T) {
	t.Parallel()
	s := parleytest.NewCluster(t)
	maker, guest := newBrowser(t, s.NodeURL(0)), newBrowser(t, s.NodeURL(1))
	room := maker.create(nil)
	ear := maker.hear(room)
	guest.join(room).ok(t)
	ear.next(roomapi.EventJoin)
	other := guest.hear(room)
	if e := ear.next(roomapi.EventPresence); e.data["online"] != true {
		t.Errorf("presence: %+v", e)
	}
	for i := range 20 {
		maker.say(room, fmt.Sprint("a", i)).ok(t)
		guest.say(room, fmt.Sprint("b", i)).ok(t)
	}
	var seqs [2][]float64
	for i, h := range []*roomStream{ear, other} {
		for range 40 {
			seqs[i] = append(seqs[i], h.next(roomapi.EventMessage).data["seq"].(float64))
		}
	}
	for i := range 40 {
		if seqs[0][i] != float64(i+1) || seqs[1][i] != float64(i+1) {
			t.Fatalf("heard %v and %v", seqs[0], seqs[1])
		}
	}
	maker.ask(http.MethodPost, of("/api/room/typing", room), map[string]any{"typing": true}).ok(t)
	if e := other.next(roomapi.EventTyping); e.data["typing"] != true {
		t.Errorf("typing: %+v", e)
	}
	guest.ask(http.MethodDelete, of("/api/room", room), nil).ok(t)
	for _, h := range []*roomStream{ear, other} {
		h.next(roomapi.EventDestroy)
		h.over()
	}
	maker.read(room).is(t, http.StatusGone, "room-ended")
}

// On a bus that loses everything both still hear of all that is said, and of the end,
// which leaves them nothing to read it from but the log.
func TestRoomsOnABusThatLosesEverything(t *testing.T) {
	t.Parallel()
	bad := bustest.New(1, bustest.Trouble{Lose: 1})
	s := parleytest.New(t, parleytest.OnBus(bad.Before))
	last := s.Nodes() - 1
	maker, guest := newBrowser(t, s.NodeURL(0)), newBrowser(t, s.NodeURL(last))
	room := maker.create(nil)
	guest.join(room).ok(t)
	ears := []*roomStream{maker.hear(room), guest.hear(room)}
	maker.say(room, "hello").ok(t)
	for _, ear := range ears {
		if e := ear.next(roomapi.EventMessage); e.data["text"] != "hello" {
			t.Errorf("heard %+v", e)
		}
	}
	maker.say(room, "and gone").ok(t)
	guest.ask(http.MethodDelete, of("/api/room", room), nil).ok(t)
	for _, ear := range ears {
		if e := ear.next(roomapi.EventDestroy); e.data["reason"] != "destroyed" {
			t.Errorf("heard %+v", e)
		}
		ear.over()
	}
}

// What was acknowledged in a room survives a server that is killed, and so do the
// seats.
func TestRoomsSurviveAKill(t *testing.T) {
	t.Parallel()
	enginetest.Once(t)
	data := t.TempDir()
	p := startProcess(t, data, "127.0.0.1:0")
	maker, guest := newBrowser(t, p.url), newBrowser(t, p.url)
	room := maker.create(nil)
	guest.join(room).ok(t)
	for i := range 5 {
		guest.say(room, fmt.Sprint("word ", i)).ok(t)
	}
	p.kill()
	p = startProcess(t, data, p.addr())
	defer p.stop()
	if got := maker.read(room).ok(t).Messages; len(got) != 5 || got[4].Text != "word 4" {
		t.Errorf("after it was killed: %+v", got)
	}
	if a := guest.join(room).ok(t); a.Seat != 2 {
		t.Errorf("the guest has seat %d", a.Seat)
	}
}

// A stream goes on where it broke off, and tells no more than once.
func TestARoomsStreamResumes(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	maker, guest, room := roomFor(t, s, nil)
	ear := guest.hear(room)
	maker.say(room, "one").ok(t)
	last := ear.next(roomapi.EventMessage)
	ear.stop()
	maker.say(room, "two").ok(t)
	maker.say(room, "three").ok(t)
	again := guest.hear(room, "Last-Event-ID", last.id)
	for _, want := range []string{"two", "three"} {
		if e := again.next(roomapi.EventMessage); e.data["text"] != want {
			t.Errorf("heard %v, want %s", e.data["text"], want)
		}
	}
	// Another's cursor opens nothing: it is told to reload.
	foreign := maker.hear(room, "Last-Event-ID", last.id)
	foreign.next(roomapi.EventReload)
}

func TestARoomOverAWebSocket(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	maker, guest, room := roomFor(t, s, nil)
	dial := func(header http.Header) (wsFrames, error) {
		c, early, _, err := ws.Dialer{Header: ws.HandshakeHeaderHTTP(header)}.Dial(t.Context(), strings.Replace(s.URL, "http", "ws", 1)+of("/api/realtime", room))
		if err != nil {
			return wsFrames{}, err
		}
		t.Cleanup(func() { _ = c.Close() })
		if err := c.SetDeadline(time.Now().Add(within)); err != nil {
			t.Error(err)
		}
		var from io.Reader = c
		if early != nil { // frames that came with the handshake
			from = io.MultiReader(early, c)
		}
		return wsFrames{t, struct {
			io.Reader
			io.Writer
		}{from, c}}, nil
	}
	cookie := "x-auth-token=" + guest.token()
	for name, h := range map[string]http.Header{
		"nobody":         {},
		"another origin": {"Cookie": {cookie}, "Origin": {"https://evil.example"}},
	} {
		if _, err := dial(h); err == nil {
			t.Errorf("%s can listen", name)
		}
	}
	ear, err := dial(http.Header{"Cookie": {cookie}, "Origin": {s.URL}})
	if err != nil {
		t.Fatal(err)
	}
	ear.next("ready")
	maker.say(room, "hello").ok(t)
	if f := ear.next("message"); f.Data["text"] != "hello" || f.ID == "" {
		t.Errorf("heard %+v", f)
	}
	maker.ask(http.MethodDelete, of("/api/room", room), nil).ok(t)
	if f := ear.next("destroy"); f.Data["by"] != "peer" {
		t.Errorf("heard %+v", f)
	}
	if _, err := wsutil.ReadServerText(ear.conn); err == nil {
		t.Error("the socket goes on after the end")
	}
}

type wsFrames struct {
	t    *testing.T
	conn io.ReadWriter
}

type wsFrame struct {
	ID, Event string
	Data      map[string]any
}

func (w wsFrames) next(event string) (f wsFrame) {
	w.t.Helper()
	for f.Event != event {
		raw, err := wsutil.ReadServerText(w.conn)
		if err != nil {
			w.t.Fatalf("waiting for %s: %v", event, err)
		}
		f = wsFrame{}
		if err := json.Unmarshal(raw, &f); err != nil {
			w.t.Fatalf("%s: %v", raw, err)
		}
	}
	return f
}

// Nothing of a room is told to those who follow everything, found by search, counted
// or listed.
func TestRoomsAreInNobodysList(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann := s.Person("ann")
	maker, guest, room := roomFor(t, s, nil)
	maker.say(room, "whisper "+secret).ok(t)
	guest.say(room, "whisper "+secret).ok(t)
	v, _, err := s.Chat.OpenDirect(t.Context(), ann.Actor, ann.ID)
	if err != nil {
		t.Fatal(err)
	}
	sent, err := s.Chat.SendMessage(t.Context(), ann.Actor, chat.SendMessage{ConversationID: v.ID, Content: "after it"})
	if err != nil {
		t.Fatal(err)
	}
	// The index has come past the room's messages when it has this one.
	c := clientFor(t, s, ann)
	findable(t, c, client.Search{Query: "after"}, int64(sent.ID))
	if ids := search(t, c, client.Search{Query: secret}); len(ids) != 0 {
		t.Errorf("found %v", ids)
	}
	people, err := s.Chat.SearchPeople(t.Context(), ann.Actor, "", 50)
	if err != nil || len(people) != 1 {
		t.Errorf("people: %+v, %v", people, err)
	}
	if a := newBrowser(t, s.URL).ask(http.MethodGet, "/api/chat/conversations", nil, "Authorization", "Bearer "+ann.Token); strings.Contains(a.body, "ROOM") {
		t.Errorf("the list is %s", a.body)
	}
}
