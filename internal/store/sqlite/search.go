package sqlite

import "parley/internal/store"

// search is an FTS5 table. Each token is a phrase in quotes, so that none is taken
// for an operator.
var search = &store.Search{
	Put:   `INSERT INTO search_index (rowid, tokens) VALUES ($1, $2)`,
	Drop:  `DELETE FROM search_index WHERE rowid IN IDS($1)`,
	ID:    `w.rowid`,
	Match: `w.search_index MATCH $1`,
	Or:    " OR ", And: " AND ",
	Beginning: func(token string) string { return `"` + token + `"*` },
	Whole:     func(token string) string { return `"` + token + `"` },
}
