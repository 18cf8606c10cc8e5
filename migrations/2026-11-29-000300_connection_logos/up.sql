-- The picture on a connection's button, as base64 of a PNG; the connection names the one that is there.

ALTER TABLE connections ADD COLUMN logo_sha256 TEXT;

CREATE TABLE connection_logos (
    connection_id TEXT NOT NULL PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
    png TEXT NOT NULL,
    sha256 TEXT NOT NULL
);
