-- Who may manage the hub: users, by their id alone.
CREATE TABLE administrators (
    user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (user_id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL
);
-- Links to the page where somebody becomes one: one for the first of all, one for each address that was invited.
CREATE TABLE administrator_tickets (
    invited TEXT NOT NULL PRIMARY KEY,
    email TEXT,
    token_hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX administrator_tickets_by_expiry ON administrator_tickets (expires_at);
