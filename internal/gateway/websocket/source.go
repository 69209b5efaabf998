package websocket

const (
	idleBuffer = 512  // an idle connection holds this much
	busyBuffer = 4096 // and one whose client sends more than it, this
	calmReads  = 4    // so many small reads in a row make it idle again
)

// source buffers what a client sends. Its buffers are not pooled: a frame is
// handed out in place, and whoever keeps one too long must not find another
// client's bytes in it.
type source struct {
	receive  func([]byte) (int, error) // never (0, nil) for long
	buf      []byte
	from, to int // the unread part of buf
	size     int // what buf is to be when it is next empty
	calm     int // small reads in a row
}

func newSource(receive func([]byte) (int, error), early []byte) source {
	s := source{receive: receive, size: idleBuffer}
	s.buf = make([]byte, max(idleBuffer, len(early)))
	s.to = copy(s.buf, early)
	return s
}

// Read reads what is buffered, or past the buffer when p is the larger one.
func (s *source) Read(p []byte) (int, error) {
	if s.from == s.to {
		if len(p) >= len(s.buf) {
			return s.receive(p)
		}
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, s.buf[s.from:s.to])
	s.from += n
	return n, nil
}

// holds says that n bytes can be taken in place.
func (s *source) holds(n int64) bool { return n <= int64(len(s.buf)) }

// take returns the next n bytes, which the source must hold. They are valid
// until its next use.
func (s *source) take(n int) ([]byte, error) {
	for s.to-s.from < n {
		if err := s.fill(); err != nil {
			return nil, err
		}
	}
	b := s.buf[s.from : s.from+n : s.from+n]
	s.from += n
	return b, nil
}

// fill receives once into the free part of the buffer.
func (s *source) fill() error {
	s.makeRoom()
	free := s.buf[s.to:]
	n, err := s.receive(free)
	if err != nil {
		return err
	}
	s.to += n
	s.adapt(n, len(free))
	return nil
}

func (s *source) makeRoom() {
	s.to = copy(s.buf, s.buf[s.from:s.to])
	s.from = 0
	if s.to == 0 && len(s.buf) != s.size {
		s.buf = make([]byte, s.size)
	}
}

// adapt makes the buffer follow what n, received where there was room for
// free, tells of the traffic.
func (s *source) adapt(n, free int) {
	if n == free {
		s.size, s.calm = busyBuffer, 0
		return
	}
	if n > idleBuffer {
		s.calm = 0
	} else if s.calm++; s.calm >= calmReads {
		s.size = idleBuffer
	}
}
