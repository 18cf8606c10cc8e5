//! The tables of what is remembered of connections and users that were removed.

use diesel::table;

table! {
    use diesel::sql_types::{BigInt, Nullable, Text};

    removed_connections (id) {
        id -> Text,
        name -> Text,
        name_normalized -> Text,
        strategy -> Text,
        issuer -> Nullable<Text>,
        client_id -> Text,
        user_id_attribute -> Text,
        removed_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Text};

    removed_users (user_id) {
        user_id -> Text,
        connection_name -> Text,
        issuer -> Text,
        subject -> Text,
        removed_at -> BigInt,
    }
}
