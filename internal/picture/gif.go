package picture

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
)

// checkFrames walks over the blocks of a GIF without decoding them, since a small
// file can unfold into thousands of large frames. It leaves r at its start.
func checkFrames(r io.ReadSeeker) error {
	s := gifScanner{r: bufio.NewReader(r)}
	pixels, frames := int64(0), 0
	width, height := s.header()
	if s.err == nil && (width < 1 || height < 1 || width*height > MaxPixels) {
		return ErrTooManyPixels
	}
	for s.err == nil {
		w, h, more := s.next()
		if !more {
			break
		}
		frames++
		if pixels += max(w*h, width*height); pixels > MaxPixels || frames > maxFrames {
			return ErrTooManyPixels
		}
	}
	if s.err != nil {
		return fmt.Errorf("%w: %w", ErrNotAnImage, s.err)
	}
	_, err := r.Seek(0, io.SeekStart)
	return err
}

type gifScanner struct {
	r   *bufio.Reader
	err error
}

func (s *gifScanner) bytes(n int) []byte {
	b := make([]byte, n)
	if s.err == nil {
		_, s.err = io.ReadFull(s.r, b)
	}
	return b
}

func (s *gifScanner) skip(n int) {
	if s.err == nil {
		_, s.err = s.r.Discard(n)
	}
}

func (s *gifScanner) header() (width, height int64) {
	b := s.bytes(13)
	s.table(b[10])
	return int64(binary.LittleEndian.Uint16(b[6:])), int64(binary.LittleEndian.Uint16(b[8:]))
}

// table skips a colour table, if the flags say that there is one.
func (s *gifScanner) table(flags byte) {
	if flags&0x80 != 0 {
		s.skip(3 << (flags&7 + 1))
	}
}

func (s *gifScanner) blocks() {
	for s.err == nil {
		n := s.bytes(1)[0]
		if n == 0 {
			return
		}
		s.skip(int(n))
	}
}

// next finds the next frame.
func (s *gifScanner) next() (width, height int64, more bool) {
	for s.err == nil {
		switch s.bytes(1)[0] {
		case 0x2C: // image
			b := s.bytes(9)
			s.table(b[8])
			s.bytes(1) // code size
			s.blocks()
			return int64(binary.LittleEndian.Uint16(b[4:])), int64(binary.LittleEndian.Uint16(b[6:])), s.err == nil
		case 0x21: // extension
			s.bytes(1)
			s.blocks()
		case 0x3B: // end
			return 0, 0, false
		default:
			if s.err == nil {
				s.err = fmt.Errorf("not a block of a GIF")
			}
		}
	}
	return 0, 0, false
}
