DROP TABLE connection_logos;
ALTER TABLE connections DROP COLUMN logo_sha256;
