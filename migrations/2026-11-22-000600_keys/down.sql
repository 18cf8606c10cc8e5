ALTER TABLE signing_keys DROP COLUMN expires_at;
ALTER TABLE signing_keys DROP COLUMN revoked_at;
ALTER TABLE signing_keys DROP COLUMN current_until;
ALTER TABLE signing_keys DROP COLUMN current_since;
