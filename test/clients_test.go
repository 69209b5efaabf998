package test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/client"
	"parley/internal/chat"
	"parley/internal/parleytest"
	"parley/internal/store/enginetest"
)

// The clients of the field, with the libraries that they are written with.

// installed puts the libraries in place, once.
var installed = sync.OnceValue(func() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = "clients"
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return nil
})

// needNode is for tests that run a client from npm.
func needNode(t *testing.T) {
	t.Helper()
	enginetest.Need(t, "node")
	enginetest.Need(t, "npm")
	if err := installed(); err != nil {
		t.Fatal(err)
	}
}

// node runs a script of test/clients, or of examples, with one argument.
func node(t *testing.T, script string, arg any) {
	t.Helper()
	story, err := json.Marshal(arg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", script, string(story))
	cmd.Dir = "clients"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

type nodePerson struct {
	Base  string      `json:"base"`
	Token string      `json:"token"`
	ID    chat.UserID `json:"id"`
}

type nodeStory struct {
	Kind      string              `json:"kind"`
	Transport string              `json:"transport"`
	Where     string              `json:"where"`
	Group     chat.ConversationID `json:"group"`
	Ann       nodePerson          `json:"ann"`
	Bob       nodePerson          `json:"bob"`
}

// newStory makes two people who share a group, on two nodes if there are two.
func newStory(t *testing.T, s *parleytest.Server) nodeStory {
	t.Helper()
	ann, bob := s.Person("ann"), s.Person("bob")
	v, _, err := s.Chat.CreateConversation(t.Context(), ann.Actor, chat.NewConversation{Name: "g", ParticipantIDs: []chat.UserID{bob.ID}})
	if err != nil {
		t.Fatal(err)
	}
	return nodeStory{
		Group: v.ID,
		Ann:   nodePerson{s.NodeURL(0), ann.Token, ann.ID},
		Bob:   nodePerson{s.NodeURL(s.Nodes() - 1), bob.Token, bob.ID},
	}
}

func TestClientsOfTheField(t *testing.T) {
	t.Parallel()
	needNode(t)
	s := parleytest.New(t)
	ways := map[string][]string{
		"stompjs 7": {"plain", "websocket", "xhr-streaming"},
		"stompjs":   {"websocket", "xhr-streaming", "xhr-polling", "eventsource"},
	}
	for kind, transports := range ways {
		for i, transport := range transports {
			where := []string{"header", "query"}[i%2]
			t.Run(fmt.Sprintf("%s/%s/token in %s", kind, transport, where), func(t *testing.T) {
				story := newStory(t, s)
				story.Kind, story.Transport, story.Where = kind, transport, where
				node(t, "chat.js", story)
			})
		}
	}
}

// The examples of the documentation work, and its pages show them as they are.
func TestExamples(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]func(*parleytest.Server) string{
		"stomp":    func(s *parleytest.Server) string { return s.URL },
		"socketio": func(s *parleytest.Server) string { return s.NodeURL(0) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			isShown(t, "../docs/"+name+".md", "../examples/"+name+"/client.js")
			needNode(t)
			s := parleytest.New(t)
			talksByExample(t, s, "../examples/"+name+"/client.js", address(s))
		})
	}
}

// isShown fails unless the first example of a page is in a file.
func isShown(t *testing.T, page, file string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, shown, _ := strings.Cut(string(text), "```js\n")
	shown, _, _ = strings.Cut(shown, "```")
	if shown == "" || !strings.Contains(string(code), shown) {
		t.Errorf("%s does not show what is in %s", page, file)
	}
}

// talksByExample lets an example say something to somebody who answers.
func talksByExample(t *testing.T, s *parleytest.Server, file, address string) {
	ann, bob := s.Person("ann"), s.Person("bob")
	v, _, err := s.Chat.OpenDirect(t.Context(), ann.Actor, bob.ID)
	if err != nil {
		t.Fatal(err)
	}
	bobs := stream(t, clientFor(t, s, bob), client.StreamOptions{})
	next[*client.Ready](t, bobs)
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", file, address, ann.Token, fmt.Sprint(v.ID), "Hello")
	cmd.Env = append(os.Environ(), "NODE_PATH=clients/node_modules")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	nextEvent(t, bobs, client.MessageCreated)
	if _, err := s.Chat.SendMessage(t.Context(), bob.Actor, chat.SendMessage{ConversationID: v.ID, Content: "bye"}); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	for _, want := range []string{"stored\n", ": Hello\n", ": bye\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the example does not say %q:\n%s", want, out.String())
		}
	}
}
