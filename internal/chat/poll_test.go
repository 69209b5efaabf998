package chat_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/chat"
)

func (w *world) ask(a chat.Actor, c chat.ConversationID, p chat.NewPoll) *chat.Message {
	w.Helper()
	if p.Question == "" {
		p.Question, p.Options = "Lunch?", []string{"Pizza", "Soup", "Nothing"}
	}
	sent, err := w.SendMessage(w.Context(), a, chat.SendMessage{ConversationID: c, Poll: &p})
	w.must(err)
	return sent.Message
}

func (w *world) vote(a chat.Actor, m *chat.Message, choices ...int) chat.Code {
	_, err := w.Vote(w.Context(), a, m.ID, choices)
	return w.code(err)
}

// result is a poll as somebody reads it: votes, voters of each option, people, and
// his own choice.
func (w *world) result(a chat.Actor, m *chat.Message) string {
	w.Helper()
	page, err := w.Messages(w.Context(), a, m.ConversationID, chat.Page{})
	w.must(err)
	i := slices.IndexFunc(page.Messages, func(x chat.Message) bool { return x.ID == m.ID })
	p := page.Messages[i].Poll
	var out []string
	for _, o := range p.Options {
		out = append(out, fmt.Sprintf("%d%d", o.Votes, o.Voters))
	}
	return fmt.Sprint(out, p.Voters, page.Messages[i].Mine.Votes)
}

