package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"
)

// marked is an image of 3×2 with one red pixel, at the top left.
func marked() *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, 3, 2))
	img.Set(0, 0, color.RGBA{R: 255, A: 255})
	return img
}

// Each orientation of EXIF says where the top left corner of the picture went.
func TestUpright(t *testing.T) {
	for o, want := range map[int]struct{ w, h, x, y int }{
		1: {3, 2, 0, 0}, 2: {3, 2, 2, 0}, 3: {3, 2, 2, 1}, 4: {3, 2, 0, 1}, 5: {2, 3, 0, 0}, 6: {2, 3, 1, 0}, 7: {2, 3, 1, 2}, 8: {2, 3, 0, 2},
	} {
		got := upright(marked(), o)
		if b := got.Bounds(); b.Dx() != want.w || b.Dy() != want.h {
			t.Errorf("orientation %d: %v", o, b)
		}
		if r, _, _, _ := got.At(want.x, want.y).RGBA(); r == 0 {
			t.Errorf("orientation %d: the corner is not at %d,%d", o, want.x, want.y)
		}
	}
}

// held is a JPEG that says how its camera was held, in either byte order.
func held(t testing.TB, order binary.AppendByteOrder, o uint16) []byte {
	t.Helper()
	mark := "II"
	if order == binary.BigEndian {
		mark = "MM"
	}
	exif := append([]byte("Exif\x00\x00"), mark...)
	exif = order.AppendUint32(order.AppendUint16(exif, 42), 8)
	exif = order.AppendUint16(exif, 1)
	exif = order.AppendUint16(order.AppendUint16(exif, 0x0112), 3)
	exif = order.AppendUint16(order.AppendUint32(exif, 1), o)
	exif = append(exif, 0, 0, 0, 0, 0, 0)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, marked(), nil); err != nil {
		t.Fatal(err)
	}
	out := append([]byte{}, b.Bytes()[:2]...)
	out = append(out, 0xFF, 0xE1)
	out = binary.BigEndian.AppendUint16(out, uint16(len(exif)+2))
	return append(append(out, exif...), b.Bytes()[2:]...)
}

func TestOrientation(t *testing.T) {
	for o := uint16(1); o <= 8; o++ {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			if got := orientation(bytes.NewReader(held(t, order, o))); got != int(o) {
				t.Errorf("orientation %d, %v: %d", o, order, got)
			}
		}
	}
	for name, content := range map[string][]byte{"nothing": nil, "no JPEG": []byte("GIF89a"), "nonsense": held(t, binary.BigEndian, 77)} {
		if got := orientation(bytes.NewReader(content)); got != 1 {
			t.Errorf("%s: %d", name, got)
		}
	}
}

func TestThumbnailsFit(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 2000, 500))); err != nil {
		t.Fatal(err)
	}
	made, err := NewMaker(1).Make(t.Context(), "image/png", bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	for size, height := range map[int]int{320: 80, 1280: 320} {
		if e := made.Thumbnails[size]; e.Width != size || e.Height != height {
			t.Errorf("%d: %d×%d", size, e.Width, e.Height)
		}
	}
	if made.Type != "image/png" || made.Placeholder == "" {
		t.Errorf("%s, placeholder %q", made.Type, made.Placeholder)
	}
}

func TestAnimationsKeepTheirFrames(t *testing.T) {
	frame := func() *image.Paletted {
		return image.NewPaletted(image.Rect(0, 0, 40, 30), color.Palette{color.Black, color.White})
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{frame(), frame(), frame()}, Delay: []int{5, 6, 7}}); err != nil {
		t.Fatal(err)
	}
	made, err := NewMaker(1).Make(t.Context(), "image/gif", bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	again, err := gif.DecodeAll(bytes.NewReader(made.Original))
	if err != nil || len(again.Image) != 3 || again.Delay[2] != 7 || made.Width != 40 || made.Height != 30 {
		t.Errorf("%d frames, %v, %d×%d", len(again.Image), err, made.Width, made.Height)
	}
}

func FuzzOrientation(f *testing.F) {
	f.Add(held(f, binary.LittleEndian, 6))
	f.Add(held(f, binary.BigEndian, 3))
	f.Add([]byte{0xFF, 0xD8, 0xFF, 0xE1, 0, 20})
	f.Fuzz(func(t *testing.T, content []byte) {
		if o := orientation(bytes.NewReader(content)); o < 1 || o > 8 {
			t.Fatalf("orientation %d", o)
		}
	})
}

// Whatever calls itself an image is refused or made, within the bounds.
func FuzzMake(f *testing.F) {
	var b bytes.Buffer
	if err := gif.Encode(&b, marked(), nil); err != nil {
		f.Fatal(err)
	}
	f.Add("image/gif", b.Bytes())
	f.Add("image/jpeg", held(f, binary.LittleEndian, 6))
	f.Add("image/webp", []byte("RIFF\x00\x00\x00\x00WEBPVP8 "))
	m := NewMaker(1)
	f.Fuzz(func(t *testing.T, typ string, content []byte) {
		made, err := m.Make(t.Context(), typ, bytes.NewReader(content))
		if err == nil && int64(made.Width)*int64(made.Height) > MaxPixels {
			t.Fatalf("made an image of %d×%d", made.Width, made.Height)
		}
	})
}
