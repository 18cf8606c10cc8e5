-- What was found out about each connection's provider, and when it is looked at again. A row is made when a connection
-- is saved; for those that are there already, by the timer.
CREATE TABLE connection_diagnoses (
    connection_id TEXT NOT NULL PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    -- The version of the connection that was checked.
    version BIGINT,
    findings TEXT NOT NULL,
    checked_at BIGINT,
    due_at BIGINT NOT NULL,
    revision BIGINT NOT NULL
);
CREATE INDEX connection_diagnoses_by_due ON connection_diagnoses (due_at);
