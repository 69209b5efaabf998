package auth_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/auth"
	"parley/internal/chat"
)

func (w *world) key(scopes ...string) (string, auth.APIKey) {
	w.t.Helper()
	secret, key, err := w.CreateKey(w.t.Context(), chat.Actor{ID: 1}, "shop", scopes)
	if err != nil {
		w.t.Fatal(err)
	}
	return secret, key
}

func TestAPIKey(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	secret, key := w.key(auth.ScopeUsersWrite, auth.ScopeEventsRead, auth.ScopeUsersWrite)
	if !strings.HasPrefix(secret, "pk_") || len(secret) != 46 || !strings.HasPrefix(secret, key.Hint) || len(key.Hint) > 7 {
		t.Errorf("%s… of %d letters, %+v", secret[:4], len(secret), key)
	}
	id, err := w.AuthenticateKey(t.Context(), secret, "")
	if err != nil || id.Actor.ID != 0 || id.Actor.Session != 0 || id.Cookie || !slices.Equal(id.Scopes, []string{"events:read", "users:write"}) {
		t.Errorf("%+v, %v", id, err)
	}
	before := w.asked.Load()
	w.clock.advance(time.Minute)
	if _, err := w.AuthenticateKey(t.Context(), secret, ""); err != nil {
		t.Fatal(err)
	}
	if n := w.asked.Load() - before; n != 1 {
		t.Errorf("%d calls of the store", n)
	}
	keys, err := w.Keys(t.Context())
	if err != nil || len(keys) != 1 || keys[0].Name != "shop" || !keys[0].LastUsedAt.Equal(w.clock.Now().Add(-time.Minute)) {
		t.Errorf("%+v, %v", keys, err)
	}
}

func TestAPIKeyIsRevoked(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	secret, key := w.key(auth.ScopeAdmin)
	other, _ := w.key(auth.ScopeAdmin)
	revokedAt := w.clock.Now()
	for range 2 {
		if err := w.RevokeKey(t.Context(), chat.Operator, key.ID); err != nil {
			t.Fatal(err)
		}
		w.clock.advance(time.Hour)
	}
	_, err := w.AuthenticateKey(t.Context(), secret, "")
	wantCode(t, err, chat.Unauthenticated, "")
	if _, err := w.AuthenticateKey(t.Context(), other, ""); err != nil {
		t.Error(err)
	}
	if keys, err := w.Keys(t.Context()); err != nil || !keys[0].RevokedAt.Equal(revokedAt) {
		t.Errorf("%+v, %v", keys, err)
	}
	wantCode(t, w.RevokeKey(t.Context(), chat.Operator, 99), chat.NotFound, "")
}

func TestAPIKeyRefuses(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	in := w.register("ann")
	secret, _ := w.key(auth.ScopeAdmin)
	for name, key := range map[string]string{
		"nothing": "", "a token": in.AccessToken, "unknown": "pk_" + flipped(secret[3:], 5), "longer": secret + "A",
	} {
		if _, err := w.AuthenticateKey(t.Context(), key, ""); !chat.Has(err, chat.Unauthenticated) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCreateKeyChecksItsInput(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	for _, name := range []string{"", " ", strings.Repeat("x", 101), "\xff"} {
		_, _, err := w.CreateKey(t.Context(), chat.Actor{ID: 1}, name, []string{auth.ScopeAdmin})
		wantCode(t, err, chat.ValidationFailed, "name")
	}
	for _, scopes := range [][]string{nil, {"everything"}, {auth.ScopeAdmin, ""}} {
		_, _, err := w.CreateKey(t.Context(), chat.Actor{ID: 1}, "shop", scopes)
		wantCode(t, err, chat.ValidationFailed, "scopes")
	}
}

func TestActAs(t *testing.T) {
	w := newWorld(t, auth.RegistrationOpen)
	admin := w.register("root")
	ann, gone, out := w.register("ann"), w.register("gone"), w.register("out")
	external, err := chat.New(w.store, w.bus, chat.Options{}).UpsertExternal(t.Context(), "crm/7", chat.ExternalProfile{Name: new("Cus Tomer")})
	if err != nil {
		t.Fatal(err)
	}
	if err := chat.New(w.store, w.bus, chat.Options{}).DeleteAccount(t.Context(), actorOf(gone)); err != nil {
		t.Fatal(err)
	}
	if err := w.SetDisabled(t.Context(), chat.Operator, out.User.ID, true); err != nil {
		t.Fatal(err)
	}
	if err := w.SetRoles(t.Context(), chat.Operator, admin.User.ID, []string{chat.RoleServerAdmin, chat.RoleAgent}); err != nil {
		t.Fatal(err)
	}
	plain, _ := w.key(auth.ScopeUsersWrite, auth.ScopeAdmin, auth.ScopeEventsRead)
	acting, _ := w.key(auth.ScopeChatAct)
	ruling, _ := w.key(auth.ScopeChatAct, auth.ScopeAdmin)

	tests := []struct {
		name, key, actAs string
		want             chat.UserID
		roles            []string
		code             chat.Code
		field            string
	}{
		{"by id", acting, "2", ann.User.ID, nil, "", ""},
		{"by external id", acting, "ext:crm/7", external.ID, nil, "", ""},
		{"an administrator without his power", acting, "1", admin.User.ID, []string{chat.RoleAgent}, "", ""},
		{"an administrator", ruling, "1", admin.User.ID, []string{chat.RoleServerAdmin, chat.RoleAgent}, "", ""},
		{"without the scope", plain, "2", 0, nil, chat.Forbidden, ""},
		{"without the scope, nobody", plain, "99", 0, nil, chat.Forbidden, ""},
		{"nobody", acting, "99", 0, nil, chat.NotFound, ""},
		{"nobody outside", acting, "ext:crm/8", 0, nil, chat.NotFound, ""},
		{"no external id", acting, "ext:", 0, nil, chat.NotFound, ""},
		{"a deleted user", acting, "3", 0, nil, chat.NotFound, ""},
		{"a disabled user", acting, "4", 0, nil, chat.Forbidden, ""},
		{"a name", acting, "ann", 0, nil, chat.ValidationFailed, "X-Act-As"},
		{"zero", acting, "0", 0, nil, chat.ValidationFailed, "X-Act-As"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id, err := w.AuthenticateKey(t.Context(), tt.key, tt.actAs)
			if tt.code != "" {
				wantCode(t, err, tt.code, tt.field)
				return
			}
			if err != nil || id.Actor.ID != tt.want || id.Actor.Session != 0 || id.Scopes == nil || len(id.Actor.Roles) != len(tt.roles) {
				t.Fatalf("%+v, %v", id, err)
			}
			for _, role := range tt.roles {
				if !id.Actor.Is(role) {
					t.Errorf("not %s: %v", role, id.Actor.Roles)
				}
			}
		})
	}
}
