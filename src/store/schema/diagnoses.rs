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
