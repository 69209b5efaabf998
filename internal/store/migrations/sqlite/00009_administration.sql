-- Administration: what administrators did, what they set, and the figures that they
-- look at. The audit log holds numbers and words of the program, never names,
-- contents or secrets: erasing somebody needs nothing of it.

-- +goose Up
CREATE TABLE audit (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    at       INTEGER NOT NULL,
    actor_id INTEGER NOT NULL,            -- 0: an API key by itself, or the operator
    key_id   INTEGER NOT NULL,            -- 0: no API key
    action   TEXT NOT NULL,
    target   INTEGER NOT NULL,            -- the action says of what kind
    detail   TEXT NOT NULL
);
CREATE INDEX audit_actor ON audit (actor_id, id);
CREATE INDEX audit_action ON audit (action, id);
CREATE INDEX audit_target ON audit (target, id);
CREATE INDEX audit_at ON audit (at);

-- What an administrator set in the place of the configuration.
CREATE TABLE server_settings (
    name       TEXT PRIMARY KEY,
    value      TEXT NOT NULL,
    changed_by INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO counters (name, value) VALUES ('settings', 0);

-- On which days, counted from 1970 in UTC, somebody wrote, read or reacted, and how
-- many messages he sent. A consumer of the log keeps it.
CREATE TABLE activity (
    user_id  INTEGER NOT NULL,
    day      INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    PRIMARY KEY (user_id, day)
) WITHOUT ROWID;
CREATE INDEX activity_day ON activity (day);

-- A row a day. The messages are kept by the same consumer, the rest by a job while
-- the day lasts and once after it.
CREATE TABLE days (
    day            INTEGER PRIMARY KEY,
    messages       INTEGER NOT NULL DEFAULT 0,
    active         INTEGER NOT NULL DEFAULT 0,
    active_week    INTEGER NOT NULL DEFAULT 0,
    active_month   INTEGER NOT NULL DEFAULT 0,
    users          INTEGER NOT NULL DEFAULT 0,
    peak_sessions  INTEGER NOT NULL DEFAULT 0,
    delivered      TEXT NOT NULL DEFAULT '',
    database_bytes INTEGER NOT NULL DEFAULT 0,
    file_bytes     INTEGER NOT NULL DEFAULT 0
);

-- Every five minutes, what each node saw: its connections and how long messages took
-- to them.
CREATE TABLE samples (
    slot      INTEGER NOT NULL,
    node      TEXT NOT NULL,
    sessions  INTEGER NOT NULL,
    peak      INTEGER NOT NULL,
    delivered TEXT NOT NULL,
    PRIMARY KEY (slot, node)
) WITHOUT ROWID;

-- Which nodes there are. beats grows while one is alive.
CREATE TABLE nodes (
    name       TEXT PRIMARY KEY,
    version    TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    beats      INTEGER NOT NULL,
    sessions   TEXT NOT NULL
) WITHOUT ROWID;

-- Each time that the numbers of all conversations were looked at, and how far that is.
CREATE TABLE log_checks (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    started_at  INTEGER NOT NULL,
    finished_at INTEGER NOT NULL,
    after_id    INTEGER NOT NULL,
    checked     INTEGER NOT NULL,
    wrong       INTEGER NOT NULL,
    detail      TEXT NOT NULL
);

CREATE INDEX users_roles ON users (id) WHERE roles <> '[]';
CREATE INDEX conversations_groups ON conversations (kind, id) WHERE kind <> 'DIRECT' AND deleted_at = 0;
CREATE INDEX files_conversation ON files (conversation_id, size) WHERE doomed_at = 0;
CREATE INDEX file_accesses_user ON file_accesses (user_id, id);

-- +goose Down
DROP INDEX file_accesses_user;
DROP INDEX files_conversation;
DROP INDEX conversations_groups;
DROP INDEX users_roles;
DROP TABLE log_checks;
DROP TABLE nodes;
DROP TABLE samples;
DROP TABLE days;
DROP TABLE activity;
DELETE FROM counters WHERE name = 'settings';
DROP TABLE server_settings;
DROP TABLE audit;
