package test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"parley/internal/chat"
	"parley/internal/parleytest"
)

// shell runs a command beside a server and returns what it says.
func shell(t *testing.T, s *parleytest.Server, args ...string) (said string, err error) {
	t.Helper()
	args = append(args, "--data", s.Data)
	if db := string(s.Config().Database); db != "" {
		args = append(args, "--database", db)
	}
	out, err := exec.CommandContext(t.Context(), binary(t), args...).CombinedOutput()
	return string(out), err
}

// What docs/administration.md says of the shell works beside a running server.
func TestAdministrationFromTheShell(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann, bob := s.Person("ann"), s.Person("bob")
	v, _, err := s.Chat.CreateConversation(t.Context(), ann.Actor, chat.NewConversation{Name: "Team\nof\x1b[2J two", ParticipantIDs: []chat.UserID{bob.ID}})
	if err != nil {
		t.Fatal(err)
	}
	group := fmt.Sprint(v.ID)
	for _, c := range []struct {
		args string
		want []string // in what it says
		no   bool     // it fails
	}{
		{"user role " + ann.Name + " admin", []string{"has the roles [admin]"}, false},
		{"user list --role admin", []string{"USERNAME", ann.Name, "admin"}, false},
		{"user sessions " + bob.Name, []string{"token", "test"}, false},
		{"user sessions " + bob.Name + " --end", []string{"are ended"}, false},
		{"user reset " + bob.Name, []string{"-"}, false},
		{"user disable " + bob.Name, []string{"is disabled"}, false},
		{"user list --state disabled", []string{bob.Name}, false},
		{"user enable " + bob.Name, []string{"may sign in"}, false},
		{"group list team", []string{group, "GROUP", "Team of"}, false},
		{"group owner " + group + " " + bob.Name, []string{"owns"}, false},
		{"group delete " + group, []string{"--yes"}, true},
		{"group delete " + group + " --yes", []string{"is deleted"}, false},
		{"setting set registration closed", []string{"registration is closed"}, false},
		{"setting set registration ajar", []string{"one of open, invite, closed"}, true},
		{"setting list", []string{"registration", "closed", "open", "default"}, false},
		{"setting reset registration", []string{"as configured"}, false},
		{"user erase " + bob.Name, []string{"--yes"}, true},
		{"user erase " + bob.Name + " --yes", []string{"is erased"}, false},
		{"audit --action user. --limit 3", []string{"operator", "user.erased", "user.enabled"}, false},
		{"audit --since 1h --kind conversation --target " + group, []string{"conversation.deleted", "conversation.handed_over"}, false},
		{"stats --days 2", []string{"users", "1 administrators", "MESSAGES", "delivery     – (24 h)", " free where files are kept"}, false},
		{"user invite", []string{"/sign-up?invite=", "public-url is not known here"}, false},
		{"user invite --public-url https://chat.example.com/", []string{"\nhttps://chat.example.com/sign-up?invite="}, false},
		{"user invite --public-url nowhere", []string{"public-url"}, true},
		{"health --check", []string{"follower search", "conversations checked, 0 of them wrong"}, false},
	} {
		said, err := shell(t, s, strings.Fields(c.args)...)
		if (err != nil) != c.no {
			t.Errorf("parley %s: %v\n%s", c.args, err, said)
		}
		for _, w := range c.want {
			if !strings.Contains(said, w) {
				t.Errorf("parley %s does not say %q:\n%s", c.args, w, said)
			}
		}
		if strings.Contains(said, "\x1b") {
			t.Errorf("parley %s moves the cursor", c.args)
		}
	}
}
