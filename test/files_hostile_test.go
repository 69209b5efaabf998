package test

import (
	"bytes"
	"context"
	bits "encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"unicode"

	"parley/internal/blob"
	"parley/internal/parleytest"
)

// Names are one line, without folders, and never part of a path on the disk.
func TestNamesOfFilesAreTamed(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann := s.Person("Ann")
	for sent, want := range map[string]string{
		"../../etc/passwd": "passwd", `..\\..\\boot.ini`: "boot.ini", "..": "file", "utf-8''a%00b%07%0Ac.txt": "", "a\u202egnp.exe": "", strings.Repeat("x", 400): strings.Repeat("x", 255),
	} {
		a := post(t, s, ann, "POST", "/api/chat/attachments", fileNamed(sent, []byte("x")))
		if a.status != 201 || want != "" && a.FileName != want || strings.ContainsAny(a.FileName, "/\\\x00\x07\n\r") {
			t.Errorf("%q became %q (%d %s)", sent, a.FileName, a.status, a.code)
			continue
		}
		if strings.ContainsFunc(a.FileName, unicode.IsControl) {
			t.Errorf("%q became %q", sent, a.FileName)
		}
		if res, _ := get(t, s, ann, "GET", a.URL); res.StatusCode != http.StatusOK || strings.ContainsAny(res.Header.Get("Content-Disposition"), "\r\n") {
			t.Errorf("%q is served with %d %v", sent, res.StatusCode, res.Header)
		}
	}
}

// A form that is not an upload is refused, and leaves nothing.
func TestBadFormsLeaveNothing(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann := s.Person("Ann")
	note := part{field: "note", content: []byte("x")}
	f := fileNamed("f.txt", []byte("content"))

	var before []part
	for range 30 {
		before = append(before, note)
	}
	for name, tc := range map[string]struct {
		parts  []part
		status int
	}{
		"an empty file": {[]part{fileNamed("f", nil)}, 400}, "no file": {[]part{note}, 400}, "nothing": {nil, 400},
		"too many parts before": {append(before, f), 400}, "too many parts after": {append([]part{f}, before...), 400},
		"two files": {[]part{f, f}, 400}, "a long field": {[]part{{field: "note", content: make([]byte, 4096)}, f}, 400},
		"no such conversation": {[]part{to(1 << 40), f}, 404}, "no number": {[]part{{field: "conversationId", content: []byte("x")}, f}, 400},
		"no such conversation, said after": {[]part{f, to(1 << 40)}, 404}, "a length below 0": {[]part{{field: "durationMs", content: []byte("-1")}, f}, 400},
	} {
		if a := post(t, s, ann, "POST", "/api/chat/attachments", tc.parts...); a.status != tc.status {
			t.Errorf("%s: %d %q, want %d", name, a.status, a.code, tc.status)
		}
	}
	if a := sendBody(t, s, ann, "POST", "/api/chat/attachments", "application/json", strings.NewReader("{}")); a.status != 415 {
		t.Errorf("JSON: %d %q", a.status, a.code)
	}
	if a := sendBody(t, s, ann, "POST", "/api/chat/attachments", "multipart/form-data; boundary=x", strings.NewReader("--y\r\nrubbish")); a.status != 400 {
		t.Errorf("rubbish: %d %q", a.status, a.code)
	}
	if n, known := blobs(t, s), rows(t, s); n != 0 || known != 0 {
		t.Errorf("%d blobs and %d rows are left", n, known)
	}
}

