-- One row: what makes pairwise subjects unguessable (OpenID Connect Core §8.1).
CREATE TABLE subject_salts (
    name TEXT NOT NULL PRIMARY KEY,
    salt_sealed TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Whose pushed authorization request it is (RFC 9126); NULL for one that outgrew a cookie.
ALTER TABLE parked_requests ADD COLUMN client_id TEXT;
CREATE INDEX parked_requests_by_client ON parked_requests (client_id);
