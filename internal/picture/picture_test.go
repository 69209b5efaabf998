package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"slices"
	"testing"
)

// exif is the beginning of a JPEG that says how the camera was held.
func exif(mark string, o uint16) []byte {
	var order binary.AppendByteOrder = binary.LittleEndian
	if mark == "MM" {
		order = binary.BigEndian
	}
	b := order.AppendUint32(order.AppendUint16([]byte("Exif\x00\x00"+mark), 42), 8)
	b = order.AppendUint16(order.AppendUint16(order.AppendUint16(b, 1), 0x0112), 3)
	b = append(order.AppendUint16(order.AppendUint32(b, 1), o), 0, 0)
	return append(binary.BigEndian.AppendUint16([]byte{0xFF, 0xD8, 0xFF, 0xE1}, uint16(len(b)+2)), b...)
}

func TestOrientationIsRead(t *testing.T) {
	for _, mark := range []string{"II", "MM"} {
		for o := range uint16(10) {
			want := int(o)
			if o < 1 || o > 8 {
				want = 1
			}
			if got := orientation(bytes.NewReader(exif(mark, o))); got != want {
				t.Errorf("%s %d is read as %d", mark, o, got)
			}
		}
	}
}

// The corners of an image, clockwise from the top left one, after each turn.
func TestImagesAreTurned(t *testing.T) {
	const w, h = 3, 2
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i, at := range []image.Point{{0, 0}, {w - 1, 0}, {w - 1, h - 1}, {0, h - 1}} {
		img.Set(at.X, at.Y, color.Gray{Y: uint8(10 * (i + 1))})
	}
	for o, want := range map[int]string{
		1: "1234", 2: "2143", 3: "3412", 4: "4321", 5: "1432", 6: "4123", 7: "3214", 8: "2341",
	} {
		up := upright(img, o)
		b := up.Bounds()
		if turnedOver := o >= 5; b.Dx() == h != turnedOver {
			t.Errorf("%d: %v", o, b)
		}
		got := ""
		for _, at := range []image.Point{{0, 0}, {b.Dx() - 1, 0}, {b.Dx() - 1, b.Dy() - 1}, {0, b.Dy() - 1}} {
			r, _, _, _ := up.At(at.X, at.Y).RGBA()
			got += fmt.Sprint(r >> 8 / 10)
		}
		if got != want {
			t.Errorf("%d: the corners are %s, want %s", o, got, want)
		}
	}
}

func TestImagesAreFitted(t *testing.T) {
	for _, tc := range []struct{ w, h, size, wantW, wantH int }{
		{640, 320, 320, 320, 160}, {320, 640, 320, 160, 320}, {320, 320, 320, 320, 320}, {10, 5, 320, 10, 5}, {4000, 1, 320, 320, 1}, {1, 4000, 320, 1, 320},
	} {
		b := fit(image.NewGray(image.Rect(0, 0, tc.w, tc.h)), tc.size).Bounds()
		if b.Dx() != tc.wantW || b.Dy() != tc.wantH {
			t.Errorf("%d × %d in %d is %v", tc.w, tc.h, tc.size, b)
		}
	}
}

