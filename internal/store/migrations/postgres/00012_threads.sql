-- Votes are told together, and one's threads can be listed.

-- +goose Up
-- When all last heard of a poll's votes, and whether there are some that they did not.
ALTER TABLE polls ADD COLUMN told_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE polls ADD COLUMN untold BIGINT NOT NULL DEFAULT 0;
CREATE INDEX polls_untold ON polls (told_at) WHERE untold <> 0;

-- Who takes part in which thread: who wrote what it begins with, and who replied.
CREATE TABLE thread_people (
    user_id BIGINT NOT NULL,
    root_id BIGINT NOT NULL,
    PRIMARY KEY (user_id, root_id)
);
CREATE INDEX thread_people_root ON thread_people (root_id);
INSERT INTO thread_people (user_id, root_id)
    SELECT sender_id, root_id FROM messages WHERE root_id <> 0 AND sender_id > 0
    UNION SELECT r.sender_id, r.id FROM messages r WHERE r.sender_id > 0 AND r.id IN (SELECT root_id FROM messages WHERE root_id <> 0);

-- +goose Down
DROP TABLE thread_people;
DROP INDEX polls_untold;
ALTER TABLE polls DROP COLUMN untold;
ALTER TABLE polls DROP COLUMN told_at;
