package chatcmd

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"parley/internal/parleytest"
)

// terminal is somebody at a command line.
type terminal struct {
	t       *testing.T
	server  string
	profile string
}

// output is what a command has written so far.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
	// lines has each line as it is completed.
	lines chan string
}

func (o *output) Write(text []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.b.Write(text)
	for line := range strings.SplitSeq(strings.TrimSuffix(string(text), "\n"), "\n") {
		select {
		case o.lines <- line:
		default:
		}
	}
	return len(text), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// run runs a command until it ends.
func (x *terminal) run(in string, args ...string) (out string, err error) {
	x.t.Helper()
	o := &output{lines: make(chan string, 1000)}
	err = x.start(x.t.Context(), strings.NewReader(in), o, io.Discard, args...)
	return o.String(), err
}

func (x *terminal) must(in string, args ...string) string {
	x.t.Helper()
	out, err := x.run(in, args...)
	if err != nil {
		x.t.Fatalf("%v: %v", args, err)
	}
	return out
}

func (x *terminal) start(ctx context.Context, in io.Reader, out, notes io.Writer, args ...string) error {
	var c struct {
		Chat Cmd `cmd:""`
	}
	c.Chat.console = console{in: in, out: out, err: notes, getenv: func(string) string { return "" }}
	parser, err := kong.New(&c, kong.BindTo(ctx, (*context.Context)(nil)))
	if err != nil {
		return err
	}
	k, err := parser.Parse(append([]string{"chat", "--profile", x.profile}, args...))
	if err != nil {
		return err
	}
	return k.Run()
}

// begin runs a command that ends with the test, and returns its input.
func (x *terminal) begin(args ...string) (in *io.PipeWriter, out *output) {
	x.t.Helper()
	ctx, cancel := context.WithCancel(x.t.Context())
	r, w := io.Pipe()
	out = &output{lines: make(chan string, 1000)}
	done := make(chan error, 1)
	go func() { done <- x.start(ctx, r, out, out, args...) }()
	x.t.Cleanup(func() {
		w.Close()
		cancel()
		if err := <-done; err != nil {
			x.t.Errorf("%v: %v", args, err)
		}
	})
	return w, out
}

// hears waits for a line with a text in it.
func (o *output) hears(t *testing.T, text string) string {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		select {
		case line := <-o.lines:
			if strings.Contains(line, text) {
				return line
			}
		case <-deadline:
			t.Fatalf("nobody says %q; so far:\n%s", text, o)
		}
	}
}

func newTerminals(t *testing.T) (ann, bob *terminal) {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	server := parleytest.New(t)
	ann, bob = &terminal{t, server.URL, "default"}, &terminal{t, server.URL, "second"}
	for _, x := range []*terminal{ann, bob} {
		name := map[*terminal]string{ann: "ann", bob: "bob"}[x]
		out := x.must("correct horse battery\n", "register", "--server", server.URL, name, "--name", strings.ToUpper(name[:1])+name[1:], "--password-stdin")
		if want := "Logged in at " + server.URL + " as " + name + ".\n"; out != want {
			t.Errorf("got %q, want %q", out, want)
		}
	}
	return ann, bob
}

func TestTwoTerminals(t *testing.T) {
	ann, bob := newTerminals(t)
	if out := ann.must("", "whoami"); !strings.HasPrefix(out, "ann (Ann), user ") {
		t.Errorf("whoami: %q", out)
	}
	if out := ann.must("", "people", "bo"); !strings.HasPrefix(out, "@bob  Bob") {
		t.Errorf("people: %q", out)
	}
	ann.must("", "send", "@bob", "Hello", "from", "ann")
	ann.must("line one\nline two\n", "send", "Bob", "-")
	if out := bob.must("", "list"); !strings.Contains(out, "2       Ann") || !strings.Contains(out, "Ann: line one line two") {
		t.Errorf("list:\n%s", out)
	}
	out := bob.must("", "read", "@ann")
	if !strings.Contains(out, " Ann: Hello from ann\n") || !strings.Contains(out, " Ann: line one\n      line two\n") {
		t.Errorf("read:\n%s", out)
	}
	if out := bob.must("", "list"); strings.Contains(out, "2       Ann") {
		t.Errorf("still unread:\n%s", out)
	}
	if out := ann.must("", "group", "Harbour crew", "@bob"); !strings.HasSuffix(out, "  Harbour crew\n") {
		t.Errorf("group: %q", out)
	}
	if _, err := ann.run("", "send", "nobody", "x"); err == nil || !strings.Contains(err.Error(), `no conversation is called "nobody"`) {
		t.Errorf("got %v", err)
	}
	if _, err := ann.run("", "send", "@nobody", "x"); err == nil || err.Error() != `Nobody here is called "nobody"` {
		t.Errorf("got %v", err)
	}
	if out := bob.must("", "logout"); out != "Logged out.\n" {
		t.Errorf("logout: %q", out)
	}
	if _, err := bob.run("", "list"); err == nil || err.Error() != "not logged in: run parley chat login --profile second" {
		t.Errorf("got %v", err)
	}
	if _, err := bob.run("wrong password\n", "login", "bob", "--server", bob.server, "--password-stdin"); err == nil {
		t.Error("a wrong password is accepted")
	}
	bob.must("correct horse battery\n", "login", "bob", "--server", bob.server, "--password-stdin")
	bob.must("", "list")
	if files, _ := filepath.Glob(filepath.Join(filepath.Dir(bob.path()), "*")); len(files) != 2 {
		t.Errorf("files left: %v", files)
	}
}

func (x *terminal) path() string {
	p, err := openProfile(x.profile)
	if err != nil {
		x.t.Fatal(err)
	}
	return p.path
}

func TestFollowAndTalk(t *testing.T) {
	ann, bob := newTerminals(t)
	ann.must("", "send", "@bob", "before")
	_, followed := bob.begin("follow")
	followed.hears(t, "Following as bob")
	keys, talked := ann.begin("talk", "@bob")
	talked.hears(t, " Ann: before") // its history: the stream is there

	if _, err := io.WriteString(keys, "typed \x1b[31mlive\n"); err != nil {
		t.Fatal(err)
	}
	talked.hears(t, " Ann: typed [31mlive")
	for _, text := range []string{"one", "two"} {
		bob.must("", "send", "@ann", text)
		talked.hears(t, " Bob: "+text)
	}
	ann.must("", "send", "@bob", "last")
	followed.hears(t, " [Ann] Ann: last")
}

func TestTalkWithAPipe(t *testing.T) {
	ann, bob := newTerminals(t)
	ann.must("one\n\ntwo\nthree", "talk", "@bob")
	out := bob.must("", "read", "@ann")
	var said []string
	for s := bufio.NewScanner(strings.NewReader(out)); s.Scan(); {
		if _, text, ok := strings.Cut(s.Text(), " Ann: "); ok {
			said = append(said, text)
		}
	}
	if got := strings.Join(said, ","); got != "one,two,three" {
		t.Errorf("sent %q", got)
	}
}

func TestServerThatIsNotThere(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	x := &terminal{t, "", "default"}
	_, err := x.run("secret password\n", "login", "--server", "http://127.0.0.1:1", "ann", "--password-stdin")
	if err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("got %v", err)
	}
}
