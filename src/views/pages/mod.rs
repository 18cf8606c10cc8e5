//! One file per page; its struct is exactly what the template of the same name asks for.

mod account;
mod activate;
mod activated;
mod administrator;
mod administrator_made;
mod applications;
mod checks;
mod chooser;
mod consent;
mod error;
mod form_post;
mod home;
mod login;
mod logout;
mod password;
mod permissions;
mod remembered;
mod repost;
mod setup;
mod signed_out;
mod switch;
mod terminal_done;
mod test_checks;
mod test_picture;
mod test_report;
mod test_samples;
mod test_start;
mod test_steps;
mod wait;
mod web_message;

use serde::Serialize;

pub use self::account::AccountPage;
pub use self::activate::{ACTIVATE_ERRORS, ActivatePage};
pub use self::activated::{ACTIVATION_OUTCOMES, ActivatedPage};
pub use self::administrator::{ADMINISTRATOR_ERRORS, AdministratorPage};
pub use self::administrator_made::AdministratorMadePage;
pub use self::applications::{AllowedApplication, ApplicationsPage, Day};
pub use self::checks::{
    CHECK_CAUSES, CHECK_CODES, CHECK_NAMES, CHECK_NOTICES, CheckLine, ChecksPage, Moment,
};
pub use self::chooser::ChooserPage;
pub use self::consent::ConsentPage;
pub use self::error::{ERROR_CODES, ErrorPage};
pub use self::form_post::FormPostPage;
pub use self::home::HomePage;
pub use self::login::{LOGIN_ERRORS, LoginPage, NameSearch};
pub use self::logout::LogoutPage;
pub use self::password::{PASSWORD_ERRORS, PasswordPage};
pub use self::permissions::{ApiLines, DetailsLines, KNOWN_SCOPES, Permissions, ScopeLine};
pub use self::remembered::RememberedPage;
pub use self::repost::RepostPage;
pub use self::setup::{SETUP_FIELDS, SetupField, SetupPage};
pub use self::signed_out::SignedOutPage;
pub use self::switch::{Person, SwitchPage};
pub use self::terminal_done::{TERMINAL_OUTCOMES, TerminalDonePage};
pub use self::test_report::TestReportPage;
pub use self::test_start::TestStartPage;
pub use self::wait::Wait;
pub use self::web_message::WebMessagePage;

/// A button that continues with one connection. It posts `connection=<name>`.
#[derive(Clone, Debug, Serialize)]
pub struct ConnectionButton {
    pub name: String,
    pub display_name: String,
    /// A 20×20 logo; without one the first letter stands for it.
    pub icon_url: Option<String>,
}

impl ConnectionButton {
    fn samples() -> Vec<ConnectionButton> {
        let icon = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 20 20'%3E\
                    %3Ccircle cx='10' cy='10' r='9' fill='%23c2410c'/%3E%3C/svg%3E";
        vec![
            ConnectionButton {
                name: "acme".into(),
                display_name: "Acme Corporation".into(),
                icon_url: Some(icon.into()),
            },
            ConnectionButton {
                name: "globex-eu".into(),
                display_name: "Globex Europe".into(),
                icon_url: None,
            },
        ]
    }
}
