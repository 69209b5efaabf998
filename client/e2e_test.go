package client_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"parley/client"
	"parley/internal/parleytest"
)

const soon = 20 * time.Second

// person is somebody with a client of his own.
type person struct {
	*client.Client
	t    *testing.T
	id   int64
	name string
}

func newPerson(t *testing.T, s *parleytest.Server, name string) *person {
	t.Helper()
	p := s.Person(name)
	c := client.New(s.URL, client.WithTokens(client.Tokens{Access: p.Token}))
	t.Cleanup(c.Close)
	return &person{c, t, int64(p.ID), p.Name}
}

// direct opens the conversation between two people.
func (p *person) direct(other *person) int64 {
	p.t.Helper()
	c, err := p.OpenDirect(p.t.Context(), other.id)
	if err != nil {
		p.t.Fatal(err)
	}
	return c.ID
}

func (p *person) group(others ...*person) int64 {
	p.t.Helper()
	n := client.NewConversation{Name: "Project Team"}
	for _, o := range others {
		n.ParticipantIDs = append(n.ParticipantIDs, o.id)
	}
	c, _, err := p.CreateConversation(p.t.Context(), n)
	if err != nil {
		p.t.Fatal(err)
	}
	return c.ID
}

func (p *person) follow(o client.StreamOptions) *client.Stream {
	p.t.Helper()
	s, err := p.Stream(p.t.Context(), o)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(s.Close)
	return s
}

func (p *person) say(s *client.Stream, conversation int64, text string) client.Message {
	p.t.Helper()
	m, err := s.Send(p.t.Context(), client.Draft{ConversationID: conversation, Content: text})
	if err != nil {
		p.t.Fatalf("%s cannot say %q: %v", p.name, text, err)
	}
	return m
}

// await skips updates until one fits.
func await(t *testing.T, s *client.Stream, fits func(client.Update) bool) client.Update {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	for {
		u, err := s.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if fits(u) {
			return u
		}
	}
}

// awaitEvent skips updates until an event of a type.
func awaitEvent[P any](t *testing.T, s *client.Stream, kind client.EventType) P {
	t.Helper()
	u := await(t, s, func(u client.Update) bool { e, ok := u.(*client.Event); return ok && e.Type == kind })
	p, ok := u.(*client.Event).Payload.(P)
	if !ok {
		t.Fatalf("%s has the payload %T", kind, u.(*client.Event).Payload)
	}
	return p
}

func eachTransport(t *testing.T, story func(t *testing.T, transport client.Transport)) {
	for _, transport := range []client.Transport{client.WebSocket, client.SSE} {
		t.Run(string(transport), func(t *testing.T) { story(t, transport) })
	}
}

