-- What guests of rooms tell the operator: only what they have picked themselves. It
-- outlives the room.

-- +goose Up
CREATE TABLE reports (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    at       INTEGER NOT NULL,
    room     TEXT NOT NULL,
    seat     INTEGER NOT NULL,
    note     TEXT NOT NULL,
    excerpts TEXT NOT NULL
);
CREATE INDEX reports_at ON reports (at);

-- +goose Down
DROP TABLE reports;
