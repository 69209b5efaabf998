package auth_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/auth"
	"parley/internal/chat"
)

func TestRegister(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	in, err := w.Register(t.Context(), auth.Registration{
		Username: "Ann.B_c-1", Password: goodPassword, DisplayName: " Ann  B ", Email: "ann@example.org",
	})
	if err != nil {
		t.Fatal(err)
	}
	u := in.User
	if u.ID == 0 || u.Username != "Ann.B_c-1" || u.DisplayName != "Ann B" || u.Email != "ann@example.org" || u.EmailVerified || u.Kind != chat.Member {
		t.Errorf("user %+v", u)
	}
	if in.ExpiresIn != 15*time.Minute || in.RefreshToken == "" || in.CookieToken != "" || in.Session == 0 {
		t.Errorf("signed in %+v", in)
	}
	w.accepts(in)
	var hash string
	err = w.store.ReadAccounts(t.Context(), func(r auth.Reader) (err error) {
		hash, err = r.PasswordHash(t.Context(), u.ID)
		return err
	})
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hash %q, %v", hash, err)
	}
}

func TestRegisterWithCookie(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	in, err := w.Register(t.Context(), auth.Registration{Username: "ann", Password: goodPassword, Cookie: true})
	if err != nil {
		t.Fatal(err)
	}
	if in.CookieToken == "" || in.AccessToken != "" || in.RefreshToken != "" || in.ExpiresIn != 30*24*time.Hour {
		t.Errorf("signed in %+v", in)
	}
	if id, err := w.AuthenticateCookie(t.Context(), in.CookieToken); err != nil || id.Actor.ID != in.User.ID {
		t.Errorf("%+v, %v", id, err)
	}
}

func TestRegisterRefuses(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	if _, err := w.Register(t.Context(), auth.Registration{Username: "Taken", Password: goodPassword, Email: "Taken@example.org"}); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		r     auth.Registration
		code  chat.Code
		field string
	}{
		{"short name", auth.Registration{Username: "a", Password: goodPassword}, chat.ValidationFailed, "username"},
		{"long name", auth.Registration{Username: strings.Repeat("a", 33), Password: goodPassword}, chat.ValidationFailed, "username"},
		{"space in name", auth.Registration{Username: "an n", Password: goodPassword}, chat.ValidationFailed, "username"},
		{"address as name", auth.Registration{Username: "ann@example.org", Password: goodPassword}, chat.ValidationFailed, "username"},
		{"no password", auth.Registration{Username: "ann"}, chat.ValidationFailed, "password"},
		{"short password", auth.Registration{Username: "ann", Password: "kq7 zr2"}, chat.ValidationFailed, "password"},
		{"common password", auth.Registration{Username: "ann", Password: "Password123"}, chat.ValidationFailed, "password"},
		{"name as password", auth.Registration{Username: "annabel.lee", Password: "Annabel.Lee"}, chat.ValidationFailed, "password"},
		{"address as password", auth.Registration{Username: "ann", Email: "kettle@example.org", Password: "kettle@example.org"}, chat.ValidationFailed, "password"},
		{"address", auth.Registration{Username: "ann", Password: goodPassword, Email: "Ann <ann@example.org>"}, chat.ValidationFailed, "email"},
		{"display name", auth.Registration{Username: "ann", Password: goodPassword, DisplayName: "\u200b"}, chat.ValidationFailed, "displayName"},
		{"taken name", auth.Registration{Username: "tAKEN", Password: goodPassword}, chat.AlreadyExists, "username"},
		{"taken address", auth.Registration{Username: "ann", Password: goodPassword, Email: "tAKEN@example.ORG"}, chat.AlreadyExists, "email"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := w.Register(t.Context(), tt.r)
			wantCode(t, err, tt.code, tt.field)
		})
	}
}

func TestNobodyHashesForWhatIsRefused(t *testing.T) {
	w := newWorld(t, auth.RegistrationClosed)
	w.register("ann")
	defer w.FillHashQueue()()
	_, err := w.Register(t.Context(), auth.Registration{Username: "bob", Password: goodPassword})
	wantCode(t, err, chat.FeatureDisabled, "")
	_, err = w.CreateUser(t.Context(), auth.NewUser{Username: "ann", Password: goodPassword})
	wantCode(t, err, chat.AlreadyExists, "username")
}

