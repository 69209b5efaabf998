package chatcmd

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"parley/client"
)

// parse reads a command line as cmd/parley does.
func parse(t *testing.T, args ...string) (*Cmd, *kong.Context, error) {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	var c struct {
		Chat Cmd `cmd:""`
	}
	parser, err := kong.New(&c, kong.BindTo(t.Context(), (*context.Context)(nil)))
	if err != nil {
		t.Fatal(err)
	}
	k, err := parser.Parse(append([]string{"chat"}, args...))
	return &c.Chat, k, err
}

func TestCommandLines(t *testing.T) {
	c, k, err := parse(t, "send", "--server", "https://chat.example.org", "@bob", "how", "are", "you")
	if err != nil {
		t.Fatal(err)
	}
	if c.Server != "https://chat.example.org" || c.Send.To != "@bob" || strings.Join(c.Send.Text, " ") != "how are you" {
		t.Errorf("parsed %+v", c.Send)
	}
	if err := k.Run(); !errors.Is(err, errNotLoggedIn) {
		t.Errorf("got %v", err)
	}
	for _, line := range [][]string{{"list", "--all"}, {"read", "-n", "5", "7"}, {"follow"}, {"talk", "@bob"}, {"group", "Team", "bob", "@eve"}, {"people"}, {"whoami"}, {"logout"}, {"open", "bob"}} {
		if _, _, err := parse(t, line...); err != nil {
			t.Errorf("%v: %v", line, err)
		}
	}
	for _, line := range [][]string{{"send", "@bob"}, {"talk"}, {"read"}, {"--profile", "../evil", "list"}, {"login"}} {
		if _, _, err := parse(t, line...); err == nil {
			t.Errorf("%v is accepted", line)
		}
	}
}

func TestProfilesComeFromTheEnvironment(t *testing.T) {
	t.Setenv("PARLEY_PROFILE", "second")
	t.Setenv("PARLEY_SERVER", "http://elsewhere")
	c, k, err := parse(t, "list")
	if err != nil {
		t.Fatal(err)
	}
	if c.Server != "http://elsewhere" || filepath.Base(c.profile.path) != "session-second.json" {
		t.Errorf("server %s, profile %+v", c.Server, c.profile)
	}
	if err := k.Run(); err == nil || err.Error() != "not logged in: run parley chat login --profile second" {
		t.Errorf("got %v", err)
	}
}

func TestAnotherServerNeedsAnotherLogin(t *testing.T) {
	c, k, err := parse(t, "--server", "http://b", "list")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.profile.save(session{Server: "http://a"}); err != nil {
		t.Fatal(err)
	}
	if err := k.Run(); err == nil || err.Error() != "logged in at http://a, not at http://b: run parley chat login --server http://b" {
		t.Errorf("got %v", err)
	}
}

func TestPasswords(t *testing.T) {
	none := func(string) string { return "" }
	c := console{in: strings.NewReader("correct horse\r\nmore"), getenv: none}
	if p, err := c.password(true, false); err != nil || p != "correct horse" {
		t.Errorf("from standard input: %q, %v", p, err)
	}
	if _, err := c.password(false, false); !errors.Is(err, errNoPassword) {
		t.Errorf("without a terminal: %v", err)
	}
	c.getenv = func(name string) string { return map[string]string{"PARLEY_PASSWORD": "from env"}[name] }
	if p, err := c.password(false, true); err != nil || p != "from env" {
		t.Errorf("from the environment: %q, %v", p, err)
	}
}

func TestErrorsAreReadableAndSafe(t *testing.T) {
	c := &Cmd{Profile: "second"}
	for want, err := range map[string]error{
		"Nobody[31m": &client.Error{Code: client.CodeNotFound, Message: "Nobody\x1b[31m"},
		"the session has ended: run parley chat login --profile second": &client.Error{Status: 401, Code: client.CodeTokenInvalid},
		"Wrong username or password":                                    &client.Error{Status: http.StatusUnauthorized, Code: client.CodeUnauthenticated, Message: "Wrong username or password"},
		"Too often (try again in 12s)":                                  &client.Error{Code: client.CodeRateLimited, Message: "Too often", RetryAfter: 12 * time.Second},
		"dial [0m":                                                      errors.New("dial \x1b[0m"),
	} {
		if got := c.readable(err); got == nil || got.Error() != want {
			t.Errorf("got %v, want %s", got, want)
		}
	}
	if err := c.readable(context.Canceled); err != nil {
		t.Errorf("Ctrl+C is an error: %v", err)
	}
}

func testProfile(t *testing.T) profile {
	return profile{defaultProfile, filepath.Join(t.TempDir(), "parley", "session.json")}
}

func TestLoginIsKeptForItsOwnerOnly(t *testing.T) {
	p := testProfile(t)
	want := session{Server: "http://a", UserID: 5, Username: "ann", Tokens: client.Tokens{Access: "a", Refresh: "r", RenewAt: noon, ExpiresAt: noon}}
	if err := p.save(want); err != nil {
		t.Fatal(err)
	}
	if got, err := p.load(); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	info, err := os.Stat(p.path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := errors.Join(p.forget(), p.forget()); err != nil {
		t.Error(err)
	}
	if _, err := p.load(); !errors.Is(err, errNotLoggedIn) {
		t.Errorf("got %v", err)
	}
}

func TestRenewalIsSharedByTerminals(t *testing.T) {
	p := testProfile(t)
	old := client.Tokens{Access: "a1", Refresh: "r1"}
	if err := p.save(session{Tokens: old}); err != nil {
		t.Fatal(err)
	}
	exchanges := 0
	exchange := func(_ context.Context, held client.Tokens) (client.Tokens, error) {
		if exchanges++; held != old {
			t.Errorf("exchanges %+v", held)
		}
		return client.Tokens{Access: "a2", Refresh: "r2", RenewAt: time.Now().Add(time.Hour)}, nil
	}
	for terminal := range 2 { // the second one holds what the first one has exchanged
		got, err := p.renew(t.Context(), old, exchange)
		if err != nil || got.Access != "a2" {
			t.Errorf("terminal %d: %+v, %v", terminal, got, err)
		}
	}
	if exchanges != 1 {
		t.Errorf("%d exchanges", exchanges)
	}
	if s, err := p.load(); err != nil || s.Tokens.Refresh != "r2" {
		t.Errorf("kept %+v, %v", s, err)
	}
}

func TestALockThatWasLeftBehindIsTakenOver(t *testing.T) {
	p := testProfile(t)
	if err := p.save(session{}); err != nil {
		t.Fatal(err)
	}
	unlock, err := p.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.lock(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a second lock: %v", err)
	}
	long := time.Now().Add(-2 * lockLife)
	if err := os.Chtimes(p.path+".lock", long, long); err != nil {
		t.Fatal(err)
	}
	again, err := p.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again()
	unlock()
}
