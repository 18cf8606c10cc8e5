//! `templates/pages/signed_out.hbs`: the session is over.

use serde::Serialize;

use crate::views::Page;

#[derive(Clone, Debug, Serialize)]
pub struct SignedOutPage {
    pub client_name: Option<String>,
    /// Where the person can go on.
    pub back: Option<String>,
}

impl Page for SignedOutPage {
    const TEMPLATE: &'static str = "pages/signed_out";

    fn samples() -> Vec<SignedOutPage> {
        let back = || Some("https://notes.acme.example/".to_owned());
        vec![
            SignedOutPage { client_name: Some("Acme Notes".into()), back: back() },
            SignedOutPage { client_name: None, back: back() },
            SignedOutPage { client_name: None, back: None },
        ]
    }
}
