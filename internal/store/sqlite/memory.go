package sqlite

import (
	"context"
	"crypto/rand"
	"errors"

	"parley/internal/store"
)

// Of a database that may not grow a twentieth, and at least half a megabyte, is kept for
// what makes it smaller: the end of a room takes a few pages before it gives many back.
const (
	reservedPart  = 20
	leastReserved = 128
)

// OpenMemory opens a store whose database is in the memory of this process and ends
// with it: no byte of it is ever in a file. o.MaxPages has to be set.
func OpenMemory(ctx context.Context, o Options) (*store.Store, error) {
	// All connections to one name share one database, which lives as long as one of
	// them is open: the tender's, which nothing ends before the store.
	where := place{path: "/" + rand.Text(), vfs: "memdb"}
	care, err := openTender(where, o.Log)
	if err != nil {
		return nil, err
	}
	e, err := engine()
	if err == nil {
		_, err = store.Migrate(ctx, care.db, e)
	}
	if err != nil {
		return nil, errors.Join(err, care.db.Close())
	}
	o.Reserved = max(o.MaxPages/reservedPart, leastReserved)
	return openAt(ctx, where, care, o)
}
