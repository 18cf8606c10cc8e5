//! The tables that hang on one connection and are read alone, as Diesel sees them.

use diesel::table;

table! {
    use diesel::sql_types::{BigInt, Nullable, Text};

    attribute_maps (connection_id, version) {
        connection_id -> Text,
        version -> BigInt,
        attribute_map -> Text,
        client_id -> Nullable<Text>,
        created_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::Text;

    connection_logos (connection_id) {
        connection_id -> Text,
        png -> Text,
        sha256 -> Text,
    }
}
