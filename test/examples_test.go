package test

import (
	"bufio"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/internal/parleytest"
	"parley/internal/store/enginetest"
)

// The examples of consumers on NATS print what is said. Each has a server of its own,
// for consumers of one queue share the messages.
func TestTopicExamples(t *testing.T) {
	t.Parallel()
	for name, command := range map[string]func(*testing.T) *exec.Cmd{
		"Go":         func(t *testing.T) *exec.Cmd { return exec.CommandContext(t.Context(), goExample(t, "topics-go")) },
		"JavaScript": func(t *testing.T) *exec.Cmd { return nodeExample(t, "topics-js") },
	} {
		t.Run(name, func(t *testing.T) {
			s := parleytest.NewCluster(t, parleytest.With("--topics.nats-prefix", "parley"))
			ann := s.Person("Ann")
			group := groupOf(t, s, ann)
			c := command(t)
			c.Env = append(os.Environ(), "NATS_URL="+s.NATS.URL, "TOPICS_PREFIX=parley")
			lines := linesOf(t, c)
			waitForLine(t, lines, "listening")
			sayIn(t, s, ann, group, "hello to "+name)
			waitForLine(t, lines, fmt.Sprintf("Ann in conversation %d: hello to %s", group, name))
		})
	}
}

// waitForLine reads lines up to one that begins so.
func waitForLine(t *testing.T, lines <-chan string, want string) {
	t.Helper()
	deadline := time.After(within)
	for {
		select {
		case line, ok := <-lines:
			if !ok {
				t.Fatalf("the program ended before it said %q", want)
			}
			if strings.HasPrefix(line, want) {
				return
			}
		case <-deadline:
			t.Fatalf("the program did not say %q", want)
		}
	}
}

// linesOf starts a program that ends with the test and returns what it prints.
func linesOf(t *testing.T, c *exec.Cmd) <-chan string {
	t.Helper()
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			lines <- s.Text()
		}
	}()
	t.Cleanup(func() {
		_ = c.Process.Kill() // it may have ended
		_ = c.Wait()
	})
	return lines
}

// goExample builds an example.
func goExample(t *testing.T, name string) (binary string) {
	t.Helper()
	binary = filepath.Join(t.TempDir(), name)
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "../examples/"+name).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

// nodeExample copies an example and installs what it needs.
func nodeExample(t *testing.T, name string) *exec.Cmd {
	t.Helper()
	enginetest.Need(t, "node")
	folder := t.TempDir()
	from := os.DirFS(filepath.Join("../examples", name))
	err := fs.WalkDir(from, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			if e != nil && e.Name() == "node_modules" {
				return fs.SkipDir
			}
			return err
		}
		content, err := fs.ReadFile(from, path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(folder, path), content, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	install := exec.CommandContext(t.Context(), "npm", "ci", "--no-audit", "--no-fund")
	install.Dir = folder
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	c := exec.CommandContext(t.Context(), "node", "main.mjs")
	c.Dir = folder
	return c
}
