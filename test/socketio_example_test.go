package test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"parley/client"
	"parley/internal/chat"
	"parley/internal/parleytest"
)

// The example of docs/socketio.md works, and the page shows it as it is.
func TestSocketIOExample(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/socketio.md")
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile("../examples/socketio/client.js")
	if err != nil {
		t.Fatal(err)
	}
	_, shown, _ := strings.Cut(string(page), "```js\n")
	shown, _, _ = strings.Cut(shown, "```")
	if shown == "" || !strings.Contains(string(code), shown) {
		t.Error("docs/socketio.md does not show what is in examples/socketio/client.js")
	}
	needNode(t)
	s := parleytest.New(t)
	ann, bob := s.Person("ann"), s.Person("bob")
	v, _, err := s.Chat.OpenDirect(t.Context(), ann.Actor, bob.ID)
	if err != nil {
		t.Fatal(err)
	}
	bobs := stream(t, clientFor(t, s, bob), client.StreamOptions{})
	next[*client.Ready](t, bobs)
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "../examples/socketio/client.js", s.NodeURL(0), ann.Token, shownID(v.ID), "Hello")
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
