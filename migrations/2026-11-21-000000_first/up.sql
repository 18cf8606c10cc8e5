-- Ids and times are made by the program: TEXT, and BIGINT milliseconds since 1970. JSON is TEXT.

CREATE TABLE revisions (
    name TEXT NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL
);

CREATE TABLE signing_keys (
    key_id TEXT NOT NULL PRIMARY KEY,
    key_type TEXT NOT NULL,
    status TEXT NOT NULL,
    private_key_sealed TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE clients (
    client_id TEXT NOT NULL PRIMARY KEY,
    settings TEXT NOT NULL,
    client_secret_hash TEXT,
    is_management BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);

CREATE TABLE connections (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    strategy TEXT NOT NULL,
    display_name TEXT NOT NULL,
    is_enabled BOOLEAN NOT NULL,
    is_domain_connection BOOLEAN NOT NULL,
    show_as_button BOOLEAN NOT NULL,
    realms TEXT NOT NULL,
    metadata TEXT NOT NULL,
    options TEXT NOT NULL,
    client_secret_sealed TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);

CREATE TABLE connection_clients (
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL REFERENCES clients (client_id) ON DELETE CASCADE,
    PRIMARY KEY (connection_id, client_id)
);
CREATE INDEX connection_clients_by_client ON connection_clients (client_id);

CREATE TABLE connection_domains (
    domain TEXT NOT NULL,
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    PRIMARY KEY (domain, connection_id)
);
CREATE INDEX connection_domains_by_connection ON connection_domains (connection_id);

CREATE TABLE users (
    user_id TEXT NOT NULL PRIMARY KEY,
    email_normalized TEXT,
    name_normalized TEXT,
    profile TEXT NOT NULL,
    user_metadata TEXT NOT NULL,
    app_metadata TEXT NOT NULL,
    is_blocked BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    last_login_at BIGINT,
    last_ip TEXT,
    logins_count BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX users_by_email ON users (email_normalized);

CREATE TABLE identities (
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    profile TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (connection_id, issuer, subject)
);
CREATE INDEX identities_by_user ON identities (user_id);

CREATE TABLE local_accounts (
    id TEXT NOT NULL PRIMARY KEY,
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    profile TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (connection_id, email)
);

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    auth_time BIGINT NOT NULL,
    acr TEXT,
    amr TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_active_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE grants (
    id TEXT NOT NULL PRIMARY KEY,
    code_hash TEXT NOT NULL UNIQUE,
    client_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    scope TEXT NOT NULL,
    audience TEXT,
    nonce TEXT,
    code_challenge TEXT,
    auth_time BIGINT NOT NULL,
    acr TEXT,
    amr TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    code_expires_at BIGINT NOT NULL,
    code_used_at BIGINT,
    revoked_at BIGINT,
    expires_at BIGINT NOT NULL
);
CREATE INDEX grants_by_user ON grants (user_id);
CREATE INDEX grants_by_session ON grants (session_id);
CREATE INDEX grants_by_expiry ON grants (expires_at);

CREATE TABLE finished_logins (
    login_id TEXT NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX finished_logins_by_expiry ON finished_logins (expires_at);

CREATE TABLE parked_requests (
    reference_hash TEXT NOT NULL PRIMARY KEY,
    request_sealed TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX parked_requests_by_expiry ON parked_requests (expires_at);

CREATE TABLE consents (
    user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    client_id TEXT NOT NULL REFERENCES clients (client_id) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, client_id)
);
CREATE INDEX consents_by_client ON consents (client_id);

CREATE TABLE logs (
    log_id TEXT NOT NULL PRIMARY KEY,
    date BIGINT NOT NULL,
    log_type TEXT NOT NULL,
    description TEXT NOT NULL,
    connection TEXT,
    connection_id TEXT,
    client_id TEXT,
    client_name TEXT,
    user_id TEXT,
    user_name TEXT,
    ip TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    request_id TEXT NOT NULL,
    details TEXT NOT NULL
);
CREATE INDEX logs_by_type ON logs (log_type, log_id);
CREATE INDEX logs_by_user ON logs (user_id, log_id);
CREATE INDEX logs_by_client ON logs (client_id, log_id);
CREATE INDEX logs_by_connection ON logs (connection_id, log_id);
