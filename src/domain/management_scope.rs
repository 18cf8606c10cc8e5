//! Scopes of the Management API: `<read|create|update|delete>:<what>`.

pub const READ_CONNECTIONS: &str = "read:connections";
pub const CREATE_CONNECTIONS: &str = "create:connections";
pub const UPDATE_CONNECTIONS: &str = "update:connections";
pub const DELETE_CONNECTIONS: &str = "delete:connections";

/// The tokens that providers gave for our people.
pub const READ_USER_IDP_TOKENS: &str = "read:user_idp_tokens";

pub const READ_CONNECTIONS_KEYS: &str = "read:connections_keys";
pub const CREATE_CONNECTIONS_KEYS: &str = "create:connections_keys";
pub const UPDATE_CONNECTIONS_KEYS: &str = "update:connections_keys";

pub const READ_CLIENTS: &str = "read:clients";
pub const CREATE_CLIENTS: &str = "create:clients";
pub const UPDATE_CLIENTS: &str = "update:clients";
pub const DELETE_CLIENTS: &str = "delete:clients";
/// Listing an application's secrets, without their values.
pub const READ_CLIENT_KEYS: &str = "read:client_keys";
/// Rotating an application's secret, and removing the older one.
pub const UPDATE_CLIENT_KEYS: &str = "update:client_keys";

pub const READ_USERS: &str = "read:users";
pub const CREATE_USERS: &str = "create:users";
pub const UPDATE_USERS: &str = "update:users";
pub const DELETE_USERS: &str = "delete:users";

pub const READ_RESOURCE_SERVERS: &str = "read:resource_servers";
pub const CREATE_RESOURCE_SERVERS: &str = "create:resource_servers";
pub const UPDATE_RESOURCE_SERVERS: &str = "update:resource_servers";
pub const DELETE_RESOURCE_SERVERS: &str = "delete:resource_servers";

pub const READ_CLIENT_GRANTS: &str = "read:client_grants";
pub const CREATE_CLIENT_GRANTS: &str = "create:client_grants";
pub const UPDATE_CLIENT_GRANTS: &str = "update:client_grants";
pub const DELETE_CLIENT_GRANTS: &str = "delete:client_grants";

/// What people let applications have: Auth0's "grants".
pub const READ_GRANTS: &str = "read:grants";
pub const DELETE_GRANTS: &str = "delete:grants";

pub const READ_SIGNING_KEYS: &str = "read:signing_keys";
/// Rotating them.
pub const CREATE_SIGNING_KEYS: &str = "create:signing_keys";
/// Revoking one.
pub const UPDATE_SIGNING_KEYS: &str = "update:signing_keys";

/// Tokens that let their holders register applications (RFC 7591 §3).
pub const READ_INITIAL_ACCESS_TOKENS: &str = "read:initial_access_tokens";
pub const CREATE_INITIAL_ACCESS_TOKENS: &str = "create:initial_access_tokens";
pub const DELETE_INITIAL_ACCESS_TOKENS: &str = "delete:initial_access_tokens";

pub const READ_SESSIONS: &str = "read:sessions";
/// Ending them, with everything that was granted in them.
pub const DELETE_SESSIONS: &str = "delete:sessions";

pub const READ_REFRESH_TOKENS: &str = "read:refresh_tokens";
/// Taking them back.
pub const DELETE_REFRESH_TOKENS: &str = "delete:refresh_tokens";

pub const READ_LOGS: &str = "read:logs";

/// Every scope there is: what the application made from the settings is granted.
pub const ALL: &[&str] = &[
    READ_CONNECTIONS,
    CREATE_CONNECTIONS,
    UPDATE_CONNECTIONS,
    DELETE_CONNECTIONS,
    READ_USER_IDP_TOKENS,
    READ_CONNECTIONS_KEYS,
    CREATE_CONNECTIONS_KEYS,
    UPDATE_CONNECTIONS_KEYS,
    READ_CLIENTS,
    CREATE_CLIENTS,
    UPDATE_CLIENTS,
    DELETE_CLIENTS,
    READ_CLIENT_KEYS,
    UPDATE_CLIENT_KEYS,
    READ_USERS,
    CREATE_USERS,
    UPDATE_USERS,
    DELETE_USERS,
    READ_SESSIONS,
    "update:sessions",
    DELETE_SESSIONS,
    READ_REFRESH_TOKENS,
    DELETE_REFRESH_TOKENS,
    READ_GRANTS,
    DELETE_GRANTS,
    READ_RESOURCE_SERVERS,
    CREATE_RESOURCE_SERVERS,
    UPDATE_RESOURCE_SERVERS,
    DELETE_RESOURCE_SERVERS,
    READ_CLIENT_GRANTS,
    CREATE_CLIENT_GRANTS,
    UPDATE_CLIENT_GRANTS,
    DELETE_CLIENT_GRANTS,
    READ_INITIAL_ACCESS_TOKENS,
    CREATE_INITIAL_ACCESS_TOKENS,
    DELETE_INITIAL_ACCESS_TOKENS,
    READ_LOGS,
    READ_SIGNING_KEYS,
    CREATE_SIGNING_KEYS,
    UPDATE_SIGNING_KEYS,
    "read:tenant_settings",
    "update:tenant_settings",
    "read:organizations",
    "create:organizations",
    "update:organizations",
    "delete:organizations",
];

/// What a scope is for: `read:client_grants` is "Read client grants".
pub fn description(scope: &str) -> String {
    let (verb, thing) = scope.split_once(':').unwrap_or((scope, ""));
    let mut letters = verb.chars();
    let verb: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    format!("{verb} {}", thing.replace('_', " "))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_scope_is_listed_once_and_names_a_verb_and_a_thing() {
        assert_eq!(ALL.iter().collect::<HashSet<_>>().len(), ALL.len());
        assert_eq!(description(READ_CLIENT_GRANTS), "Read client grants");
        for scope in ALL {
            let (verb, thing) = scope.split_once(':').unwrap();
            assert!(["read", "create", "update", "delete"].contains(&verb), "{scope}");
            assert!(thing.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{scope}");
        }
    }
}
