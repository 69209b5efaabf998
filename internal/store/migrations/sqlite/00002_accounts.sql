-- Secrets are kept as hashes only. A session's revocation is a row here, so that
-- every node hears of it within a second. Its id is drawn from the counter while
-- the counter's row is locked: ids grow in commit order, and none shows up late.

-- +goose Up
CREATE TABLE credentials (
    user_id       INTEGER PRIMARY KEY,
    password_hash TEXT NOT NULL,
    changed_at    INTEGER NOT NULL
);

CREATE TABLE sessions (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id       INTEGER NOT NULL,
    kind          TEXT NOT NULL,               -- token or cookie
    lookup_hash   TEXT NOT NULL,               -- of the cookie, or of what all refresh tokens have in common
    secret_hash   TEXT NOT NULL DEFAULT '',    -- of the refresh token that is good now
    user_agent    TEXT NOT NULL DEFAULT '',
    ip_prefix     TEXT NOT NULL DEFAULT '',
    created_at    INTEGER NOT NULL,
    last_used_at  INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL
);
CREATE UNIQUE INDEX sessions_lookup ON sessions (lookup_hash);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE revocations (
    id         INTEGER PRIMARY KEY,
    user_id    INTEGER NOT NULL,
    session_id INTEGER NOT NULL,               -- 0: all of the user
    renew      INTEGER NOT NULL,               -- 1: only access tokens, the sessions go on
    at         INTEGER NOT NULL
);
INSERT INTO counters (name, value) VALUES ('revocation', 0);

CREATE TABLE api_keys (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    name         TEXT NOT NULL,
    secret_hash  TEXT NOT NULL UNIQUE,
    hint         TEXT NOT NULL,                -- first characters, to tell keys apart
    scopes       TEXT NOT NULL,
    created_by   INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL DEFAULT 0,
    revoked_at   INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE invitations (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    secret_hash TEXT NOT NULL UNIQUE,
    created_by  INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    uses_left   INTEGER NOT NULL
);

CREATE TABLE server_keys (
    name       TEXT PRIMARY KEY,
    secret     TEXT NOT NULL,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;

-- +goose Down
DELETE FROM counters WHERE name = 'revocation';
DROP TABLE server_keys;
DROP TABLE invitations;
DROP TABLE api_keys;
DROP TABLE revocations;
DROP TABLE sessions;
DROP TABLE credentials;
