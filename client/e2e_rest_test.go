package client_test

import (
	"slices"
	"testing"
	"time"

	"parley/client"
	"parley/internal/parleytest"
)

// must fails the test for an error of a call with a result.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func refused(t *testing.T, err error, code string) {
	t.Helper()
	if client.CodeOf(err) != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

func (p *person) post(conversation int64, text string) client.Message {
	p.t.Helper()
	return must[client.Message](p.t)(p.SendMessage(p.t.Context(), client.Draft{ConversationID: conversation, Content: text}))
}

func TestConversationsOverREST(t *testing.T) {
	server := parleytest.New(t)
	ann, bob, eve := newPerson(t, server, "Ann"), newPerson(t, server, "Bob"), newPerson(t, server, "Eve")
	ctx := t.Context()
	conversation, participant, departed := must[client.Conversation](t), must[client.Participant](t), must[client.Departed](t)

	team, skipped, err := ann.CreateConversation(ctx, client.NewConversation{
		Name: "Project Team", Description: "Discussion for Project X", ParticipantIDs: []int64{bob.id},
		Settings: client.Settings{AllowReplies: new(false)}, Metadata: map[string]any{"ticket": "X-1"},
	})
	if err != nil || len(skipped) != 0 || team.MyRole != client.Owner || team.AllowReplies || !team.AllowReactions || team.ParticipantCount != 2 {
		t.Fatalf("%+v, %v", team, err)
	}
	renamed := conversation(ann.UpdateConversation(ctx, team.ID, client.ConversationPatch{Name: new("Team X"), Description: new("")}))
	if renamed.Name != "Team X" || renamed.Description != "" || string(renamed.Metadata) != `{"ticket":"X-1"}` {
		t.Errorf("renamed %+v", renamed)
	}
	if c := conversation(ann.UpdateConversation(ctx, team.ID, client.ConversationPatch{Metadata: map[string]any{}})); string(c.Metadata) != "{}" {
		t.Errorf("metadata %s", c.Metadata)
	}
	_, err = bob.UpdateConversation(ctx, team.ID, client.ConversationPatch{Name: new("Mine")})
	refused(t, err, client.CodeRoleRequired)
	_, err = eve.Conversation(ctx, team.ID)
	refused(t, err, client.CodeNotParticipant)

	all, _, err := ann.AddParticipants(ctx, team.ID, eve.id)
	if err != nil || len(all) != 3 {
		t.Errorf("%d participants, %v", len(all), err)
	}
	if p := participant(ann.SetRole(ctx, team.ID, bob.id, client.Admin)); p.Role != client.Admin {
		t.Errorf("role %s", p.Role)
	}
	page := must[client.ParticipantPage](t)(ann.Participants(ctx, team.ID, 0, 2))
	rest := must[client.ParticipantPage](t)(ann.Participants(ctx, team.ID, page.Participants[1].UserID, 2))
	if !page.HasMore || rest.HasMore || len(rest.Participants) != 1 {
		t.Errorf("pages %+v and %+v", page, rest)
	}
	if d := departed(bob.RemoveParticipant(ctx, team.ID, eve.id)); d.Result != "REMOVED" {
		t.Errorf("removed: %+v", d)
	}

	if c := conversation(bob.Mute(ctx, team.ID, time.Now().Add(time.Hour))); !c.IsMuted || c.MutedUntil.IsZero() {
		t.Errorf("muted %+v", c)
	}
	if c := conversation(bob.Unmute(ctx, team.ID)); c.IsMuted {
		t.Errorf("unmuted %+v", c)
	}
	if c := conversation(bob.Pin(ctx, team.ID, true)); !c.IsPinned {
		t.Errorf("pinned %+v", c)
	}
	if pinned := must[[]client.Conversation](t)(bob.PinnedConversations(ctx)); len(pinned) != 1 || pinned[0].ID != team.ID {
		t.Errorf("pinned %+v", pinned)
	}
	if c := conversation(bob.Archive(ctx, team.ID, true)); !c.IsArchived {
		t.Errorf("archived %+v", c)
	}
	if list := must[client.ConversationPage](t)(bob.Conversations(ctx, client.ConversationFilter{})); len(list.Conversations) != 0 {
		t.Errorf("an archived conversation is listed: %+v", list)
	}
	if list := must[client.ConversationPage](t)(bob.Conversations(ctx, client.ConversationFilter{Archived: "all", Type: client.Group, Size: 1})); list.Total != 1 || list.HasMore {
		t.Errorf("all: %+v", list)
	}
	if found := must[[]client.Conversation](t)(ann.SearchGroups(ctx, "tea", 5)); len(found) != 1 {
		t.Errorf("found %+v", found)
	}

	if d := departed(ann.LeaveConversation(ctx, team.ID, client.Departure{TransferTo: bob.id})); d.Result != "LEFT" || d.NewOwnerID != bob.id {
		t.Errorf("left: %+v", d)
	}
	if d := departed(bob.LeaveConversation(ctx, team.ID, client.Departure{Delete: true})); d.Result != "DELETED" {
		t.Errorf("deleted: %+v", d)
	}
	news, _, err := ann.CreateConversation(ctx, client.NewConversation{Type: client.Channel, Visibility: "PUBLIC", Name: "news"})
	if err != nil {
		t.Fatal(err)
	}
	if c := conversation(eve.JoinChannel(ctx, news.ID)); c.MyRole != client.Member {
		t.Errorf("joined %+v", c)
	}
	direct := conversation(ann.OpenDirect(ctx, bob.id))
	if again := conversation(bob.OpenDirect(ctx, ann.id)); again.ID != direct.ID || again.Name == direct.Name {
		t.Errorf("direct %+v and %+v", direct, again)
	}
	if d := departed(ann.LeaveConversation(ctx, direct.ID, client.Departure{})); d.Result != "HIDDEN" {
		t.Errorf("hidden: %+v", d)
	}
}

