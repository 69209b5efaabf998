package auth_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"parley/internal/admin"
	"parley/internal/auth"
	"parley/internal/chat"
)

// deeds is the audit log but for who registered or was signed in, the newest first.
func (w *world) deeds() (list []string) {
	w.t.Helper()
	err := w.store.ReadAdmin(w.t.Context(), func(r admin.Reader) error {
		page, _, err := r.Deeds(w.t.Context(), admin.DeedFilter{Limit: 100})
		for _, d := range page {
			list = append(list, fmt.Sprintf("%d/%d %s %d %s", d.By, d.Key, d.Action, d.Target, d.Detail))
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

func TestWhatAdministratorsDoIsWrittenDown(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	ann, bob := w.register("ann"), w.register("bob")
	by, id := chat.Actor{ID: ann.User.ID, Session: ann.Session}, bob.User.ID
	key := chat.Actor{Key: 9}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(w.SetRole(t.Context(), by, id, chat.RoleAgent, true))
	must(w.SetRole(t.Context(), by, id, chat.RoleAgent, true)) // as it is
	must(w.SetRole(t.Context(), key, id, chat.RoleServerAdmin, true))
	must(w.SetRole(t.Context(), key, id, chat.RoleAgent, false))
	must(w.SetDisabled(t.Context(), by, id, true))
	must(w.SetDisabled(t.Context(), by, id, true)) // as it is
	must(w.SetDisabled(t.Context(), by, id, false))
	in := w.login("bob")
	must(w.EndSession(t.Context(), by, id, in.Session))
	must(w.EndSession(t.Context(), by, id, 0))
	password, err := w.ResetPassword(t.Context(), by, id)
	must(err)
	secret, k, err := w.CreateKey(t.Context(), by, "a name", []string{auth.ScopeAdmin})
	must(err)
	must(w.RevokeKey(t.Context(), by, k.ID))
	code, i, err := w.CreateInvitation(t.Context(), by, 2, 1e12)
	must(err)
	must(w.RevokeInvitation(t.Context(), by, i.ID))
	made, err := w.CreateUser(t.Context(), auth.NewUser{Username: "cat", Password: goodPassword})
	must(err)
	_, err = w.OpenSession(t.Context(), made.ID, auth.Device{})
	must(err)

	log := w.deeds()
	slices.Reverse(log)
	want := []string{
		`1/0 user.roles 2 {"from":[],"to":["agent"]}`,
		`0/9 user.roles 2 {"from":["agent"],"to":["admin","agent"]}`,
		`0/9 user.roles 2 {"from":["admin","agent"],"to":["admin"]}`,
		`1/0 user.disabled 2 {}`,
		`1/0 user.enabled 2 {}`,
		fmt.Sprintf(`1/0 session.ended 2 {"session":%d}`, in.Session),
		`1/0 session.ended 2 {"all":true}`,
		`1/0 user.password 2 {}`,
		`1/0 apikey.created 1 {"scopes":["admin"]}`,
		`1/0 apikey.revoked 1 {}`,
		`1/0 invitation.created 1 {"expiresAt":"2024-01-15T10:46:40Z","uses":2}`,
		`1/0 invitation.revoked 1 {}`,
		`0/0 user.created 3 {"roles":[]}`,
		fmt.Sprintf(`0/0 session.opened 3 {"session":%d}`, in.Session+1),
	}
	if !slices.Equal(log, want) {
		t.Errorf("%s", strings.Join(log, "\n"))
	}
	all, err := json.Marshal(log)
	must(err)
	for _, hidden := range []string{password, secret, code, goodPassword, "bob", "a name"} {
		if strings.Contains(string(all), hidden) {
			t.Errorf("the log holds %q", hidden)
		}
	}
}

func TestResetPasswordSignsInAndEndsSessions(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	w.register("ann")
	in := w.register("bob")
	password, err := w.ResetPassword(t.Context(), chat.Operator, in.User.ID)
	if err != nil || !regexp.MustCompile(`^([a-z2-7]{4}-){3}[a-z2-7]{4}$`).MatchString(password) {
		t.Fatalf("%q, %v", password, err)
	}
	w.refuses(in, chat.TokenInvalid)
	if _, err := w.Login(t.Context(), auth.Credentials{Login: "bob", Password: password}); err != nil {
		t.Error(err)
	}
	other, err := w.ResetPassword(t.Context(), chat.Operator, in.User.ID)
	if err != nil || other == password {
		t.Errorf("%q again, %v", other, err)
	}
	nameless, err := chat.New(w.store, w.bus, chat.Options{}).UpsertExternal(t.Context(), "x", chat.ExternalProfile{Name: new("X")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.ResetPassword(t.Context(), chat.Operator, nameless.ID)
	wantCode(t, err, chat.Conflict, "")
	_, err = w.ResetPassword(t.Context(), chat.Operator, 99)
	wantCode(t, err, chat.NotFound, "")
}

// Whatever administrators do, one is left who can sign in. The operator may do
// everything: he can make another one.
func TestThereIsAlwaysAnAdministrator(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	ann, bob := w.register("ann"), w.register("bob")
	rules := chat.New(w.store, w.bus, chat.Options{})
	by := actorOf(ann)
	for name, try := range map[string]func(by chat.Actor, id chat.UserID) error{
		"taking the role": func(by chat.Actor, id chat.UserID) error {
			return w.SetRole(t.Context(), by, id, chat.RoleServerAdmin, false)
		},
		"other roles":  func(by chat.Actor, id chat.UserID) error { return w.SetRoles(t.Context(), by, id, nil) },
		"keeping out":  func(by chat.Actor, id chat.UserID) error { return w.SetDisabled(t.Context(), by, id, true) },
		"erasing":      func(by chat.Actor, id chat.UserID) error { return rules.EraseUser(t.Context(), by, id) },
		"an API key's": func(_ chat.Actor, id chat.UserID) error { return rules.EraseUser(t.Context(), chat.Actor{Key: 5}, id) },
	} {
		if err := try(by, ann.User.ID); !chat.Has(err, chat.Conflict) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := w.SetRole(t.Context(), by, bob.User.ID, chat.RoleServerAdmin, true); err != nil {
		t.Fatal(err)
	}
	if err := w.SetDisabled(t.Context(), by, ann.User.ID, true); err != nil {
		t.Errorf("with another one: %v", err)
	}
	if err := w.SetRole(t.Context(), actorOf(bob), bob.User.ID, chat.RoleServerAdmin, false); !chat.Has(err, chat.Conflict) {
		t.Errorf("the other one cannot sign in: %v", err)
	}
	if err := w.SetRoles(t.Context(), chat.Operator, bob.User.ID, nil); err != nil {
		t.Errorf("the operator: %v", err)
	}
}

// Two administrators who take the role from each other at the same time do not both
// succeed.
func TestAdministratorsCannotRemoveEachOther(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	ann, bob := w.register("ann"), w.register("bob")
	for range 5 {
		for _, in := range []auth.SignedIn{ann, bob} {
			if err := w.SetRole(t.Context(), chat.Operator, in.User.ID, chat.RoleServerAdmin, true); err != nil {
				t.Fatal(err)
			}
		}
		results := make(chan error, 2)
		for by, of := range map[*auth.SignedIn]*auth.SignedIn{&ann: &bob, &bob: &ann} {
			go func() {
				results <- w.SetRole(t.Context(), actorOf(*by), of.User.ID, chat.RoleServerAdmin, false)
			}()
		}
		first, second := <-results, <-results
		if (first == nil) == (second == nil) || !chat.Has(errors.Join(first, second), chat.Conflict) {
			t.Errorf("%v and %v", first, second)
		}
	}
}

func TestSessionsOfOthers(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	ann, bob := w.register("ann"), w.register("bob")
	second := w.login("bob")
	list, err := w.SessionsOf(t.Context(), bob.User.ID)
	if err != nil || len(list) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	by := actorOf(ann)
	wantCode(t, w.EndSession(t.Context(), by, bob.User.ID, ann.Session), chat.NotFound, "") // not his
	wantCode(t, w.EndSession(t.Context(), by, 99, 0), chat.NotFound, "")
	if err := w.EndSession(t.Context(), by, bob.User.ID, bob.Session); err != nil {
		t.Fatal(err)
	}
	w.refuses(bob, chat.TokenInvalid)
	w.accepts(second)
	if !w.signalled(bob.User.ID, bob.Session) {
		t.Error("open connections were not told")
	}
	if err := w.EndSession(t.Context(), by, bob.User.ID, 0); err != nil {
		t.Fatal(err)
	}
	w.refuses(second, chat.TokenInvalid)
	w.accepts(ann)
	_, err = w.SessionsOf(t.Context(), 99)
	wantCode(t, err, chat.NotFound, "")
}

func TestRegistrationChangesWhileItRuns(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	w.register("ann")
	w.SetRegistration(auth.RegistrationClosed)
	_, err := w.Register(t.Context(), auth.Registration{Username: "bob", Password: goodPassword})
	wantCode(t, err, chat.FeatureDisabled, "")
	if a, err := w.Admission(t.Context(), ""); err != nil || a.Mode != auth.RegistrationClosed {
		t.Errorf("%+v, %v", a, err)
	}
}
