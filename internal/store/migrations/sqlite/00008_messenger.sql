-- What the messenger keeps: notification levels, marks of what is unread by hand,
-- pinned messages, drafts, bookmarks, people's settings, and who may do what.

-- +goose Up
ALTER TABLE conversations ADD COLUMN who_may_react TEXT NOT NULL DEFAULT 'ALL';
ALTER TABLE conversations ADD COLUMN who_may_reply TEXT NOT NULL DEFAULT 'ALL';
ALTER TABLE conversations ADD COLUMN who_may_upload TEXT NOT NULL DEFAULT 'ALL';

-- unread_from is the seq from which the participant wants to have not read; 0: he
-- has read up to read_seq. unread_base is what does not count then, unread_after the
-- message before it.
ALTER TABLE participants ADD COLUMN mentions_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE participants ADD COLUMN unread_from INTEGER NOT NULL DEFAULT 0;
ALTER TABLE participants ADD COLUMN unread_base INTEGER NOT NULL DEFAULT 0;
ALTER TABLE participants ADD COLUMN unread_after INTEGER NOT NULL DEFAULT 0;

-- A mention of user 0 is one of everybody but the sender.
ALTER TABLE mentions ADD COLUMN sender_id INTEGER NOT NULL DEFAULT 0;

ALTER TABLE messages ADD COLUMN pinned_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN pinned_by INTEGER NOT NULL DEFAULT 0;
CREATE INDEX messages_pinned ON messages (conversation_id, pinned_at) WHERE pinned_at <> 0;

ALTER TABLE users ADD COLUMN settings TEXT NOT NULL DEFAULT '';

CREATE TABLE drafts (
    user_id         INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    content         TEXT NOT NULL,
    parent_id       INTEGER NOT NULL,
    at              INTEGER NOT NULL,
    PRIMARY KEY (user_id, conversation_id)
);
CREATE INDEX drafts_conversation ON drafts (conversation_id);

CREATE TABLE bookmarks (
    user_id    INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (user_id, message_id)
);
CREATE INDEX bookmarks_message ON bookmarks (message_id);

-- +goose Down
DROP TABLE bookmarks;
DROP TABLE drafts;
ALTER TABLE users DROP COLUMN settings;
ALTER TABLE mentions DROP COLUMN sender_id;
DROP INDEX messages_pinned;
ALTER TABLE messages DROP COLUMN pinned_by;
ALTER TABLE messages DROP COLUMN pinned_at;
ALTER TABLE participants DROP COLUMN unread_after;
ALTER TABLE participants DROP COLUMN unread_base;
ALTER TABLE participants DROP COLUMN unread_from;
ALTER TABLE participants DROP COLUMN mentions_until;
ALTER TABLE conversations DROP COLUMN who_may_upload;
ALTER TABLE conversations DROP COLUMN who_may_reply;
ALTER TABLE conversations DROP COLUMN who_may_react;
