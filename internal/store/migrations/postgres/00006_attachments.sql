-- The newest message with a file is found without looking at the others.

-- +goose Up
DROP INDEX attachments_file;
CREATE INDEX attachments_file ON attachments (file_id, message_id);

-- +goose Down
DROP INDEX attachments_file;
CREATE INDEX attachments_file ON attachments (file_id);
