package test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"parley/client"
	"parley/internal/app"
	"parley/internal/auth"
	"parley/internal/chat"
	"parley/internal/config"
	"parley/internal/parleytest"
	"parley/internal/store/enginetest"
	"parley/internal/store/postgres/pgtest"
)

// long runs the long forms of the tests that try to break promises.
var long = flag.Duration("long", 0, "run the crash and chaos tests for this long instead of a few seconds")

func howLong(short time.Duration) time.Duration {
	if *long > 0 {
		return *long
	}
	return short
}

// repeatedly runs a test once, or for as long as the long form takes.
func repeatedly(t *testing.T, fn func(t *testing.T)) {
	begun := time.Now()
	for i := 0; i == 0 || time.Since(begun) < *long; i++ {
		t.Run(fmt.Sprint("round ", i+1), fn)
	}
}

var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "parley-test-")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "parley")
	cmd := exec.Command("go", "build", "-o", binary, "../cmd/parley")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return binary, nil
})

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	pgtest.Clean()
	if binary, err := built(); err == nil {
		_ = os.RemoveAll(filepath.Dir(binary))
	}
	os.Exit(code)
}

func binary(t testing.TB) string {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// process is a server of its own, which can be killed.
type process struct {
	t    testing.TB
	data string
	url  string

	cmd   *exec.Cmd
	ended chan error
}

// startProcess runs the real binary; addr is "127.0.0.1:0" for any port.
func startProcess(t testing.TB, data, addr string, args ...string) *process {
	t.Helper()
	p := &process{t: t, data: data, ended: make(chan error, 1)}
	if flags, ok := databases.Load(data); ok {
		args = append(args, flags.([]string)...)
	}
	p.cmd = exec.Command(binary(t), append([]string{"serve", "--listen", addr, "--data", data, "--rate-limits", "off", "--log-level", "warn"}, args...)...)
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() }) // if the test has not ended it
	ready := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if _, url, ok := strings.Cut(lines.Text(), "ready at "); ok {
				ready <- url
				break
			}
		}
		_, _ = io.Copy(io.Discard, out)
		p.ended <- p.cmd.Wait()
	}()
	select {
	case p.url = <-ready:
	case err := <-p.ended:
		t.Fatalf("the server ended: %v", err)
	case <-time.After(30 * time.Second):
		_ = p.cmd.Process.Kill()
		t.Fatal("the server was not ready within 30 s")
	}
	return p
}

// kill ends the process as a power cut would.
func (p *process) kill() {
	p.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatal(err)
	}
	<-p.ended
}

// stop asks the process to end and fails unless it does with exit code 0 within
// the ten seconds that it has.
func (p *process) stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	select {
	case err := <-p.ended:
		if err != nil {
			p.t.Errorf("the server ended with %v", err)
		}
	case <-time.After(11 * time.Second):
		_ = p.cmd.Process.Kill()
		p.t.Error("the server did not end within 10 s")
	}
}

// addr is where the process listens, to start another one there.
func (p *process) addr() string { return strings.TrimPrefix(p.url, "http://") }

// person is somebody of a data folder whose server is a process.
type person struct {
	id    int64
	token string
}

// populate makes people and one group of them in a data folder, before a server
// runs on it.
func populate(t testing.TB, data string, n int) (people []person, group int64) {
	t.Helper()
	flags := enginetest.Database(t, data)
	if flags == nil {
		return populateOn(t, data, "", n)
	}
	databases.Store(data, flags)
	return populateOn(t, data, flags[1], n)
}

// databases holds the flags of the databases that belong to data folders.
var databases sync.Map

// populateOn is populate for a PostgreSQL database, unless that is "".
func populateOn(t testing.TB, data, database string, n int) (people []person, group int64) {
	t.Helper()
	ctx := context.Background()
	cfg, err := config.Load([]string{"--data", data, "--database", database}, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.OpenNewAccounts(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	var ids []chat.UserID
	for i := range n {
		u, err := a.Chat.UpsertExternal(ctx, fmt.Sprint("p", i), chat.ExternalProfile{Name: new(fmt.Sprint("Person ", i))})
		if err != nil {
			t.Fatal(err)
		}
		in, err := a.Auth.OpenSession(ctx, u.ID, auth.Device{})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, u.ID)
		people = append(people, person{int64(u.ID), in.AccessToken})
	}
	v, _, err := a.Chat.CreateConversation(ctx, chat.Actor{ID: ids[0]}, chat.NewConversation{Name: "all", ParticipantIDs: ids})
	if err != nil {
		t.Fatal(err)
	}
	return people, int64(v.ID)
}

func clientOf(t testing.TB, url, token string) *client.Client {
	c := client.New(url, client.WithTokenSource(func(context.Context) (string, error) { return token, nil }))
	t.Cleanup(c.Close)
	return c
}

func clientFor(t testing.TB, s *parleytest.Server, p *parleytest.Person) *client.Client {
	return clientOf(t, s.URL, p.Token)
}

// stream opens a stream that ends with the test and fails it on any disorder.
func stream(t testing.TB, c *client.Client, o client.StreamOptions) *client.Stream {
	t.Helper()
	s, err := c.Stream(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// within is how long a test waits for something that should be there at once.
const within = 20 * time.Second

// next returns the next update of type U, passing over others.
func next[U client.Update](t testing.TB, s hearer) U {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	for {
		u, err := s.Next(ctx)
		if err != nil {
			var want U
			t.Fatalf("waiting for %T: %v", want, err)
		}
		if got, ok := u.(U); ok {
			return got
		}
	}
}

// nextEvent returns the next event of the type, passing over others.
func nextEvent(t testing.TB, s hearer, typ client.EventType) *client.Event {
	t.Helper()
	for {
		if e := next[*client.Event](t, s); e.Type == typ {
			return e
		}
	}
}