// What could act in a browser is served as bytes without a meaning, whatever it
// calls itself.
func TestFilesThatLieAreHarmless(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann := s.Person("Ann")
	const script = `<script>alert(document.cookie)</script>`
	for name, content := range map[string]string{
		"a page":         "<!DOCTYPE html><html>" + script + "</html>",
		"a drawing":      `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">` + script + `</svg>`,
		"a bare drawing": `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`,
		"half an image":  "\x89PNG\r\n\x1a\n" + script,
		"half a film":    "GIF89a\x01\x00\x01\x00\x00\x00\x00" + script,
		"a wide header":  string(header(1<<31-1, 1<<31-1)), // no image can be that
	} {
		p := part{"file", "picture.png", "image/png", []byte(content)}
		a := upload(t, s, ann, p)
		res, got := get(t, s, ann, "GET", a.URL)
		if a.MimeType != "application/octet-stream" || res.Header.Get("Content-Type") != "application/octet-stream" || string(got) != content {
			t.Errorf("%s is served as %q (%+v)", name, res.Header.Get("Content-Type"), a)
		}
		if d := res.Header.Get("Content-Disposition"); d != "attachment; filename=picture.png" {
			t.Errorf("%s is served with %q", name, d)
		}
	}
	jpg := asJPEG(t, photo(40, 40))
	comment := append([]byte{0xFF, 0xFE, 0, byte(len(script) + 2)}, script...)
	both := append(append(append(bytes.Clone(jpg[:2]), comment...), jpg[2:]...), script...)
	a := upload(t, s, ann, fileNamed("both.jpg", both))
	if res, got := get(t, s, ann, "GET", a.URL); bytes.Contains(got, []byte("script")) || res.Header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("the page in the image is served: %v", res.Header)
	}
}

// withEXIF puts an orientation and a place into a JPEG.
func withEXIF(jpg []byte, orientation uint16) []byte {
	le := bits.LittleEndian
	b := append([]byte("Exif\x00\x00II*\x00"), le.AppendUint32(nil, 8)...)
	b = le.AppendUint16(b, 2)
	b = append(le.AppendUint32(le.AppendUint16(le.AppendUint16(b, 0x0112), 3), 1), byte(orientation), 0, 0, 0)
	b = le.AppendUint32(le.AppendUint32(le.AppendUint16(le.AppendUint16(b, 0x8825), 4), 1), 38) // GPS
	b = append(le.AppendUint32(b, 0), "GPS 52.520008 13.404954"...)
	segment := append([]byte{0xFF, 0xE1}, bits.BigEndian.AppendUint16(nil, uint16(len(b)+2))...)
	return append(append(append(bytes.Clone(jpg[:2]), segment...), b...), jpg[2:]...)
}

// A photo comes back the right way up, and does not tell where it was taken.
func TestPhotosTellNoPlace(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann := s.Person("Ann")
	a := upload(t, s, ann, fileNamed("photo.jpg", withEXIF(asJPEG(t, photo(400, 200)), 6)))
	if a.Width != 200 || a.Height != 400 {
		t.Errorf("it is %d × %d", a.Width, a.Height)
	}
	for _, path := range []string{a.URL, a.ThumbnailURL} {
		_, got := get(t, s, ann, "GET", path)
		if bytes.Contains(got, []byte("Exif")) || bytes.Contains(got, []byte("GPS")) {
			t.Errorf("%s still has its EXIF data", path)
		}
		img := decodeJPEG(t, got)
		b := img.Bounds()
		if top, _, bottom, _ := img.At(b.Dx()/2, 10).RGBA(); b.Dy() != 2*b.Dx() || top < bottom {
			t.Errorf("%s is %v, and its top is not red", path, b)
		}
	}
}

// header is a PNG that says that it is of this size and has next to no bytes.
func header(w, h uint32) []byte {
	b := []byte("IHDR")
	b = bits.BigEndian.AppendUint32(bits.BigEndian.AppendUint32(b, w), h)
	b = append(b, 8, 2, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	return bits.BigEndian.AppendUint32(append(out, b...), crc32.ChecksumIEEE(b))
}

// frames is a GIF that goes on for long.
func frames(t *testing.T, n, size int) []byte {
	t.Helper()
	g := gif.GIF{Config: image.Config{Width: size, Height: size}}
	frame := image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.Black, color.White})
	for range n {
		g.Image, g.Delay = append(g.Image, frame), append(g.Delay, 1)
	}
	var out bytes.Buffer
	if err := gif.EncodeAll(&out, &g); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Images that unfold into more than can be shown are refused before they do.
