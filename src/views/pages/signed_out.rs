//! `templates/pages/signed_out.hbs`: the session is over.

use serde::Serialize;

use crate::views::Page;

#[derive(Clone, Debug, Serialize)]
pub struct SignedOutPage {
    pub client_name: Option<String>,
    /// Where the person can go on.
    pub back: Option<String>,
    /// Opened out of sight, so that applications end their own sessions; then the page goes on to `back` by itself.
    pub frames: Vec<String>,
}

impl Page for SignedOutPage {
    const TEMPLATE: &'static str = "pages/signed_out";

    fn samples() -> Vec<SignedOutPage> {
        let back = || Some("https://notes.acme.example/".to_owned());
        let frames =
            || vec!["https://notes.acme.example/out?iss=https%3A%2F%2Flogin.example%2F&sid=1".to_owned()];
        vec![
            SignedOutPage { client_name: Some("Acme Notes".into()), back: back(), frames: frames() },
            SignedOutPage { client_name: None, back: back(), frames: Vec::new() },
            SignedOutPage { client_name: None, back: None, frames: frames() },
            SignedOutPage { client_name: None, back: None, frames: Vec::new() },
        ]
    }
}
