DROP TABLE application_consents;
DROP TABLE client_grants;
DROP TABLE resource_servers;
