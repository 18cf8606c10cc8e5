DROP INDEX logout_notices_by_client;
