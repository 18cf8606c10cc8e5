//! The tables of who manages the hub, and of who was invited to.

use diesel::table;

table! {
    use diesel::sql_types::{BigInt, Text};

    administrators (user_id) {
        user_id -> Text,
        created_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Nullable, Text};

    administrator_tickets (invited) {
        invited -> Text,
        email -> Nullable<Text>,
        token_hash -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}
