DROP INDEX parked_requests_by_client;
ALTER TABLE parked_requests DROP COLUMN client_id;
DROP TABLE subject_salts;
