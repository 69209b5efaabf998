// Package gatewaytest plays written conversations against a protocol, over a
// pipe in memory and a small world in memory.
package gatewaytest

import (
	"fmt"
	"io"
	"net"
	"sync"

	"parley/internal/gateway"
)

// Pipe is a Conn whose other end is the test.
type Pipe struct {
	in chan []byte

	mu      sync.Mutex
	out     []string
	closed  string
	ended   chan struct{}
	blocked chan struct{} // while it is there, Write waits for it
	discard bool
}

var _ gateway.Conn = (*Pipe)(nil)

// NewPipe returns an open pipe.
func NewPipe() *Pipe {
	return &Pipe{in: make(chan []byte), ended: make(chan struct{})}
}

// Discard makes the pipe forget what is written.
func (p *Pipe) Discard() *Pipe {
	p.discard = true
	return p
}

// Read returns what the test sends.
func (p *Pipe) Read() ([]byte, error) {
	select {
	case <-p.ended:
		return nil, net.ErrClosed
	default:
	}
	select {
	case frame, ok := <-p.in:
		if !ok {
			return nil, io.EOF
		}
		return frame, nil
	case <-p.ended:
		return nil, net.ErrClosed
	}
}

// Write keeps the frames for the test.
func (p *Pipe) Write(frames [][]byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.blocked != nil && p.closed == "" {
		blocked := p.blocked
		p.mu.Unlock()
		select {
		case <-blocked:
		case <-p.ended:
		}
		p.mu.Lock()
	}
	if p.closed != "" {
		return net.ErrClosed
	}
	if p.discard {
		return nil
	}
	for _, f := range frames {
		p.out = append(p.out, string(f))
	}
	return nil
}

// Close ends the pipe from the server's side.
func (p *Pipe) Close(code int, reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed == "" {
		p.closed = fmt.Sprintf("%d %s", code, reason)
		close(p.ended)
	}
}

// RemoteAddr is a fixed address.
func (p *Pipe) RemoteAddr() string { return "192.0.2.1:1" }

// Send gives the server a frame. It returns when the server has taken it, or has
// closed the pipe.
func (p *Pipe) Send(frame string) {
	select {
	case p.in <- []byte(frame):
	case <-p.ended:
	}
}

// HangUp ends the pipe from the client's side.
func (p *Pipe) HangUp() { close(p.in) }

// Stall makes the client stop reading until the returned function is called.
func (p *Pipe) Stall() (resume func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	blocked := make(chan struct{})
	p.blocked = blocked
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.blocked = nil
		close(blocked)
	}
}

// Take returns the frames written since the last Take.
func (p *Pipe) Take() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	taken := p.out
	p.out = nil
	return taken
}

// Closed returns the code and reason with which the server closed, or "".
func (p *Pipe) Closed() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}
