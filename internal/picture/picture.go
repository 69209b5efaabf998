// Package picture makes images safe to show and small to load: decoded within
// bounds, turned upright, without what a camera or a liar put beside the pixels.
package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"time"

	"github.com/bbrks/go-blurhash"
	"golang.org/x/image/draw"
	"golang.org/x/image/webp"
)

// Bounds of what is decoded.
const (
	MaxPixels  = 50_000_000 // of an image, or of all frames of an animation
	maxFrames  = 1_000
	maxScans   = 100 // of a JPEG: each may go over all its pixels; programs write about 10
	quality    = 88  // of JPEG
	makeWithin = time.Minute
)

// Sizes of the thumbnails: the longer side has at most that many pixels.
var Sizes = []int{320, 1280}

// ErrTooManyPixels refuses an image before it is decoded.
var ErrTooManyPixels = fmt.Errorf("an image may have at most %d million pixels", MaxPixels/1_000_000)

// ErrNotAnImage refuses what does not decode as what it says it is.
var ErrNotAnImage = errors.New("not an image that can be shown")

// Made is an image, made anew.
type Made struct {
	Type          string // image/jpeg, image/png or image/gif
	Original      []byte
	Width, Height int
	Placeholder   string          // blurhash
	Thumbnails    map[int]Encoded // by size; none that would be larger than the original
}

// Encoded is one form of an image.
type Encoded struct {
	Type          string
	Bytes         []byte
	Width, Height int
}

// Maker makes images, only so many at once: each may take some hundred MB.
type Maker struct{ slots chan struct{} }

// NewMaker returns a maker that works on n images at once.
func NewMaker(n int) *Maker { return &Maker{make(chan struct{}, n)} }

// Make decodes an image of the given type and makes all its forms.
func (m *Maker) Make(ctx context.Context, typ string, r io.ReadSeeker) (*Made, error) {
	select {
	case m.slots <- struct{}{}:
		defer func() { <-m.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, makeWithin)
	defer cancel()
	forms := makeStill
	if typ == "image/gif" {
		forms = makeAnimation
	}
	made, err := forms(typ, timelyReader{r, ctx})
	if ctx.Err() != nil {
		return nil, fmt.Errorf("make an image: %w", ctx.Err()) // not the image's fault, perhaps
	}
	return made, err
}

// timelyReader ends when its context does, since decoders know of none.
type timelyReader struct {
	io.ReadSeeker
	ctx context.Context
}

func (r timelyReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.ReadSeeker.Read(p)
}

func makeStill(typ string, r io.ReadSeeker) (*Made, error) {
	img, err := decode(typ, r)
	if err != nil {
		return nil, err
	}
	if typ == "image/jpeg" {
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		img = upright(img, orientation(r))
	}
	e, err := encode(img, typ != "image/png")
	if err != nil {
		return nil, err
	}
	made := &Made{Type: e.Type, Original: e.Bytes, Width: e.Width, Height: e.Height, Thumbnails: map[int]Encoded{}}
	return made, made.addSmall(img)
}

// decode looks at the size before it decodes.
func decode(typ string, r io.ReadSeeker) (image.Image, error) {
	type codec struct {
		config func(io.Reader) (image.Config, error)
		image  func(io.Reader) (image.Image, error)
	}
	c, ok := map[string]codec{
		"image/jpeg": {jpeg.DecodeConfig, jpeg.Decode}, "image/png": {png.DecodeConfig, png.Decode}, "image/webp": {webp.DecodeConfig, webp.Decode},
	}[typ]
	if !ok {
		return nil, ErrNotAnImage
	}
	config, err := c.config(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotAnImage, err)
	}
	if config.Width < 1 || config.Height < 1 || int64(config.Width)*int64(config.Height) > MaxPixels {
		return nil, ErrTooManyPixels
	}
	if typ == "image/jpeg" {
		err = checkScans(r)
	}
	if _, seek := r.Seek(0, io.SeekStart); err != nil || seek != nil {
		return nil, errors.Join(err, seek)
	}
	img, err := c.image(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotAnImage, err)
	}
	return img, nil
}

// makeAnimation keeps frames and times of a GIF; comments and what else there was
// beside them go.
func makeAnimation(_ string, r io.ReadSeeker) (*Made, error) {
	if err := checkFrames(r); err != nil {
		return nil, err
	}
	all, err := gif.DecodeAll(r)
	if err != nil || len(all.Image) == 0 {
		return nil, fmt.Errorf("%w: %w", ErrNotAnImage, err)
	}
	var out bytes.Buffer
	if err := gif.EncodeAll(&out, all); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotAnImage, err)
	}
	first := image.NewRGBA(image.Rect(0, 0, all.Config.Width, all.Config.Height))
	draw.Draw(first, all.Image[0].Bounds(), all.Image[0], all.Image[0].Bounds().Min, draw.Over)
	made := &Made{Type: "image/gif", Original: out.Bytes(), Width: all.Config.Width, Height: all.Config.Height, Thumbnails: map[int]Encoded{}}
	return made, made.addSmall(first)
}

// addSmall adds thumbnails and the placeholder.
func (m *Made) addSmall(img image.Image) error {
	for _, size := range Sizes {
		if max(m.Width, m.Height) <= size {
			continue
		}
		e, err := encode(fit(img, size), true)
		if err != nil {
			return err
		}
		m.Thumbnails[size] = e
	}
	hash, err := blurhash.Encode(4, 3, fit(img, 32))
	if err != nil {
		return fmt.Errorf("make a placeholder: %w", err)
	}
	m.Placeholder = hash
	return nil
}

// fit scales an image down so that its longer side has at most size pixels.
func fit(img image.Image, size int) image.Image {
	b := img.Bounds()
	longer := max(b.Dx(), b.Dy())
	if longer <= size {
		return img
	}
	to := image.Rect(0, 0, max(1, b.Dx()*size/longer), max(1, b.Dy()*size/longer))
	small := image.NewRGBA(to)
	draw.ApproxBiLinear.Scale(small, to, img, b, draw.Src, nil)
	return small
}

// encode writes what is opaque as JPEG, if it may lose a little, the rest as PNG.
func encode(img image.Image, lossy bool) (Encoded, error) {
	e := Encoded{Type: "image/jpeg", Width: img.Bounds().Dx(), Height: img.Bounds().Dy()}
	var out bytes.Buffer
	var err error
	if opaque, ok := img.(interface{ Opaque() bool }); !lossy || ok && !opaque.Opaque() {
		e.Type = "image/png"
		err = (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, img)
	} else {
		err = jpeg.Encode(&out, img, &jpeg.Options{Quality: quality})
	}
	if err != nil {
		return e, fmt.Errorf("write an image: %w", err)
	}
	e.Bytes = out.Bytes()
	return e, nil
}
