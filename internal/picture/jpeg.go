package picture

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Markers of a JPEG (ITU-T T.81, B.1.1.3).
const (
	endOfImage  = 0xD9
	startOfScan = 0xDA
)

// checkScans walks over the segments of a JPEG without decoding them: a progressive
// one may go over all its pixels with every few bytes.
func checkScans(r io.ReadSeeker) error {
	if _, err := r.Seek(2, io.SeekStart); err != nil { // behind the start of the image
		return err
	}
	in := bufio.NewReader(r)
	for scans := 0; ; {
		marker, err := nextMarker(in)
		if errors.Is(err, io.EOF) || marker == endOfImage {
			return nil // what is missing is the decoder's to find
		}
		if err != nil {
			return err
		}
		if marker == startOfScan {
			if scans++; scans > maxScans {
				return fmt.Errorf("%w: more than %d scans", ErrNotAnImage, maxScans)
			}
		}
		if err := skipSegment(in); err != nil {
			return err
		}
	}
}

// nextMarker finds the next marker that is followed by a segment, or the end of the
// image. What stands before it are the pixels of a scan.
func nextMarker(in *bufio.Reader) (byte, error) {
	for {
		b, err := in.ReadByte()
		for err == nil && b != 0xFF {
			b, err = in.ReadByte()
		}
		for err == nil && b == 0xFF { // any number of them may fill up
			b, err = in.ReadByte()
		}
		if err != nil {
			return 0, err
		}
		switch {
		case b == 0, b == 1, 0xD0 <= b && b <= 0xD8: // an FF of the pixels, or a marker alone
		default:
			return b, nil
		}
	}
}

func skipSegment(in *bufio.Reader) error {
	var length [2]byte
	if _, err := io.ReadFull(in, length[:]); err != nil {
		return ignoreEnd(err)
	}
	_, err := in.Discard(max(0, int(binary.BigEndian.Uint16(length[:]))-2))
	return ignoreEnd(err)
}

// ignoreEnd leaves a file that ends too early to the decoder.
func ignoreEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}
