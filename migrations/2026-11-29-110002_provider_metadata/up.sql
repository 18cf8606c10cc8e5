-- The metadata document that logins through each connection go by, and one that its provider publishes instead and nobody
-- has accepted yet.
CREATE TABLE provider_metadata (
    connection_id TEXT NOT NULL PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    document TEXT NOT NULL,
    adopted_at BIGINT NOT NULL,
    waiting_document TEXT,
    waiting_since BIGINT
);
