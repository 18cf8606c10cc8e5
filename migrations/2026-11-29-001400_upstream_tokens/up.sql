-- What providers gave for our people, where the connection keeps it. Whoever refreshes it holds it until leased_until.
CREATE TABLE upstream_tokens (
    connection_id TEXT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    tokens_sealed TEXT NOT NULL,
    leased_until BIGINT,
    version BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (connection_id, issuer, subject),
    FOREIGN KEY (connection_id, issuer, subject) REFERENCES identities (connection_id, issuer, subject) ON DELETE CASCADE
);
