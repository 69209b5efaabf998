package engineio

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"parley/internal/gateway"
	"parley/internal/gateway/websocket"
)

// Errors with which a session ends because of its client.
var (
	ErrSilent  = errors.New("engineio: no answer to a ping")
	errOverlap = errors.New("engineio: two requests of the same kind at once")
	errGone    = errors.New("engineio: a poll was broken off")
)

// Conn is a gateway.Conn over one Engine.IO session.
type Conn struct {
	server *Server
	sid    string
	remote string
	silent bool // guarded by the server's lock

	// A polling client's; nil for one that began with a WebSocket.
	inbox    chan []byte   // from a POST to Read, one frame at a time
	upgraded chan struct{} // closed when ws is set

	ended   chan struct{}
	beat    *time.Timer
	reading atomic.Bool // Read waits for the client's WebSocket

	mu       sync.Mutex
	ws       *websocket.Conn
	cause    error  // why the session is over
	farewell []byte // what a poll that waits is told then
	awaiting bool   // a ping was sent and not answered
	out      outbox
	posting  bool // a POST is under way
	probing  probe
}

// probe is how far a WebSocket has come that is to replace the polling.
type probe uint8

const (
	noProbe   probe = iota
	connected       // it is there; its "2probe" is awaited
	probed          // it works: polls are let go, its "5" is awaited
)

var _ gateway.Conn = (*Conn)(nil)

func newConn(s *Server, remote string) *Conn {
	return &Conn{server: s, sid: newSID(), remote: remote, ended: make(chan struct{})}
}

// begin starts the heart-beat.
func (c *Conn) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.beat = time.AfterFunc(c.server.o.PingInterval, c.pulse)
}

// RemoteAddr is the address of the request that opened the session.
func (c *Conn) RemoteAddr() string { return c.remote }

// Read returns the client's next message.
func (c *Conn) Read() ([]byte, error) {
	for {
		c.mu.Lock()
		ws, cause := c.ws, c.cause
		c.mu.Unlock()
		if cause != nil {
			return nil, cause
		}
		if ws != nil {
			return c.readSocket(ws)
		}
		select {
		case frame := <-c.inbox:
			return frame, nil
		case <-c.upgraded:
		case <-c.ended:
		}
	}
}

// readSocket returns the next message of a WebSocket.
func (c *Conn) readSocket(ws *websocket.Conn) ([]byte, error) {
	for {
		c.reading.Store(true)
		packet, err := ws.Read()
		c.reading.Store(false)
		switch {
		case err != nil:
			return nil, c.fail(err)
		case ws.Binary():
			return append([]byte{typeBinary}, packet...), nil
		}
		if err := check(packet); err != nil {
			return nil, c.fail(err)
		}
		switch packet[0] {
		case typeMessage:
			return packet, nil
		case typePong:
			c.pong()
		case typeClose:
			return nil, c.fail(io.EOF)
		}
	}
}

// Write sends the frames: over the WebSocket, or with the next poll. A client
// that does not poll is gone when it has not answered a ping.
func (c *Conn) Write(frames [][]byte) error {
	c.mu.Lock()
	ws, cause := c.ws, c.cause
	var sent chan error
	if ws == nil && cause == nil {
		sent = c.out.put(frames)
	}
	c.mu.Unlock()
	switch {
	case cause != nil:
		return cause
	case ws != nil:
		return c.writeSocket(ws, frames)
	}
	return c.written(sent, frames)
}

// written waits until a poll has taken the frames, or the WebSocket that came
// instead.
func (c *Conn) written(sent chan error, frames [][]byte) error {
	upgraded := c.upgraded
	for {
		select {
		case err := <-sent:
			return err
		case <-c.ended:
			c.mu.Lock()
			defer c.mu.Unlock()
			return c.cause
		case <-upgraded:
			c.mu.Lock()
			ws, back := c.ws, c.out.takeBack()
			c.mu.Unlock()
			if back {
				return c.writeSocket(ws, frames)
			}
			upgraded = nil // a poll has them
		}
	}
}

func (c *Conn) writeSocket(ws *websocket.Conn, frames [][]byte) error {
	if err := ws.Write(frames); err != nil {
		return c.fail(err)
	}
	return nil
}

// Close ends the session. A poll that waits is told; a client that does not poll
// just now learns it from his next one.
func (c *Conn) Close(code int, reason string) {
	if ws := c.end(net.ErrClosed, closePacket); ws != nil {
		ws.Close(code, reason)
	}
}

// fail ends the session because of err, unless it is over already, and returns
// why it is over.
func (c *Conn) fail(err error) error {
	farewell := closePacket
	if errors.Is(err, io.EOF) { // the client has said it himself
		farewell = noopPacket
	}
	if ws := c.end(err, farewell); ws != nil {
		ws.Close(websocketGone, "")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cause
}

// websocketGone is the close code of sessions that ended by a fault (RFC 6455,
// section 7.4.1, "normal closure": Engine.IO has no codes).
const websocketGone = 1000

// end is the first end of the session; it returns the WebSocket to close, if any.
func (c *Conn) end(cause error, farewell []byte) *websocket.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause != nil {
		return nil
	}
	c.cause, c.farewell = cause, farewell
	if c.beat != nil {
		c.beat.Stop()
	}
	close(c.ended)
	c.server.forget(c)
	return c.ws
}

// pulse sends a ping, or ends the session if the last one was not answered
// (Engine.IO protocol 4, "Heartbeat"). A client that is not read, because what
// it asked takes long, cannot answer and is not silent.
func (c *Conn) pulse() {
	c.mu.Lock()
	if c.cause != nil {
		c.mu.Unlock()
		return
	}
	ws, late := c.ws, c.awaiting && (c.ws == nil && !c.posting || c.reading.Load())
	if late {
		c.mu.Unlock()
		_ = c.fail(ErrSilent)
		return
	}
	again := c.awaiting
	c.awaiting = true
	c.beat.Reset(c.server.o.PingTimeout)
	if ws == nil && !again {
		c.out.ping()
	}
	c.mu.Unlock()
	if ws != nil && !again {
		_ = c.writeSocket(ws, [][]byte{pingPacket})
	}
}

func (c *Conn) pong() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.awaiting && c.cause == nil {
		c.awaiting = false
		c.beat.Reset(c.server.o.PingInterval)
	}
}
