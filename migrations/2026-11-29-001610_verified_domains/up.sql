-- Domains that connections claim. A verified one is one connection's alone; pending claims keep nobody away.
CREATE TABLE verified_domains (
    id TEXT NOT NULL PRIMARY KEY,
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    domain TEXT NOT NULL,
    token TEXT NOT NULL,
    verified_at BIGINT,
    lapsed_at BIGINT,
    checked_at BIGINT,
    failing_since BIGINT,
    problem TEXT,
    due_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (connection_id, domain)
);
CREATE UNIQUE INDEX verified_domains_once ON verified_domains (domain) WHERE verified_at IS NOT NULL;
CREATE INDEX verified_domains_by_due ON verified_domains (due_at);