func TestFirstAccountIsAdministrator(t *testing.T) {
	for _, mode := range []string{auth.RegistrationOpen, auth.RegistrationInvite, auth.RegistrationClosed} {
		t.Run(mode, func(t *testing.T) {
			w := newWorld(t, mode)
			first := w.register("ann")
			if !slices.Equal(first.User.Roles, []string{chat.RoleServerAdmin}) {
				t.Errorf("roles %v", first.User.Roles)
			}
			id, err := w.Authenticate(t.Context(), first.AccessToken)
			if err != nil || !id.Actor.Is(chat.RoleServerAdmin) {
				t.Errorf("%+v, %v", id, err)
			}
			second, err := w.Register(t.Context(), auth.Registration{Username: "bob", Password: goodPassword})
			switch mode {
			case auth.RegistrationOpen:
				if err != nil || len(second.User.Roles) != 0 {
					t.Errorf("%+v, %v", second.User, err)
				}
			case auth.RegistrationInvite:
				wantCode(t, err, chat.Forbidden, "invite")
			case auth.RegistrationClosed:
				wantCode(t, err, chat.FeatureDisabled, "")
			}
		})
	}
}

func TestFirstAccountAmongManyAtOnce(t *testing.T) {
	for _, mode := range []string{auth.RegistrationOpen, auth.RegistrationClosed} {
		t.Run(mode, func(t *testing.T) {
			w := newWorld(t, mode)
			names := []string{"ann", "bob", "cat", "dan", "eve", "fay"}
			var wg sync.WaitGroup
			var mu sync.Mutex
			admins, members := 0, 0
			for _, name := range names {
				wg.Go(func() {
					in, err := w.Register(t.Context(), auth.Registration{Username: name, Password: goodPassword})
					mu.Lock()
					defer mu.Unlock()
					switch {
					case err != nil:
						if !chat.Has(err, chat.FeatureDisabled) {
							t.Errorf("%s: %v", name, err)
						}
					case slices.Contains(in.User.Roles, chat.RoleServerAdmin):
						admins++
					default:
						members++
					}
				})
			}
			wg.Wait()
			wantMembers := 0
			if mode == auth.RegistrationOpen {
				wantMembers = len(names) - 1
			}
			if admins != 1 || members != wantMembers {
				t.Errorf("%d administrators, %d members", admins, members)
			}
		})
	}
}

func TestVisitorsDoNotTakeTheFirstAccount(t *testing.T) {
	w := newWorld(t, auth.RegistrationClosed)
	err := w.store.WriteAccounts(t.Context(), func(tx auth.Tx) error {
		return tx.InsertUser(t.Context(), &chat.User{Kind: chat.Guest, DisplayName: "Guest", CreatedAt: w.clock.Now()})
	})
	if err != nil {
		t.Fatal(err)
	}
	if in := w.register("ann"); !slices.Contains(in.User.Roles, chat.RoleServerAdmin) {
		t.Errorf("roles %v", in.User.Roles)
	}
}

// Otherwise the next stranger would become administrator of what is left.
func TestDeletedFirstAccountStaysTheFirst(t *testing.T) {
	w := newWorld(t, auth.RegistrationClosed)
	first := w.register("ann")
	if err := chat.New(w.store, w.bus, chat.Options{}).DeleteAccount(t.Context(), actorOf(first)); err != nil {
		t.Fatal(err)
	}
	_, err := w.Register(t.Context(), auth.Registration{Username: "bob", Password: goodPassword})
	wantCode(t, err, chat.FeatureDisabled, "")
}

