package sse

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"parley/internal/gateway"
)

const (
	pingEvery    = 20 * time.Second
	writeTimeout = 10 * time.Second
)

// longAgo as a deadline unblocks at once.
var longAgo = time.Unix(1, 0)

// Conn is the pipe over one HTTP response. It lives as long as the handler.
type Conn struct {
	w       http.ResponseWriter
	control *http.ResponseController
	request *http.Request
	ticker  *time.Ticker

	mu      sync.Mutex
	writing bool
	closed  bool
	ended   chan struct{}
}

var _ gateway.Conn = (*Conn)(nil)

// Accept begins the response. Release frees what the Conn holds.
func Accept(w http.ResponseWriter, r *http.Request) *Conn {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy must not hold events back
	w.WriteHeader(http.StatusOK)
	return &Conn{
		w: w, control: http.NewResponseController(w), request: r,
		ticker: time.NewTicker(pingEvery), ended: make(chan struct{}),
	}
}

// Release stops the pings.
func (c *Conn) Release() { c.ticker.Stop() }

// Read returns an empty frame whenever it is time for a ping.
func (c *Conn) Read() ([]byte, error) {
	select {
	case <-c.ended:
		return nil, net.ErrClosed
	case <-c.request.Context().Done():
		c.Close(0, "")
		return nil, io.EOF
	case <-c.ticker.C:
		return []byte{}, nil
	}
}

// Write writes the frames and flushes them together.
func (c *Conn) Write(frames [][]byte) error {
	if !c.begin() {
		return net.ErrClosed
	}
	err := c.write(frames)
	c.mu.Lock()
	c.writing = false
	c.mu.Unlock()
	if err != nil {
		c.Close(0, "")
		return fmt.Errorf("sse: write: %w", err)
	}
	return nil
}

func (c *Conn) begin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.writing = true
	// Not every ResponseWriter has deadlines; then the server's own holds.
	_ = c.control.SetWriteDeadline(time.Now().Add(writeTimeout))
	return true
}

func (c *Conn) write(frames [][]byte) error {
	for _, f := range frames {
		if _, err := c.w.Write(f); err != nil {
			return err
		}
	}
	return c.control.Flush()
}

// Close ends the response when the handler returns. The transport has no codes.
func (c *Conn) Close(int, string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	close(c.ended)
	if c.writing {
		_ = c.control.SetWriteDeadline(longAgo)
	}
}

// RemoteAddr is the address of the request.
func (c *Conn) RemoteAddr() string { return c.request.RemoteAddr }
