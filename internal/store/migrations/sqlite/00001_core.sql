-- Times are milliseconds since the epoch, 0 is "never". Text that is not there
-- is ''. Ids of conversations and users share the column events.stream: a user's
-- own stream is his id below zero.

-- +goose Up
CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO counters (name, value) VALUES ('log', 0);

CREATE TABLE users (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    external_id    TEXT NOT NULL DEFAULT '',
    username       TEXT NOT NULL DEFAULT '',
    username_key   TEXT NOT NULL DEFAULT '',
    display_name   TEXT NOT NULL DEFAULT '',
    email          TEXT NOT NULL DEFAULT '',
    email_key      TEXT NOT NULL DEFAULT '',
    email_verified INTEGER NOT NULL DEFAULT 0,
    avatar_url     TEXT NOT NULL DEFAULT '',
    kind           TEXT NOT NULL,
    roles          TEXT NOT NULL DEFAULT '[]',
    search_key     TEXT NOT NULL DEFAULT '',
    created_at     INTEGER NOT NULL,
    disabled_at    INTEGER NOT NULL DEFAULT 0,
    deleted_at     INTEGER NOT NULL DEFAULT 0,
    erased_at      INTEGER NOT NULL DEFAULT 0,
    last_seen_at   INTEGER NOT NULL DEFAULT 0,
    presence       TEXT NOT NULL DEFAULT '',
    status_message TEXT NOT NULL DEFAULT '',
    rev            INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX users_username ON users (username_key) WHERE username_key <> '';
CREATE UNIQUE INDEX users_email ON users (email_key) WHERE email_key <> '';
CREATE UNIQUE INDEX users_external ON users (external_id) WHERE external_id <> '';
CREATE INDEX users_doomed ON users (id) WHERE deleted_at <> 0 AND erased_at = 0;

CREATE TABLE blocks (
    user_id  INTEGER NOT NULL,
    other_id INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (user_id, other_id)
) WITHOUT ROWID;

CREATE TABLE conversations (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    kind              TEXT NOT NULL,
    name              TEXT NOT NULL DEFAULT '',
    search_key        TEXT NOT NULL DEFAULT '',
    description       TEXT NOT NULL DEFAULT '',
    avatar_url        TEXT NOT NULL DEFAULT '',
    created_by        INTEGER NOT NULL,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    deleted_at        INTEGER NOT NULL DEFAULT 0,
    last_seq          INTEGER NOT NULL DEFAULT 0,
    last_rev          INTEGER NOT NULL DEFAULT 0,
    last_count        INTEGER NOT NULL DEFAULT 0,
    last_message_id   INTEGER NOT NULL DEFAULT 0,
    last_message_at   INTEGER NOT NULL,
    participant_count INTEGER NOT NULL DEFAULT 0,
    direct_a          INTEGER NOT NULL DEFAULT 0,
    direct_b          INTEGER NOT NULL DEFAULT 0,
    allow_reactions   INTEGER NOT NULL,
    allow_replies     INTEGER NOT NULL,
    allow_uploads     INTEGER NOT NULL,
    max_file_mb       INTEGER NOT NULL,
    allowed_types     TEXT NOT NULL DEFAULT '[]',
    members_invite    INTEGER NOT NULL,
    slow_mode         INTEGER NOT NULL DEFAULT 0,
    history_new       TEXT NOT NULL,
    who_may_post      TEXT NOT NULL,
    visibility        TEXT NOT NULL DEFAULT '',
    metadata          TEXT NOT NULL DEFAULT '{}'
);
CREATE UNIQUE INDEX conversations_direct ON conversations (direct_a, direct_b) WHERE kind = 'DIRECT' AND deleted_at = 0;
CREATE INDEX conversations_public ON conversations (id) WHERE visibility = 'PUBLIC' AND deleted_at = 0;
CREATE INDEX conversations_doomed ON conversations (id) WHERE deleted_at <> 0;

CREATE TABLE participants (
    conversation_id INTEGER NOT NULL,
    user_id         INTEGER NOT NULL,
    role            TEXT NOT NULL,
    joined_at       INTEGER NOT NULL,
    joined_seq      INTEGER NOT NULL DEFAULT 0,
    joined_rev      INTEGER NOT NULL DEFAULT 0,
    read_seq        INTEGER NOT NULL DEFAULT 0,
    read_count      INTEGER NOT NULL DEFAULT 0,
    read_message_id INTEGER NOT NULL DEFAULT 0,
    read_at         INTEGER NOT NULL DEFAULT 0,
    announced_seq   INTEGER NOT NULL DEFAULT 0,
    announced_at    INTEGER NOT NULL DEFAULT 0,
    delivered_seq   INTEGER NOT NULL DEFAULT 0,
    last_sent_at    INTEGER NOT NULL DEFAULT 0,
    hidden_before   INTEGER NOT NULL DEFAULT 0,
    hidden_rev      INTEGER NOT NULL DEFAULT 0,
    hidden_at       INTEGER NOT NULL DEFAULT 0,
    muted_until     INTEGER NOT NULL DEFAULT 0,
    pinned_at       INTEGER NOT NULL DEFAULT 0,
    archived_at     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (conversation_id, user_id)
) WITHOUT ROWID;
CREATE INDEX participants_user ON participants (user_id, conversation_id);
CREATE INDEX participants_admins ON participants (conversation_id) WHERE role <> 'MEMBER';
-- A message wakes these: it brings a hidden DIRECT back and ends archiving.
CREATE INDEX participants_asleep ON participants (conversation_id) WHERE hidden_at + archived_at > 0;
-- Read marks that wait for their second to pass.
CREATE INDEX participants_held ON participants (conversation_id) WHERE read_seq > announced_seq;

-- A message is its own message.created event: its id is the event's position in
-- the log of everything, rev its number in the conversation's stream.
CREATE TABLE messages (
    id              INTEGER PRIMARY KEY,
    conversation_id INTEGER NOT NULL,
    rev             INTEGER NOT NULL,
    seq             INTEGER NOT NULL,
    count_no        INTEGER NOT NULL,
    type            TEXT NOT NULL,
    sender_id       INTEGER NOT NULL,
    content         TEXT NOT NULL,
    encrypted       TEXT NOT NULL DEFAULT '',
    parent_id       INTEGER NOT NULL DEFAULT 0,
    root_id         INTEGER NOT NULL DEFAULT 0,
    temp_id         TEXT NOT NULL DEFAULT '',
    metadata        TEXT NOT NULL DEFAULT '{}',
    forwarded       TEXT NOT NULL DEFAULT '',
    created_at      INTEGER NOT NULL,
    edited_at       INTEGER NOT NULL DEFAULT 0,
    deleted_at      INTEGER NOT NULL DEFAULT 0,
    deleted_by      INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX messages_rev ON messages (conversation_id, rev);
CREATE UNIQUE INDEX messages_temp ON messages (conversation_id, sender_id, temp_id) WHERE temp_id <> '';
CREATE INDEX messages_thread ON messages (root_id, seq) WHERE root_id <> 0;
CREATE INDEX messages_deleted ON messages (conversation_id, seq) WHERE deleted_at <> 0;

CREATE TABLE message_versions (
    message_id INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    content    TEXT NOT NULL,
    metadata   TEXT NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (message_id, version)
) WITHOUT ROWID;

CREATE TABLE mentions (
    user_id         INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    seq             INTEGER NOT NULL,
    message_id      INTEGER NOT NULL,
    PRIMARY KEY (user_id, conversation_id, seq)
) WITHOUT ROWID;
CREATE INDEX mentions_message ON mentions (message_id);

CREATE TABLE reactions (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL,
    user_id    INTEGER NOT NULL,
    emoji      TEXT NOT NULL,
    emoji_key  TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX reactions_once ON reactions (message_id, user_id, emoji_key);

CREATE TABLE read_marks (
    conversation_id INTEGER NOT NULL,
    user_id         INTEGER NOT NULL,
    seq             INTEGER NOT NULL,
    at              INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, user_id, seq)
) WITHOUT ROWID;

-- Every event but message.created.
CREATE TABLE events (
    pos    INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    rev    INTEGER NOT NULL,
    type   TEXT NOT NULL,
    actor  INTEGER NOT NULL,
    ref    INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    detail TEXT NOT NULL,
    at     INTEGER NOT NULL
);
CREATE UNIQUE INDEX events_rev ON events (stream, rev);

-- +goose Down
DROP TABLE events;
DROP TABLE read_marks;
DROP TABLE reactions;
DROP TABLE mentions;
DROP TABLE message_versions;
DROP TABLE messages;
DROP TABLE participants;
DROP TABLE conversations;
DROP TABLE blocks;
DROP TABLE users;
DROP TABLE counters;
