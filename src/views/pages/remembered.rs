//! `templates/pages/remembered.hbs`: the browser remembers through which connection its person signed in.

use serde::Serialize;

use super::ConnectionButton;
use crate::views::Page;

/// Posts `connection` to `action`.
#[derive(Clone, Debug, Serialize)]
pub struct RememberedPage {
    pub action: String,
    pub client_name: String,
    pub client_logo: Option<String>,
    /// The remembered one alone.
    pub connections: Vec<ConnectionButton>,
    /// Where the person finds every other way.
    pub another: String,
}

impl Page for RememberedPage {
    const TEMPLATE: &'static str = "pages/remembered";

    fn samples() -> Vec<RememberedPage> {
        vec![RememberedPage {
            action: "/login/l_7Fq2".into(),
            client_name: "Acme Notes".into(),
            client_logo: None,
            connections: ConnectionButton::samples().into_iter().take(1).collect(),
            another: "/login/l_7Fq2?start=over".into(),
        }]
    }
}
