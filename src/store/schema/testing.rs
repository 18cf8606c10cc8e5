//! The table of test logins.

use diesel::table;

table! {
    use diesel::sql_types::{BigInt, Nullable, Text};

    test_logins (id) {
        id -> Text,
        connection_id -> Text,
        token_hash -> Text,
        made_by -> Text,
        created_at -> BigInt,
        good_until -> BigInt,
        begun_at -> Nullable<BigInt>,
        holder_hash -> Nullable<Text>,
        finished_at -> Nullable<BigInt>,
        report_sealed -> Nullable<Text>,
        expires_at -> BigInt,
    }
}
