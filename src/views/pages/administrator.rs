//! `templates/pages/administrator.hbs`: somebody with a set-up link makes an account that manages the hub.

use serde::Serialize;

use crate::views::Page;

/// Every value of the errors of [`AdministratorPage`]; its text is `administrator.errors.<value>`.
pub const ADMINISTRATOR_ERRORS: &[&str] = &[
    "email-missing",
    "email-malformed",
    "email-taken",
    "name-missing",
    "name-too-long",
    "password-short",
    "password-long",
    "passwords-differ",
];

/// Posts `email`, `name`, `password` and `repeated` to `action`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AdministratorPage {
    pub action: String,
    pub email: String,
    /// The link is for this address and no other.
    pub is_email_fixed: bool,
    pub name: String,
    /// Characters of a password.
    pub least: usize,
    /// One of [`ADMINISTRATOR_ERRORS`] each.
    pub email_error: Option<&'static str>,
    pub name_error: Option<&'static str>,
    pub password_error: Option<&'static str>,
    pub repeated_error: Option<&'static str>,
    /// The id of the field that has the focus.
    pub focus: &'static str,
}

impl Page for AdministratorPage {
    const TEMPLATE: &'static str = "pages/administrator";

    fn samples() -> Vec<AdministratorPage> {
        let page = AdministratorPage {
            action: "/setup/x".into(),
            email: "ada@acme.example".into(),
            least: 8,
            focus: "email",
            ..AdministratorPage::default()
        };
        let refused = ADMINISTRATOR_ERRORS.iter().map(|error| {
            let mut page = page.clone();
            match *error {
                "email-missing" | "email-malformed" | "email-taken" => page.email_error = Some(error),
                "name-missing" | "name-too-long" => page.name_error = Some(error),
                "passwords-differ" => page.repeated_error = Some(error),
                _ => page.password_error = Some(error),
            }
            page
        });
        let fixed = AdministratorPage { is_email_fixed: true, focus: "name", ..page.clone() };
        let others = ["password", "repeated"].map(|focus| AdministratorPage { focus, ..page.clone() });
        [page.clone(), fixed].into_iter().chain(others).chain(refused).collect()
    }
}
