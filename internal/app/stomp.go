package app

import (
	"cmp"
	"net/http"

	"parley/internal/chatapi"
	"parley/internal/gateway"
	"parley/internal/gateway/sockjs"
	"parley/internal/gateway/stomp"
	"parley/internal/sanitize"
)

// stompPath is where STOMP is spoken, over WebSockets and over SockJS.
const stompPath = "/ws/chat"

func (n *Node) stomp() http.Handler {
	mapper := chatapi.Mapper{Mode: sanitize.Safe, Presences: n.Presence.Of}
	server := "parley/" + cmp.Or(n.version, "dev")
	return sockjs.New(sockjs.Config{
		Prefix: stompPath, Subprotocols: stomp.Subprotocols, Origins: n.config.AllowedOrigins,
		MaxMessage: 2 * stomp.MaxFrame, // it may hold several frames
		Open: func(r *http.Request) func(gateway.Conn) {
			// Who it is, CONNECT says, if need be with the address's token.
			p := stomp.New(stomp.Options{Mapper: mapper, Token: r.URL.Query().Get("token"), Server: server})
			return func(c gateway.Conn) {
				if err := n.Gateway.Serve(c, p, gateway.Identity{}); err != nil {
					n.log.Debug("a STOMP session broke off", "error", err)
				}
			}
		},
	})
}
