-- Up to which rev a stream's log was pruned. Messages at or before it stay, their
-- events count as gone.

-- +goose Up
CREATE TABLE pruned (
    stream BIGINT PRIMARY KEY,
    rev    BIGINT NOT NULL
);

-- +goose Down
DROP TABLE pruned;
