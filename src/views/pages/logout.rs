//! `templates/pages/logout.hbs`: confirm the sign-out (RP-Initiated Logout 2).

use serde::Serialize;

use crate::views::Page;

/// Posts `choice=sign-out` to `action`.
#[derive(Clone, Debug, Serialize)]
pub struct LogoutPage {
    pub action: String,
    /// The application that asks; none when the person came by themselves.
    pub client_name: Option<String>,
    /// The person signed in: their name or e-mail address.
    pub person: Option<String>,
}

impl Page for LogoutPage {
    const TEMPLATE: &'static str = "pages/logout";

    fn samples() -> Vec<LogoutPage> {
        let action = || "/oidc/logout".to_owned();
        vec![
            LogoutPage {
                action: action(),
                client_name: Some("Acme Notes".into()),
                person: Some("Ada Lovelace".into()),
            },
            LogoutPage { action: action(), client_name: None, person: None },
        ]
    }
}
