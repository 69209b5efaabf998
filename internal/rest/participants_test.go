package rest_test

import (
	"fmt"
	"testing"

	"parley/internal/chat"
)

func TestAddParticipants(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid", "dan", "eve", "fay")
	_, path := w.group(u[0], u[1])
	w.as(u[5], "PUT", fmt.Sprintf("/api/users/%d/block", u[0])).is(200)
	r := w.as(u[0], "POST", path+"/participants", map[string]any{"userIds": []any{u[2], fmt.Sprint(u[2]), u[1], u[5]}}).is(200)
	r.keys(participantKeys, "data", 0).has(fmt.Sprintf("[%d]", u[5]), "skipped")
	if got := r.list("userId"); got != fmt.Sprint([]any{u[0], u[1], u[2]}) {
		t.Error(got)
	}
	w.as(u[0], "POST", path+"/participants", fmt.Sprintf(`{"participantIds":[%d]}`, u[3])).is(200)
	if got := w.as(u[0], "POST", path+"/participants", fmt.Sprintf(` ["%d"] `, u[4])).is(200).list("userId"); got != fmt.Sprint([]any{u[0], u[1], u[2], u[3], u[4]}) {
		t.Error(got)
	}
	for _, body := range []string{``, `{}`, `{"userIds":null}`, `{"userIds":[]}`, `[]`} {
		w.as(u[0], "POST", path+"/participants", body).fails(400, chat.ValidationFailed).field("userIds")
	}
	w.as(u[0], "POST", path+"/participants", `{"userIds":[99]}`).fails(400, chat.ValidationFailed, "Unknown users: [99]").field("userIds")
	w.as(u[1], "POST", path+"/participants", `[99]`).fails(403, chat.RoleRequired)
	w.as(u[5], "POST", path+"/participants", `[1]`).fails(403, chat.NotParticipant, notParticipantText)
	_, direct := w.direct(u[0], u[1])
	w.as(u[0], "POST", direct+"/participants", `[3]`).fails(403, chat.Forbidden)
	w.as(u[0], "POST", "/api/chat/conversations/999/participants", `[3]`).fails(404, chat.NotFound, notFoundText)
	w.as(u[0], "PUT", path, `{"membersCanInvite":true}`).is(200)
	w.as(u[1], "POST", path+"/participants", fmt.Sprintf(`[%d]`, u[5])).is(200)
}

func TestPageThroughParticipants(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid", "dan", "eve")
	_, path := w.group(u[0], u[1:4]...)
	r := w.as(u[0], "GET", path+"/participants?limit=3").is(200).has(`{"limit":3,"hasMore":true,"before":1,"after":3}`, "page").keys(participantKeys, "data", 0)
	if got := r.list("userId"); got != "[1 2 3]" {
		t.Error(got)
	}
	w.as(u[0], "GET", path+"/participants?limit=3&after=3").is(200).has(`{"limit":3,"hasMore":false,"before":4,"after":4}`, "page")
	w.as(u[0], "GET", path+"/participants?after=4").is(200).has(`{"limit":100,"hasMore":false,"before":null,"after":null}`, "page").has(`[]`, "data")
	w.as(u[0], "GET", path+"/participants?after=-1").fails(400, chat.ValidationFailed).field("after")
	w.as(u[0], "GET", path+"/participants?limit=501").fails(400, chat.ValidationFailed).field("limit")
	w.as(u[4], "GET", path+"/participants").fails(403, chat.NotParticipant, notParticipantText)
}

func TestRemoveParticipant(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid", "dan", "eve")
	id, path := w.group(u[0], u[1:4]...)
	of := func(x chat.UserID) string { return fmt.Sprintf("%s/participants/%d", path, x) }
	w.as(u[0], "PUT", of(u[1])+"/role", `{"role":"ADMIN"}`).is(200)

	w.as(u[2], "DELETE", of(u[3])).fails(403, chat.RoleRequired)
	w.as(u[2], "DELETE", of(u[4])).fails(403, chat.RoleRequired)
	w.as(u[1], "DELETE", of(u[0])).fails(403, chat.Forbidden)
	w.as(u[1], "DELETE", of(u[4])).fails(404, chat.NotFound)
	w.as(u[4], "DELETE", of(u[3])).fails(403, chat.NotParticipant, notParticipantText)
	w.as(u[0], "DELETE", path+"/participants/x").fails(404, chat.NotFound, "User not found")
	w.as(u[1], "DELETE", of(u[3])).is(200).has(fmt.Sprintf(`{"conversationId":%d,"userId":%d,"result":"REMOVED"}`, id, u[3]), "data")
	w.as(u[3], "GET", path).fails(403, chat.NotParticipant, notParticipantText)
	w.as(u[2], "DELETE", of(u[2])).is(200).has(fmt.Sprintf(`{"conversationId":%d,"userId":%d,"result":"LEFT"}`, id, u[2]), "data")
	w.as(u[0], "DELETE", of(u[0])).is(200).has(fmt.Sprint(u[1]), "data", "newOwnerId")
	w.as(u[0], "DELETE", of(u[0])).fails(403, chat.NotParticipant, notParticipantText)

	_, direct := w.direct(u[0], u[1])
	w.as(u[0], "DELETE", fmt.Sprintf("%s/participants/%d", direct, u[1])).fails(403, chat.Forbidden)
	w.as(u[0], "DELETE", fmt.Sprintf("%s/participants/%d", direct, u[0])).fails(403, chat.Forbidden)
}

func TestSetRole(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.users("ann", "bob", "cid", "dan")
	_, path := w.group(u[0], u[1], u[2])
	role := func(x chat.UserID) string { return fmt.Sprintf("%s/participants/%d/role", path, x) }
	w.as(u[0], "PUT", role(u[1]), `{"role":"ADMIN"}`).is(200).keys(participantKeys, "data").has(`"ADMIN"`, "data", "role")
	w.as(u[1], "PUT", role(u[2]), `{"role":"ADMIN"}`).fails(403, chat.RoleRequired)
	w.as(u[0], "PUT", role(u[0]), `{"role":"MEMBER"}`).fails(409, chat.LastOwner)
	w.as(u[0], "PUT", role(u[3]), `{"role":"ADMIN"}`).fails(404, chat.NotFound)
	w.as(u[0], "PUT", role(u[1]), `{"role":"BOSS"}`).fails(400, chat.ValidationFailed, "role must be OWNER, ADMIN or MEMBER").field("role")
	w.as(u[0], "PUT", role(u[1]), `{}`).fails(400, chat.ValidationFailed, "role is required").field("role")
	w.as(u[0], "PUT", role(u[2]), `{"role":"OWNER"}`).is(200).has(`"OWNER"`, "data", "role")
	w.as(u[0], "GET", path).is(200).has(`"ADMIN"`, "data", "myRole")
	w.as(u[3], "PUT", role(u[2]), `{"role":"MEMBER"}`).fails(403, chat.NotParticipant, notParticipantText)
	_, direct := w.direct(u[0], u[1])
	w.as(u[0], "PUT", fmt.Sprintf("%s/participants/%d/role", direct, u[1]), `{"role":"ADMIN"}`).fails(403, chat.Forbidden)
}
