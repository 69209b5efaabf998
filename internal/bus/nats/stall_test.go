package nats_test

import (
	"bufio"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/chat"
)

// stalled is a server that greets a client, answers its first ping and then
// takes nothing more, as behind a network that swallows everything.
func stalled(t *testing.T) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	ended := make(chan struct{})
	serve := func(c net.Conn) {
		defer c.Close()
		if _, err := c.Write([]byte(`INFO {"server_id":"s","version":"2.15.2","proto":1,"headers":true,"max_payload":1048576}` + "\r\n")); err != nil {
			return
		}
		for lines := bufio.NewScanner(c); lines.Scan(); {
			if strings.HasPrefix(lines.Text(), "PING") {
				_, _ = c.Write([]byte("PONG\r\n"))
				break
			}
		}
		<-ended
	}
	open.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() { serve(c) })
		}
	})
	t.Cleanup(func() { l.Close(); close(ended); open.Wait() })
	return "nats://" + l.Addr().String()
}

// A server that stops reading holds up nobody: what does not fit is dropped, and
// following goes on.
func TestAStalledServerBlocksNobody(t *testing.T) {
	b := join(t, stalled(t))
	content := strings.Repeat("x", 100_000)
	var slowest time.Duration
	timed := func(do func()) {
		begun := time.Now()
		do()
		slowest = max(slowest, time.Since(begun))
	}
	for rev := int64(1); rev <= 10_000; rev++ {
		timed(func() { b.Publish([]*chat.Event{newMessage(12, rev, content)}) })
		<-b.events
		timed(func() { b.Follow(chat.StreamID(rev)) })
		timed(func() { b.Unfollow(chat.StreamID(rev)) })
	}
	if slowest > time.Second {
		t.Errorf("somebody waited %v for the network", slowest)
	}
	if b.Metrics.Dropped.Load() == 0 {
		t.Error("nothing was dropped")
	}
}
