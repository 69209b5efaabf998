package websocket

import (
	"bytes"
	"io"
	"testing"
)

// The buffer grows for a client that sends much and shrinks when it is calm.
func TestBufferFollowsTheTraffic(t *testing.T) {
	var arriving int // how much the network has at each read
	s := newSource(func(p []byte) (int, error) { return min(arriving, len(p)), nil }, nil)
	readAll := func(times int) {
		for range times {
			if err := s.fill(); err != nil {
				t.Fatal(err)
			}
			s.from = s.to
		}
	}
	for _, step := range []struct{ arriving, times, want int }{
		{100, 10, idleBuffer},
		{1 << 20, 2, busyBuffer},
		{100, calmReads - 1, busyBuffer},
		{idleBuffer + 1, 1, busyBuffer},
		{100, calmReads + 1, idleBuffer},
		{3000, 2, busyBuffer},
	} {
		arriving = step.arriving
		readAll(step.times)
		if len(s.buf) != step.want {
			t.Errorf("%d reads of %d bytes: a buffer of %d, want %d", step.times, step.arriving, len(s.buf), step.want)
		}
	}
}

func TestTakeIsContiguous(t *testing.T) {
	all := bytes.Repeat([]byte("0123456789"), 500)
	in := bytes.NewReader(all[7:])
	s := newSource(func(p []byte) (int, error) { return in.Read(p[:min(len(p), 11)]) }, all[:7])
	var got []byte
	for _, n := range []int{1, 0, 125, 512, 3, 511} {
		b, err := s.take(n)
		if err != nil || len(b) != n {
			t.Fatalf("take(%d): %d bytes, %v", n, len(b), err)
		}
		got = append(got, b...)
	}
	rest, err := io.ReadAll(&s)
	if got = append(got, rest...); err != nil || !bytes.Equal(got, all) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}
