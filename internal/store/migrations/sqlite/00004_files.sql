-- Files: what is known of them here, their bytes elsewhere under file_key. A file
-- is attached to messages, is somebody's or some conversation's picture
-- (avatar_of, a stream's id), or is not used yet.

-- +goose Up
CREATE TABLE files (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    file_key        TEXT NOT NULL,
    owner_id        INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL DEFAULT 0,
    avatar_of       INTEGER NOT NULL DEFAULT 0,
    name            TEXT NOT NULL,
    size            INTEGER NOT NULL,
    mime            TEXT NOT NULL,
    kind            TEXT NOT NULL,
    sha256          TEXT NOT NULL,
    width           INTEGER NOT NULL DEFAULT 0,
    height          INTEGER NOT NULL DEFAULT 0,
    duration_ms     INTEGER NOT NULL DEFAULT 0,
    placeholder     TEXT NOT NULL DEFAULT '',
    variants        TEXT NOT NULL DEFAULT '[]',
    created_at      INTEGER NOT NULL,
    used_at         INTEGER NOT NULL DEFAULT 0,
    doomed_at       INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX files_blob ON files (file_key);
CREATE INDEX files_owner ON files (owner_id);
CREATE INDEX files_unused ON files (created_at) WHERE used_at = 0 AND doomed_at = 0;
CREATE INDEX files_doomed ON files (id) WHERE doomed_at <> 0;
CREATE INDEX files_avatar ON files (avatar_of) WHERE avatar_of <> 0;

CREATE TABLE attachments (
    message_id INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    file_id    INTEGER NOT NULL,
    PRIMARY KEY (message_id, position)
) WITHOUT ROWID;
CREATE INDEX attachments_file ON attachments (file_id);

-- Who looked at which file.
CREATE TABLE file_accesses (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    file_id   INTEGER NOT NULL,
    user_id   INTEGER NOT NULL,
    variant   TEXT NOT NULL,
    ip_prefix TEXT NOT NULL,
    at        INTEGER NOT NULL
);
CREATE INDEX file_accesses_file ON file_accesses (file_id);
CREATE INDEX file_accesses_at ON file_accesses (at);

-- +goose Down
DROP TABLE file_accesses;
DROP TABLE attachments;
DROP TABLE files;