func animation(t testing.TB, n, size int) []byte {
	t.Helper()
	g := gif.GIF{Config: image.Config{Width: size, Height: size}}
	for i := range n {
		frame := image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.Black, color.White})
		frame.Set(0, 0, color.Gray{Y: uint8(i % 2 * 255)})
		g.Image, g.Delay = append(g.Image, frame), append(g.Delay, 7)
	}
	var out bytes.Buffer
	if err := gif.EncodeAll(&out, &g); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestFramesAreCounted(t *testing.T) {
	good := animation(t, maxFrames, 1)
	for name, tc := range map[string]struct {
		content []byte
		want    error
	}{
		"as many as may be": {good, nil}, "one more": {animation(t, maxFrames+1, 1), ErrTooManyPixels},
		"large ones": {animation(t, 51, 1000), ErrTooManyPixels}, "cut off": {good[:len(good)/2], ErrNotAnImage}, "nothing": {nil, ErrNotAnImage},
	} {
		if err := checkFrames(bytes.NewReader(tc.content)); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnimationStaysOne(t *testing.T) {
	made, err := NewMaker(1).Make(t.Context(), "image/gif", bytes.NewReader(animation(t, 3, 400)))
	if err != nil {
		t.Fatal(err)
	}
	g, err := gif.DecodeAll(bytes.NewReader(made.Original))
	if err != nil || len(g.Image) != 3 || g.Delay[1] != 7 || made.Type != "image/gif" || made.Width != 400 || made.Thumbnails[320].Width != 320 || made.Placeholder == "" {
		t.Errorf("%d frames, %s, %d×%d, %v", len(g.Image), made.Type, made.Width, made.Height, err)
	}
}

// A PNG stays one, to the pixel. Of its thumbnails what can be seen through stays
// so; the rest gets small.
func TestTransparencyIsKept(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 2000, 500))
	for _, want := range []string{"image/png", "image/jpeg"} {
		var in bytes.Buffer
		if err := png.Encode(&in, img); err != nil {
			t.Fatal(err)
		}
		made, err := NewMaker(1).Make(t.Context(), "image/png", bytes.NewReader(in.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if small := made.Thumbnails[320]; made.Type != "image/png" || small.Type != want || made.Thumbnails[1280].Height != 320 {
			t.Errorf("%s, with a thumbnail of %s, want %s", made.Type, small.Type, want)
		}
		for i := range img.Pix {
			img.Pix[i] = 255
		}
	}
}

func TestOnlyImagesAreMade(t *testing.T) {
	var jpg bytes.Buffer
	if err := jpeg.Encode(&jpg, image.NewGray(image.Rect(0, 0, 9, 9)), nil); err != nil {
		t.Fatal(err)
	}
	for typ, content := range map[string][]byte{
		"image/png": jpg.Bytes(), "image/jpeg": jpg.Bytes()[:40], "image/webp": []byte("RIFF"), "image/gif": []byte("GIF89a"), "image/tiff": jpg.Bytes(),
	} {
		if _, err := NewMaker(1).Make(t.Context(), typ, bytes.NewReader(content)); !errors.Is(err, ErrNotAnImage) {
			t.Errorf("%s: %v", typ, err)
		}
	}
	busy := NewMaker(0)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := busy.Make(over, "image/jpeg", bytes.NewReader(jpg.Bytes())); !errors.Is(err, context.Canceled) {
		t.Errorf("who does not wait any more: %v", err)
	}
}

func FuzzOrientation(f *testing.F) {
	for o := range uint16(9) {
		f.Add(exif("II", o))
		f.Add(exif("MM", o))
	}
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00II*\x00\xff\xff\xff\xff"))
	f.Add([]byte("\xff\xd8\xff\xe0\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if o := orientation(bytes.NewReader(b)); o < 1 || o > 8 {
			t.Errorf("%d", o)
		}
	})
}

// What checkFrames lets through has no more frames and pixels than it may have.
func FuzzFrames(f *testing.F) {
	f.Add(animation(f, 3, 5))
	f.Add(animation(f, 1, 100)[:30])
	f.Add([]byte("GIF89a\xff\xff\xff\xff\x80"))
	f.Add([]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00!\xf9\x00\x3b"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bytes.NewReader(b)
		if checkFrames(r) != nil {
			return
		}
		if r.Len() != len(b) {
			t.Fatal("the reader is not at its start")
		}
		g, err := gif.DecodeAll(r)
		if err != nil {
			return
		}
		pixels := 0
		for _, i := range g.Image {
			pixels += i.Bounds().Dx() * i.Bounds().Dy()
		}
		if len(g.Image) > maxFrames || pixels > MaxPixels {
			t.Errorf("%d frames of %d pixels", len(g.Image), pixels)
		}
	})
}

// scans is a JPEG whose only scan stands there n times.
func scans(t testing.TB, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 64, 64)), nil); err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(b.Bytes(), []byte{0xFF, startOfScan})
	scan := b.Bytes()[at : b.Len()-2]
	return slices.Concat(b.Bytes()[:at], bytes.Repeat(scan, n), []byte{0xFF, endOfImage})
}

func TestScansAreCounted(t *testing.T) {
	if err := checkScans(bytes.NewReader(scans(t, maxScans))); err != nil {
		t.Errorf("%d scans: %v", maxScans, err)
	}
	if err := checkScans(bytes.NewReader(scans(t, maxScans+1))); !errors.Is(err, ErrNotAnImage) {
		t.Errorf("%d scans: %v", maxScans+1, err)
	}
	// What looks like scans in a comment is none.
	comment := bytes.Repeat([]byte{0xFF, startOfScan, 0, 2}, 2*maxScans)
	with := slices.Concat([]byte{0xFF, 0xD8, 0xFF, 0xFE}, binary.BigEndian.AppendUint16(nil, uint16(len(comment)+2)), comment, scans(t, 1)[2:])
	if err := checkScans(bytes.NewReader(with)); err != nil {
		t.Errorf("a comment: %v", err)
	}
	if _, err := NewMaker(1).Make(t.Context(), "image/jpeg", bytes.NewReader(scans(t, maxScans+1))); !errors.Is(err, ErrNotAnImage) {
		t.Errorf("made: %v", err)
	}
}

func FuzzScans(f *testing.F) {
	f.Add(scans(f, 1))
	f.Add(scans(f, 3))
	f.Add([]byte{0xFF, 0xD8, 0xFF, 0xDA, 0, 0, 0xFF})
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := checkScans(bytes.NewReader(b)); err != nil && !errors.Is(err, ErrNotAnImage) {
			t.Errorf("%v", err)
		}
	})
}

// A decoder does not go on for nobody.
func TestMakingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	m := NewMaker(1)
	_, err := m.Make(ctx, "image/jpeg", hook{bytes.NewReader(scans(t, 1)), cancel})
	if !errors.Is(err, context.Canceled) || errors.Is(err, ErrNotAnImage) {
		t.Errorf("%v", err)
	}
}

// hook does something when it is first read.
type hook struct {
	io.ReadSeeker
	do func()
}

func (h hook) Read(b []byte) (int, error) {
	h.do()
	return h.ReadSeeker.Read(b)
}
