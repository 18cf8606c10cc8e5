//! Scopes of the Management API: `<read|create|update|delete>:<what>`.

pub const READ_CONNECTIONS: &str = "read:connections";
pub const CREATE_CONNECTIONS: &str = "create:connections";
pub const UPDATE_CONNECTIONS: &str = "update:connections";
pub const DELETE_CONNECTIONS: &str = "delete:connections";

pub const READ_CLIENTS: &str = "read:clients";
pub const CREATE_CLIENTS: &str = "create:clients";
pub const UPDATE_CLIENTS: &str = "update:clients";
pub const DELETE_CLIENTS: &str = "delete:clients";
/// Rotating an application's secret.
pub const UPDATE_CLIENT_KEYS: &str = "update:client_keys";

pub const READ_USERS: &str = "read:users";
pub const CREATE_USERS: &str = "create:users";
pub const UPDATE_USERS: &str = "update:users";
pub const DELETE_USERS: &str = "delete:users";

pub const READ_LOGS: &str = "read:logs";

/// Every scope there is: what the application made from the settings is granted.
pub const ALL: &[&str] = &[
    READ_CONNECTIONS,
    CREATE_CONNECTIONS,
    UPDATE_CONNECTIONS,
    DELETE_CONNECTIONS,
    READ_CLIENTS,
    CREATE_CLIENTS,
    UPDATE_CLIENTS,
    DELETE_CLIENTS,
    "read:client_keys",
    UPDATE_CLIENT_KEYS,
    READ_USERS,
    CREATE_USERS,
    UPDATE_USERS,
    DELETE_USERS,
    "read:sessions",
    "update:sessions",
    "delete:sessions",
    "read:grants",
    "delete:grants",
    READ_LOGS,
    "read:signing_keys",
    "create:signing_keys",
    "update:signing_keys",
    "read:tenant_settings",
    "update:tenant_settings",
    "read:organizations",
    "create:organizations",
    "update:organizations",
    "delete:organizations",
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_scope_is_listed_once_and_names_a_verb_and_a_thing() {
        assert_eq!(ALL.iter().collect::<HashSet<_>>().len(), ALL.len());
        for scope in ALL {
            let (verb, thing) = scope.split_once(':').unwrap();
            assert!(["read", "create", "update", "delete"].contains(&verb), "{scope}");
            assert!(thing.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{scope}");
        }
    }
}
