package chat_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/internal/chat"
)

// A theme may change the colours that the web app knows, no others.
func TestThemeTokensAreThoseOfTheWebApp(t *testing.T) {
	css, err := os.ReadFile("../../web/ui/src/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	root := regexp.MustCompile(`(?s):root \{(.*?)\n\}`).FindSubmatch(css)
	if root == nil {
		t.Fatal("tokens.css has no :root")
	}
	var names []string
	for _, m := range regexp.MustCompile(`--([a-z0-9-]+): (?:oklch|var)\(`).FindAllSubmatch(root[1], -1) {
		names = append(names, string(m[1]))
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(names)), slices.Sorted(slices.Values(chat.ThemeTokens))); diff != "" {
		t.Errorf("tokens.css (-), ThemeTokens (+):\n%s", diff)
	}
}
