-- Consumers that follow the log of everything keep their place here. The search
-- index is behind the log, by one of them; what is erased leaves it at once.

-- +goose Up
CREATE TABLE followers (
    name TEXT PRIMARY KEY,
    pos  BIGINT NOT NULL
);

-- One row a message, under its id. The tokens are made in internal/text.
CREATE TABLE search_index (
    rowid  BIGINT PRIMARY KEY,
    tokens TSVECTOR NOT NULL
);
CREATE INDEX search_index_tokens ON search_index USING GIN (tokens) WITH (fastupdate = off);

-- +goose Down
DROP TABLE search_index;
DROP TABLE followers;
