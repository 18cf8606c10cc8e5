//! `templates/pages/activated.hbs`: the person has answered; the device goes on.

use serde::Serialize;

use crate::views::Page;

/// Every value of [`ActivatedPage::outcome`]; its words are `activated.title.<value>` and `activated.lead.<value>`.
pub const ACTIVATION_OUTCOMES: &[&str] = &["allowed", "denied", "failed"];

#[derive(Clone, Debug, Serialize)]
pub struct ActivatedPage {
    /// One of [`ACTIVATION_OUTCOMES`].
    pub outcome: &'static str,
    /// Where another code can be typed.
    pub again: Option<String>,
}

impl Page for ActivatedPage {
    const TEMPLATE: &'static str = "pages/activated";

    fn samples() -> Vec<ActivatedPage> {
        let pages = ACTIVATION_OUTCOMES.iter().map(|outcome| ActivatedPage {
            outcome,
            again: (*outcome != "allowed").then(|| "/activate".to_owned()),
        });
        pages.collect()
    }
}
