package rest_test

import (
	"fmt"
	"testing"

	"parley/internal/auth"
	"parley/internal/chat"
)

func TestInvitations(t *testing.T) {
	w := newWorld(t, setup{registration: auth.RegistrationInvite})
	mode := func(query string) *reply {
		return w.do(request{method: "GET", path: "/api/auth/registration" + query}).is(200)
	}
	mode("").has(`{"mode":"invite","firstAccount":true}`, "data")
	admin := w.register(annsAccount).is(201).has(`["admin"]`, "data", "user", "roles").text("data", "accessToken")
	mode("").has(`{"mode":"invite","firstAccount":false}`, "data")
	w.register(`{"username":"bob","password":"correct horse battery"}`).fails(403, chat.Forbidden).field("invite")

	r := w.bearer(admin, "POST", "/api/admin/invitations", `{"uses":2,"days":30}`).is(201).keys("id createdBy createdAt expiresAt usesLeft code url", "data").has(`2`, "data", "usesLeft")
	code := r.text("data", "code")
	if want := "/sign-up?invite=" + code; r.text("data", "url") != want {
		t.Errorf("url %s, want %s", r.text("data", "url"), want)
	}
	mode("?invite="+code).has(`true`, "data", "inviteValid")
	mode("?invite=inv_unknown").has(`false`, "data", "inviteValid")
	bob := w.register(fmt.Sprintf(`{"username":"bob","password":"correct horse battery","invite":%q}`, code)).is(201).text("data", "accessToken")
	list := w.bearer(admin, "GET", "/api/admin/invitations").is(200).keys("id createdBy createdAt expiresAt usesLeft", "data", 0).has(`1`, "data", 0, "usesLeft")

	w.bearer(admin, "POST", "/api/admin/invitations").is(201).has(`1`, "data", "usesLeft")
	w.bearer(admin, "POST", "/api/admin/invitations", `{"uses":0}`).fails(400, chat.ValidationFailed).field("uses")
	w.bearer(admin, "POST", "/api/admin/invitations", `{"days":366}`).fails(400, chat.ValidationFailed).field("days")
	for _, about := range []struct{ method, path string }{
		{"GET", "/api/admin/invitations"}, {"POST", "/api/admin/invitations"}, {"DELETE", fmt.Sprint("/api/admin/invitations/", list.id(0, "id"))},
	} {
		w.bearer(bob, about.method, about.path).fails(403, chat.RoleRequired)
		w.as(1, about.method, about.path).fails(403, chat.RoleRequired) // a key that acts for the administrator has not his power
		w.do(request{method: about.method, path: about.path, header: map[string]string{"X-Api-Key": w.key}}).fails(403, chat.RoleRequired)
		w.do(request{method: about.method, path: about.path}).fails(401, chat.Unauthenticated)
	}
	key, _, err := w.auth.CreateKey(t.Context(), chat.Operator, "admin", []string{auth.ScopeAdmin})
	w.must(err)
	w.do(request{method: "POST", path: "/api/admin/invitations", header: map[string]string{"X-Api-Key": key}}).is(201).has(`null`, "data", "createdBy")

	w.bearer(admin, "DELETE", fmt.Sprint("/api/admin/invitations/", list.id(0, "id"))).is(200).has(`true`, "data", "revoked")
	w.bearer(admin, "DELETE", fmt.Sprint("/api/admin/invitations/", list.id(0, "id"))).fails(404, chat.NotFound, "Invitation not found")
	w.bearer(admin, "DELETE", "/api/admin/invitations/x").fails(404, chat.NotFound, "Invitation not found")
	mode("?invite="+code).has(`false`, "data", "inviteValid")
}

func TestRegistrationModes(t *testing.T) {
	for _, mode := range []string{auth.RegistrationOpen, auth.RegistrationClosed} {
		w := newWorld(t, setup{registration: mode})
		w.do(request{method: "GET", path: "/api/auth/registration"}).is(200).has(fmt.Sprintf(`{"mode":%q,"firstAccount":true}`, mode), "data")
	}
}
