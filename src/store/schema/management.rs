//! The tables of who manages the hub, of who was invited to, and of what they are told by mail.

use diesel::table;

table! {
    use diesel::sql_types::{BigInt, Nullable, Text};

    administrators (user_id) {
        user_id -> Text,
        created_at -> BigInt,
        language -> Nullable<Text>,
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

table! {
    use diesel::sql_types::{BigInt, Nullable, Text};

    mailings (id) {
        id -> Text,
        connection_id -> Text,
        kind -> Text,
        recipient -> Text,
        language -> Text,
        letter -> Text,
        attempts -> BigInt,
        due_at -> Nullable<BigInt>,
        sent_at -> Nullable<BigInt>,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}