func TestTwoPeopleTalk(t *testing.T) {
	server := parleytest.New(t)
	eachTransport(t, func(t *testing.T, transport client.Transport) {
		ann, bob := newPerson(t, server, "Ann"), newPerson(t, server, "Bob")
		as, bs := ann.follow(client.StreamOptions{Transport: transport}), bob.follow(client.StreamOptions{Transport: transport})
		c := ann.direct(bob)
		hello := ann.say(as, c, "Hello Bob <b>&</b> welcome")
		if hello.TempID == "" || hello.Status != "SENT" || hello.Seq != 1 {
			t.Errorf("sent %+v", hello)
		}
		if j := awaitEvent[*client.Joined](t, bs, client.ConversationJoined); j.Conversation.ID != c || j.Conversation.Type != client.Direct {
			t.Errorf("joined %+v", j)
		}
		if m := awaitEvent[*client.Message](t, bs, client.MessageCreated); m.ID != hello.ID || m.Content != hello.Content || m.TempID != "" {
			t.Errorf("heard %+v", m)
		}
		if m := awaitEvent[*client.Message](t, as, client.MessageCreated); m.TempID != hello.TempID {
			t.Errorf("the sender's copy has tempId %q", m.TempID)
		}

		if r, err := bs.React(t.Context(), hello.ID, "👍", true); err != nil || r["👍"] != 1 {
			t.Errorf("reactions %v, %v", r, err)
		}
		if r := awaitEvent[*client.ReactionChange](t, as, client.ReactionAdded); r.UserID != bob.id || r.Emoji != "👍" || r.Reactions["👍"] != 1 {
			t.Errorf("reaction %+v", r)
		}
		if r, err := bs.Read(t.Context(), c, hello.ID); err != nil || r.UnreadCount != 0 || r.LastReadMessageID != hello.ID {
			t.Errorf("read %+v, %v", r, err)
		}
		if r := awaitEvent[*client.ReadMark](t, as, client.ReadMarked); r.UserID != bob.id || r.LastReadMessageID != hello.ID {
			t.Errorf("marked %+v", r)
		}
		if m, err := as.Edit(t.Context(), hello.ID, client.Edit{Content: "Hello Robert"}); err != nil || !m.IsEdited {
			t.Errorf("edited %+v, %v", m, err)
		}
		if m := awaitEvent[*client.Message](t, bs, client.MessageUpdated); m.Content != "Hello Robert" {
			t.Errorf("edited to %q", m.Content)
		}
		if err := as.Delete(t.Context(), hello.ID); err != nil {
			t.Error(err)
		}
		if m := awaitEvent[*client.Message](t, bs, client.MessageDeleted); !m.IsDeleted || m.Content != "" {
			t.Errorf("deleted %+v", m)
		}
	})
}

func TestSignals(t *testing.T) {
	server := parleytest.New(t)
	ann, bob := newPerson(t, server, "Ann"), newPerson(t, server, "Bob")
	c := ann.group(bob)
	as, bs := ann.follow(client.StreamOptions{}), bob.follow(client.StreamOptions{})
	m := ann.say(as, c, "Hello")
	if err := bs.Typing(c, true); err != nil {
		t.Fatal(err)
	}
	await(t, as, func(u client.Update) bool {
		x, ok := u.(*client.Typing)
		return ok && *x == client.Typing{c, bob.id, true}
	})
	if err := bs.Delivered(t.Context(), c, m.ID); err != nil {
		t.Fatal(err)
	}
	await(t, as, func(u client.Update) bool {
		x, ok := u.(*client.Delivered)
		return ok && *x == client.Delivered{c, bob.id, m.ID}
	})
	if err := bs.SetPresence(t.Context(), client.Away); err != nil {
		t.Fatal(err)
	}
	await(t, as, func(u client.Update) bool {
		p, ok := u.(*client.Presence)
		return ok && p.UserID == bob.id && p.Status == client.Away
	})
	if _, err := bs.Send(t.Context(), client.Draft{ConversationID: 999_999, Content: "x"}); client.CodeOf(err) != client.CodeNotFound {
		t.Errorf("got %v", err)
	}
}

// Connections are cut at random while many write: everybody hears everything
// once and in order, and every send arrives once. The stream itself ends with an
// error if a rev is left out or repeated.
func TestNothingIsLostOrRepeatedOnABadNetwork(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	server := parleytest.New(t)
	eachTransport(t, func(t *testing.T, transport client.Transport) {
		const writers, messages = 4, 60
		var people []*person
		for i := range writers {
			people = append(people, newPerson(t, server, fmt.Sprintf("Writer%d", i)))
		}
		c := people[0].group(people[1:]...)
		var streams []*client.Stream
		for _, p := range people {
			streams = append(streams, p.follow(client.StreamOptions{Transport: transport, Queue: 32}))
		}
		var work sync.WaitGroup
		heard := make([][]string, writers)
		for i, s := range streams {
			work.Go(func() {
				for n := range messages {
					if _, err := s.Send(t.Context(), client.Draft{ConversationID: c, Content: fmt.Sprintf("%d-%d", i, n)}); err != nil {
						t.Errorf("writer %d, message %d: %v", i, n, err)
					}
					if n%10 == i {
						s.Disconnect()
					}
				}
			})
			work.Go(func() { heard[i] = listen(t, s, writers*messages) })
		}
		work.Wait()
		want := map[string]bool{}
		for i := range writers {
			for n := range messages {
				want[fmt.Sprintf("%d-%d", i, n)] = true
			}
		}
		for i := range heard {
			got := map[string]bool{}
			for _, text := range heard[i] {
				got[text] = true
			}
			if !maps.Equal(got, want) || len(heard[i]) != len(want) || !slices.Equal(heard[i], heard[0]) {
				t.Errorf("writer %d heard %d messages, %d different ones, in the same order as the first: %v", i, len(heard[i]), len(got), slices.Equal(heard[i], heard[0]))
			}
		}
	})
}

