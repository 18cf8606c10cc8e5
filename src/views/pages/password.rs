//! `templates/pages/password.hbs`: the classic login, second step.

use serde::Serialize;

use super::Wait;
use crate::views::Page;

/// Every value of [`PasswordPage::error`]; its text is `password.errors.<value>`.
pub const PASSWORD_ERRORS: &[&str] = &["password-missing", "password-wrong", "too-many-attempts"];

/// Posts `email` and `password` to `action`.
#[derive(Clone, Debug, Serialize)]
pub struct PasswordPage {
    pub action: String,
    pub client_name: String,
    pub client_logo: Option<String>,
    pub email: String,
    /// The name of the connection.
    pub account_of: String,
    /// One of [`PASSWORD_ERRORS`].
    pub error: Option<&'static str>,
    pub wait: Option<Wait>,
    /// Where the person can type another address.
    pub back: String,
}

impl Page for PasswordPage {
    const TEMPLATE: &'static str = "pages/password";

    fn samples() -> Vec<PasswordPage> {
        let page = PasswordPage {
            action: "/login/l_7Fq2/password".into(),
            client_name: "Acme Notes".into(),
            client_logo: None,
            email: "ada@acme.example".into(),
            account_of: "Acme".into(),
            error: None,
            wait: None,
            back: "/login/l_7Fq2".into(),
        };
        let refused = PASSWORD_ERRORS.iter().map(|error| PasswordPage {
            error: Some(error),
            wait: Wait::sample(error),
            ..page.clone()
        });
        std::iter::once(page.clone()).chain(refused).collect()
    }
}
