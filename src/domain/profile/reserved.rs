//! Names no profile attribute may have: those of token claims, and those this hub sets itself.

use crate::domain::limits;

/// Names that mean something in a token, in the user record or in a script, sorted.
///
/// The token part is Auth0's list, so that a map that works there works here.
#[rustfmt::skip]
pub const RESERVED_ATTRIBUTES: &[&str] = &[
    "__proto__", "_id", "access_token", "acr", "act", "active", "amr", "app_metadata", "at_hash", "ath",
    "attest", "aud", "auth_time", "authorization_details", "azp", "blocked", "c_hash", "client_id",
    "client_secret", "cnf", "connection", "constructor", "created_at", "cty", "dest", "entitlements",
    "events", "exp", "groups", "gty", "htm", "htu", "iat", "id_token", "identities", "internalService",
    "iss", "jcard", "jku", "jti", "jwe", "jwk", "kid", "last_ip", "last_login", "last_password_reset",
    "logins_count", "may_act", "mky", "multifactor", "nbf", "nonce", "object_id", "org_id", "org_name",
    "orig", "origid", "password", "permissions", "prototype", "refresh_token", "roles", "rph", "s_hash",
    "scope", "sid", "sip_callid", "sip_cseq_num", "sip_date", "sip_from_tag", "sip_via_branch", "sub",
    "sub_jwk", "toe", "txn", "typ", "updated_at", "user_id", "user_metadata", "uuid", "vot", "vtm",
    "x5t#S256",
];

/// Why a profile attribute may not be called `name`, with the way out; `None` when it may.
pub fn refusal_of_attribute_name(name: &str) -> Option<String> {
    if RESERVED_ATTRIBUTES.binary_search(&name).is_ok() {
        return Some(format!(
            "the name {name} is reserved for tokens and for what this service sets itself; choose another, for instance federated_{}",
            name.trim_matches('_')
        ));
    }
    let length = name.chars().count();
    if length == 0 || length > limits::ATTRIBUTE_NAME_CHARACTERS {
        return Some(format!(
            "an attribute's name has 1 to {} characters, this one has {length}",
            limits::ATTRIBUTE_NAME_CHARACTERS
        ));
    }
    name.chars()
        .any(char::is_control)
        .then(|| "an attribute's name must not contain control characters".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_found_by_search() {
        assert!(RESERVED_ATTRIBUTES.is_sorted());
        for name in RESERVED_ATTRIBUTES {
            assert!(refusal_of_attribute_name(name).is_some(), "{name}");
        }
    }

    #[test]
    fn ordinary_names_may_be_used_and_odd_ones_may_not() {
        for name in ["email", "name", "federated_groups", "https://acme.example/roles", "département", "a b"]
        {
            assert_eq!(refusal_of_attribute_name(name), None, "{name}");
        }
        for name in ["", "a\0b", "line\nbreak", &"x".repeat(300)] {
            assert!(refusal_of_attribute_name(name).is_some(), "{name:?}");
        }
    }
}