// listen returns the texts of the next n messages.
func listen(t *testing.T, s *client.Stream, n int) (texts []string) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*soon)
	defer cancel()
	for len(texts) < n {
		u, err := s.Next(ctx)
		if err != nil {
			t.Errorf("after %d of %d messages: %v", len(texts), n, err)
			return texts
		}
		if g, ok := u.(*client.Gap); ok {
			t.Errorf("a gap up to %d", g.Head)
		}
		if m, ok := client.NewMessage(u); ok && m.Type == client.Text {
			texts = append(texts, m.Content)
		}
	}
	return texts
}

func TestResumeFromKeptCursors(t *testing.T) {
	server := parleytest.New(t)
	eachTransport(t, func(t *testing.T, transport client.Transport) {
		ann, bob := newPerson(t, server, "Ann"), newPerson(t, server, "Bob")
		c := ann.group(bob)
		first := bob.follow(client.StreamOptions{Transport: transport})
		as := ann.follow(client.StreamOptions{})
		ann.say(as, c, "one")
		awaitEvent[*client.Message](t, first, client.MessageCreated)
		cursors := first.Cursors()
		first.Close()

		ann.say(as, c, "two")
		fresh := ann.group(bob) // joined while away
		ann.say(as, fresh, "three")
		ann.say(as, c, "four")
		again := bob.follow(client.StreamOptions{Transport: transport, Cursors: cursors})
		if j := awaitEvent[*client.Joined](t, again, client.ConversationJoined); j.Conversation.ID != fresh || j.Conversation.UnreadCount != 1 {
			t.Errorf("joined %+v", j)
		}
		for _, want := range []string{"two", "four"} {
			m := awaitEvent[*client.Message](t, again, client.MessageCreated)
			for m.ConversationID == fresh {
				m = awaitEvent[*client.Message](t, again, client.MessageCreated)
			}
			if m.Content != want {
				t.Errorf("heard %q, want %q", m.Content, want)
			}
		}
	})
}

func TestLeavingAndRejoiningWhileAway(t *testing.T) {
	server := parleytest.New(t)
	ann, bob := newPerson(t, server, "Ann"), newPerson(t, server, "Bob")
	c := ann.group(bob)
	s := bob.follow(client.StreamOptions{})
	as := ann.follow(client.StreamOptions{})
	ann.say(as, c, "before")
	awaitEvent[*client.Message](t, s, client.MessageCreated)
	if _, err := ann.RemoveParticipant(t.Context(), c, bob.id); err != nil {
		t.Fatal(err)
	}
	if l := awaitEvent[*client.Left](t, s, client.ConversationLeft); l.ConversationID != c {
		t.Errorf("left %+v", l)
	}
	cursors := s.Cursors()
	if _, still := cursors[fmt.Sprint(c)]; still {
		t.Errorf("still follows: %v", cursors)
	}
	s.Close()
	ann.say(as, c, "without bob")
	if _, _, err := ann.AddParticipants(t.Context(), c, bob.id); err != nil {
		t.Fatal(err)
	}
	again := bob.follow(client.StreamOptions{Cursors: cursors})
	if j := awaitEvent[*client.Joined](t, again, client.ConversationJoined); j.Conversation.ID != c {
		t.Errorf("joined %+v", j)
	}
	ann.say(as, c, "with bob")
	await(t, again, func(u client.Update) bool {
		m, ok := client.NewMessage(u)
		if ok && m.Content == "without bob" {
			t.Error("hears what was said without him")
		}
		return ok && m.Content == "with bob"
	})
}

