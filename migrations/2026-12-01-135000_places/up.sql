-- Places that strangers take are divided into sections. A newcomer to a full one takes the place of its greediest, by
-- network and by client; NULL for what an older release put there. `bytes` is in the index so that a section is measured
-- without its rows.

ALTER TABLE parked_requests ADD COLUMN section TEXT;
ALTER TABLE parked_requests ADD COLUMN network TEXT;
ALTER TABLE parked_requests ADD COLUMN asked_by TEXT;
ALTER TABLE parked_requests ADD COLUMN bytes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE parked_requests ADD COLUMN is_in_use BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX parked_requests_by_section ON parked_requests (section, expires_at, bytes);

ALTER TABLE device_authorizations ADD COLUMN section TEXT;
ALTER TABLE device_authorizations ADD COLUMN network TEXT;
ALTER TABLE device_authorizations ADD COLUMN bytes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE device_authorizations ADD COLUMN is_in_use BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX device_authorizations_by_section ON device_authorizations (section, expires_at, bytes);
