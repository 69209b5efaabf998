package app

import (
	"net/http"
	"strings"

	"parley/internal/gateway"
	"parley/internal/gateway/cursor"
	"parley/internal/gateway/engineio"
	"parley/internal/gateway/socketio"
	"parley/internal/sanitize"
	"parley/internal/toolkit"
)

// socketIO is /socket.io/.
func (n *Node) socketIO() http.Handler {
	c := &socketio.Config{Mapper: toolkit.Mapper{Mode: sanitize.Safe, Shown: n.names.shown}}
	if n.config.SocketIO.Recovery.On {
		c.Recovery = cursor.NewSigner(n.Auth.Key("cursor"))
	}
	return engineio.New(engineio.Options{
		Origins: n.config.AllowedOrigins, Leaving: n.leaving.Load,
		Open: func(r *http.Request) func(*engineio.Conn) {
			token := handshakeToken(r)
			n.names.wanted.Store(true)
			return func(conn *engineio.Conn) {
				if err := n.Gateway.Serve(conn, socketio.New(c, token), gateway.Identity{}); err != nil {
					n.log.Debug("a Socket.IO connection broke off", "error", err)
				}
			}
		},
	})
}

// handshakeToken is the token of a handshake. Cookies are no credentials here.
func handshakeToken(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(token)
	}
	return r.URL.Query().Get("token")
}