func TestPoll(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann, bob, cid := w.user("ann"), w.user("bob"), w.user("cid")
	c := w.group(ann, bob, cid)
	is := func(a chat.Actor, m *chat.Message, want string) {
		t.Helper()
		if got := w.result(a, m); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	m := w.ask(ann, c, chat.NewPoll{})
	if m.Type != chat.TypeText || m.Content != "Lunch?\n1. Pizza\n2. Soup\n3. Nothing" || m.Poll.Question != "Lunch?" {
		t.Errorf("%+v", m)
	}
	is(bob, m, "[0[] 0[] 0[]] 0 []")
	for _, v := range []struct {
		a       chat.Actor
		choices []int
		want    chat.Code
	}{
		{bob, []int{1}, ""},
		{bob, []int{1}, ""},
		{cid, []int{0}, ""},
		{ann, []int{0, 0}, ""},
		{ann, []int{0, 1}, chat.ValidationFailed},
		{ann, []int{3}, chat.ValidationFailed},
		{ann, []int{-1}, chat.ValidationFailed},
		{cid, []int{2}, ""},
	} {
		w.clock.Advance(time.Second)
		if code := w.vote(v.a, m, v.choices...); code != v.want {
			t.Errorf("%+v: %q", v, code)
		}
	}
	is(bob, m, fmt.Sprintf("[1[%d] 1[%d] 1[%d]] 3 [1]", ann.ID, bob.ID, cid.ID))
	w.clock.Advance(time.Second)
	if code := w.vote(cid, m); code != "" {
		t.Error(code)
	}
	is(cid, m, fmt.Sprintf("[1[%d] 1[%d] 0[]] 2 []", ann.ID, bob.ID))
	voters, err := w.PollVoters(t.Context(), cid, m.ID, 0, 10)
	w.must(err)
	if len(voters) != 2 || voters[0].UserID != ann.ID || voters[0].Name != "ann" || !slices.Equal(voters[1].Choices, []int{1}) {
		t.Errorf("%+v", voters)
	}
	if voters, err = w.PollVoters(t.Context(), cid, m.ID, ann.ID, 1); err != nil || len(voters) != 1 || voters[0].UserID != bob.ID {
		t.Errorf("%+v %v", voters, err)
	}
	// What changed nothing was told to nobody; each change to all, and to the voter.
	if got := strings.Count(w.types(c.Stream()), "message.updated"); got != 5 {
		t.Errorf("%d updates", got)
	}
	if got := w.types(cid.ID.Stream()); strings.Count(got, "poll.voted") != 3 {
		t.Errorf("cid's own: %s", got)
	}
	// It is found by what it says, and cannot be made to say something else.
	if _, err := w.EditMessage(t.Context(), ann, chat.EditMessage{MessageID: m.ID, Content: "other"}); w.code(err) != chat.Forbidden {
		t.Errorf("edited: %v", err)
	}
	other := w.say(ann, c, "no poll")
	if code := w.vote(bob, other, 0); code != chat.NotFound {
		t.Errorf("on no poll: %q", code)
	}
}

// Those who vote within a second are told of together; each sees his own at once.
func TestVotesAreToldTogether(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann, bob, cid := w.user("ann"), w.user("bob"), w.user("cid")
	c := w.group(ann, bob, cid)
	m := w.ask(ann, c, chat.NewPoll{})
	told := func() (polls []string, actors []chat.UserID) {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, e := range w.events {
			if e.Type == chat.MessageUpdated {
				p := e.Payload.(*chat.Message).Poll
				polls = append(polls, fmt.Sprint(p.Voters, p.Options[0].Votes, p.Options[1].Votes))
				actors = append(actors, e.Actor)
			}
		}
		return polls, actors
	}
	for i, a := range []chat.Actor{bob, cid, ann} {
		voted, err := w.Vote(t.Context(), a, m.ID, []int{i % 2})
		w.must(err)
		if voted.Poll.Voters != int64(i+1) {
			t.Errorf("vote %d is answered with %d", i, voted.Poll.Voters)
		}
		if got := w.types(a.ID.Stream()); !strings.HasSuffix(got, "poll.voted]") {
			t.Errorf("own devices heard %s", got)
		}
	}
	if polls, actors := told(); !slices.Equal(polls, []string{"1 1 0"}) || !slices.Equal(actors, []chat.UserID{bob.ID}) {
		t.Errorf("at first: %v of %v", polls, actors)
	}
	// Another node finds what this one did not come to.
	w.clock.Advance(time.Second)
	w.Start()
	t.Cleanup(func() { w.must(w.Stop(context.Background())) })
	for polls, _ := told(); len(polls) < 2; polls, _ = told() {
		select {
		case <-w.news:
		case <-time.After(30 * time.Second):
			t.Fatal("nobody told of the votes that were held back")
		}
	}
	if polls, actors := told(); !slices.Equal(polls, []string{"1 1 0", "3 2 1"}) || actors[1] != ann.ID {
		t.Errorf("then: %v of %v", polls, actors)
	}
	// Closing tells of all there are.
	w.vote(bob, m, 1)
	_, err := w.ClosePoll(t.Context(), ann, m.ID)
	w.must(err)
	if polls, _ := told(); !slices.Equal(polls, []string{"1 1 0", "3 2 1", "3 1 2"}) {
		t.Errorf("in the end: %v", polls)
	}
	w.must(w.store.Read(t.Context(), func(r chat.Reader) error {
		left, err := r.UntoldVotes(t.Context(), 10)
		if len(left) != 0 {
			t.Errorf("left: %v", left)
		}
		return err
	}))
}

func TestPollOfSeveralChoicesAndNoNames(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann, bob, cid := w.user("ann"), w.user("bob"), w.user("cid")
	c := w.group(ann, bob, cid)
	m := w.ask(ann, c, chat.NewPoll{Multiple: true, Anonymous: true})
	if code := w.vote(bob, m, 2, 0); code != "" {
		t.Error(code)
	}
	if code := w.vote(cid, m, 2); code != "" {
		t.Error(code)
	}
	if got := w.result(bob, m); got != "[1[] 0[] 2[]] 2 [0 2]" {
		t.Error(got)
	}
	if _, err := w.PollVoters(t.Context(), ann, m.ID, 0, 10); w.code(err) != chat.Forbidden {
		t.Errorf("named: %v", err)
	}
	// Nothing that others hear names the voter.
	events, err := w.Replay(t.Context(), ann, c.Stream(), 0, 100)
	w.must(err)
	for _, e := range events {
		if e.Type == chat.MessageUpdated && e.Actor != ann.ID {
			t.Errorf("the event is of %d", e.Actor)
		}
	}
	own, err := w.Replay(t.Context(), bob, bob.ID.Stream(), 0, 100)
	w.must(err)
	p, ok := own[len(own)-1].Payload.(*chat.PollVote)
	if !ok || p.MessageID != m.ID || p.ConversationID != c || !slices.Equal(p.Choices, []int{0, 2}) {
		t.Errorf("own: %+v", own[len(own)-1].Payload)
	}
}

func TestPollEnds(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann, bob, cid := w.user("ann"), w.user("bob"), w.user("cid")
	c := w.group(ann, bob, cid)
	closing := func(a chat.Actor, m *chat.Message) chat.Code {
		_, err := w.ClosePoll(t.Context(), a, m.ID)
		return w.code(err)
	}
	byTime := w.ask(bob, c, chat.NewPoll{EndsAt: w.clock.Now().Add(time.Hour)})
	byHand, byAdmin := w.ask(bob, c, chat.NewPoll{}), w.ask(bob, c, chat.NewPoll{})
	if code := closing(cid, byHand); code != chat.RoleRequired {
		t.Errorf("another member: %q", code)
	}
	before := strings.Count(w.types(c.Stream()), "message.updated")
	for range 2 {
		if code := closing(bob, byHand); code != "" {
			t.Error(code)
		}
	}
	if code := closing(ann, byAdmin); code != "" {
		t.Error(code)
	}
	if got := strings.Count(w.types(c.Stream()), "message.updated") - before; got != 2 {
		t.Errorf("%d updates", got)
	}
	if code := w.vote(cid, byTime, 0); code != "" {
		t.Error(code)
	}
	w.clock.Advance(time.Hour)
	for _, m := range []*chat.Message{byTime, byHand, byAdmin} {
		if code := w.vote(cid, m, 1); code != chat.Conflict {
			t.Errorf("after the end: %q", code)
		}
		if code := w.vote(cid, m); code != chat.Conflict {
			t.Errorf("taken back after the end: %q", code)
		}
	}
	if got := w.result(cid, byTime); got != fmt.Sprintf("[1[%d] 0[] 0[]] 1 [0]", cid.ID) {
		t.Error(got)
	}
	seen, err := w.Message(t.Context(), cid, byAdmin.ID)
	w.must(err)
	if seen.Poll.ClosedBy != ann.ID || seen.Poll.ClosedAt.IsZero() {
		t.Errorf("%+v", seen.Poll)
	}
}

func TestPollsAreChecked(t *testing.T) {
	w := newWorld(t, chat.Options{Rules: chat.Rules{MaxMessageLength: 1_000}})
	ann, bob := w.user("ann"), w.user("bob")
	c, direct := w.group(ann, bob), w.direct(ann, bob)
	long := make([]string, 12)
	for i := range long {
		long[i] = fmt.Sprint(i, strings.Repeat("x", 90))
	}
	for what, r := range map[string]struct {
		in   chat.SendMessage
		want chat.Code
	}{
		"in a direct":   {chat.SendMessage{ConversationID: direct, Poll: &chat.NewPoll{Question: "?", Options: []string{"a", "b"}}}, chat.Forbidden},
		"no question":   {chat.SendMessage{Poll: &chat.NewPoll{Question: " \n", Options: []string{"a", "b"}}}, chat.ValidationFailed},
		"one option":    {chat.SendMessage{Poll: &chat.NewPoll{Question: "?", Options: []string{"a"}}}, chat.ValidationFailed},
		"many options":  {chat.SendMessage{Poll: &chat.NewPoll{Question: "?", Options: strings.Split("abcdefghijklm", "")}}, chat.ValidationFailed},
		"the same":      {chat.SendMessage{Poll: &chat.NewPoll{Question: "?", Options: []string{"a", " a"}}}, chat.ValidationFailed},
		"blank":         {chat.SendMessage{Poll: &chat.NewPoll{Question: "?", Options: []string{"a", "\u200b"}}}, chat.ValidationFailed},
		"long option":   {chat.SendMessage{Poll: &chat.NewPoll{Question: "?", Options: []string{"a", strings.Repeat("b", 101)}}}, chat.ValidationFailed},
		"long in all":   {chat.SendMessage{Poll: &chat.NewPoll{Question: "?", Options: long}}, chat.ValidationFailed},
		"over already":  {chat.SendMessage{Poll: &chat.NewPoll{Question: "?", Options: []string{"a", "b"}, EndsAt: w.clock.Now()}}, chat.ValidationFailed},
		"with content":  {chat.SendMessage{Content: "x", Poll: &chat.NewPoll{Question: "?", Options: []string{"a", "b"}}}, chat.ValidationFailed},
		"encrypted":     {chat.SendMessage{Encrypted: "x", Poll: &chat.NewPoll{Question: "?", Options: []string{"a", "b"}}}, chat.ValidationFailed},
		"of an image":   {chat.SendMessage{Type: chat.TypeImage, Poll: &chat.NewPoll{Question: "?", Options: []string{"a", "b"}}}, chat.ValidationFailed},
		"as it should":  {chat.SendMessage{Poll: &chat.NewPoll{Question: "?", Options: []string{"a", "b"}}}, ""},
		"with a tempId": {chat.SendMessage{TempID: "t", Poll: &chat.NewPoll{Question: "?", Options: []string{"a", "b"}}}, ""},
	} {
		if r.in.ConversationID == 0 {
			r.in.ConversationID = c
		}
		if _, err := w.SendMessage(t.Context(), ann, r.in); w.code(err) != r.want {
			t.Errorf("%s: %v", what, err)
		}
	}
	again, err := w.SendMessage(t.Context(), ann, chat.SendMessage{ConversationID: c, TempID: "t", Poll: &chat.NewPoll{Question: "?", Options: []string{"a", "b"}}})
	w.must(err)
	if !again.Duplicate || again.Poll == nil || len(again.Poll.Options) != 2 {
		t.Errorf("repeated: %+v", again)
	}
}

// Votes go with who gave them, and with what they were given for.
func TestVotesAreErased(t *testing.T) {
	w := newWorld(t, chat.Options{})
	ann, bob, cid := w.user("ann"), w.user("bob"), w.user("cid")
	c := w.group(ann, bob, cid)
	stays, deleted := w.ask(ann, c, chat.NewPoll{}), w.ask(ann, c, chat.NewPoll{})
	secret := w.ask(ann, c, chat.NewPoll{Anonymous: true})
	for _, m := range []*chat.Message{stays, deleted, secret} {
		for _, a := range []chat.Actor{bob, cid} {
			if code := w.vote(a, m, 1); code != "" {
				t.Fatal(code)
			}
		}
	}
	gone, err := w.DeleteMessage(t.Context(), ann, deleted.ID)
	w.must(err)
	if gone.Poll != nil || gone.Content != "" {
		t.Errorf("%+v", gone)
	}
	w.must(w.DeleteAccount(t.Context(), bob))
	w.must(w.EraseAccount(t.Context(), bob.ID))
	if got := w.result(cid, stays); got != fmt.Sprintf("[0[] 1[%d] 0[]] 1 [1]", cid.ID) {
		t.Error(got)
	}
	if got := w.result(cid, secret); got != "[0[] 1[] 0[]] 1 [1]" {
		t.Error(got)
	}
	for u, want := range map[chat.UserID]int{bob.ID: 0, cid.ID: 2} {
		w.must(w.store.Read(t.Context(), func(r chat.Reader) error {
			list, err := r.VotedIn(t.Context(), u, 0, 10)
			if len(list) != want {
				t.Errorf("votes of %d: %v", u, list)
			}
			return err
		}))
	}
	_, err = w.Leave(t.Context(), ann, c, chat.Departure{Delete: true})
	w.must(err)
	w.must(w.EraseConversation(t.Context(), c))
	w.must(w.store.Read(t.Context(), func(r chat.Reader) error {
		list, err := r.VotedIn(t.Context(), cid.ID, 0, 10)
		if len(list) != 0 {
			t.Errorf("votes in a deleted conversation: %v", list)
		}
		return err
	}))
}
