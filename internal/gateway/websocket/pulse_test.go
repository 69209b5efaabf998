package websocket

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
)

// inBubble runs test on a clock of its own, with a server's connection and the
// client's end of it.
func inBubble(t *testing.T, test func(t *testing.T, server *Conn, c net.Conn)) {
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		server := newConn(here, nil, Options{})
		defer server.Wait()
		defer server.Close(1000, "")
		defer there.Close()
		test(t, server, there)
	})
}

func TestPingsEvery20Seconds(t *testing.T) {
	inBubble(t, func(t *testing.T, server *Conn, c net.Conn) {
		go server.Read()
		begin := time.Now()
		for i := 1; i <= 10; i++ {
			if got, err := readFrame(c); err != nil || got != "ping:" {
				t.Fatalf("got %q, %v", got, err)
			}
			if at := time.Since(begin); at != time.Duration(i)*20*time.Second {
				t.Errorf("ping %d after %v", i, at)
			}
			c.Write(frame(ws.OpPong, true, ""))
		}
	})
}

func TestASilentClientIsGoneAfter40Seconds(t *testing.T) {
	inBubble(t, func(t *testing.T, server *Conn, c net.Conn) {
		begin := time.Now()
		ended := make(chan error, 1)
		go func() { server.Read(); _, err := server.Read(); ended <- err }()
		c.Write(text("hello"))
		for _, want := range []string{"ping:", "close:1001"} {
			if got, err := readFrame(c); err != nil || got != want {
				t.Fatalf("got %q, %v, want %q", got, err, want)
			}
		}
		if err := <-ended; !errors.Is(err, ErrSilent) {
			t.Errorf("Read: %v", err)
		}
		if took := time.Since(begin); took != 40*time.Second {
			t.Errorf("closed after %v", took)
		}
	})
}

// Silence is counted from the last byte, whatever the beat of the pings.
func TestSilenceStartsWithTheLastByte(t *testing.T) {
	inBubble(t, func(t *testing.T, server *Conn, c net.Conn) {
		go io.Copy(io.Discard, c)
		ended := make(chan error, 1)
		go func() { server.Read(); _, err := server.Read(); ended <- err }()
		time.Sleep(27 * time.Second)
		begin := time.Now()
		c.Write(text("still here"))
		if err := <-ended; !errors.Is(err, ErrSilent) {
			t.Errorf("Read: %v", err)
		}
		if took := time.Since(begin); took != 40*time.Second {
			t.Errorf("closed %v after the last byte", took)
		}
	})
}

// A client is not silent while nobody listens to it.
func TestASlowReaderDoesNotMakeAClientSilent(t *testing.T) {
	inBubble(t, func(t *testing.T, server *Conn, c net.Conn) {
		go io.Copy(io.Discard, c)
		go func() {
			c.Write(text("do something long"))
			c.Write(text("all the time here"))
		}()
		for _, want := range []string{"do something long", "all the time here"} {
			if got, err := server.Read(); err != nil || string(got) != want {
				t.Errorf("Read: %q, %v", got, err)
			}
			time.Sleep(5 * time.Minute)
		}
	})
}

func TestAWriteEndsAfter10Seconds(t *testing.T) {
	inBubble(t, func(t *testing.T, server *Conn, c net.Conn) {
		begin := time.Now()
		if err := server.Write([][]byte{[]byte("nobody reads")}); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Write: %v", err)
		}
		if took := time.Since(begin); took != 10*time.Second {
			t.Errorf("Write took %v", took)
		}
		server.Wait() // it has closed itself
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("the client's Read: %v", err)
		}
	})
}

func TestAFarewellIsShort(t *testing.T) {
	for name, test := range map[string]struct {
		reads bool
		took  time.Duration
	}{
		"who does not hang up": {true, parting},
		"who does not read":    {false, parting},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, server *Conn, c net.Conn) {
				if test.reads {
					go io.Copy(io.Discard, c)
				}
				begin := time.Now()
				server.Close(1000, "")
				if took := time.Since(begin); took != 0 {
					t.Errorf("Close took %v", took)
				}
				server.Wait()
				if took := time.Since(begin); took != test.took {
					t.Errorf("the farewell took %v", took)
				}
				if _, err := c.Write(ping("")); !errors.Is(err, io.ErrClosedPipe) {
					t.Errorf("the client's Write: %v", err)
				}
			})
		})
	}
}
