// Package websocket is the WebSocket pipe: RFC 6455 on a hijacked connection,
// whole messages in, text messages out. An idle connection costs its reader's
// goroutine, a buffer of 512 bytes and one timer; there is no writer goroutine
// and no compression.
package websocket

import (
	"errors"
	"math"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"
)

// ErrSilent is what Read and Write return when nothing was heard from the
// client for the idle timeout.
var ErrSilent = errors.New("websocket: client is silent")

// Conn is a gateway.Conn over one WebSocket.
type Conn struct {
	nc          net.Conn
	opts        Options
	subprotocol string
	remote      string

	// reading is held by Read, and by the farewell once Read has let go.
	reading sync.Mutex
	source  source
	head    [ws.MaxHeaderSize]byte
	binary  bool   // the message last read; touched by Read only
	pongs   []byte // whole frames, owed to the client; touched by Read only

	// writing is held while frames are written; torn says that one was not
	// written whole, so that nothing may follow it.
	writing sync.Mutex
	torn    bool

	opened  time.Time
	waiting atomic.Int64 // since when Read waits for the client: 1 + nanoseconds after opened; 0 when it does not
	pulse   *time.Timer

	end  atomic.Pointer[ending] // set once
	gone sync.WaitGroup
}

// newConn runs the WebSocket on nc, where early has already been read.
func newConn(nc net.Conn, early []byte, opts Options) *Conn {
	c := &Conn{nc: nc, opts: opts.withDefaults(), opened: time.Now()}
	c.source = newSource(c.receive, early)
	c.gone.Add(1)
	c.pulse = time.AfterFunc(math.MaxInt64, c.beat) // beat reads c.pulse, so only the Reset may start it
	c.pulse.Reset(min(c.opts.PingEvery, c.opts.IdleTimeout))
	return c
}

// Subprotocol is the one that was agreed on, or "".
func (c *Conn) Subprotocol() string { return c.subprotocol }

// Binary says that the message which Read returned last was a binary one. It is
// for the goroutine that reads.
func (c *Conn) Binary() bool { return c.binary }

// RemoteAddr is the address of the request that opened the connection, so
// what a middleware for trusted proxies made of it.
func (c *Conn) RemoteAddr() string { return c.remote }

// Close sends the close frame and hangs up. It returns at once; a Write under
// way gets 2 s to finish, the client 2 s to hang up first. A code that may not
// be sent (RFC 6455, section 7.4) is left out, a reason over 123 bytes is cut.
func (c *Conn) Close(code int, reason string) {
	c.finish(net.ErrClosed, code, reason)
}

// CloseAfter is Close with a last message before the close frame.
func (c *Conn) CloseAfter(last []byte, code int, reason string) {
	c.part(net.ErrClosed, append(textFrame(last), closeFrame(code, reason)...))
}

// Wait returns when the socket is closed and nothing of the connection is left
// running but calls of Read and Write that are about to return: at most 4 s
// after its end.
func (c *Conn) Wait() { c.gone.Wait() }
