package client_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"parley/client"
)

// A bot that says again what others say. It survives restarts of the server and
// broken networks, and hears each message once.
func Example() {
	server := standIn()
	defer server.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()

	c := client.New(server.URL)
	me, err := c.Login(ctx, "echo", "correct horse battery")
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := c.Stream(ctx, client.StreamOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	for u := range s.Updates() {
		m, ok := client.NewMessage(u)
		if !ok || m.SenderID == me.ID {
			continue
		}
		answer, err := s.Send(ctx, client.Draft{ConversationID: m.ConversationID, Content: "You said: " + m.Content})
		fmt.Println(answer.Content, err)
		break // so that this example ends
	}
	// Output: You said: Hello! <nil>
}

// standIn is a server that greets whoever connects and takes one message.
func standIn() *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/auth/login", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"success":true,"data":{"user":{"id":1,"username":"echo"},"accessToken":"a","expiresIn":900,"refreshToken":"r"}}`)
	})
	mux.HandleFunc("GET /api/realtime", func(w http.ResponseWriter, r *http.Request) {
		conn, _, _, err := ws.HTTPUpgrader{Protocol: func(string) bool { return true }}.Upgrade(r, w)
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = wsutil.ReadClientText(conn) // hello
		_ = wsutil.WriteServerText(conn, []byte(`{"type":"ready","userId":1,"heads":{"user":1,"7":4},"serverTime":"2030-01-02T03:04:05.000Z"}`))
		_ = wsutil.WriteServerText(conn, []byte(`{"type":"event","conversationId":7,"rev":5,"event":"message.created","at":"2030-01-02T03:04:05.000Z","actorId":2,"data":{"id":44,"conversationId":7,"senderId":2,"content":"Hello!"}}`))
		sent, _ := wsutil.ReadClientText(conn)
		_, text, _ := strings.Cut(string(sent), `"content":"`)
		text, _, _ = strings.Cut(text, `"`)
		_ = wsutil.WriteServerText(conn, []byte(`{"type":"ack","id":"1","data":{"id":45,"conversationId":7,"senderId":1,"content":"`+text+`"}}`))
		_, _ = wsutil.ReadClientText(conn)
	})
	return httptest.NewServer(mux)
}
