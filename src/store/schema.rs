//! The tables of `migrations/`, as Diesel sees them.

mod changes;
mod diagnoses;
mod management;
mod realms;
mod removals;
mod testing;

use diesel::{allow_tables_to_appear_in_same_query, table};

pub use self::changes::connection_changes;
pub use self::diagnoses::{connection_diagnoses, provider_metadata};
pub use self::management::{administrator_tickets, administrators, mailings};
pub use self::realms::{connection_domains, connection_routes, setup_tickets, verified_domains};
pub use self::removals::{removed_connections, removed_users};
pub use self::testing::test_logins;

table! {
    use diesel::sql_types::{BigInt, Text};

    revisions (name) {
        name -> Text,
        revision -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Nullable, Text};

    signing_keys (key_id) {
        key_id -> Text,
        key_type -> Text,
        status -> Text,
        private_key_sealed -> Text,
        created_at -> BigInt,
        current_since -> Nullable<BigInt>,
        current_until -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
        expires_at -> Nullable<BigInt>,
    }
}

table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};

    clients (client_id) {
        client_id -> Text,
        settings -> Text,
        client_secret_hash -> Nullable<Text>,
        is_management -> Bool,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
        client_secret_sealed -> Nullable<Text>,
        client_secret_created_at -> Nullable<BigInt>,
        previous_secret_hash -> Nullable<Text>,
        previous_secret_sealed -> Nullable<Text>,
        previous_secret_created_at -> Nullable<BigInt>,
        previous_secret_expires_at -> Nullable<BigInt>,
        registration_token_hash -> Nullable<Text>,
    }
}

table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};

    connections (id) {
        id -> Text,
        name -> Text,
        strategy -> Text,
        display_name -> Text,
        is_enabled -> Bool,
        is_domain_connection -> Bool,
        show_as_button -> Bool,
        realms -> Text,
        metadata -> Text,
        options -> Text,
        client_secret_sealed -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
        logo_sha256 -> Nullable<Text>,
    }
}

table! {
    use diesel::sql_types::Text;

    connection_clients (connection_id, client_id) {
        connection_id -> Text,
        client_id -> Text,
    }
}

table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};

    users (user_id) {
        user_id -> Text,
        email_normalized -> Nullable<Text>,
        name_normalized -> Nullable<Text>,
        profile -> Text,
        user_metadata -> Text,
        app_metadata -> Text,
        is_blocked -> Bool,
        created_at -> BigInt,
        updated_at -> BigInt,
        last_login_at -> Nullable<BigInt>,
        last_ip -> Nullable<Text>,
        logins_count -> BigInt,
        version -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Text};

    identities (connection_id, issuer, subject) {
        connection_id -> Text,
        issuer -> Text,
        subject -> Text,
        user_id -> Text,
        profile -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Text};

    local_accounts (id) {
        id -> Text,
        connection_id -> Text,
        email -> Text,
        password_hash -> Text,
        profile -> Text,
        created_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Nullable, Text};

    sessions (id) {
        id -> Text,
        token_hash -> Text,
        user_id -> Text,
        connection_id -> Text,
        auth_time -> BigInt,
        acr -> Nullable<Text>,
        amr -> Text,
        created_at -> BigInt,
        last_active_at -> BigInt,
        expires_at -> BigInt,
        provider_issuer -> Nullable<Text>,
        provider_sid -> Nullable<Text>,
    }
}

table! {
    use diesel::sql_types::Text;

    session_clients (session_id, client_id) {
        session_id -> Text,
        client_id -> Text,
    }
}

table! {
    use diesel::sql_types::{BigInt, Text};

    logout_notices (id) {
        id -> Text,
        session_id -> Text,
        client_id -> Text,
        user_id -> Text,
        request_id -> Text,
        attempts -> BigInt,
        due_at -> BigInt,
        created_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};

    grants (id) {
        id -> Text,
        code_hash -> Text,
        client_id -> Text,
        user_id -> Text,
        session_id -> Text,
        connection_id -> Text,
        redirect_uri -> Text,
        scope -> Text,
        audience -> Nullable<Text>,
        nonce -> Nullable<Text>,
        code_challenge -> Nullable<Text>,
        auth_time -> BigInt,
        acr -> Nullable<Text>,
        amr -> Text,
        created_at -> BigInt,
        code_expires_at -> BigInt,
        code_used_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
        expires_at -> BigInt,
        is_offline -> Bool,
        claims -> Nullable<Text>,
        authorization_details -> Nullable<Text>,
        dpop_jkt -> Nullable<Text>,
        refresh_family_hash -> Nullable<Text>,
    }
}

