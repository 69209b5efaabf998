-- What the messenger has beside the messages: a status with an emoji and an end, the
-- loudness of voice messages, reminders, polls, and previews of links.

-- +goose Up
ALTER TABLE users ADD COLUMN status_emoji TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN status_clear_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX users_status ON users (status_clear_at) WHERE status_clear_at <> 0;

ALTER TABLE files ADD COLUMN peaks TEXT NOT NULL DEFAULT '';

-- due_at is 0 until the reminder was due.
CREATE TABLE reminders (
    user_id    INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    due_at     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, message_id)
);
CREATE INDEX reminders_message ON reminders (message_id);
CREATE INDEX reminders_waiting ON reminders (at) WHERE due_at = 0;

-- options is a JSON array of texts; a vote's choice is a place in it.
CREATE TABLE polls (
    message_id INTEGER NOT NULL,
    question   TEXT NOT NULL,
    options    TEXT NOT NULL,
    multiple   INTEGER NOT NULL,
    anonymous  INTEGER NOT NULL,
    ends_at    INTEGER NOT NULL DEFAULT 0,
    closed_at  INTEGER NOT NULL DEFAULT 0,
    closed_by  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (message_id)
);

CREATE TABLE poll_votes (
    message_id INTEGER NOT NULL,
    user_id    INTEGER NOT NULL,
    choice     INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (message_id, user_id, choice)
);
CREATE INDEX poll_votes_user ON poll_votes (user_id, message_id);

-- What pages say of themselves that messages name. One preview serves many messages,
-- and goes with the last of them. Without a title there is nothing to show.
CREATE TABLE previews (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    url_key     TEXT NOT NULL,
    url         TEXT NOT NULL,
    title       TEXT NOT NULL,
    description TEXT NOT NULL,
    site_name   TEXT NOT NULL,
    image_id    INTEGER NOT NULL,
    fetched_at  INTEGER NOT NULL,
    fresh_until INTEGER NOT NULL
);
CREATE INDEX previews_url ON previews (url_key, fresh_until);
CREATE INDEX previews_image ON previews (image_id) WHERE image_id <> 0;

CREATE TABLE message_previews (
    message_id INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    preview_id INTEGER NOT NULL,
    PRIMARY KEY (message_id, position)
);
CREATE INDEX message_previews_preview ON message_previews (preview_id);

-- Messages whose links wait to be looked up, and who has last begun when.
CREATE TABLE preview_requests (
    message_id INTEGER NOT NULL,
    taken_at   INTEGER NOT NULL DEFAULT 0,
    attempts   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (message_id)
);

-- +goose Down
DROP TABLE preview_requests;
DROP TABLE message_previews;
DROP TABLE previews;
DROP TABLE poll_votes;
DROP TABLE polls;
DROP TABLE reminders;
ALTER TABLE files DROP COLUMN peaks;
DROP INDEX users_status;
ALTER TABLE users DROP COLUMN status_clear_at;
ALTER TABLE users DROP COLUMN status_emoji;
