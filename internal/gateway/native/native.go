// Package native speaks Parley's own JSON frames, contracts/stream.md.
package native

import (
	"time"

	"parley/internal/chatapi"
	"parley/internal/gateway"
)

// Subprotocol is the one of WebSockets that carry these frames.
const Subprotocol = "parley.v1"

// patience is how long a client may take to say hello before it is taken to have
// said an empty one.
const patience = 2 * time.Second

const dialect = "native"

// Protocol is the native dialect. It remembers nothing, so a value may serve any
// number of connections.
type Protocol struct {
	mapper chatapi.Mapper
}

var _ gateway.Protocol = (*Protocol)(nil)

// New returns the protocol. The mapper's mode is the client's.
func New(m chatapi.Mapper) *Protocol { return &Protocol{m} }

// Dialect is "native".
func (*Protocol) Dialect() string { return dialect }

// Open greets at once and waits for hello.
func (*Protocol) Open() gateway.Opening {
	return gateway.Opening{
		Now:      []gateway.Request{{Do: gateway.LoggingIn, Args: gateway.Login{}}},
		Patience: patience,
		Overdue:  []gateway.Request{{Do: gateway.Greeting, Args: gateway.Hello{}}},
	}
}
