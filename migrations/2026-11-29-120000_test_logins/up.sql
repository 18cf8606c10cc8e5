-- Who goes to a connection's provider to see whether it works, and what they found. The link is hashed, and so is what
-- the browser holds that began it.
CREATE TABLE test_logins (
    id TEXT NOT NULL PRIMARY KEY,
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    token_hash TEXT NOT NULL UNIQUE,
    made_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    good_until BIGINT NOT NULL,
    begun_at BIGINT,
    holder_hash TEXT,
    finished_at BIGINT,
    report_sealed TEXT,
    expires_at BIGINT NOT NULL
);
CREATE INDEX test_logins_by_connection ON test_logins (connection_id);
CREATE INDEX test_logins_by_expiry ON test_logins (expires_at);
