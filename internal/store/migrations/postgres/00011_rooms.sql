-- Disposable rooms: what a room is beside its conversation. Of browsers' tokens only
-- an HMAC is kept, another one in each room. A room that has ended keeps its id, when
-- and why it ended for a minute, and nothing else.

-- +goose Up
CREATE TABLE rooms (
    id              TEXT PRIMARY KEY,
    conversation_id BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    ttl_ms          BIGINT NOT NULL,
    mode            TEXT NOT NULL,
    last_until      BIGINT NOT NULL,            -- it ends then at the latest
    look_at         BIGINT NOT NULL,            -- it does not end before
    owner_id        BIGINT NOT NULL DEFAULT 0,  -- who was signed in when he made it
    creator         TEXT NOT NULL DEFAULT '',
    seat1           TEXT NOT NULL DEFAULT '',
    guest1          BIGINT NOT NULL DEFAULT 0,
    left1           BIGINT NOT NULL DEFAULT 0,
    seat2           TEXT NOT NULL DEFAULT '',
    guest2          BIGINT NOT NULL DEFAULT 0,
    left2           BIGINT NOT NULL DEFAULT 0,
    kicked          TEXT NOT NULL DEFAULT '[]',
    pass_hash       TEXT NOT NULL DEFAULT '',
    kcv             TEXT NOT NULL DEFAULT '',
    plain           BIGINT NOT NULL DEFAULT 0,  -- something was said in clear
    ended_at        BIGINT NOT NULL DEFAULT 0,
    reason          TEXT NOT NULL DEFAULT ''
);
CREATE INDEX rooms_open ON rooms (look_at) WHERE ended_at = 0;
CREATE INDEX rooms_ended ON rooms (ended_at) WHERE ended_at <> 0;
CREATE INDEX rooms_owner ON rooms (owner_id) WHERE owner_id <> 0;

-- +goose Down
DROP TABLE rooms;
