//! `templates/pages/switch.hbs`: somebody is signed in, and another account has just been proven; who goes on?

use serde::Serialize;

use crate::views::Page;

/// A person of the two.
#[derive(Clone, Debug, Serialize)]
pub struct Person {
    pub display_name: String,
    pub email: Option<String>,
    pub picture: Option<String>,
    /// The name of the connection through which they came.
    pub connection: Option<String>,
}

/// Posts `choice=stay`, the first button, or `choice=switch` to `action`.
#[derive(Clone, Debug, Serialize)]
pub struct SwitchPage {
    pub action: String,
    pub client_name: String,
    pub client_logo: Option<String>,
    pub signed_in: Person,
    pub proven: Person,
}

impl Page for SwitchPage {
    const TEMPLATE: &'static str = "pages/switch";

    fn samples() -> Vec<SwitchPage> {
        let page = SwitchPage {
            action: "/login/l_7Fq2/person".into(),
            client_name: "Acme Notes".into(),
            client_logo: None,
            signed_in: Person {
                display_name: "Ada Lovelace".into(),
                email: Some("ada@acme.example".into()),
                picture: None,
                connection: Some("Acme Corporation".into()),
            },
            proven: Person {
                display_name: "Charles Babbage".into(),
                email: Some("charles@globex.example".into()),
                picture: None,
                connection: Some("Globex".into()),
            },
        };
        let picture = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 40 40'%3E\
                       %3Crect width='40' height='40' fill='%237c3aed'/%3E%3C/svg%3E";
        let bare =
            Person { email: None, connection: None, picture: Some(picture.into()), ..page.proven.clone() };
        vec![page.clone(), SwitchPage { proven: bare, ..page }]
    }
}
