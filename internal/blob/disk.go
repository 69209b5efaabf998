package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
	"time"
)

// Disk is a Store in a folder. Blobs stand in folders named for the first two
// characters of their keys; what begins with a dot is being written.
type Disk struct{ root *os.Root }

var _ Store = (*Disk)(nil)

const halfWritten = ".part-"

// OpenDisk opens or makes the folder. Nodes that share it may run.
func OpenDisk(folder string) (*Disk, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder for files: %w", err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("open the folder for files: %w", err)
	}
	return &Disk{root}, nil
}

// Close closes the folder.
func (d *Disk) Close() error { return d.root.Close() }

func place(key string) (folder, name string, err error) {
	if !validKey(key) {
		return "", "", ErrBadKey
	}
	return key[:2], path.Join(key[:2], key), nil
}

// Put implements Store. The bytes are on disk, and so is their name, before it
// returns.
func (d *Disk) Put(ctx context.Context, key string, r io.Reader, limit int64) (int64, error) {
	folder, name, err := place(key)
	if err != nil {
		return 0, err
	}
	if err := d.root.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return 0, explain("make a folder", err)
	}
	part := path.Join(folder, halfWritten+key)
	size, err := d.write(ctx, part, r, limit)
	if err == nil {
		err = d.root.Rename(part, name)
	}
	if err == nil {
		err = d.sync(folder)
	}
	if err != nil {
		return 0, errors.Join(explain("store a file", err), ignoreMissing(d.root.Remove(part)))
	}
	return size, nil
}

func (d *Disk) write(ctx context.Context, name string, r io.Reader, limit int64) (size int64, err error) {
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	size, err = io.Copy(f, io.LimitReader(readerOf(ctx, r), limit+1))
	switch {
	case err != nil:
		return 0, err
	case size > limit:
		return 0, ErrTooLarge
	}
	return size, f.Sync()
}

func (d *Disk) sync(folder string) error {
	f, err := d.root.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Open implements Store.
func (d *Disk) Open(_ context.Context, key string) (Blob, error) {
	_, name, err := place(key)
	if err != nil {
		return nil, err
	}
	f, err := d.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("open a file: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open a file: %w", err), f.Close())
	}
	return file{f, info.Size()}, nil
}

type file struct {
	*os.File
	size int64
}

func (f file) Size() int64 { return f.size }

// Delete implements Store.
func (d *Disk) Delete(_ context.Context, key string) error {
	_, name, err := place(key)
	if err != nil {
		return err
	}
	if d.held() {
		return ErrHeld
	}
	if err := ignoreMissing(d.root.Remove(name)); err != nil {
		return fmt.Errorf("remove a file: %w", err)
	}
	return nil
}

// Keys implements Store. It also removes what was being written when a server
// died, once that is older than age.
func (d *Disk) Keys(ctx context.Context, age time.Duration, fn func(key string) error) error {
	before := time.Now().Add(-age)
	return fs.WalkDir(d.root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil || e.IsDir():
			return err
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) || err == nil && !info.ModTime().Before(before) {
			return nil
		}
		if err != nil {
			return err
		}
		if strings.HasPrefix(e.Name(), halfWritten) {
			return ignoreMissing(d.root.Remove(name))
		}
		if !validKey(e.Name()) { // not ours
			return nil
		}
		return fn(e.Name())
	})
}

// explain tells a full disk from other trouble.
func explain(doing string, err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%s: %w: %w", doing, ErrFull, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// readerOf stops reading when ctx ends.
func readerOf(ctx context.Context, r io.Reader) io.Reader {
	return readFunc(func(b []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return r.Read(b)
	})
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(b []byte) (int, error) { return f(b) }

// A backup holds what is there: blobs are not removed while a file of this name is
// younger than holdFor.
const (
	holdName = ".hold"
	holdFor  = time.Minute
)

// ErrHeld says that blobs are not removed at the moment.
var ErrHeld = errors.New("blob: a backup is being made")

// Hold keeps blobs from being removed, by any process, until release. It has to be
// renewed by Hold again within a minute.
func (d *Disk) Hold() (release func() error, err error) {
	f, err := d.root.OpenFile(holdName, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("hold the files: %w", err)
	}
	return func() error { return ignoreMissing(d.root.Remove(holdName)) }, f.Close()
}

func (d *Disk) held() bool {
	info, err := d.root.Stat(holdName)
	return err == nil && time.Since(info.ModTime()) < holdFor
}
