package test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"parley/internal/parleytest"
)

var shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")

// Every shell block of these guides works as it stands, in order.
func TestGuidesRun(t *testing.T) {
	t.Parallel()
	for _, page := range []string{"api.md", "rooms.md"} {
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			runGuide(t, page)
		})
	}
}

func runGuide(t *testing.T, page string) {
	s := parleytest.New(t)
	text, err := os.ReadFile("../docs/" + page)
	if err != nil {
		t.Fatal(err)
	}
	script := "set -eu -o pipefail\n"
	for _, block := range shellBlock.FindAllStringSubmatch(string(text), -1) {
		script += block[1]
	}
	cmd := exec.Command("bash", "-x", "-c", script)
	cmd.Env = append(os.Environ(), "PARLEY="+s.URL)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	if strings.Contains(out.String(), `"code":"internal"`) {
		t.Errorf("an internal error:\n%s", out.String())
	}
}

// The configuration page is what the binary prints.
func TestConfigurationPageIsCurrent(t *testing.T) {
	t.Parallel()
	want, err := exec.Command(binary(t), "config").Output()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/configuration.md is out of date: run make docs")
	}
}

var link = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)

// Links between the documents lead somewhere.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob("../docs/decisions/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(append(pages, more...), "../README.md", "../CONTRIBUTING.md", "../CHANGELOG.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), l[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", page, l[1])
			}
		}
	}
}
