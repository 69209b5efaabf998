package text

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestMentions(t *testing.T) {
	tests := []struct {
		name, in string
		want     []string
	}{
		{"none", "hello", nil},
		{"at the start", "@ann hello", []string{"ann"}},
		{"several", "@ann and @Bob_2, (@c.d-e)", []string{"ann", "Bob_2", "c.d-e"}},
		{"once each, without case", "@ann @ANN @ann", []string{"ann"}},
		{"end of a sentence", "ask @ann. Or @bob-", []string{"ann.", "ann", "bob-", "bob"}},
		{"e-mail address", "ann@example.com", nil},
		{"after an accented letter", "é@ann", nil},
		{"after punctuation", ">@ann /@bob @@carl", []string{"ann", "bob", "carl"}},
		{"too short", "@a @ @.", nil},
		{"longest", "@" + strings.Repeat("x", 32), []string{strings.Repeat("x", 32)}},
		{"too long", "@" + strings.Repeat("x", 33), nil},
		{"dots do not make it too long", "@ann" + strings.Repeat(".", 40), []string{"ann"}},
		{"part of a longer word", "@annä", nil},
		{"Chinese around", "你好@ann你好", []string{"ann"}},
		{"Korean particle", "@ann님", []string{"ann"}},
		{"emoji around", "👍@ann👍", []string{"ann"}},
		{"code span", "`@ann` @bob", []string{"bob"}},
		{"code span of two ticks", "``@ann ` @carl`` @bob", []string{"bob"}},
		{"lone backtick", "`@ann and @bob", []string{"ann", "bob"}},
		{"unequal backticks", "``@ann` @bob", []string{"ann", "bob"}},
		{"span over a line break", "`a\n@ann` @bob", []string{"bob"}},
		{"no span over an empty line", "`a\n\n@ann` @bob", []string{"ann", "bob"}},
		{"fence", "@ann\n```go\n@bob\n```\n@carl", []string{"ann", "carl"}},
		{"tilde fence", "~~~\n@bob\n```\n@dora\n~~~~\n@carl", []string{"carl"}},
		{"open fence", "```\n@bob", nil},
		{"shorter fence does not close", "````\n```\n@bob\n````\n@carl", []string{"carl"}},
		{"backticks on one line are a span", "```@ann``` @bob", []string{"bob"}},
		{"deep indentation is no fence", "    ```\n@ann", []string{"ann"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Mentions(tt.in), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("Mentions(%q): %s", tt.in, diff)
			}
		})
	}
}

func TestMentionsStopsAtFifty(t *testing.T) {
	var s strings.Builder
	for i := range 80 {
		fmt.Fprintf(&s, "@user%d ", i)
	}
	got := Mentions(s.String())
	if len(got) != 50 || got[49] != "user49" {
		t.Errorf("%d names, the last one %q", len(got), got[len(got)-1])
	}
}

func FuzzMentions(f *testing.F) {
	for _, seed := range []string{"@ann @bob.", "`@a` ```\n@b\n```", "@@a@@", "``` @x", "~~~\n@y", "\xff@ann\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, name := range Mentions(s) {
			if len(name) < 2 || len(name) > 32 || !strings.Contains(s, name) || usernamePrefix(name) != name {
				t.Errorf("Mentions(%q) finds %q", s, name)
			}
		}
	})
}
