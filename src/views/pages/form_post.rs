//! `templates/pages/form_post.hbs`: the authorization response as a form that submits itself
//! (OAuth 2.0 Form Post Response Mode).

use serde::Serialize;

use crate::views::Page;

/// Posts `fields` to `redirect_uri`. No `Debug`: the fields hold a code or tokens.
#[derive(Clone, Serialize)]
pub struct FormPostPage {
    pub redirect_uri: String,
    pub fields: Vec<(String, String)>,
    pub client_name: String,
}

impl Page for FormPostPage {
    const TEMPLATE: &'static str = "pages/form_post";

    fn samples() -> Vec<FormPostPage> {
        vec![FormPostPage {
            redirect_uri: "https://notes.acme.example/callback?tenant=1&lang=en".into(),
            fields: vec![
                ("code".into(), "an-example-code".into()),
                ("state".into(), "an \"example\" <state> & more".into()),
                ("iss".into(), "https://login.example/".into()),
            ],
            client_name: "Acme Notes".into(),
        }]
    }
}
