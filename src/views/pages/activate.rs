//! `templates/pages/activate.hbs`: the code that a device shows (RFC 8628 §3.3).

use serde::Serialize;

use super::Wait;
use crate::views::Page;

/// Every value of [`ActivatePage::error`]; its text is `activate.errors.<value>`.
pub const ACTIVATE_ERRORS: &[&str] = &["code-unknown", "too-many-attempts"];

/// Posts `user_code` to `action`.
#[derive(Clone, Debug, Serialize)]
pub struct ActivatePage {
    pub action: String,
    /// What was typed, or came with the address.
    pub user_code: String,
    /// One of [`ACTIVATE_ERRORS`].
    pub error: Option<&'static str>,
    pub wait: Option<Wait>,
}

impl Page for ActivatePage {
    const TEMPLATE: &'static str = "pages/activate";

    fn samples() -> Vec<ActivatePage> {
        let page = ActivatePage {
            action: "/activate".into(),
            user_code: "BCDF-GHJK".into(),
            error: None,
            wait: None,
        };
        let refused = ACTIVATE_ERRORS.iter().map(|error| ActivatePage {
            error: Some(error),
            wait: Wait::sample(error),
            ..page.clone()
        });
        std::iter::once(page.clone()).chain(refused).collect()
    }
}
