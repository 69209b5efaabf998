package test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"parley/client"
	"parley/internal/admin"
	"parley/internal/app"
	"parley/internal/auth"
	"parley/internal/chat"
	"parley/internal/parleytest"
)

// The authorisation matrix of administration: every operation × who asks. It is the
// same for each of them, and a new one that is not in here fails.
var adminMatrix = []struct{ method, path, body string }{
	{"GET", "/api/admin/stats", ""},
	{"GET", "/api/admin/health", ""},
	{"POST", "/api/admin/health/check", ""},
	{"GET", "/api/admin/users", ""},
	{"GET", "/api/admin/users/{id}", ""},
	{"POST", "/api/admin/users/{id}/disable", ""},
	{"POST", "/api/admin/users/{id}/enable", ""},
	{"POST", "/api/admin/users/{id}/password", ""},
	{"PUT", "/api/admin/users/{id}/roles/{role}", ""},
	{"DELETE", "/api/admin/users/{id}/roles/{role}", ""},
	{"GET", "/api/admin/users/{id}/sessions", ""},
	{"DELETE", "/api/admin/users/{id}/sessions/{session}", ""},
	{"DELETE", "/api/admin/users/{id}/sessions", ""},
	{"DELETE", "/api/admin/users/{id}", ""},
	{"GET", "/api/admin/invitations", ""},
	{"POST", "/api/admin/invitations", ""},
	{"DELETE", "/api/admin/invitations/{invitation}", ""},
	{"GET", "/api/admin/conversations", ""},
	{"GET", "/api/admin/conversations/{conversation}", ""},
	{"GET", "/api/admin/conversations/{conversation}/participants", ""},
	{"PUT", "/api/admin/conversations/{conversation}/owner", `{"userId":{id}}`},
	{"DELETE", "/api/admin/conversations/{conversation}", ""},
	{"DELETE", "/api/admin/rooms/{room}", ""},
	{"GET", "/api/admin/reports", ""},
	{"DELETE", "/api/admin/reports/{report}", ""},
	{"GET", "/api/admin/settings", ""},
	{"PUT", "/api/admin/settings/{name}", `{"value":"open"}`},
	{"DELETE", "/api/admin/settings/{name}", ""},
	{"GET", "/api/admin/audit", ""},
}

// asker is somebody who asks for an administrator's operation.
type asker struct {
	name   string
	header http.Header
	code   string // of the refusal; "": he may
}

