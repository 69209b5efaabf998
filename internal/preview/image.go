package preview

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"

	"github.com/gabriel-vasile/mimetype"

	"parley/internal/blob"
	"parley/internal/chat"
	"parley/internal/picture"
)

// maxPixels of an image: somebody else's costs less than what one uploads may.
const maxPixels = 16_000_000

// imageOf fetches the image of a page and keeps it made anew and small, so that
// readers load it from here and the page does not learn who they are.
func (s *Service) imageOf(ctx context.Context, address string) (*chat.File, error) {
	if address == "" {
		return nil, nil
	}
	content, err := s.fetcher.Image(ctx, address)
	if err != nil {
		return nil, err
	}
	// Package picture registers the formats that it takes.
	if c, _, err := image.DecodeConfig(bytes.NewReader(content)); err != nil || c.Width*c.Height > maxPixels {
		return nil, fmt.Errorf("%w: the image is none, or too large", errUseless)
	}
	made, err := s.images.Make(ctx, mimetype.Detect(content).String(), bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	small, ok := made.Thumbnails[picture.Sizes[0]]
	if !ok {
		small = picture.Encoded{Type: made.Type, Bytes: made.Original, Width: made.Width, Height: made.Height}
	}
	if len(small.Bytes) > maxImage {
		return nil, fmt.Errorf("%w: the image stays too large", errUseless)
	}
	sum := sha256.Sum256(small.Bytes)
	f := &chat.File{
		Key: blob.NewKey(), Name: "preview", Size: int64(len(small.Bytes)), Type: small.Type, Kind: chat.ImageFile, SHA256: hex.EncodeToString(sum[:]),
		Width: small.Width, Height: small.Height, Placeholder: made.Placeholder, CreatedAt: s.now().UTC(),
	}
	_, err = s.blobs.Put(ctx, f.Key, bytes.NewReader(small.Bytes), f.Size)
	return f, err
}