func TestMessagesOverREST(t *testing.T) {
	server := parleytest.New(t)
	ann, bob := newPerson(t, server, "Ann"), newPerson(t, server, "Bob")
	ctx := t.Context()
	c := ann.group(bob)
	first := ann.post(c, "one <script>alert(1)</script>")
	if first.Content != "one <script>alert(1)</script>" {
		t.Errorf("the text was changed: %q", first.Content)
	}
	again := must[client.Message](t)(ann.SendMessage(ctx, client.Draft{ConversationID: c, Content: "other", TempID: first.TempID}))
	if !again.Duplicate || again.ID != first.ID {
		t.Errorf("repeated: %+v", again)
	}
	reply := must[client.Message](t)(bob.SendMessage(ctx, client.Draft{
		ConversationID: c, Content: "two", ParentID: first.ID, Mentions: []int64{ann.id}, Metadata: map[string]any{"n": 1.0},
	}))
	if reply.ParentID != first.ID || !slices.Equal(reply.Mentions, []int64{ann.id}) || reply.Metadata["n"] != 1.0 {
		t.Errorf("reply %+v", reply)
	}
	bob.post(c, "three")

	newest := must[client.MessagePage](t)(ann.Messages(ctx, c, client.Page{Limit: 2}))
	if len(newest.Messages) != 2 || !newest.HasMore || newest.Messages[1].Content != "three" {
		t.Errorf("newest %+v", newest)
	}
	older := must[client.MessagePage](t)(ann.Messages(ctx, c, client.Page{Before: reply.ID, After: 1, Limit: 5, WithoutReplies: true}))
	if n := len(older.Messages); n == 0 || older.Messages[n-1].ID != first.ID {
		t.Errorf("older %+v", older)
	}
	thread := must[client.MessagePage](t)(ann.Thread(ctx, reply.ID, client.Page{}))
	if thread.Root == nil || thread.Root.ID != first.ID || thread.Root.ReplyCount != 1 || len(thread.Messages) != 1 {
		t.Errorf("thread %+v", thread)
	}

	if m := must[client.Message](t)(ann.EditMessage(ctx, first.ID, client.Edit{Content: "uno"})); m.Content != "uno" || m.EditedAt.IsZero() {
		t.Errorf("edited %+v", m)
	}
	if h := must[[]client.Version](t)(ann.History(ctx, first.ID)); len(h) != 1 || h[0].Content != first.Content {
		t.Errorf("history %+v", h)
	}
	_, err := bob.EditMessage(ctx, first.ID, client.Edit{Content: "mine"})
	refused(t, err, client.CodeForbidden)

	if r := must[map[string]int](t)(bob.AddReaction(ctx, first.ID, "❤️")); r["❤️"] != 1 {
		t.Errorf("reactions %v", r)
	}
	if added := must[bool](t)(ann.ToggleReaction(ctx, first.ID, "🎉")); !added {
		t.Error("toggled off")
	}
	if list := must[[]client.Reaction](t)(ann.Reactions(ctx, first.ID)); len(list) != 2 || list[0].UserID != bob.id {
		t.Errorf("reactions %+v", list)
	}
	must[map[string]int](t)(bob.RemoveReaction(ctx, first.ID, "❤️"))
	if r := must[map[string]int](t)(ann.ReactionSummary(ctx, first.ID)); len(r) != 1 || r["🎉"] != 1 {
		t.Errorf("summary %v", r)
	}

	if u := must[client.Unreads](t)(ann.Unread(ctx)); u.Total != 2 || len(u.Conversations) != 1 || u.Conversations[0].MentionCount != 1 {
		t.Errorf("unread %+v", u)
	}
	if r := must[client.ReadState](t)(ann.MarkRead(ctx, c, 0)); r.UnreadCount != 0 || r.LastReadMessageID == 0 {
		t.Errorf("read %+v", r)
	}
	if list := must[[]client.ReadReceipt](t)(bob.ReadReceipts(ctx, reply.ID)); len(list) != 1 || list[0].UserID != ann.id {
		t.Errorf("receipts %+v", list)
	}

	saved := must[client.Conversation](t)(ann.OpenDirect(ctx, ann.id))
	if copies := must[[]client.Message](t)(ann.ForwardMessage(ctx, reply.ID, saved.ID)); len(copies) != 1 || copies[0].ForwardedFrom == nil || copies[0].ForwardedFrom.SenderID != bob.id {
		t.Errorf("copies %+v", copies)
	}
	if err := ann.DeleteMessage(ctx, first.ID); err != nil {
		t.Error(err)
	}
	refused(t, bob.DeleteMessage(ctx, 999_999), client.CodeNotFound)
}

