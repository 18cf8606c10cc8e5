-- What leads to a connection beside the domains of `connection_domains`: `kind` is address or organization.
CREATE TABLE connection_routes (
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    PRIMARY KEY (kind, value, connection_id)
);
CREATE INDEX connection_routes_by_connection ON connection_routes (connection_id);
