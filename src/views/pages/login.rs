//! `templates/pages/login.hbs`: who are you, or through which connection do you sign in?

use serde::Serialize;

use super::ConnectionButton;
use crate::views::Page;

/// Every value of [`LoginPage::error`]; its text is `login.errors.<value>`.
pub const LOGIN_ERRORS: &[&str] = &["email-missing", "email-invalid", "no-connection", NO_ORGANIZATION];
const NO_ORGANIZATION: &str = "no-organization";

/// Posts `email` or `organization`, both perhaps with `remember`, or `connection` by one of the buttons, to `action`.
#[derive(Clone, Debug, Serialize)]
pub struct LoginPage {
    pub action: String,
    pub client_name: String,
    pub client_logo: Option<String>,
    /// What was typed or hinted so far; may be empty.
    pub email: String,
    /// One of [`LOGIN_ERRORS`].
    pub error: Option<&'static str>,
    pub show_email: bool,
    pub show_organization: bool,
    /// The name of the only connection, if it has classic accounts.
    pub account_of: Option<String>,
    pub buttons: Vec<ConnectionButton>,
}

impl Page for LoginPage {
    const TEMPLATE: &'static str = "pages/login";

    fn samples() -> Vec<LoginPage> {
        let page = LoginPage {
            action: "/login/l_7Fq2".into(),
            client_name: "Acme Notes".into(),
            client_logo: None,
            email: String::new(),
            error: None,
            show_email: true,
            show_organization: false,
            account_of: None,
            buttons: ConnectionButton::samples(),
        };
        let logo = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 56 56'%3E\
                    %3Crect width='56' height='56' rx='14' fill='%23334155'/%3E%3C/svg%3E";
        let email_only = LoginPage {
            buttons: Vec::new(),
            client_logo: Some(logo.into()),
            account_of: Some("Acme".into()),
            ..page.clone()
        };
        let buttons_only = LoginPage { show_email: false, ..page.clone() };
        let with_code = LoginPage { show_organization: true, buttons: Vec::new(), ..page.clone() };
        let code_only = LoginPage { show_email: false, ..with_code.clone() };
        let refused = LOGIN_ERRORS.iter().map(|error| LoginPage {
            error: Some(error),
            email: "ada@nowhere.example".into(),
            show_organization: *error == NO_ORGANIZATION,
            ..page.clone()
        });
        [page.clone(), email_only, buttons_only, with_code, code_only].into_iter().chain(refused).collect()
    }
}