func TestPeopleOverREST(t *testing.T) {
	server := parleytest.New(t)
	ann, bob := newPerson(t, server, "Ann"), newPerson(t, server, "Bob")
	ctx := t.Context()
	ann.direct(bob)
	if u := must[client.User](t)(ann.UserNamed(ctx, bob.name)); u.ID != bob.id {
		t.Errorf("found %+v", u)
	}
	_, err := ann.UserNamed(ctx, "nobody-at-all")
	refused(t, err, client.CodeNotFound)
	if u := must[client.User](t)(ann.UpdateMe(ctx, client.ProfilePatch{DisplayName: new("Ann B.")})); u.DisplayName != "Ann B." || u.Username != ann.name {
		t.Errorf("profile %+v", u)
	}
	if u := must[client.User](t)(bob.User(ctx, ann.id)); u.DisplayName != "Ann B." || u.Email != "" {
		t.Errorf("profile as others see it: %+v", u)
	}
	if u := must[client.User](t)(ann.Me(ctx)); u.ID != ann.id {
		t.Errorf("me %+v", u)
	}

	bob.follow(client.StreamOptions{})
	ann.follow(client.StreamOptions{})
	if list := must[[]client.Presence](t)(ann.PresenceOf(ctx, bob.id, 999_999)); len(list) != 2 || list[1].Online {
		t.Errorf("presence %+v", list)
	}
	if p := must[client.Presence](t)(bob.SetPresence(ctx, client.PresenceStatus{Status: client.DND, Message: new("In a meeting")})); p.Status != client.DND || p.StatusMessage != "In a meeting" {
		t.Errorf("presence %+v", p)
	}
	if _, err := ann.OnlinePeople(ctx, 10); err != nil {
		t.Error(err)
	}

	if err := ann.Block(ctx, bob.id, true); err != nil {
		t.Error(err)
	}
	_, err = bob.OpenDirect(ctx, ann.id)
	refused(t, err, client.CodeBlocked)
	if err := ann.Block(ctx, bob.id, false); err != nil {
		t.Error(err)
	}
	if err := ann.DeleteMe(ctx); err != nil {
		t.Error(err)
	}
	if _, err := ann.Me(ctx); client.CodeOf(err) == "" {
		t.Errorf("an erased account still answers: %v", err)
	}
}

func TestSessionsOverREST(t *testing.T) {
	server := parleytest.New(t)
	c := client.New(server.URL)
	defer c.Close()
	ctx := t.Context()
	_, err := c.Register(ctx, client.Registration{Username: "dora", Password: "short"})
	refused(t, err, client.CodeValidationFailed)
	if _, err := c.Register(ctx, client.Registration{Username: "dora", Password: "correct horse battery"}); err != nil {
		t.Fatal(err)
	}
	_, err = client.New(server.URL).Register(ctx, client.Registration{Username: "DORA", Password: "correct horse battery"})
	refused(t, err, client.CodeAlreadyExists)
	if err := c.ChangePassword(ctx, "correct horse battery", "staple battery horse"); err != nil {
		t.Error(err)
	}
	_, err = client.New(server.URL).Login(ctx, "dora", "correct horse battery")
	refused(t, err, client.CodeUnauthenticated)

	// A session that is taken up later renews its tokens by itself.
	old := c.Tokens()
	later := client.New(server.URL, client.WithTokens(client.Tokens{Access: "expired", Refresh: old.Refresh}))
	defer later.Close()
	if u, err := later.Me(ctx); err != nil || u.Username != "dora" {
		t.Errorf("%+v, %v", u, err)
	}
	if later.Tokens().Refresh == old.Refresh {
		t.Error("the refresh token is still the same")
	}
	if err := later.Logout(ctx); err != nil {
		t.Error(err)
	}
	if _, err := later.Me(ctx); client.CodeOf(err) != client.CodeUnauthenticated {
		t.Errorf("after logging out: %v", err)
	}
}
