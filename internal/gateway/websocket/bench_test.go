package websocket

import (
	"bytes"
	"io"
	"net"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/gobwas/ws"
)

// BenchmarkIdle reports the memory of an idle connection, with the half KiB of
// the client's end, which is in the same process.
func BenchmarkIdle(b *testing.B) {
	const conns = 1000
	for b.Loop() {
		var up sync.WaitGroup
		up.Add(conns)
		addr := serve(b, Options{}, func(c *Conn) {
			message, _ := c.Read()
			c.Write([][]byte{message})
			up.Done()
			c.Read()
		})
		before := memory()
		clients := make([]net.Conn, conns)
		for i := range clients {
			clients[i] = openIdle(b, addr)
		}
		up.Wait()
		b.ReportMetric(float64(memory()-before)/conns, "B/conn")
		for _, nc := range clients {
			nc.Close()
		}
	}
}

func openIdle(b *testing.B, addr string) net.Conn {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	io.WriteString(nc, handshake+"\r\n")
	nc.Write(text(`{"type":"hello"}`))
	return nc
}

func memory() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}

// endless sends the same bytes again and again.
type endless struct {
	stub
	stream []byte
	at     int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.stream[e.at:])
	e.at = (e.at + n) % len(e.stream)
	return n, nil
}

func (e *endless) Write(p []byte) (int, error) { return len(p), nil }

func BenchmarkRead(b *testing.B) {
	for name, one := range map[string][]byte{
		"250 bytes":    text(string(bytes.Repeat([]byte("x"), 250))),
		"20,000 bytes": text(string(bytes.Repeat([]byte("x"), 20000))),
		"3 fragments":  slices.Concat(frame(ws.OpText, false, "one"), more("two"), last("three")),
	} {
		b.Run(name, func(b *testing.B) {
			c := newConn(&endless{stream: one}, nil, Options{})
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Read(); err != nil {
					b.Fatal(err)
				}
			}
			c.abort(io.EOF)
		})
	}
}

// BenchmarkWrite writes 16 messages of 250 bytes at once over loopback.
func BenchmarkWrite(b *testing.B) {
	frames := slices.Repeat([][]byte{bytes.Repeat([]byte("x"), 250)}, 16)
	done := make(chan struct{})
	addr := serve(b, Options{}, func(c *Conn) {
		defer close(done)
		c.Read()
		b.ReportAllocs()
		for b.Loop() {
			if err := c.Write(frames); err != nil {
				b.Error(err)
				return
			}
		}
	})
	nc := openIdle(b, addr)
	go io.Copy(io.Discard, nc)
	<-done
	nc.Close()
}