table! {
    use diesel::sql_types::{BigInt, Nullable, Text};

    refresh_tokens (family_hash, token_hash) {
        family_hash -> Text,
        token_hash -> Text,
        grant_id -> Text,
        client_id -> Text,
        generation -> BigInt,
        created_at -> BigInt,
        used_at -> Nullable<BigInt>,
        rotated_at -> Nullable<BigInt>,
        expires_at -> BigInt,
        family_expires_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Text};

    finished_logins (login_id) {
        login_id -> Text,
        expires_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Nullable, Text};

    used_ids (id_hash) {
        id_hash -> Text,
        expires_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};

    device_authorizations (device_code_hash) {
        device_code_hash -> Text,
        user_code_hash -> Text,
        client_id -> Text,
        scope -> Text,
        audience -> Nullable<Text>,
        interval_seconds -> BigInt,
        polled_at -> Nullable<BigInt>,
        denied_at -> Nullable<BigInt>,
        grant_id -> Nullable<Text>,
        created_at -> BigInt,
        expires_at -> BigInt,
        section -> Nullable<Text>,
        network -> Nullable<Text>,
        bytes -> BigInt,
        is_in_use -> Bool,
    }
}

table! {
    use diesel::sql_types::{BigInt, Text};

    initial_access_tokens (id) {
        id -> Text,
        token_hash -> Text,
        uses -> BigInt,
        uses_left -> BigInt,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};

    parked_requests (reference_hash) {
        reference_hash -> Text,
        request_sealed -> Text,
        expires_at -> BigInt,
        client_id -> Nullable<Text>,
        section -> Nullable<Text>,
        network -> Nullable<Text>,
        asked_by -> Nullable<Text>,
        bytes -> BigInt,
        is_in_use -> Bool,
    }
}

table! {
    use diesel::sql_types::{BigInt, Text};

    subject_salts (name) {
        name -> Text,
        salt_sealed -> Text,
        created_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Text};

    consents (user_id, client_id) {
        user_id -> Text,
        client_id -> Text,
        scope -> Text,
        updated_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Bool, Text};

    resource_servers (id) {
        id -> Text,
        identifier -> Text,
        settings -> Text,
        is_system -> Bool,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Text};

    client_grants (id) {
        id -> Text,
        client_id -> Text,
        resource_server_id -> Text,
        subject_type -> Text,
        scope -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Text};

    application_consents (id) {
        id -> Text,
        user_id -> Text,
        client_id -> Text,
        audience -> Text,
        scope -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Nullable, Text};

    logs (log_id) {
        log_id -> Text,
        date -> BigInt,
        log_type -> Text,
        description -> Text,
        connection -> Nullable<Text>,
        connection_id -> Nullable<Text>,
        client_id -> Nullable<Text>,
        client_name -> Nullable<Text>,
        user_id -> Nullable<Text>,
        user_name -> Nullable<Text>,
        ip -> Text,
        user_agent -> Text,
        request_id -> Text,
        details -> Text,
    }
}

diesel::joinable!(connection_clients -> connections (connection_id));
diesel::joinable!(connection_diagnoses -> connections (connection_id));
diesel::joinable!(client_grants -> resource_servers (resource_server_id));

allow_tables_to_appear_in_same_query!(connections, connection_clients, connection_diagnoses);
allow_tables_to_appear_in_same_query!(resource_servers, client_grants);
allow_tables_to_appear_in_same_query!(users, administrators);
allow_tables_to_appear_in_same_query!(users, identities);
allow_tables_to_appear_in_same_query!(connections, identities, removed_users);
allow_tables_to_appear_in_same_query!(users, sessions, grants, refresh_tokens);
