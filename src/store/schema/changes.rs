//! The table of which connections have changed lately.

use diesel::table;

table! {
    use diesel::sql_types::{BigInt, Nullable, Text};

    connection_changes (revision) {
        revision -> BigInt,
        connection_id -> Nullable<Text>,
    }
}
