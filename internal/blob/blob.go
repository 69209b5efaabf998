// Package blob stores the bytes of files under keys that nobody can guess.
package blob

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"strings"
	"time"
)

// Store keeps blobs. What Put returned without an error is durable. Blobs do not
// change; a key is used once.
type Store interface {
	// Put stores what r gives, at most limit bytes; beyond that it is ErrTooLarge.
	// If it fails nothing is kept.
	Put(ctx context.Context, key string, r io.Reader, limit int64) (size int64, err error)
	// Open returns a blob; ErrNotFound if there is none.
	Open(ctx context.Context, key string) (Blob, error)
	// Delete removes a blob; one that is not there is no error.
	Delete(ctx context.Context, key string) error
	// Keys calls fn with the keys of blobs that are older than age, until it fails.
	Keys(ctx context.Context, age time.Duration, fn func(key string) error) error
}

// Blob is an open blob.
type Blob interface {
	io.ReadSeekCloser
	Size() int64
}

// Errors of a Store.
var (
	ErrNotFound = errors.New("blob: not found")
	ErrTooLarge = errors.New("blob: too large")
	ErrFull     = errors.New("blob: no space left")
	ErrBadKey   = errors.New("blob: not a key")
)

// NewKey returns a key that was never used and cannot be guessed.
func NewKey() string { return strings.ToLower(rand.Text()) }

// validKey keeps anything but keys, and names made of them, out of file systems.
func validKey(key string) bool {
	return len(key) >= 20 && len(key) <= 64 && strings.Trim(key, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}
