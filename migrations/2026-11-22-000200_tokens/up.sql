-- A grant is also the family of its refresh tokens; `refresh_family_hash` names it there once there are any.

ALTER TABLE grants ADD COLUMN is_offline BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE grants ADD COLUMN claims TEXT;
ALTER TABLE grants ADD COLUMN authorization_details TEXT;
ALTER TABLE grants ADD COLUMN dpop_jkt TEXT;
ALTER TABLE grants ADD COLUMN refresh_family_hash TEXT;

CREATE TABLE refresh_tokens (
    family_hash TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    generation BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT,
    rotated_at BIGINT,
    expires_at BIGINT NOT NULL,
    family_expires_at BIGINT NOT NULL,
    PRIMARY KEY (family_hash, token_hash)
);
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);
