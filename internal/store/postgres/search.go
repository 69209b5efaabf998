package postgres

import "parley/internal/store"

// search is a table of token vectors with an inverted index.
var search = &store.Search{
	Put: `INSERT INTO search_index (message_id, tokens) VALUES ($1, array_to_tsvector(string_to_array(CAST($2 AS TEXT), ' ')))
		ON CONFLICT (message_id) DO UPDATE SET tokens = excluded.tokens`,
	Drop:  `DELETE FROM search_index WHERE message_id IN IDS($1)`,
	ID:    `w.message_id`,
	Match: `w.tokens @@ CAST(CAST($1 AS TEXT) AS TSQUERY)`,
	Or:    " | ", And: " & ",
	Beginning: func(token string) string { return "'" + token + "':*" },
	Whole:     func(token string) string { return "'" + token + "'" },
}
