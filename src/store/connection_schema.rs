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

table! {
    use diesel::sql_types::{BigInt, Nullable, Text};

    connection_keys (key_id) {
        key_id -> Text,
        connection_id -> Text,
        key_type -> Text,
        status -> Text,
        private_key_sealed -> Text,
        created_at -> BigInt,
        current_since -> Nullable<BigInt>,
        current_until -> Nullable<BigInt>,
    }
}

table! {
    use diesel::sql_types::{BigInt, Nullable, Text};

    upstream_tokens (connection_id, issuer, subject) {
        connection_id -> Text,
        issuer -> Text,
        subject -> Text,
        tokens_sealed -> Text,
        leased_until -> Nullable<BigInt>,
        version -> BigInt,
        updated_at -> BigInt,
    }
}
