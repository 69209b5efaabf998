package socketio_test

import (
	"testing"

	"parley/internal/gateway"
	"parley/internal/gateway/gatewaytest"
	"parley/internal/gateway/socketio"
)

func BenchmarkFanOut(b *testing.B) {
	// The answers are that to CONNECT, and that it is known who it is.
	gatewaytest.FanOut(b, func(_ gateway.Identity, token string) (gateway.Protocol, gateway.Identity) {
		return socketio.New(&socketio.Config{}, token), gateway.Identity{}
	}, []string{"40"}, 2)
}
