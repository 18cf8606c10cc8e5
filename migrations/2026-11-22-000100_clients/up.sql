-- An application has up to two secrets: `client_secret_hash` is the current one's. Sealed as well where the
-- application signs with it (client_secret_jwt).

ALTER TABLE clients ADD COLUMN client_secret_sealed TEXT;
ALTER TABLE clients ADD COLUMN client_secret_created_at BIGINT;
ALTER TABLE clients ADD COLUMN previous_secret_hash TEXT;
ALTER TABLE clients ADD COLUMN previous_secret_sealed TEXT;
ALTER TABLE clients ADD COLUMN previous_secret_created_at BIGINT;
ALTER TABLE clients ADD COLUMN previous_secret_expires_at BIGINT;
ALTER TABLE clients ADD COLUMN registration_token_hash TEXT;

-- What may be used once: ids of client assertions, DPoP proofs and the like.
CREATE TABLE used_ids (
    id_hash TEXT NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX used_ids_by_expiry ON used_ids (expires_at);

-- Who holds one may register applications (RFC 7591 §3).
CREATE TABLE initial_access_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    uses BIGINT NOT NULL,
    uses_left BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX initial_access_tokens_by_expiry ON initial_access_tokens (expires_at);
