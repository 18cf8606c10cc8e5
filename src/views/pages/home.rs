//! `templates/pages/home.hbs`: what a person sees who opens the issuer itself.

use serde::Serialize;

use crate::views::Page;

#[derive(Clone, Debug, Serialize)]
pub struct HomePage {
    pub issuer: String,
}

impl Page for HomePage {
    const TEMPLATE: &'static str = "pages/home";

    fn samples() -> Vec<HomePage> {
        vec![HomePage { issuer: "https://login.example/".into() }]
    }
}
