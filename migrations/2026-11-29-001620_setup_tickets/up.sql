-- Who holds one sees what a connection's provider has to be told.
CREATE TABLE setup_tickets (
    id TEXT NOT NULL PRIMARY KEY,
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    token_hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX setup_tickets_by_connection ON setup_tickets (connection_id);
CREATE INDEX setup_tickets_by_expiry ON setup_tickets (expires_at);
