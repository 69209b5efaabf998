package stomp_test

import (
	"testing"

	"parley/internal/gateway"
	"parley/internal/gateway/gatewaytest"
)

func BenchmarkFanOut(b *testing.B) {
	gatewaytest.FanOut(b, func(_ gateway.Identity, token string) (gateway.Protocol, gateway.Identity) {
		return speak(token), gateway.Identity{}
	}, []string{
		"CONNECT\naccept-version:1.2\nheart-beat:0,0\n\n\x00",
		"SUBSCRIBE\nid:0\ndestination:/user/queue/chat/messages\nreceipt:0\n\n\x00",
	}, 2)
}
