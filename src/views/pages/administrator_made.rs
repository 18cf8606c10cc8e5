//! `templates/pages/administrator_made.hbs`: somebody has become an administrator, and learns how to go on.

use serde::Serialize;

use crate::views::Page;

#[derive(Clone, Debug, Serialize)]
pub struct AdministratorMadePage {
    pub email: String,
    /// The commands to go on with, fit to be copied.
    pub sign_in: String,
    pub go_on: String,
}

impl Page for AdministratorMadePage {
    const TEMPLATE: &'static str = "pages/administrator_made";

    fn samples() -> Vec<AdministratorMadePage> {
        vec![AdministratorMadePage {
            email: "ada@acme.example".into(),
            sign_in: "vestibule login --server https://login.acme.example/".into(),
            go_on: "vestibule providers add --help".into(),
        }]
    }
}
