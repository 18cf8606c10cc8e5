//! `templates/pages/repost.hbs`: a provider's form_post came cross-site, without our cookies; the browser
//! sends it once more from here, and they come along.

use serde::Serialize;

use crate::views::Page;

/// Posts `fields` to `action`. No `Debug`: the fields hold a code or tokens.
#[derive(Clone, Serialize)]
pub struct RepostPage {
    pub action: String,
    pub fields: Vec<(String, String)>,
}

impl Page for RepostPage {
    const TEMPLATE: &'static str = "pages/repost";

    fn samples() -> Vec<RepostPage> {
        vec![RepostPage {
            action: "/login/callback".into(),
            fields: vec![
                ("id_token".into(), "an.example.token".into()),
                ("state".into(), "an-example-state".into()),
            ],
        }]
    }
}