func askers(t *testing.T, s *parleytest.Server) []asker {
	t.Helper()
	role := func(name string, roles ...string) *parleytest.Person {
		p := s.Person(name)
		if err := s.Auth.SetRoles(t.Context(), chat.Operator, p.ID, roles); err != nil {
			t.Fatal(err)
		}
		in, err := s.Auth.OpenSession(t.Context(), p.ID, auth.Device{}) // whose token has the roles
		if err != nil {
			t.Fatal(err)
		}
		p.Token = in.AccessToken
		return p
	}
	key := func(scopes ...string) string {
		secret, _, err := s.Auth.CreateKey(t.Context(), chat.Operator, "matrix", scopes)
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	bearer := func(p *parleytest.Person) http.Header { return http.Header{"Authorization": {"Bearer " + p.Token}} }
	keyed := func(secret, actAs string) http.Header {
		h := http.Header{"X-Api-Key": {secret}}
		if actAs != "" {
			h.Set("X-Act-As", actAs)
		}
		return h
	}
	boss, former := role("boss", chat.RoleServerAdmin), role("former", chat.RoleServerAdmin)
	if err := s.Auth.SetRole(t.Context(), chat.Operator, former.ID, chat.RoleServerAdmin, false); err != nil {
		t.Fatal(err)
	}
	out := role("out", chat.RoleServerAdmin)
	if err := s.Auth.SetDisabled(t.Context(), chat.Operator, out.ID, true); err != nil {
		t.Fatal(err)
	}
	as := fmt.Sprint(boss.ID)
	return []asker{
		{"nobody", http.Header{}, "unauthenticated"},
		{"member", bearer(role("member")), "role_required"},
		{"agent", bearer(role("agent", chat.RoleAgent)), "role_required"},
		{"supervisor", bearer(role("supervisor", chat.RoleSupervisor)), "role_required"},
		{"who was an administrator", bearer(former), "token_expired"}, // and has to come back with another token
		{"disabled administrator", bearer(out), "token_invalid"},
		{"key without the scope", keyed(key(auth.ScopeUsersWrite, auth.ScopeEventsRead), ""), "role_required"},
		{"key without the scope for an administrator", keyed(key(auth.ScopeChatAct), as), "role_required"},
		{"key with the scope for a member", keyed(key(auth.ScopeChatAct, auth.ScopeAdmin), fmt.Sprint(role("other").ID)), "role_required"},
		{"key with the scope for an administrator", keyed(key(auth.ScopeChatAct, auth.ScopeAdmin), as), ""},
		{"key with the scope", keyed(key(auth.ScopeAdmin), ""), ""},
		{"administrator", bearer(boss), ""},
	}
}

func TestAuthorisationMatrixOfAdministration(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	who := askers(t, s)
	for _, row := range adminMatrix {
		for _, a := range who {
			target := s.Person("target")
			v, _, err := s.Chat.CreateConversation(t.Context(), target.Actor, chat.NewConversation{Name: "x"})
			if err != nil {
				t.Fatal(err)
			}
			_, i, err := s.Auth.CreateInvitation(t.Context(), chat.Operator, 1, time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			room, err := s.Chat.CreateRoom(t.Context(), chat.NewRoom{Creator: func(chat.RoomID) string { return "maker" }})
			if err != nil {
				t.Fatal(err)
			}
			report := &admin.Report{Room: room.ID, Seat: 1, Note: "x"}
			if err := s.Admin.AddReport(t.Context(), report); err != nil {
				t.Fatal(err)
			}
			ids := strings.NewReplacer("{room}", string(room.ID), "{report}", fmt.Sprint(report.ID), "{id}", fmt.Sprint(target.ID), "{role}", chat.RoleAgent, "{session}", fmt.Sprint(target.Session),
				"{invitation}", fmt.Sprint(i.ID), "{conversation}", fmt.Sprint(v.ID), "{name}", "registration")
			code, status := adminCall(t, s.URL, a.header, row.method, ids.Replace(row.path), ids.Replace(row.body), nil)
			if code != a.code || (code == "") != (status/100 == 2) {
				t.Errorf("%s %s by %s: %d %q, want %q", row.method, row.path, a.name, status, code, a.code)
			}
		}
	}
}

// The matrix has every operation of administration.
func TestMatrixOfAdministrationIsComplete(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	var doc struct {
		Paths map[string]map[string]any
	}
	res, err := http.Get(s.URL + "/api/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, row := range adminMatrix {
		known[row.method+" "+strings.NewReplacer("{invitation}", "{id}", "{conversation}", "{id}", "{room}", "{id}", "{report}", "{id}").Replace(row.path)] = true
	}
	for path, methods := range doc.Paths {
		for method := range methods {
			if o := strings.ToUpper(method) + " " + path; strings.HasPrefix(path, "/api/admin/") && !known[o] {
				t.Errorf("%s is not in the matrix", o)
			}
		}
	}
}

// adminCall makes one request, reads data into what is given, and returns the
// envelope's code and the status.
func adminCall(t *testing.T, base string, header http.Header, method, path, body string, data any) (code string, status int) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header.Clone()
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	envelope := struct {
		Code string
		Data any
	}{Data: data}
	if err := json.Unmarshal(b, &envelope); err != nil {
		t.Fatalf("%s %s answered %d %s", method, path, res.StatusCode, b)
	}
	return envelope.Code, res.StatusCode
}

// boss makes an administrator and returns how to ask as one.
func boss(t *testing.T, s *parleytest.Server) func(method, path, body string, data any) {
	t.Helper()
	p := s.Person("boss")
	if err := s.Auth.SetRoles(t.Context(), chat.Operator, p.ID, []string{chat.RoleServerAdmin}); err != nil {
		t.Fatal(err)
	}
	in, err := s.Auth.OpenSession(t.Context(), p.ID, auth.Device{})
	if err != nil {
		t.Fatal(err)
	}
	return func(method, path, body string, data any) {
		t.Helper()
		code, status := adminCall(t, s.URL, http.Header{"Authorization": {"Bearer " + in.AccessToken}}, method, path, body, data)
		if status/100 != 2 {
			t.Fatalf("%s %s: %d %s", method, path, status, code)
		}
	}
}

// Whoever is disabled, or whose sessions are ended, is cut off at once, on whatever
// node he is.
func TestAdministratorsEndOpenConnections(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ask := boss(t, s)
	for name, end := range map[string]func(p *parleytest.Person) (method, path string){
		"disabled": func(p *parleytest.Person) (string, string) {
			return "POST", fmt.Sprintf("/api/admin/users/%d/disable", p.ID)
		},
		"another password": func(p *parleytest.Person) (string, string) { return "", "" },
		"sessions ended": func(p *parleytest.Person) (string, string) {
			return "DELETE", fmt.Sprintf("/api/admin/users/%d/sessions", p.ID)
		},
		"session ended": func(p *parleytest.Person) (string, string) {
			return "DELETE", fmt.Sprintf("/api/admin/users/%d/sessions/%d", p.ID, p.Session)
		},
		"role changed": func(p *parleytest.Person) (string, string) {
			return "PUT", fmt.Sprintf("/api/admin/users/%d/roles/agent", p.ID)
		},
		"erased": func(p *parleytest.Person) (string, string) { return "DELETE", fmt.Sprintf("/api/admin/users/%d", p.ID) },
	} {
		for i := range s.Nodes() {
			p := s.Person("target")
			method, path := end(p)
			if path == "" { // only accounts of Parley's own have passwords
				method, path = "POST", fmt.Sprintf("/api/admin/users/%d/password", p.ID)
			}
			st := stream(t, clientOf(t, s.NodeURL(i), p.Token), client.StreamOptions{})
			next[*client.Ready](t, st)
			ask(method, path, "", nil)
			if took := untilCut(t, st); took > time.Second {
				t.Errorf("%s: the connection to node %d stayed for %v", name, i, took)
			}
			st.Close()
		}
	}
}

// Who is in a group hears what an administrator does to it, or the operator, whom the
// server does not know as a user.
func TestGroupsHearOfAdministrators(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ask := boss(t, s)
	ann := s.Person("ann")
	for i := range s.Nodes() {
		bob := s.Person("bob")
		v, _, err := s.Chat.CreateConversation(t.Context(), ann.Actor, chat.NewConversation{Name: "x", ParticipantIDs: []chat.UserID{bob.ID}})
		if err != nil {
			t.Fatal(err)
		}
		st := stream(t, clientOf(t, s.NodeURL(i), bob.Token), client.StreamOptions{})
		next[*client.Ready](t, st)
		settle(t, s, bob, st)
		owner := func(u *parleytest.Person) {
			t.Helper()
			for {
				p := nextEvent(t, st, client.ParticipantUpdated).Payload.(*client.ParticipantChange)
				if p.UserID == int64(u.ID) && p.Role == client.Owner {
					return
				}
			}
		}
		ask("PUT", fmt.Sprintf("/api/admin/conversations/%d/owner", v.ID), fmt.Sprintf(`{"userId":%d}`, bob.ID), nil)
		owner(bob)
		if err := s.Chat.HandOver(t.Context(), chat.Operator, v.ID, ann.ID); err != nil {
			t.Fatal(err)
		}
		owner(ann)
		if err := s.Chat.DeleteConversation(t.Context(), chat.Operator, v.ID); err != nil {
			t.Fatal(err)
		}
		// It may come before the conversation's own last event, and is the end of it then.
		if l := nextEvent(t, st, client.ConversationLeft).Payload.(*client.Left); l.ConversationID != int64(v.ID) || l.Reason != chat.ReasonDeleted {
			t.Errorf("%+v", l)
		}
		st.Close()
	}
}

// untilCut is how long it takes until the server ends a connection.
func untilCut(t *testing.T, st *client.Stream) time.Duration {
	t.Helper()
	begun := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	for {
		u, err := st.Next(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("the connection is still open after %v", within)
		}
		if _, cut := u.(*client.Interruption); cut || err != nil {
			return time.Since(begun)
		}
	}
}

// accountsOf is what the command line works with, beside a server.
func accountsOf(t *testing.T, s *parleytest.Server) *app.Accounts {
	t.Helper()
	a, err := app.OpenAccounts(t.Context(), s.Config())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// A setting that an administrator changes on one node holds on all, at once.
func TestSettingsHoldOnAllNodes(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ask := boss(t, s)
	holds := func(mode string) {
		t.Helper()
		for begun, i := time.Now(), 0; i < s.Nodes(); {
			var a struct{ Mode string }
			if _, status := adminCall(t, s.NodeURL(i), http.Header{}, "GET", "/api/auth/registration", "", &a); status != http.StatusOK {
				t.Fatal(status)
			}
			if a.Mode == mode {
				i++
				continue
			}
			if time.Since(begun) > 2*time.Second {
				t.Fatalf("on node %d registration is %s, want %s", i, a.Mode, mode)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	holds("open")
	ask("PUT", "/api/admin/settings/registration", `{"value":"closed"}`, nil)
	holds("closed")
	// The command line, beside the server, is heard of too.
	beside := accountsOf(t, s)
	if _, err := beside.Admin.Settings.Reset(t.Context(), chat.Operator, "registration"); err != nil {
		t.Fatal(err)
	}
	holds("open")
	ann := s.Person("ann")
	v, _, err := s.Chat.CreateConversation(t.Context(), ann.Actor, chat.NewConversation{Name: "x"})
	if err != nil || v.MembersCanInvite {
		t.Fatal(v, err)
	}
	ask("PUT", "/api/admin/settings/chat.members-can-invite", `{"value":"on"}`, nil)
	s.Restart()
	for i := range s.Nodes() {
		v, _, err := s.NodeAt(i).Chat.CreateConversation(t.Context(), ann.Actor, chat.NewConversation{Name: "x"})
		if err != nil || !v.MembersCanInvite {
			t.Errorf("after a restart: %+v, %v", v, err)
		}
	}
}

// The overview's figures come from what really happens.
func TestFiguresOfAServer(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ask := boss(t, s)
	ann, bob := s.Person("ann"), s.Person("bob")
	v, _, err := s.Chat.CreateConversation(t.Context(), ann.Actor, chat.NewConversation{Name: "x", ParticipantIDs: []chat.UserID{bob.ID}})
	if err != nil {
		t.Fatal(err)
	}
	st := stream(t, clientFor(t, s, bob), client.StreamOptions{})
	defer st.Close()
	type figures struct {
		ActiveUsers struct{ Day int64 }
		Delivery    struct{ Count int64 }
		Connections struct {
			Open       int64
			ByProtocol []struct {
				Protocol string
				Open     int64
			}
		}
		Storage struct{ DatabaseBytes, FileBytes, DiskFreeBytes int64 }
		Totals  struct{ Messages, Groups, Files int64 }
		Days    []struct{ Messages int64 }
	}
	f := upload(t, s, ann, fileNamed("a.txt", []byte("hello")))
	attach(t, s, ann, v.ID, f.ID)
	sent := int64(1)
	var got figures
	for begun := time.Now(); ; time.Sleep(100 * time.Millisecond) { // the figures are made anew each ten seconds
		if _, err := s.Chat.SendMessage(t.Context(), ann.Actor, chat.SendMessage{ConversationID: v.ID, Content: "hi"}); err != nil {
			t.Fatal(err)
		}
		sent++
		got = figures{}
		ask("GET", "/api/admin/stats?days=2", "", &got)
		if got.Delivery.Count > 0 && got.Connections.Open > 0 && got.Totals.Messages > 0 {
			break
		}
		if time.Since(begun) > 40*time.Second {
			t.Fatalf("%+v", got)
		}
	}
	if got.ActiveUsers.Day < 1 || len(got.Connections.ByProtocol) == 0 || got.Totals.Messages > sent || got.Days[1].Messages != got.Totals.Messages ||
		got.Totals.Groups != 1 || got.Totals.Files != 1 || got.Storage.FileBytes != 5 || got.Storage.DatabaseBytes == 0 || got.Storage.DiskFreeBytes == 0 {
		t.Errorf("%+v", got)
	}
}

// The log is looked at in the background, and its state shown.
func TestHealthOfAServer(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ask := boss(t, s)
	ann := s.Person("ann")
	if _, _, err := s.Chat.CreateConversation(t.Context(), ann.Actor, chat.NewConversation{Name: "x"}); err != nil {
		t.Fatal(err)
	}
	type state struct {
		OK    bool
		Nodes []struct {
			Alive, Here bool
			Version     string
		}
		Followers []struct{ Name string }
		LogCheck  *struct{ Checked, Wrong int64 }
	}
	var h state
	for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		h = state{}
		if ask("GET", "/api/admin/health", "", &h); h.LogCheck != nil && h.LogCheck.Checked == 1 && len(h.Nodes) == s.Nodes() && len(h.Followers) >= 2 {
			break
		}
		if h.LogCheck != nil && h.LogCheck.Checked != 1 { // the first one was before the conversation
			ask("POST", "/api/admin/health/check", "", nil)
		}
		if time.Since(begun) > 30*time.Second {
			t.Fatalf("%+v", h)
		}
	}
	if !h.OK || h.LogCheck.Wrong != 0 || !h.Nodes[0].Alive {
		t.Errorf("%+v", h)
	}
}

// What was done from a shell is in the same log.
func TestAuditOfTheShell(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ask := boss(t, s)
	ann := s.Person("ann")
	beside := accountsOf(t, s)
	if err := beside.Auth.SetDisabled(t.Context(), chat.Operator, ann.ID, true); err != nil {
		t.Fatal(err)
	}
	var log []struct {
		Action            string
		ActorID, APIKeyID *int64
		TargetID          int64
	}
	ask("GET", "/api/admin/audit?action=user.disabled", "", &log)
	if len(log) != 1 || log[0].ActorID != nil || log[0].APIKeyID != nil || log[0].TargetID != int64(ann.ID) {
		t.Errorf("%+v", log)
	}
	found, _, err := beside.Admin.Deeds(t.Context(), admin.DeedFilter{Action: "user.disabled", Limit: 5})
	if err != nil || len(found) != 1 {
		t.Errorf("%+v, %v", found, err)
	}
}
