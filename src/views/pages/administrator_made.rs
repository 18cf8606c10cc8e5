//! `templates/pages/administrator_made.hbs`: somebody has become an administrator, and learns how to go on.

use serde::Serialize;

use crate::views::Page;

#[derive(Clone, Debug, Serialize)]
pub struct AdministratorMadePage {
    email: String,
    /// The commands to go on with, fit to be copied; word by word, because a line may end between words alone.
    sign_in: Vec<String>,
    go_on: Vec<String>,
}

impl AdministratorMadePage {
    pub fn new(email: String, sign_in: &str, go_on: &str) -> Self {
        let words = |command: &str| command.split(' ').map(str::to_owned).collect();
        Self { email, sign_in: words(sign_in), go_on: words(go_on) }
    }
}

impl Page for AdministratorMadePage {
    const TEMPLATE: &'static str = "pages/administrator_made";

    fn samples() -> Vec<AdministratorMadePage> {
        vec![AdministratorMadePage::new(
            "ada@acme.example".into(),
            "vestibule login --server https://login.acme.example/",
            "vestibule providers add --help",
        )]
    }
}
