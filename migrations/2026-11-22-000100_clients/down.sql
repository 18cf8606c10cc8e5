DROP TABLE initial_access_tokens;
DROP TABLE used_ids;
ALTER TABLE clients DROP COLUMN registration_token_hash;
ALTER TABLE clients DROP COLUMN previous_secret_expires_at;
ALTER TABLE clients DROP COLUMN previous_secret_created_at;
ALTER TABLE clients DROP COLUMN previous_secret_sealed;
ALTER TABLE clients DROP COLUMN previous_secret_hash;
ALTER TABLE clients DROP COLUMN client_secret_created_at;
ALTER TABLE clients DROP COLUMN client_secret_sealed;