// Who missed more than 1,000 events of a conversation is told to reload it, and
// goes on from there.
func TestTooMuchWasMissed(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	server := parleytest.New(t)
	ann, bob := newPerson(t, server, "Ann"), newPerson(t, server, "Bob")
	c := ann.group(bob)
	first := bob.follow(client.StreamOptions{})
	cursors := map[string]int64{}
	for len(cursors) == 0 {
		if _, err := first.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
		cursors = first.Cursors()
	}
	first.Close()
	as := ann.follow(client.StreamOptions{})
	var sends sync.WaitGroup
	for range 16 {
		sends.Go(func() {
			for range 70 {
				ann.say(as, c, "missed")
			}
		})
	}
	sends.Wait()
	eachTransport(t, func(t *testing.T, transport client.Transport) {
		again := bob.follow(client.StreamOptions{Transport: transport, Cursors: cursors})
		u := await(t, again, func(u client.Update) bool { _, ok := u.(*client.Gap); return ok })
		if g := u.(*client.Gap); g.ConversationID != c || again.Cursors()[fmt.Sprint(c)] != g.Head {
			t.Errorf("gap %+v, cursors %v", g, again.Cursors())
		}
		after := ann.say(as, c, "after the gap")
		if m := awaitEvent[*client.Message](t, again, client.MessageCreated); m.ID != after.ID {
			t.Errorf("after the gap: %q", m.Content)
		}
	})
}

func TestServerRestart(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	server := parleytest.New(t)
	eachTransport(t, func(t *testing.T, transport client.Transport) {
		ann, bob := newPerson(t, server, "Ann"), newPerson(t, server, "Bob")
		c := ann.group(bob)
		as, bs := ann.follow(client.StreamOptions{Transport: transport}), bob.follow(client.StreamOptions{Transport: transport})
		before := ann.say(as, c, "before")
		server.Restart()
		after := ann.say(as, c, "after") // waits until the server is back
		for _, want := range []client.Message{before, after} {
			if m := awaitEvent[*client.Message](t, bs, client.MessageCreated); m.ID != want.ID {
				t.Errorf("heard %q, want %q", m.Content, want.Content)
			}
		}
	})
}

func TestSessionEnds(t *testing.T) {
	server := parleytest.New(t)
	c := client.New(server.URL)
	defer c.Close()
	u, err := c.Register(t.Context(), client.Registration{Username: "carol", Password: "correct horse battery", DisplayName: "Carol"})
	if err != nil || u.Username != "carol" {
		t.Fatalf("%+v, %v", u, err)
	}
	s, err := c.Stream(t.Context(), client.StreamOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	other := client.New(server.URL)
	defer other.Close()
	if _, err := other.Login(t.Context(), "CAROL", "correct horse battery"); err != nil {
		t.Fatal(err)
	}
	sessions, err := other.Sessions(t.Context())
	if err != nil || len(sessions) != 2 {
		t.Fatalf("%d sessions, %v", len(sessions), err)
	}
	for _, session := range sessions {
		if !session.Current {
			if err := other.RevokeSession(t.Context(), session.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	for err == nil {
		_, err = s.Next(ctx)
	}
	var refused *client.Error
	if !errors.As(err, &refused) || refused.Status != 401 {
		t.Errorf("the stream ends with %v", err)
	}
	if _, err := c.Me(t.Context()); client.CodeOf(err) == "" {
		t.Errorf("a call afterwards: %v", err)
	}
}