// The first account needs no invitation, but uses up the one that it came with.
func TestFirstAccountUsesUpItsInvitation(t *testing.T) {
	w := newWorld(t, auth.RegistrationInvite)
	code, _, err := w.CreateInvitation(t.Context(), chat.Operator, 1, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	register := func(name string) error {
		_, err := w.Register(t.Context(), auth.Registration{Username: name, Password: goodPassword, Invite: code})
		return err
	}
	if err := register("ann"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, register("bob"), chat.Forbidden, "invite")
}

func TestInvitation(t *testing.T) {
	w := newWorld(t, auth.RegistrationInvite)
	admin := w.register("ann")
	invite := func(uses int, validFor time.Duration) string {
		t.Helper()
		code, _, err := w.CreateInvitation(t.Context(), chat.Actor{ID: admin.User.ID}, uses, validFor)
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	register := func(name, code string) error {
		_, err := w.Register(t.Context(), auth.Registration{Username: name, Password: goodPassword, Invite: code})
		return err
	}
	two := invite(2, time.Hour)
	wantCode(t, register("ann", two), chat.AlreadyExists, "username") // takes no use
	for _, name := range []string{"bob", "cat"} {
		if err := register(name, two); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	wantCode(t, register("dan", two), chat.Forbidden, "invite")
	wantCode(t, register("dan", "inv_unknown"), chat.Forbidden, "invite")

	old := invite(1, time.Hour)
	w.clock.advance(time.Hour)
	wantCode(t, register("dan", old), chat.Forbidden, "invite")

	one := invite(1, time.Hour)
	var wg sync.WaitGroup
	results := make([]error, 4)
	for i, name := range []string{"eve", "fay", "gus", "hal"} {
		wg.Go(func() { results[i] = register(name, one) })
	}
	wg.Wait()
	if n := len(slices.DeleteFunc(results, func(err error) bool { return err != nil })); n != 1 {
		t.Errorf("%d registered with an invitation for one", n)
	}
}

func TestInvitationDoesNotOpenClosedRegistration(t *testing.T) {
	w := newWorld(t, auth.RegistrationClosed)
	w.register("ann")
	code, _, err := w.CreateInvitation(t.Context(), chat.Operator, 1, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Register(t.Context(), auth.Registration{Username: "bob", Password: goodPassword, Invite: code})
	wantCode(t, err, chat.FeatureDisabled, "")
}

func TestInvitationLimits(t *testing.T) {
	w := newWorld(t, auth.RegistrationInvite)
	for _, uses := range []int{-1, 0, 1001} {
		_, _, err := w.CreateInvitation(t.Context(), chat.Operator, uses, time.Hour)
		wantCode(t, err, chat.ValidationFailed, "uses")
	}
	for _, d := range []time.Duration{-1, 0, 366 * 24 * time.Hour} {
		_, _, err := w.CreateInvitation(t.Context(), chat.Operator, 1, d)
		wantCode(t, err, chat.ValidationFailed, "validFor")
	}
}

func TestCreateUser(t *testing.T) {
	w := newWorld(t, auth.RegistrationClosed)
	first, err := w.CreateUser(t.Context(), auth.NewUser{Username: "ann", Password: goodPassword, Roles: []string{chat.RoleAgent}})
	if err != nil || !slices.Equal(first.Roles, []string{chat.RoleServerAdmin, chat.RoleAgent}) {
		t.Fatalf("%+v, %v", first, err)
	}
	second, err := w.CreateUser(t.Context(), auth.NewUser{
		Username: "bob", Password: goodPassword, Email: "bob@example.org", EmailVerified: true, Roles: []string{"agent", "agent"},
	})
	if err != nil || !slices.Equal(second.Roles, []string{chat.RoleAgent}) {
		t.Fatalf("%+v, %v", second, err)
	}
	w.login("bob")
	w.login("bob@example.org")
	_, err = w.CreateUser(t.Context(), auth.NewUser{Username: "cat", Password: goodPassword, Roles: []string{"owner"}})
	wantCode(t, err, chat.ValidationFailed, "roles")
}

// All that are good are listed, so that each can be revoked.
func TestInvitationsAreBounded(t *testing.T) {
	w := newWorld(t, auth.RegistrationInvite)
	invite := func(validFor time.Duration) (auth.Invitation, error) {
		_, i, err := w.CreateInvitation(t.Context(), chat.Operator, 1, validFor)
		return i, err
	}
	var last auth.Invitation
	for i := range auth.MaxInvitations {
		var err error
		if last, err = invite(time.Hour); err != nil {
			t.Fatalf("number %d: %v", i, err)
		}
	}
	if _, err := invite(time.Hour); !chat.Has(err, chat.Conflict) {
		t.Fatalf("one too many: %v", err)
	}
	if list, err := w.Invitations(t.Context()); err != nil || len(list) != auth.MaxInvitations {
		t.Errorf("%d are listed, %v", len(list), err)
	}
	if err := w.RevokeInvitation(t.Context(), chat.Operator, last.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := invite(time.Hour); err != nil {
		t.Errorf("in the place of a revoked one: %v", err)
	}
}
