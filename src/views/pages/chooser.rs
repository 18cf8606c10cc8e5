//! `templates/pages/chooser.hbs`: several connections serve one e-mail domain.

use serde::Serialize;

use super::ConnectionButton;
use crate::views::Page;

/// Posts `connection` to `action`.
#[derive(Clone, Debug, Serialize)]
pub struct ChooserPage {
    pub action: String,
    pub client_name: String,
    pub client_logo: Option<String>,
    pub email: String,
    pub connections: Vec<ConnectionButton>,
    /// Where the person can type another address.
    pub back: Option<String>,
}

impl Page for ChooserPage {
    const TEMPLATE: &'static str = "pages/chooser";

    fn samples() -> Vec<ChooserPage> {
        let page = ChooserPage {
            action: "/login/l_7Fq2".into(),
            client_name: "Acme Notes".into(),
            client_logo: None,
            email: "ada@acme.example".into(),
            connections: ConnectionButton::samples(),
            back: Some("/login/l_7Fq2".into()),
        };
        vec![page.clone(), ChooserPage { back: None, ..page }]
    }
}
