-- Consumers that follow the log of everything keep their place here. The search
-- index is behind the log, by one of them; what is erased leaves it at once.

-- +goose Up
CREATE TABLE followers (
    name TEXT PRIMARY KEY,
    pos  INTEGER NOT NULL
) WITHOUT ROWID;

-- One row a message, under its id. The tokens are made in internal/text.
CREATE VIRTUAL TABLE search_index USING fts5(tokens, tokenize = 'ascii', detail = 'none', columnsize = 0, prefix = '2 3');
INSERT INTO search_index (search_index, rank) VALUES ('secure-delete', 1);

-- +goose Down
DROP TABLE search_index;
DROP TABLE followers;
