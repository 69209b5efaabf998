package stomp

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds of one frame of a client.
const (
	MaxFrame   = 256 << 10 // bytes of a whole frame
	maxHeaders = 64
	maxHeader  = 16 << 10 // bytes of one header line
	maxCommand = 16
)

// frame is one frame of a client. What it holds is only valid until the next.
type frame struct {
	command string
	headers []header
	body    []byte
}

// header is kept as it was sent: what is sent back goes back as it came, so a
// client that neither escapes nor unescapes finds its own ids again.
type header struct{ name, value string }

// raw returns the first header of the name (STOMP 1.2, "Repeated Header
// Entries") as it was sent.
func (f *frame) raw(name string) (value string, ok bool) {
	for _, h := range f.headers {
		if h.name == name {
			return h.value, true
		}
	}
	return "", false
}

// value is raw without escapes.
func (f *frame) value(v version, name string) string {
	raw, _ := f.raw(name)
	return v.unescape(raw)
}

// loose finds a header whatever the case of its name: Authorization is written
// like the one of HTTP by some.
func (f *frame) loose(name string) string {
	for _, h := range f.headers {
		if strings.EqualFold(h.name, name) {
			return h.value
		}
	}
	return ""
}

// malformed is a frame that is not STOMP; nothing after it can be understood.
type malformed struct {
	text     string
	receipt  string // of the frame, as it was sent
	versions bool   // tell which are spoken
}

func (m *malformed) Error() string { return m.text }

func wrong(format string, args ...any) error { return &malformed{text: fmt.Sprintf(format, args...)} }

// reader cuts what a client sends into frames, however it was packed into
// messages: stompjs 2 cuts frames of over 16,384 characters into several
// messages, others send several frames in one.
type reader struct {
	rest    []byte // an unfinished frame
	scanned int    // bytes of rest that hold no NUL, unless a length says where it is
	head    int    // where its body begins, once that is known
	looked  int    // bytes of rest in which no body begins
	until   int    // the length of the whole frame, if its headers say so
}

// feed takes a message. It is kept only as far as it holds an unfinished frame.
// The version is asked for each frame, since CONNECT decides it.
func (r *reader) feed(message []byte, v func() version, each func(*frame) error) error {
	whole := message
	if len(r.rest) > 0 {
		r.rest = join(r.rest, message)
		whole = r.rest
	}
	for {
		whole = r.skipBeats(whole)
		size, err := r.size(whole)
		if err != nil {
			return err
		}
		if size == 0 {
			r.rest = keep(r.rest, whole)
			return nil
		}
		f, err := parse(whole[:size-1], v())
		if err != nil {
			return err
		}
		if err := each(f); err != nil {
			return err
		}
		whole = whole[size:]
		r.scanned, r.head, r.looked, r.until = 0, 0, 0, 0
	}
}

// keep holds an unfinished frame over to the next message.
func keep(buffer, unfinished []byte) []byte {
	if len(unfinished) == 0 {
		return nil // an idle connection holds nothing
	}
	if len(buffer) > 0 && &buffer[0] == &unfinished[0] {
		return unfinished
	}
	return append(make([]byte, 0, 2*len(unfinished)), unfinished...)
}

// join appends a message. When a character beyond 16 bits was cut into its two
// surrogates, each of which came in a message of its own, they become one again.
func join(rest, message []byte) []byte {
	n := len(rest)
	if n >= 3 && len(message) >= 3 {
		high, low := surrogate(rest[n-3:]), surrogate(message)
		if high >= 0xD800 && high < 0xDC00 && low >= 0xDC00 {
			rest = utf8.AppendRune(rest[:n-3], (high-0xD800)<<10+(low-0xDC00)+0x10000)
			message = message[3:]
		}
	}
	return append(rest, message...)
}

// surrogate reads a surrogate that was written in three bytes like any other
// character of 16 bits; 0 if it is none.
func surrogate(b []byte) rune {
	if b[0] != 0xED || b[1] < 0xA0 || b[1] > 0xBF || b[2]&0xC0 != 0x80 {
		return 0
	}
	return 0xD000 | rune(b[1]&0x3F)<<6 | rune(b[2]&0x3F)
}

// skipBeats passes over line ends between frames. Nothing is skipped within one.
func (r *reader) skipBeats(b []byte) []byte {
	if r.scanned > 0 || r.until > 0 {
		return b
	}
	return bytes.TrimLeft(b, "\r\n")
}

