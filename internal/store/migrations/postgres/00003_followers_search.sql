-- Who follows the log of everything, how far he has come, and who does his work:
-- a beat that stands still tells that the owner is gone. The index keeps tokens,
-- not text.

-- +goose Up
CREATE TABLE followers (
    name  TEXT PRIMARY KEY,
    pos   BIGINT NOT NULL DEFAULT 0,
    owner TEXT NOT NULL DEFAULT '',
    beat  BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE search_index (
    message_id BIGINT PRIMARY KEY,
    tokens     TSVECTOR NOT NULL
);
CREATE INDEX search_index_tokens ON search_index USING gin (tokens) WITH (fastupdate = off);

-- +goose Down
DROP TABLE search_index;
DROP TABLE followers;
