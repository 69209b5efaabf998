-- Who follows the log of everything, how far he has come, and who does his work:
-- a beat that stands still tells that the owner is gone.
--
-- The index keeps tokens, not text. It keeps them itself, so that a deletion takes
-- out just what was put in, whatever version of the program had made it, and with
-- secure-delete nothing of it is left.

-- +goose Up
CREATE TABLE followers (
    name  TEXT PRIMARY KEY,
    pos   INTEGER NOT NULL DEFAULT 0,
    owner TEXT NOT NULL DEFAULT '',
    beat  INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE VIRTUAL TABLE search_index USING fts5(tokens, tokenize = 'ascii', detail = 'none', columnsize = 0);
INSERT INTO search_index (search_index, rank) VALUES ('secure-delete', 1);

-- +goose Down
DROP TABLE search_index;
DROP TABLE followers;