// size returns the length of the first frame with its NUL, or 0 while that is not
// there.
func (r *reader) size(b []byte) (int, error) {
	if r.until == 0 {
		if err := r.measure(b); err != nil {
			return 0, err
		}
	}
	end := -1
	if r.until > 0 {
		if len(b) < r.until {
			return 0, nil
		}
		if end = r.until - 1; b[end] != 0 {
			return 0, wrong("the body is longer than its content-length")
		}
	} else if at := bytes.IndexByte(b[r.scanned:], 0); at >= 0 {
		end = r.scanned + at
	}
	if end >= MaxFrame || end < 0 && len(b) >= MaxFrame {
		return 0, wrong("a frame may have %d bytes", MaxFrame)
	}
	if end < 0 && r.until == 0 {
		r.scanned = len(b)
	}
	return end + 1, nil
}

// measure finds out from the headers, once they are there, how long the frame is.
func (r *reader) measure(b []byte) error {
	if r.head > 0 {
		return nil
	}
	if len(b) > maxCommand && !bytes.ContainsAny(b[:maxCommand+1], "\n\x00") {
		return wrong("a frame begins with a command")
	}
	from := max(0, r.looked-2)
	head, _, ok := cutHead(b[from:])
	if !ok {
		r.looked = len(b)
		return nil
	}
	head += from
	if bytes.IndexByte(b[:head], 0) >= 0 {
		return nil // parse will say what is wrong
	}
	r.head = head
	length, ok, err := contentLength(b[:head])
	if err != nil || !ok {
		return err
	}
	if head+length >= MaxFrame {
		return wrong("a frame may have %d bytes", MaxFrame)
	}
	r.until = head + length + 1
	return nil
}

// cutHead returns where the body begins and where the headers end.
func cutHead(b []byte) (body, headers int, ok bool) {
	at := bytes.Index(b, []byte("\n\n"))
	crlf := bytes.Index(b, []byte("\n\r\n"))
	switch {
	case at < 0 && crlf < 0:
		return 0, 0, false
	case crlf < 0 || at >= 0 && at < crlf:
		return at + 2, at, true
	}
	return crlf + 3, crlf, true
}

func contentLength(head []byte) (n int, ok bool, err error) {
	for len(head) > 0 {
		var line []byte
		line, head, _ = bytes.Cut(head, []byte("\n"))
		if name, value, found := bytes.Cut(line, []byte(":")); found && string(name) == "content-length" {
			text := strings.TrimSpace(string(value))
			u, err := strconv.ParseUint(text, 10, 31)
			if err != nil {
				return 0, false, wrong("content-length is not a length")
			}
			return int(u), true, nil
		}
	}
	return 0, false, nil
}

// parse reads a frame without its NUL.
func parse(b []byte, v version) (*frame, error) {
	body, head, ok := cutHead(b)
	if !ok {
		return nil, wrong("a frame has a blank line after its headers")
	}
	if !utf8.Valid(b[:head]) || bytes.IndexByte(b[:head], 0) >= 0 {
		return nil, wrong("headers are UTF-8")
	}
	lines := strings.Split(string(b[:head]), "\n")
	f := &frame{command: strings.TrimSuffix(lines[0], "\r"), body: b[body:]}
	if len(lines)-1 > maxHeaders {
		return nil, wrong("a frame may have %d headers", maxHeaders)
	}
	for _, line := range lines[1:] {
		h, err := parseHeader(strings.TrimSuffix(line, "\r"), v, f.command)
		if err != nil {
			return nil, err
		}
		f.headers = append(f.headers, h)
	}
	return f, nil
}

func parseHeader(line string, v version, command string) (header, error) {
	if len(line) > maxHeader {
		return header{}, wrong("a header may have %d bytes", maxHeader)
	}
	name, value, ok := strings.Cut(line, ":")
	if !ok || name == "" {
		return header{}, wrong("a header is a name, a colon and a value")
	}
	if strings.ContainsRune(value, '\r') {
		return header{}, wrong("a header is one line")
	}
	if v == v10 { // nothing is escaped, and some pad (STOMP 1.0)
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	}
	if command != "CONNECT" && command != "STOMP" && !v.escaped(value) {
		return header{}, wrong("a header has an undefined escape")
	}
	return header{name, value}, nil
}
