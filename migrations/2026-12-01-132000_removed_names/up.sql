-- Whose the names of removed connections were: no other provider gets one of them.
CREATE TABLE removed_connections (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    name_normalized TEXT NOT NULL,
    strategy TEXT NOT NULL,
    issuer TEXT,
    client_id TEXT NOT NULL,
    user_id_attribute TEXT NOT NULL,
    removed_at BIGINT NOT NULL
);
CREATE INDEX removed_connections_by_name ON removed_connections (name_normalized);

-- Whose the ids of removed users were: no other person gets one of them.
CREATE TABLE removed_users (
    user_id TEXT NOT NULL PRIMARY KEY,
    connection_name TEXT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    removed_at BIGINT NOT NULL
);
