package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"parley/internal/app"
	"parley/internal/config"
)

type backupCmd struct {
	place
	Archive string `arg:"" help:"File to write, or - for standard output."`
}

func (c *backupCmd) Run(ctx context.Context) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	var b app.Backed
	if c.Archive == "-" {
		if b, err = app.Backup(ctx, cfg, version, os.Stdout); err == nil {
			noteBackup(ctx, cfg, b)
		}
		return err
	}
	err = writeWhole(c.Archive, func(w io.Writer) (err error) {
		b, err = app.Backup(ctx, cfg, version, w)
		return err
	})
	if err == nil {
		noteBackup(ctx, cfg, b)
	}
	return said(err, "Backed up the database (schema %d) and %d files to %s.", b.Schema, b.Files, c.Archive)
}

// noteBackup writes down that there is a backup. One that is not written down is as good.
func noteBackup(ctx context.Context, cfg config.Config, b app.Backed) {
	if err := app.NoteBackup(ctx, cfg, b); err != nil {
		fmt.Fprintln(os.Stderr, "parley: the backup is whole, but the server will not know of it:", err)
	}
}

// writeWhole makes a new file that is there whole or not at all.
func writeWhole(path string, write func(io.Writer) error) error {
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("%s exists: a backup replaces nothing", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".")
	if err != nil {
		return err
	}
	err = errors.Join(write(f), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

type restoreCmd struct {
	place
	Archive string `arg:"" help:"File that parley backup wrote, or - for standard input."`
}

func (c *restoreCmd) Run(ctx context.Context) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	from := os.Stdin
	if c.Archive != "-" {
		if from, err = os.Open(c.Archive); err != nil {
			return err
		}
		defer from.Close()
	}
	b, err := app.Restore(ctx, cfg, from)
	return said(err, "Restored the database and %d files of %s into %s. Start the server on it with: parley serve --data %s",
		b.Files, b.CreatedAt.Format("2 January 2006, 15:04:05 MST"), cfg.Data, cfg.Data)
}

// doctorCmd takes what serve takes, so that it looks at the same deployment.
type doctorCmd struct {
	config.Config
}

func (c *doctorCmd) Run(ctx context.Context) error {
	failed := 0
	for _, f := range app.Examine(ctx, c.Config) {
		fmt.Printf("%-5s %s: %s\n", f.Grade, f.What, f.Says)
		if f.Grade == app.Bad {
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d checks failed", failed)
	}
	return nil
}
