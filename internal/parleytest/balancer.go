package parleytest

import (
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// balancer is what stands before the nodes of a cluster: each connection goes to
// the next node in turn.
type balancer struct {
	url      string
	listener net.Listener
	done     sync.WaitGroup

	mu    sync.Mutex
	nodes []string // addresses
	turn  int
	open  map[net.Conn]bool
}

func newBalancer(t testing.TB) *balancer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &balancer{url: "http://" + l.Addr().String(), listener: l, open: map[net.Conn]bool{}}
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

// to sends new connections to these nodes.
func (b *balancer) to(urls ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.nodes = nil
	for _, u := range urls {
		b.nodes = append(b.nodes, strings.TrimPrefix(u, "http://"))
	}
}

func (b *balancer) accept() {
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

func (b *balancer) next() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turn++
	return b.nodes[b.turn%len(b.nodes)]
}

func (b *balancer) carry(c net.Conn) {
	node, err := net.Dial("tcp", b.next())
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

func (b *balancer) keep(conns ...net.Conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range conns {
		b.open[c] = true
	}
}

func (b *balancer) drop(conns ...net.Conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range conns {
		delete(b.open, c)
		_ = c.Close()
	}
}

// cut closes everything that is open.
func (b *balancer) cut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.open {
		_ = c.Close()
	}
}
