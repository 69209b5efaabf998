package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"parley/internal/backup"
	"parley/internal/blob"
	"parley/internal/chat"
	"parley/internal/config"
	"parley/internal/store/sqlite"
)

var errPostgresBackup = errors.New("with PostgreSQL the database is backed up and restored with its own tools (pg_dump, pg_restore) and the files as files; docs/operate.md says in which order")

// Backed tells what a backup or a restore carried.
type Backed struct {
	backup.Manifest
	Files int
}

// Backup writes everything that a deployment on SQLite keeps. The server may run:
// the archive shows one moment.
func Backup(ctx context.Context, cfg config.Config, version string, to io.Writer) (b Backed, err error) {
	if cfg.Database != "" {
		return b, errPostgresBackup
	}
	if _, err := os.Stat(databasePath(cfg)); err != nil {
		return b, fmt.Errorf("there is no Parley database in %s", cfg.Data)
	}
	release, err := holdFiles(ctx, blobsPath(cfg))
	if err != nil {
		return b, err
	}
	defer func() { err = errors.Join(err, release()) }()
	dir, err := os.MkdirTemp(cfg.Data, ".backup-")
	if err != nil {
		return b, fmt.Errorf("make room for a snapshot: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	snapshot := filepath.Join(dir, backup.DatabaseName)
	b.Manifest = backup.Manifest{Version: version, CreatedAt: time.Now().UTC().Truncate(time.Millisecond)}
	if b.Schema, err = sqlite.Snapshot(ctx, databasePath(cfg), snapshot); err != nil {
		return b, err
	}
	b.Files, err = backup.Write(ctx, to, b.Manifest, snapshot, blobsPath(cfg))
	return b, err
}

// NoteBackup writes into the audit log that a backup was made, so that the server can
// tell when the last one was. The schema stays as it is: a backup is often what comes
// before another version.
func NoteBackup(ctx context.Context, cfg config.Config, b Backed) error {
	st, err := sqlite.Open(ctx, databasePath(cfg), sqlite.Options{AsItIs: true})
	if err != nil {
		return err
	}
	err = st.Write(ctx, func(tx chat.Tx) error {
		return chat.Record(ctx, tx, chat.Operator, b.CreatedAt, chat.ActionBackup, 0, map[string]any{"files": b.Files, "schema": b.Schema})
	})
	return errors.Join(err, st.Close())
}

// holdFiles keeps a running server from removing files that the snapshot names,
// until release.
func holdFiles(ctx context.Context, folder string) (release func() error, err error) {
	disk, err := blob.OpenDisk(folder)
	if err != nil {
		return nil, err
	}
	let, err := disk.Hold()
	if err != nil {
		return nil, errors.Join(err, disk.Close())
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(10 * time.Second)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				_, _ = disk.Hold() // one that fails is made up for by the next
			}
		}
	}()
	return func() error {
		cancel()
		<-ended
		return errors.Join(let(), disk.Close())
	}, nil
}

// Restore reads a backup into a folder that is empty or does not exist yet. If it
// fails, the folder is as it was.
func Restore(ctx context.Context, cfg config.Config, from io.Reader) (b Backed, err error) {
	if cfg.Database != "" {
		return b, errPostgresBackup
	}
	blobs := blobsPath(cfg)
	for _, folder := range []string{cfg.Data, blobs} {
		if err := mustBeEmpty(folder); err != nil {
			return b, err
		}
	}
	// Beside their places, so that they are moved there in one step.
	data, files := cfg.Data+".restoring", blobs+".restoring"
	if blobs == filepath.Join(cfg.Data, blobsFolder) {
		files = filepath.Join(data, blobsFolder)
	}
	for _, folder := range []string{data, files} {
		if err := mustBeEmpty(folder); err != nil {
			return b, fmt.Errorf("an earlier restore was broken off: %w", err)
		}
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data), os.RemoveAll(files)) }()
	for _, folder := range []string{data, files} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return b, err
		}
	}
	if b.Manifest, b.Files, err = backup.Extract(ctx, from, data, files); err != nil {
		return b, err
	}
	if err := sqlite.Check(ctx, filepath.Join(data, backup.DatabaseName)); err != nil {
		return b, err
	}
	if b.Schema, err = sqlite.Migrate(ctx, filepath.Join(data, backup.DatabaseName)); err != nil {
		return b, err
	}
	if files != filepath.Join(data, blobsFolder) {
		if err := moveInto(files, blobs); err != nil {
			return b, err
		}
	}
	return b, moveInto(data, cfg.Data)
}

// mustBeEmpty refuses a folder with anything in it.
func mustBeEmpty(folder string) error {
	entries, err := os.ReadDir(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case len(entries) > 0:
		return fmt.Errorf("%s is not empty: a backup is restored into a new folder only", folder)
	}
	return nil
}

func moveInto(from, to string) error {
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) { // empty
		return err
	}
	return os.Rename(from, to)
}

const blobsFolder = "blobs"

// blobsPath is the folder in which files are stored.
func blobsPath(cfg config.Config) string {
	if cfg.Blobs != "" {
		return string(cfg.Blobs)
	}
	return filepath.Join(cfg.Data, blobsFolder)
}
