//! The tables of what leads to connections, and what they have proven.

use diesel::table;

table! {
    use diesel::sql_types::Text;

    connection_domains (domain, connection_id) {
        domain -> Text,
        connection_id -> Text,
    }
}

table! {
    use diesel::sql_types::Text;

    connection_routes (kind, value, connection_id) {
        kind -> Text,
        value -> Text,
        connection_id -> Text,
    }
}

table! {
    use diesel::sql_types::{BigInt, Nullable, Text};

    verified_domains (id) {
        id -> Text,
        connection_id -> Text,
        domain -> Text,
        token -> Text,
        verified_at -> Nullable<BigInt>,
        lapsed_at -> Nullable<BigInt>,
        checked_at -> Nullable<BigInt>,
        failing_since -> Nullable<BigInt>,
        problem -> Nullable<Text>,
        due_at -> BigInt,
        created_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Text};

    setup_tickets (id) {
        id -> Text,
        connection_id -> Text,
        token_hash -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}
