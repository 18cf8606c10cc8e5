//! `templates/pages/login.hbs`: who are you, or through which connection do you sign in?

use serde::Serialize;

use super::{ConnectionButton, Wait};
use crate::views::Page;

/// Every value of [`LoginPage::error`]; its text is `login.errors.<value>`.
pub const LOGIN_ERRORS: &[&str] =
    &["email-missing", "email-invalid", "no-connection", NO_ORGANIZATION, TOO_MANY_CODES];
const NO_ORGANIZATION: &str = "no-organization";
const TOO_MANY_CODES: &str = "too-many-codes";

/// Looks for a button by its name, where there are too many for a page.
#[derive(Clone, Debug, Serialize)]
pub struct NameSearch {
    /// Asked with `find`.
    action: String,
    wanted: String,
    found_none: bool,
    has_more: bool,
}

impl NameSearch {
    /// After `found` buttons were found for `wanted`, which is empty where nothing was looked for yet.
    pub fn new(action: String, wanted: String, found: usize, has_more: bool) -> Self {
        Self { action, found_none: found == 0 && !wanted.is_empty(), wanted, has_more }
    }
}

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
    pub wait: Option<Wait>,
    pub show_email: bool,
    pub show_organization: bool,
    /// The name of the only connection, if it has classic accounts.
    pub account_of: Option<String>,
    pub buttons: Vec<ConnectionButton>,
    pub search: Option<NameSearch>,
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
            wait: None,
            show_email: true,
            show_organization: false,
            account_of: None,
            buttons: ConnectionButton::samples(),
            search: None,
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
        let searches =
            [("", 0, false), ("Acme", 0, false), ("a", 2, true)].map(|(wanted, found, has_more)| {
                let search = NameSearch::new("/login/l_7Fq2".into(), wanted.into(), found, has_more);
                let buttons = ConnectionButton::samples().into_iter().take(found).collect();
                LoginPage { search: Some(search), buttons, show_email: found > 0, ..page.clone() }
            });
        let refused = LOGIN_ERRORS.iter().map(|error| LoginPage {
            error: Some(error),
            email: "ada@nowhere.example".into(),
            wait: Wait::sample(error),
            show_organization: [NO_ORGANIZATION, TOO_MANY_CODES].contains(error),
            ..page.clone()
        });
        let pages = [page.clone(), email_only, buttons_only, with_code, code_only];
        pages.into_iter().chain(searches).chain(refused).collect()
    }
}
