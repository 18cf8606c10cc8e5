-- The keys by which the hub proves who it is at one provider (private_key_jwt). A previous key keeps its row until the
-- next rotation, without its private half.
CREATE TABLE connection_keys (
    key_id TEXT NOT NULL PRIMARY KEY,
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    key_type TEXT NOT NULL,
    status TEXT NOT NULL,
    private_key_sealed TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    current_since BIGINT,
    current_until BIGINT
);
CREATE INDEX connection_keys_by_connection ON connection_keys (connection_id);
