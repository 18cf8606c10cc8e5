//! The tables of what was found out about connections' providers.

use diesel::table;

table! {
    use diesel::sql_types::{BigInt, Nullable, Text};

    connection_diagnoses (connection_id) {
        connection_id -> Text,
        state -> Text,
        version -> Nullable<BigInt>,
        findings -> Text,
        checked_at -> Nullable<BigInt>,
        due_at -> BigInt,
        revision -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Nullable, Text};

    provider_metadata (connection_id) {
        connection_id -> Text,
        source -> Text,
        document -> Text,
        adopted_at -> BigInt,
        waiting_document -> Nullable<Text>,
        waiting_since -> Nullable<BigInt>,
    }
}
