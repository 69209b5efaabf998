package test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"parley/internal/chat"
	"parley/internal/parleytest"
	"parley/internal/store/enginetest"
)

// The client from npm in a real browser, in a page of another site.
func TestSocketIOInChromium(t *testing.T) {
	t.Parallel()
	enginetest.Once(t)
	browser := chromium(t)
	needNode(t)
	for name, transports := range map[string][]string{"polling": {"polling"}, "websocket": {"websocket"}, "upgrade": {"polling", "websocket"}} {
		t.Run(name, func(t *testing.T) {
			outcome := make(chan string, 10)
			story := make(chan []byte, 1)
			site := http.NewServeMux()
			site.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, "clients/socketio.html") })
			site.HandleFunc("GET /socket.io.js", func(w http.ResponseWriter, r *http.Request) {
				http.ServeFile(w, r, "clients/node_modules/socket.io-client/dist/socket.io.js")
			})
			site.HandleFunc("GET /story", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(<-story) })
			site.HandleFunc("POST /outcome", func(_ http.ResponseWriter, r *http.Request) {
				said, _ := io.ReadAll(r.Body)
				outcome <- string(said)
			})
			page := httptest.NewServer(site)
			defer page.Close()

			s := parleytest.New(t, parleytest.With("--allowed-origins", page.URL))
			ann, bob := s.Person("ann"), s.Person("bob")
			v, _, err := s.Chat.CreateConversation(t.Context(), ann.Actor, chat.NewConversation{Name: "g", ParticipantIDs: []chat.UserID{bob.ID}})
			if err != nil {
				t.Fatal(err)
			}
			told, err := json.Marshal(map[string]any{
				"ann": nodePerson{s.NodeURL(0), ann.Token, ann.ID}, "bob": nodePerson{s.NodeURL(s.Nodes() - 1), bob.Token, bob.ID},
				"group": shownID(v.ID), "transports": transports,
			})
			if err != nil {
				t.Fatal(err)
			}
			story <- told
			profile, err := os.MkdirTemp("", "parley-browser-")
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(profile)
			cmd := exec.Command(browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--user-data-dir="+profile, page.URL+"/")
			var log strings.Builder
			cmd.Stderr = &log
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() {
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
			}()
			select {
			case said := <-outcome:
				if said != "fine" {
					t.Error(said)
				}
			case <-time.After(60 * time.Second):
				t.Error("the page said nothing")
			}
		})
	}
}
