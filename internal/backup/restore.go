package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Bounds of what an archive may make the reader do.
const (
	maxManifest = 1 << 20
	maxSums     = 1 << 30
	maxName     = 512
)

// Extract reads an archive into an empty folder: the database under DatabaseName,
// the files under blobs. It fails unless the archive is whole. What it has written
// by then stays; the caller removes the folder.
func Extract(ctx context.Context, from io.Reader, data, blobs string) (m Manifest, files int, err error) {
	r := &reader{tar: tar.NewReader(from), sums: map[string]string{}}
	for {
		h, err := r.tar.Next()
		switch {
		case errors.Is(err, io.EOF):
			return m, files, errors.New("the archive is broken off: its checksums are missing")
		case err != nil:
			return m, files, fmt.Errorf("read the archive: %w", err)
		case ctx.Err() != nil:
			return m, files, ctx.Err()
		case h.Typeflag != tar.TypeReg || len(h.Name) > maxName || path.Clean(h.Name) != h.Name:
			return m, files, fmt.Errorf("%q does not belong into a backup", h.Name)
		}
		switch {
		case h.Name == manifestName:
			m, err = r.manifest()
		case h.Name == sumsName:
			return m, files, r.check()
		case m.Format == 0:
			err = errors.New("this is no backup: it does not begin with a manifest")
		case h.Name == DatabaseName:
			err = r.file(h.Name, filepath.Join(data, DatabaseName))
		case strings.HasPrefix(h.Name, BlobsDir+"/") && filepath.IsLocal(h.Name):
			files++
			err = r.file(h.Name, filepath.Join(blobs, filepath.FromSlash(strings.TrimPrefix(h.Name, BlobsDir+"/"))))
		default:
			err = fmt.Errorf("%q does not belong into a backup", h.Name)
		}
		if err != nil {
			return m, files, err
		}
	}
}

// reader reads entries and remembers their checksums.
type reader struct {
	tar  *tar.Reader
	sums map[string]string
}

func (r *reader) manifest() (m Manifest, err error) {
	content, err := io.ReadAll(io.LimitReader(r.tar, maxManifest))
	if err != nil {
		return m, fmt.Errorf("read the manifest: %w", err)
	}
	sum := sha256.Sum256(content)
	r.sums[manifestName] = fmt.Sprintf("%x", sum)
	if err := json.Unmarshal(content, &m); err != nil {
		return m, fmt.Errorf("read the manifest: %w", err)
	}
	if m.Format != format {
		return m, fmt.Errorf("the archive has form %d, this Parley reads form %d", m.Format, format)
	}
	return m, nil
}

func (r *reader) file(name, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(f, sum), r.tar)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("restore %s: %w", name, err)
	}
	r.sums[name] = hexOf(sum)
	return nil
}

// check compares the checksums at the end of the archive with what was read.
func (r *reader) check() error {
	content, err := io.ReadAll(io.LimitReader(r.tar, maxSums))
	if err != nil {
		return fmt.Errorf("read the checksums: %w", err)
	}
	listed := 0
	for line := range bytes.Lines(content) {
		sum, name, ok := strings.Cut(strings.TrimSuffix(string(line), "\n"), "  ")
		if !ok || r.sums[name] != sum {
			return fmt.Errorf("%s is not what was backed up: its checksum differs", name)
		}
		listed++
	}
	if listed != len(r.sums) {
		return fmt.Errorf("the archive holds %d entries, its checksums name %d", len(r.sums), listed)
	}
	if r.sums[DatabaseName] == "" {
		return errors.New("the archive holds no database")
	}
	return nil
}
