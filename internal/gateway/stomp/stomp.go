// Package stomp speaks STOMP 1.0, 1.1 and 1.2 with the destinations of
// contracts/chat-api.md.
package stomp

import (
	"sync"
	"time"

	"parley/internal/chat"
	"parley/internal/chatapi"
	"parley/internal/gateway"
)

const (
	dialect = "stomp"
	// patience is how long a client may take until it is connected.
	patience = 10 * time.Second
	// strikes is how often in a minute a client may be told that it sends too
	// often.
	strikes = 10
	// interval is how often each side shows that it lives, at the most.
	interval = 10 * time.Second
	// A client may be late by half as much again as STOMP 1.2, "Heart-beating",
	// suggests: browsers slow down the timers of pages in the background.
	lateness = 2.5
)

// Protocol is one connection's STOMP.
type Protocol struct {
	mapper chatapi.Mapper
	token  string // from the handshake, for a CONNECT without one
	server string
	reader reader // Decode's alone

	mu      sync.Mutex
	version version // 0 until CONNECT came
	heads   bool    // CONNECTED is to tell the heads
	ready   bool    // CONNECTED was said
	user    chat.UserID
	left    bool  // DISCONNECT came
	over    bool  // ERROR was said: nothing may follow it
	count   int64 // MESSAGEs so far that tell no event
	subs    []*subscription
	marking map[chat.ConversationID]chat.MessageID // read marks that this session asked for; 0 for the newest
	replays map[chat.StreamID]int64                // streams given again, up to where they had been given
}

var _ gateway.Protocol = (*Protocol)(nil)

// Options of New.
type Options struct {
	Mapper chatapi.Mapper // its mode is the client's
	Token  string         // of ?token=; "" for none
	Server string         // name and version for CONNECTED
}

// New returns the protocol of one connection.
func New(o Options) *Protocol {
	return &Protocol{mapper: o.Mapper, token: o.Token, server: o.Server}
}

// Dialect is "stomp".
func (*Protocol) Dialect() string { return dialect }

// Open waits for CONNECT.
func (*Protocol) Open() gateway.Opening {
	return gateway.Opening{Patience: patience, Strikes: strikes}
}

// tag is what an answer needs to know of its frame.
type tag struct {
	receipt string        // as it was sent; "" for none
	connect bool          // of CONNECT
	to      *destination  // of SEND
	named   string        // of SEND, for the error
	tempID  string        // of SEND
	sub     *subscription // of SUBSCRIBE with x-resume
}
