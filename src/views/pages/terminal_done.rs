//! `templates/pages/terminal_done.hbs`: the last page of `vestibule login`.

use serde::Serialize;

use crate::views::Page;

/// Every value of [`TerminalDonePage::outcome`]; its texts are `terminal-done.title.<value>` and
/// `terminal-done.lead.<value>`.
pub const TERMINAL_OUTCOMES: &[&str] = &["signed-in", "failed"];

#[derive(Clone, Debug, Serialize)]
pub struct TerminalDonePage {
    /// One of [`TERMINAL_OUTCOMES`].
    pub outcome: &'static str,
}

impl Page for TerminalDonePage {
    const TEMPLATE: &'static str = "pages/terminal_done";

    fn samples() -> Vec<TerminalDonePage> {
        TERMINAL_OUTCOMES.iter().map(|outcome| TerminalDonePage { outcome }).collect()
    }
}
