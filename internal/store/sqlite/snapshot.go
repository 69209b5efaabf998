package sqlite

import (
	"context"
	"errors"
	"fmt"
)

// Snapshot writes the database at path as it is at one moment to a new file, and
// returns the version of its schema. Others may write meanwhile. Nothing erased
// is copied.
func Snapshot(ctx context.Context, path, to string) (schema int64, err error) {
	db, err := open(inFile(path), "busy_timeout(5000)")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, to); err != nil {
		return 0, fmt.Errorf("take a snapshot of the database: %w", err)
	}
	copied, err := open(inFile(to), "query_only(1)")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, copied.Close()) }()
	err = copied.QueryRowContext(ctx, `SELECT MAX(version_id) FROM goose_db_version`).Scan(&schema)
	if err != nil {
		return 0, fmt.Errorf("read the snapshot's schema version: %w", err)
	}
	return schema, nil
}

// Check fails unless the database at path is sound.
func Check(ctx context.Context, path string) (err error) {
	db, err := open(inFile(path), "query_only(1)", "busy_timeout(5000)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var verdict string
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&verdict); err != nil {
		return fmt.Errorf("check the database: %w", err)
	}
	if verdict != "ok" {
		return fmt.Errorf("the database is damaged: %s", verdict)
	}
	return nil
}
