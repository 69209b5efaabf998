package test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"

	"parley/internal/chat"
	"parley/internal/parleytest"
	"parley/internal/store/enginetest"
)

// chromium finds the browser that tests use.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	enginetest.Need(t, "chromium")
	return ""
}

// In a browser, on a page of another origin, every client chats over every way that
// it has.
func TestClientsInABrowser(t *testing.T) {
	t.Parallel()
	enginetest.Once(t) // a browser does not see what is behind the server
	browser := chromium(t)
	needNode(t)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html><title>A page of another site</title>")
	}))
	defer page.Close()
	s := parleytest.New(t, parleytest.With("--allowed-origins", page.URL))
	ann, bob := s.Person("ann"), s.Person("bob")
	type run struct {
		Kind      string              `json:"kind"`
		Transport string              `json:"transport"`
		Group     chat.ConversationID `json:"group"`
		Ann       nodePerson          `json:"ann"`
		Bob       nodePerson          `json:"bob"`
	}
	var runs []run
	for _, way := range []struct {
		kind       string
		transports []string
	}{
		{"stompjs 7", []string{"plain", "websocket", "xhr-streaming", "xhr-polling", "eventsource"}},
		{"stompjs 2", []string{"websocket", "xhr-streaming", "xhr-polling", "eventsource"}},
	} {
		for _, transport := range way.transports {
			runs = append(runs, run{way.kind, transport, groupOf(t, s, ann, bob), nodePerson{Token: ann.Token, ID: ann.ID}, nodePerson{Token: bob.Token, ID: bob.ID}})
		}
	}
	node(t, "browser.js", map[string]any{"page": page.URL, "browser": browser, "base": s.NodeURL(0), "runs": runs})
}
