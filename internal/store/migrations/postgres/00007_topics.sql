-- Groups of consumers of topics: how far each has come, and what it was handed and
-- has not acknowledged.

-- +goose Up
CREATE TABLE log_groups (
    name    TEXT NOT NULL,
    topic   TEXT NOT NULL,
    filter  TEXT NOT NULL,
    pos     BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    PRIMARY KEY (name, topic)
);
CREATE TABLE log_handed (
    name  TEXT NOT NULL,
    topic TEXT NOT NULL,
    pos   BIGINT NOT NULL,
    due   BIGINT NOT NULL,
    PRIMARY KEY (name, topic, pos)
);
CREATE INDEX log_handed_due ON log_handed (name, topic, due);

-- Which node does what only one may do at a time, and how often it has said so.
CREATE TABLE leases (
    name   TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    number BIGINT NOT NULL
);

-- +goose Down
DROP TABLE leases;
DROP TABLE log_handed;
DROP TABLE log_groups;
