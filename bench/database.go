package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// database is where a scenario's server keeps everything: SQLite in the data
// folder, or a database of its own on a PostgreSQL.
type database struct {
	server string // address of the PostgreSQL; "" for SQLite
	name   string
}

func (d database) postgres() bool { return d.server != "" }

func (d database) String() string {
	if d.postgres() {
		return "PostgreSQL with fsync and synchronous_commit on"
	}
	return "SQLite with synchronous=FULL"
}

// fresh makes an empty database, and drop removes it.
func (d database) fresh(ctx context.Context) (fresh database, drop func() error, err error) {
	if !d.postgres() {
		return d, func() error { return nil }, nil
	}
	d.name = "parley_bench_" + strings.ToLower(rand.Text())
	if err := d.durable(ctx); err != nil {
		return d, nil, err
	}
	return d, func() error { return d.do(context.WithoutCancel(ctx), "DROP DATABASE "+d.name+" WITH (FORCE)") }, d.do(ctx, "CREATE DATABASE "+d.name)
}

func (d database) do(ctx context.Context, statement string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	c, err := pgx.Connect(ctx, d.server)
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, statement)
	return err
}

// durable refuses a server whose figures would be too good.
func (d database) durable(ctx context.Context) error {
	c, err := pgx.Connect(ctx, d.server)
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer c.Close(ctx)
	var fsync, synchronous string
	err = c.QueryRow(ctx, "SELECT current_setting('fsync'), current_setting('synchronous_commit')").Scan(&fsync, &synchronous)
	if err == nil && (fsync != "on" || synchronous == "off") {
		err = errors.New("PostgreSQL runs without fsync or synchronous_commit: its figures would mean nothing")
	}
	return err
}

// args are the flags of `parley serve` that name the database.
func (d database) args() []string {
	if !d.postgres() {
		return nil
	}
	u, err := url.Parse(d.server)
	if err != nil {
		return nil
	}
	u.Path = "/" + d.name
	return []string{"--database", u.String()}
}

// cpu is the processor time that PostgreSQL's processes on this machine have used
// so far: what is measured is this machine's PostgreSQL, with nothing else on it.
func (d database) cpu() (total time.Duration, err error) {
	if !d.postgres() {
		return 0, nil
	}
	names, err := filepath.Glob("/proc/[0-9]*/comm")
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		comm, err := os.ReadFile(name)
		if err != nil || strings.TrimSpace(string(comm)) != "postgres" {
			continue // it ended, or is another
		}
		// Those that have ended count with the one that waited for them.
		used, err := processorTime(filepath.Join(filepath.Dir(name), "stat"), 4)
		if err == nil {
			total += used
		}
	}
	return total, nil
}
