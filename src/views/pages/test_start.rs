//! `templates/pages/test_start.hbs`: before somebody tests a connection, by a link that works once.

use serde::Serialize;

use crate::views::Page;

#[derive(Clone, Debug, Serialize)]
pub struct TestStartPage {
    /// Where the form goes.
    pub action: String,
    /// The connection, as people know it.
    pub connection: String,
    /// The provider, by the host of its address; `None` where the settings name none.
    pub provider: Option<String>,
    /// What opens the test, and goes back with the form; an administrator needs none.
    pub ticket: Option<String>,
    /// The languages that were asked for.
    pub ui_locales: Option<String>,
    /// It opens one test alone.
    pub is_single_use: bool,
}

impl Page for TestStartPage {
    const TEMPLATE: &'static str = "pages/test_start";

    fn samples() -> Vec<TestStartPage> {
        let by_link = TestStartPage {
            action: "/connections/acme/test".into(),
            connection: "Acme Corporation".into(),
            provider: Some("login.acme.example".into()),
            ticket: Some("0123456789".into()),
            ui_locales: Some("fr".into()),
            is_single_use: true,
        };
        let by_setup =
            TestStartPage { provider: None, ui_locales: None, is_single_use: false, ..by_link.clone() };
        let by_administrator = TestStartPage { ticket: None, ..by_setup.clone() };
        vec![by_link, by_setup, by_administrator]
    }
}
