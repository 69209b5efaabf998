package test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"parley/client"
	"parley/internal/bus/nats/natstest"
	"parley/internal/chat"
	"parley/internal/parleytest"
)

// published is what came on a subject.
type published struct {
	topic, id string
	payload   map[string]any
}

func publishedIn(t *testing.T, m *nats.Msg) published {
	t.Helper()
	p := published{topic: strings.TrimPrefix(m.Subject, "acme."), id: m.Header.Get("Nats-Msg-Id")}
	if err := json.Unmarshal(m.Data, &p.payload); err != nil {
		t.Fatal(err)
	}
	return p
}

// group makes a conversation of somebody's own, and says things in it.
func sayIn(t *testing.T, s *parleytest.Server, p *parleytest.Person, c chat.ConversationID, content string) string {
	t.Helper()
	sent, err := s.Chat.SendMessage(t.Context(), p.Actor, chat.SendMessage{ConversationID: c, Content: content})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(int64(sent.ID))
}

func messageIn(p published) string {
	m, _ := p.payload["message"].(map[string]any)
	return fmt.Sprint(m["id"])
}

// With a prefix the topics are published on NATS for consumers outside: what is kept
// once in the order of the log, what is not once by the node where it began.
func TestTopicsOnNATS(t *testing.T) {
	t.Parallel()
	s := parleytest.NewCluster(t, parleytest.With("--topics.nats-prefix", "acme"))
	nc, err := nats.Connect(s.NATS.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	heard := make(chan *nats.Msg, 1_000)
	if _, err := nc.ChanSubscribe("acme.>", heard); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	wait := func(topic string) published {
		t.Helper()
		for {
			select {
			case m := <-heard:
				if p := publishedIn(t, m); p.topic == topic {
					return p
				}
			case <-time.After(within):
				t.Fatalf("nothing came on %s", topic)
			}
		}
	}
	ann, bob := s.Person("Ann"), s.Person("Bob")
	group := groupOf(t, s, ann, bob)
	next[*client.Ready](t, stream(t, clientFor(t, s, bob), client.StreamOptions{}))
	if p := wait("chat.presence"); p.payload["user_id"] != fmt.Sprint(bob.ID) || p.payload["status"] != "online" || p.id != "" {
		t.Errorf("presence: %+v", p)
	}
	if err := s.Second.Chat.Typing(t.Context(), ann.Actor, group, true); err != nil {
		t.Fatal(err)
	}
	wait("chat.typing")
	var want, got []string
	for i := range 100 {
		want = append(want, sayIn(t, s, ann, group, fmt.Sprint(i)))
	}
	ids := map[string]bool{}
	for len(got) < len(want) {
		p := wait("chat.message.new")
		if m, _ := p.payload["message"].(map[string]any); m["type"] != "text" {
			continue
		}
		if p.id == "" || ids[p.id] {
			t.Errorf("published twice, or without an id: %+v", p)
		}
		ids[p.id] = true
		got = append(got, messageIn(p))
	}
	if !slices.Equal(got, want) {
		t.Errorf("published %v, want %v", got, want)
	}
}

// A stream of JetStream has everything that was ever committed, also what was while
// NATS was away, and each once.
func TestTopicsAreKeptInAStream(t *testing.T) {
	t.Parallel()
	s := parleytest.NewCluster(t, parleytest.With("--topics.nats-prefix", "acme"), parleytest.OnNATS(func(n *natstest.Server) { n.Keeping = true }))
	nc, err := nats.Connect(s.NATS.URL, nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "chat", Subjects: []string{"acme.chat.message.*"}})
	if err != nil {
		t.Fatal(err)
	}
	ann := s.Person("Ann")
	group := groupOf(t, s, ann)
	var want []string
	for i := range 20 {
		if i == 10 {
			s.NATS.Stop()
		}
		want = append(want, sayIn(t, s, ann, group, fmt.Sprint(i)))
	}
	s.NATS.Start()
	consumer, err := kept.OrderedConsumer(t.Context(), jetstream.OrderedConsumerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for len(got) < len(want) {
		m, err := consumer.Next(jetstream.FetchMaxWait(within))
		if err != nil {
			t.Fatalf("after %d of %d: %v", len(got), len(want), err)
		}
		var p published
		if err := json.Unmarshal(m.Data(), &p.payload); err != nil {
			t.Fatal(err)
		}
		if message, _ := p.payload["message"].(map[string]any); message["type"] == "text" {
			got = append(got, messageIn(p))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("kept %v, want %v", got, want)
	}
}
