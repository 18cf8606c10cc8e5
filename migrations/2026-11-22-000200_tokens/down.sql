DROP TABLE refresh_tokens;
ALTER TABLE grants DROP COLUMN refresh_family_hash;
ALTER TABLE grants DROP COLUMN dpop_jkt;
ALTER TABLE grants DROP COLUMN authorization_details;
ALTER TABLE grants DROP COLUMN claims;
ALTER TABLE grants DROP COLUMN is_offline;
