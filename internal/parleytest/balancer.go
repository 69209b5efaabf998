package parleytest

import (
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Balancer is what stands before the nodes of a cluster: each connection goes to
// the next node in turn that takes it.
type Balancer struct {
	URL string

	listener net.Listener
	done     sync.WaitGroup

	mu    sync.Mutex
	nodes []string // addresses
	turn  int
	open  map[net.Conn]bool
}

// NewBalancer starts a balancer that ends with the test.
func NewBalancer(t testing.TB) *Balancer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &Balancer{URL: "http://" + l.Addr().String(), listener: l, open: map[net.Conn]bool{}}
	b.done.Go(b.accept)
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		b.cut()
		b.done.Wait()
	})
	return b
}

// To sends new connections to these nodes.
func (b *Balancer) To(urls ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.nodes = nil
	for _, u := range urls {
		b.nodes = append(b.nodes, strings.TrimPrefix(u, "http://"))
	}
}

func (b *Balancer) accept() {
	for {
		c, err := b.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			b.done.Go(func() { b.carry(c) })
		}
	}
}

// inTurn returns the nodes in the order in which they are tried.
func (b *Balancer) inTurn() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turn++
	first := b.turn % len(b.nodes)
	return slices.Concat(b.nodes[first:], b.nodes[:first])
}

func (b *Balancer) dial() (node net.Conn, err error) {
	for _, address := range b.inTurn() {
		if node, err = net.DialTimeout("tcp", address, time.Second); err == nil {
			break
		}
	}
	return node, err
}

func (b *Balancer) carry(c net.Conn) {
	node, err := b.dial()
	if err != nil {
		_ = c.Close()
		return
	}
	b.keep(c, node)
	defer b.drop(c, node)
	back := make(chan struct{})
	go func() {
		defer close(back)
		_, _ = io.Copy(c, node)
		_ = c.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(node, c)
	_ = node.(*net.TCPConn).CloseWrite()
	<-back
}

func (b *Balancer) keep(conns ...net.Conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range conns {
		b.open[c] = true
	}
}

func (b *Balancer) drop(conns ...net.Conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range conns {
		delete(b.open, c)
		_ = c.Close()
	}
}

// cut closes everything that is open.
func (b *Balancer) cut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.open {
		_ = c.Close()
	}
}
