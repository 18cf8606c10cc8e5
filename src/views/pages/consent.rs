//! `templates/pages/consent.hbs`: an application asks for something; the person decides.

use serde::Serialize;

use crate::views::Page;

/// The scopes that have a sentence of their own: `consent.scopes.<scope>` (OIDC Core 5.4, 11).
pub const KNOWN_SCOPES: &[&str] = &["openid", "profile", "email", "address", "phone", "offline_access"];

/// Posts `choice=allow` or `choice=deny` to `action`.
#[derive(Clone, Debug, Serialize)]
pub struct ConsentPage {
    pub action: String,
    pub client_name: String,
    /// The host the person will be sent back to.
    pub client_host: String,
    pub client_logo: Option<String>,
    /// The person asked: their name or e-mail address.
    pub person: String,
    /// The code that the device shows, if one asks: the person compares (RFC 8628 §5.4).
    pub device_code: Option<String>,
    pub scopes: Vec<ScopeLine>,
}

/// One thing asked for.
#[derive(Clone, Debug, Serialize)]
pub struct ScopeLine {
    scope: String,
    known: bool,
}

impl ScopeLine {
    /// A scope; one we have no words for is shown by its name.
    pub fn new(scope: impl Into<String>) -> ScopeLine {
        let scope = scope.into();
        let known = KNOWN_SCOPES.contains(&scope.as_str());
        ScopeLine { scope, known }
    }
}

impl Page for ConsentPage {
    const TEMPLATE: &'static str = "pages/consent";

    fn samples() -> Vec<ConsentPage> {
        let scopes = KNOWN_SCOPES.iter().copied().chain(["read:notes"]);
        let page = ConsentPage {
            action: "/login/l_7Fq2/consent".into(),
            client_name: "Acme Notes".into(),
            client_host: "notes.acme.example".into(),
            client_logo: None,
            person: "ada@acme.example".into(),
            device_code: None,
            scopes: scopes.map(ScopeLine::new).collect(),
        };
        vec![page.clone(), ConsentPage { device_code: Some("BCDF-GHJK".into()), ..page }]
    }
}