func TestBombsAreRefused(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann := s.Person("Ann")
	bomb := asPNG(t, image.NewPaletted(image.Rect(0, 0, 9000, 9000), color.Palette{color.Black}))
	for name, content := range map[string][]byte{
		"a bomb": bomb, "a header": header(10_000, 10_000),
		"many frames": frames(t, 5000, 1), "large frames": frames(t, 100, 1000),
	} {
		a := post(t, s, ann, "POST", "/api/chat/attachments", fileNamed("x", content))
		if a.status != 413 || a.code != "payload_too_large" {
			t.Errorf("%s of %d bytes: %d %q", name, len(content), a.status, a.code)
		}
	}
	if n, known := blobs(t, s), rows(t, s); n != 0 || known != 0 {
		t.Errorf("%d blobs and %d rows are left", n, known)
	}
}

// The limit holds whether or not the length was said.
func TestTooLargeFilesAreRefused(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann := s.Person("Ann")
	large := fileNamed("large.bin", make([]byte, 26<<20))
	body, typ := form(t, large)
	r := bytes.NewReader(body.Bytes())
	if a := sendBody(t, s, ann, "POST", "/api/chat/attachments", typ, struct{ io.Reader }{r}); a.status != 413 {
		t.Errorf("in chunks: %d %q", a.status, a.code)
	}
	head := fmt.Sprintf("POST /api/chat/attachments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", ann.Token, typ, body.Len())
	c := dial(t, s)
	if _, err := io.WriteString(c, head); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, len("HTTP/1.1 413"))
	if _, err := io.ReadFull(c, answer); err != nil || string(answer) != "HTTP/1.1 413" {
		t.Errorf("by its length: %q %v", answer, err)
	}
	leaves(t, s, 0)
	if n := rows(t, s); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}

func dial(t *testing.T, s *parleytest.Server) net.Conn {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// An upload that is broken off in the middle leaves nothing.
func TestBrokenOffUploadLeavesNothing(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t)
	ann := s.Person("Ann")
	body, typ := form(t, fileNamed("f.bin", make([]byte, 4<<20)))
	c := dial(t, s)
	head := fmt.Sprintf("POST /api/chat/attachments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", ann.Token, typ, body.Len())
	if _, err := c.Write(append([]byte(head), body.Bytes()[:body.Len()/2]...)); err != nil {
		t.Fatal(err)
	}
	leaves(t, s, 1) // it is on its way
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	leaves(t, s, 0)
	if n := rows(t, s); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}

// fullDisk has no room left.
type fullDisk struct{ blob.Store }

func (fullDisk) Put(context.Context, string, io.Reader, int64) (int64, error) {
	return 0, fmt.Errorf("store a file: %w", blob.ErrFull)
}

// A full disk is told as such, with a time to come back.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t, parleytest.OnBlobs(func(b blob.Store) blob.Store { return fullDisk{b} }))
	for _, content := range [][]byte{[]byte("text"), asPNG(t, photo(8, 8))} {
		a := post(t, s, s.Person("Ann"), "POST", "/api/chat/attachments", fileNamed("f", content))
		if a.status != 503 || a.code != "overloaded" || a.header.Get("Retry-After") == "" {
			t.Errorf("%d %q %v", a.status, a.code, a.header)
		}
	}
	if n, known := blobs(t, s), rows(t, s); n != 0 || known != 0 {
		t.Errorf("%d blobs and %d rows are left", n, known)
	}
}

// Many uploads at once do not get past the quota that each of them would fit into.
func TestQuotaHoldsForUploadsAtOnce(t *testing.T) {
	t.Parallel()
	s := parleytest.New(t, parleytest.With("--chat.user-quota-mb", "1"))
	ann := s.Person("Ann")
	var taken, refused atomic.Int32
	var busy sync.WaitGroup
	for i := range 4 { // as many as one user may have under way
		busy.Go(func() {
			a := post(t, s, ann, http.MethodPost, "/api/chat/attachments", fileNamed(fmt.Sprint(i, ".txt"), bytes.Repeat([]byte("x"), 400<<10)))
			switch a.status {
			case http.StatusCreated:
				taken.Add(1)
			case http.StatusRequestEntityTooLarge:
				refused.Add(1)
			}
		})
	}
	busy.Wait()
	if taken.Load() != 2 || refused.Load() != 2 {
		t.Errorf("%d taken, %d refused: two fit", taken.Load(), refused.Load())
	}
	if n := blobs(t, s); n != 2 {
		t.Errorf("%d files on disk", n)
	}
}
