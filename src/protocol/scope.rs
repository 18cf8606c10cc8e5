//! `scope` (RFC 6749 §3.3) and the claims each scope stands for (OpenID Connect Core §5.4).

use std::collections::BTreeSet;

use super::error::{ErrorCode, OAuthError};

/// Scopes that mean something to this issuer, and are advertised.
pub const SUPPORTED: [&str; 6] = ["openid", "profile", "email", "address", "phone", OFFLINE_ACCESS];

/// Access while the person is away: a refresh token (OpenID Connect Core §11).
pub const OFFLINE_ACCESS: &str = "offline_access";

/// Claims of each scope (OpenID Connect Core §5.4).
pub fn claims_of(scope: &str) -> &'static [&'static str] {
    match scope {
        "profile" => &[
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
        "email" => &["email", "email_verified"],
        "address" => &["address"],
        "phone" => &["phone_number", "phone_number_verified"],
        _ => &[],
    }
}

/// Whether the specification names this claim of a person (OpenID Connect Core §5.1), `sub` aside.
pub fn is_standard_claim(name: &str) -> bool {
    SUPPORTED.iter().any(|scope| claims_of(scope).contains(&name))
}

/// What the scopes of a request may be.
#[derive(Clone, Copy, Debug, Default)]
pub struct ScopeRules<'a> {
    /// Scopes the application is registered for (RFC 7591 §2); `None`: all.
    pub registered: Option<&'a str>,
    /// Scopes, open to the application, of the API that the request names.
    pub of_api: Option<&'a BTreeSet<String>>,
    /// Whether that API wants no tokens once the person is gone.
    pub is_online_only: bool,
}

impl ScopeRules<'_> {
    fn allows(&self, scope: &str) -> bool {
        scope == "openid" || self.registered.is_none_or(|registered| contains(registered, scope))
    }

    /// The scopes of `granted` that are still possible.
    pub fn kept(&self, granted: &str) -> String {
        let kept = granted.split(' ').filter(|one| match is_reserved(one) {
            true => self.allows(one) && !(self.is_online_only && *one == OFFLINE_ACCESS),
            false => self.of_api.is_some_and(|scopes| scopes.contains(*one)),
        });
        kept.collect::<Vec<_>>().join(" ")
    }
}

/// Reads a requested scope: valid characters, duplicates dropped, order kept. Scopes that mean nothing here, those
/// of the API that are not open to the application among them, are dropped (RFC 6749 §3.3 lets the server ignore
/// them), so what was granted is what is returned. Asking for a part of the profile that the application is not
/// registered for is an error: it would wait for claims that never come.
///
/// # Errors
/// `invalid_scope` for characters that RFC 6749 §3.3 does not allow, and for a part of the profile out of reach.
pub fn read(text: &str, rules: ScopeRules<'_>) -> Result<String, OAuthError> {
    let mut asked: Vec<&str> = Vec::new();
    for scope in text.split(' ').filter(|scope| !scope.is_empty()) {
        if !is_scope_token(scope) {
            return Err(OAuthError::new(ErrorCode::InvalidScope, "scope contains a character it must not"));
        }
        if !claims_of(scope).is_empty() && !rules.allows(scope) {
            return Err(OAuthError::new(
                ErrorCode::InvalidScope,
                format!(
                    "this application may not ask for the scope {scope}: it is not in its property scope"
                ),
            ));
        }
        if !asked.contains(&scope) {
            asked.push(scope);
        }
    }
    Ok(rules.kept(&asked.join(" ")))
}

/// Whether `text` is one scope by the characters of RFC 6749 §3.3.
pub fn is_scope_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

/// Whether the word has a meaning of its own here, so that no API can give it another.
pub fn is_reserved(scope: &str) -> bool {
    SUPPORTED.contains(&scope)
}

/// Whether the space-separated `granted` contains `scope`.
pub fn contains(granted: &str, scope: &str) -> bool {
    granted.split(' ').any(|one| one == scope)
}

/// Whether every scope of `asked` is in `granted`.
pub fn covers(granted: &str, asked: &str) -> bool {
    asked.split(' ').filter(|scope| !scope.is_empty()).all(|scope| contains(granted, scope))
}

/// The scopes of `asked`, each once, if all of them were `granted` (RFC 6749 §6).
pub fn narrowed(granted: &str, asked: &str) -> Option<String> {
    let mut kept: Vec<&str> = Vec::new();
    for scope in asked.split(' ').filter(|scope| !scope.is_empty()) {
        if !contains(granted, scope) {
            return None;
        }
        if !kept.contains(&scope) {
            kept.push(scope);
        }
    }
    Some(kept.join(" "))
}

/// `granted` without `scope`.
pub fn without(granted: &str, scope: &str) -> String {
    granted.split(' ').filter(|one| *one != scope).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_scopes_are_dropped_and_bad_characters_refused() {
        let read = |text| read(text, ScopeRules::default());
        assert_eq!(read("openid  email openid other"), Ok("openid email".into()));
        assert_eq!(read(""), Ok(String::new()));
        assert!(read("openid \"email\"").is_err());
        assert!(read("openid é").is_err());
        assert!(contains("openid email", "email"));
        assert!(!contains("openid email", "mail"));
    }

    #[test]
    fn scopes_are_narrowed_and_never_widened() {
        assert_eq!(narrowed("openid email", "email  email"), Some("email".into()));
        assert_eq!(narrowed("openid email", "email profile"), None);
        assert_eq!(narrowed("openid", "OPENID"), None);
        assert_eq!(without("openid offline_access email", OFFLINE_ACCESS), "openid email");
        assert_eq!(without("openid", OFFLINE_ACCESS), "openid");
    }

    #[test]
    fn a_part_of_the_profile_out_of_reach_is_an_error_and_a_scope_of_an_api_is_dropped() {
        let open = BTreeSet::from(["read:orders".to_owned()]);
        let rules =
            ScopeRules { registered: Some("openid email"), of_api: Some(&open), is_online_only: true };
        assert_eq!(
            read("openid email read:orders write:orders", rules),
            Ok("openid email read:orders".into())
        );
        for scope in ["profile", "address", "phone", "email profile"] {
            assert_eq!(read(scope, rules).unwrap_err().code, ErrorCode::InvalidScope, "{scope}");
        }
        assert_eq!(read("openid", ScopeRules { registered: Some(""), ..rules }), Ok("openid".into()));
        assert_eq!(rules.kept("openid profile offline_access read:orders gone"), "openid read:orders");
        let offline = ScopeRules { registered: None, is_online_only: false, ..rules };
        assert_eq!(offline.kept("openid profile offline_access"), "openid profile offline_access");
        assert_eq!(ScopeRules::default().kept("openid read:orders"), "openid");
    }
}
