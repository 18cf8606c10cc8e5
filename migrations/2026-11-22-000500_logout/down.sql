DROP TABLE logout_notices;
DROP TABLE session_clients;
DROP INDEX sessions_by_provider_sid;
ALTER TABLE sessions DROP COLUMN provider_sid;
ALTER TABLE sessions DROP COLUMN provider_issuer;
