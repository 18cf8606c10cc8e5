-- The versions of each connection's attribute map: what it said, who saved it, and when.

CREATE TABLE attribute_maps (
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    attribute_map TEXT NOT NULL,
    client_id TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (connection_id, version)
);
