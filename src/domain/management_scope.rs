//! Scopes of the Management API: `read|create|update|delete:<plural>`.

/// Every scope; the bootstrap application has them all.
pub const ALL: &[&str] = &[
    "read:connections",
    "create:connections",
    "update:connections",
    "delete:connections",
    "read:clients",
    "create:clients",
    "update:clients",
    "delete:clients",
    "read:client_keys",
    "update:client_keys",
    "read:users",
    "create:users",
    "update:users",
    "delete:users",
    "read:logs",
];
