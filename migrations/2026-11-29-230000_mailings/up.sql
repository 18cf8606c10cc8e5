-- What administrators are told by mail. A row that is not due any more is remembered, so that nobody is told twice.
CREATE TABLE mailings (
    id TEXT NOT NULL PRIMARY KEY,
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    recipient TEXT NOT NULL,
    language TEXT NOT NULL,
    letter TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    due_at BIGINT,
    sent_at BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX mailings_by_due ON mailings (due_at);
CREATE INDEX mailings_by_expiry ON mailings (expires_at);
CREATE INDEX mailings_by_connection ON mailings (connection_id);
-- The language in which an administrator set up the account.
ALTER TABLE administrators ADD COLUMN language TEXT;
