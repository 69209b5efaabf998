package websocket

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// stub is a net.Conn without a network: in is what the client sends, in pieces
// of at most chunk bytes, and out is what it gets.
type stub struct {
	in     []byte
	chunk  int
	out    bytes.Buffer
	writes int
	room   int // bytes that can be written before the connection breaks; 0 for no limit
}

var errBroken = errors.New("broken pipe")

func (s *stub) Read(p []byte) (int, error) {
	n := copy(p, s.in[:min(len(s.in), s.chunk)])
	s.in = s.in[n:]
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (s *stub) Write(p []byte) (int, error) {
	s.writes++
	if s.room > 0 && s.out.Len()+len(p) > s.room {
		n, _ := s.out.Write(p[:s.room-s.out.Len()])
		return n, errBroken
	}
	return s.out.Write(p)
}

func (s *stub) Close() error                     { return nil }
func (s *stub) LocalAddr() net.Addr              { return nil }
func (s *stub) RemoteAddr() net.Addr             { return nil }
func (s *stub) SetDeadline(time.Time) error      { return nil }
func (s *stub) SetReadDeadline(time.Time) error  { return nil }
func (s *stub) SetWriteDeadline(time.Time) error { return nil }

func TestSmallFramesShareASystemCall(t *testing.T) {
	s := &stub{}
	c := newConn(s, nil, Options{})
	frames := make([][]byte, 50)
	for i := range frames {
		frames[i] = bytes.Repeat([]byte("x"), 250)
	}
	if err := c.Write(frames); err != nil {
		t.Fatal(err)
	}
	if s.writes != 1 {
		t.Errorf("50 frames of 250 bytes in %d writes", s.writes)
	}
	if err := c.Write(nil); err != nil || s.writes != 1 {
		t.Errorf("no frames: %v, %d writes", err, s.writes)
	}
	c.Close(1000, "")
	c.Wait()
}

func TestEveryMixOfFramesArrivesWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOf(rapid.OneOf(rapid.IntRange(0, 300), rapid.IntRange(packSize-40, packSize+40), rapid.IntRange(0, 70000))).Draw(t, "sizes")
		s := &stub{}
		c := newConn(s, nil, Options{})
		var frames [][]byte
		var want []string
		for i, size := range sizes {
			f := bytes.Repeat([]byte{'a' + byte(i%26)}, size)
			frames = append(frames, f)
			want = append(want, "text:"+string(f))
		}
		if err := c.Write(frames); err != nil {
			t.Fatal(err)
		}
		c.Close(1000, "")
		c.Wait()
		for _, want := range append(want, "close:1000") {
			got, err := readFrame(&s.out)
			if err != nil || got != want {
				t.Fatalf("got %s, %v, want %s", shorten(got), err, shorten(want))
			}
		}
	})
}

// After half a frame a close frame would be read as the rest of it.
func TestNothingFollowsATornFrame(t *testing.T) {
	s := &stub{room: 100}
	c := newConn(s, nil, Options{})
	frames := [][]byte{[]byte("first"), []byte(strings.Repeat("x", 300))}
	if err := c.Write(frames); !errors.Is(err, errBroken) {
		t.Errorf("Write: %v", err)
	}
	before := s.writes
	if err := c.Write(frames); !errors.Is(err, errBroken) {
		t.Errorf("Write again: %v", err)
	}
	if _, err := c.Read(); !errors.Is(err, errBroken) {
		t.Errorf("Read: %v", err)
	}
	c.Close(1000, "")
	c.Wait()
	if s.writes != before || s.out.Len() != 100 {
		t.Errorf("%d writes more, %d bytes", s.writes-before, s.out.Len())
	}
}

// Pongs wait for the reader to have no more to read, but never many of them.
func TestPongsDoNotPileUp(t *testing.T) {
	flood := bytes.Repeat(ping(strings.Repeat("p", 100)), 1000)
	s := &stub{in: flood, chunk: 1 << 20}
	c := newConn(s, nil, Options{})
	most := 0
	c.source.receive = func(p []byte) (int, error) {
		most = max(most, cap(c.pongs))
		return c.receive(p)
	}
	if _, err := c.Read(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("Read: %v", err)
	}
	c.Wait()
	if want := 1000 * 102; s.out.Len() != want {
		t.Errorf("%d bytes of pongs, want %d", s.out.Len(), want)
	}
	if s.writes >= 1000 || most > 4*pongsOwed {
		t.Errorf("%d writes, %d bytes of pongs at once", s.writes, most)
	}
}
