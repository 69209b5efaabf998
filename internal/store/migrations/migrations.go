// Package migrations holds the schema, one folder of numbered, append-only steps
// per engine. The numbers mean the same on every engine.
package migrations

import "embed"

// SQLite holds the steps for SQLite.
//
//go:embed sqlite/*.sql
var SQLite embed.FS

// Postgres holds the steps for PostgreSQL.
//
//go:embed postgres/*.sql
var Postgres embed.FS
