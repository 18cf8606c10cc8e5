//! What an application may do, in words: `templates/partials/permissions.hbs`.

use serde::Serialize;

use crate::domain::resource_server::ApiScope;

/// The scopes that have a sentence of their own: `consent.scopes.<scope>` (OpenID Connect Core §5.4, §11).
pub const KNOWN_SCOPES: &[&str] = &["openid", "profile", "email", "address", "phone", "offline_access"];

/// A list of permissions.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Permissions {
    pub scopes: Vec<ScopeLine>,
    pub apis: Vec<ApiLines>,
    /// `authorization_details` (RFC 9396), which only the application and the API have words for.
    pub details: Vec<DetailsLines>,
}

/// One scope of OpenID Connect.
#[derive(Clone, Debug, Serialize)]
pub struct ScopeLine {
    scope: String,
    known: bool,
}

impl ScopeLine {
    /// A scope; one we have no words for is shown by its name.
    pub fn new(scope: impl Into<String>) -> Self {
        let scope = scope.into();
        let known = KNOWN_SCOPES.contains(&scope.as_str());
        Self { scope, known }
    }
}

/// What is asked for at one API, in its administrator's words.
#[derive(Clone, Debug, Serialize)]
pub struct ApiLines {
    pub name: String,
    pub scopes: Vec<ApiScope>,
}

impl ApiLines {
    pub fn new(name: impl Into<String>, scopes: Vec<ApiScope>) -> Self {
        Self { name: name.into(), scopes }
    }
}

/// One of the details, value by value.
#[derive(Clone, Debug, Serialize)]
pub struct DetailsLines {
    name: String,
    /// Path and value.
    fields: Vec<(String, String)>,
}

impl DetailsLines {
    pub fn new((name, fields): (String, Vec<(String, String)>)) -> Self {
        Self { name, fields }
    }
}

impl Permissions {
    pub(super) fn sample() -> Self {
        let scope = |value: &str, description: &str| ApiScope {
            value: value.into(),
            description: description.into(),
        };
        let scopes = KNOWN_SCOPES.iter().copied().chain(["read:notes"]);
        Self {
            scopes: scopes.map(ScopeLine::new).collect(),
            apis: vec![ApiLines::new(
                "Acme Orders",
                vec![scope("read:orders", "Read your orders and invoices"), scope("write:orders", "")],
            )],
            details: vec![DetailsLines::new((
                "payment_initiation".into(),
                vec![("amount.value".into(), "12.50".into()), ("amount.currency".into(), "EUR".into())],
            ))],
        }
    }
}
