// Package backup writes what a deployment keeps into one archive, and reads it
// back. An archive is a tar file: manifest.json, the database, the files, and at
// the end the checksums of all of it, without which it counts as broken off.
package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// Names in an archive. Everything below BlobsDir is a file of the deployment.
const (
	manifestName = "manifest.json"
	DatabaseName = "parley.db"
	BlobsDir     = "blobs"
	sumsName     = "SHA256SUMS"
)

// format is the version of the archive's own form.
const format = 1

// Manifest says what an archive holds.
type Manifest struct {
	Format    int       `json:"format"`
	Version   string    `json:"version"` // of the Parley that wrote it
	Schema    int64     `json:"schema"`  // of the database
	CreatedAt time.Time `json:"createdAt"`
}

// Write writes an archive of a database snapshot and a folder of files. Files
// that vanish meanwhile are left out: nothing in a newer database names them.
// blobs may name a folder that does not exist.
func Write(ctx context.Context, to io.Writer, m Manifest, snapshot, blobs string) (files int, err error) {
	m.Format = format
	w := &writer{tar: tar.NewWriter(to)}
	about, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return 0, err
	}
	if err := w.bytes(manifestName, append(about, '\n'), m.CreatedAt); err != nil {
		return 0, err
	}
	if err := w.file(DatabaseName, snapshot); err != nil {
		return 0, err
	}
	err = filepath.WalkDir(blobs, func(name string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case strings.HasPrefix(e.Name(), ".") && name != blobs: // half-written, or another program's
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		case !e.Type().IsRegular():
			return nil
		}
		relative, err := filepath.Rel(blobs, name)
		if err != nil {
			return err
		}
		err = w.file(path.Join(BlobsDir, filepath.ToSlash(relative)), name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		files++
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("archive the files: %w", err)
	}
	if err := w.bytes(sumsName, []byte(w.sums.String()), m.CreatedAt); err != nil {
		return 0, err
	}
	return files, w.tar.Close()
}

// writer writes entries and remembers their checksums.
type writer struct {
	tar  *tar.Writer
	sums strings.Builder
}

func (w *writer) bytes(name string, content []byte, at time.Time) error {
	return w.entry(name, int64(len(content)), at, strings.NewReader(string(content)))
}

func (w *writer) file(name, from string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return w.entry(name, info.Size(), info.ModTime(), f)
}

func (w *writer) entry(name string, size int64, at time.Time, content io.Reader) error {
	h := &tar.Header{Name: name, Size: size, Mode: 0o600, ModTime: at.Truncate(time.Second), Typeflag: tar.TypeReg, Format: tar.FormatPAX}
	if err := w.tar.WriteHeader(h); err != nil {
		return fmt.Errorf("archive %s: %w", name, err)
	}
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(w.tar, sum), content); err != nil {
		return fmt.Errorf("archive %s: %w", name, err)
	}
	fmt.Fprintf(&w.sums, "%s  %s\n", hexOf(sum), name)
	return nil
}

func hexOf(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }
