-- Which connection each of the newest changes was about, by the revision that it made; NULL: any of them.
CREATE TABLE connection_changes (
    revision BIGINT PRIMARY KEY NOT NULL,
    connection_id TEXT
);
