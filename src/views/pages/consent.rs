//! `templates/pages/consent.hbs`: an application asks for something; the person decides.

use serde::Serialize;

use super::permissions::{ApiLines, Permissions, ScopeLine};
use crate::views::Page;

/// Posts `choice=allow`, `choice=deny` or `choice=another` to `action`.
#[derive(Clone, Debug, Serialize)]
pub struct ConsentPage {
    pub action: String,
    pub client_name: String,
    /// The host the person will be sent back to; `None` if they go on at a device.
    pub client_host: Option<String>,
    /// The code that the device shows, if one asks: the person compares (RFC 8628 §5.4).
    pub device_code: Option<String>,
    pub client_logo: Option<String>,
    /// The application is not the organization's own.
    pub is_third_party: bool,
    pub policy_uri: Option<String>,
    pub tos_uri: Option<String>,
    pub display_name: String,
    pub email: Option<String>,
    pub picture: Option<String>,
    pub asked: Permissions,
    /// The person has allowed something before.
    pub is_more: bool,
}

impl Page for ConsentPage {
    const TEMPLATE: &'static str = "pages/consent";

    fn samples() -> Vec<ConsentPage> {
        let page = ConsentPage {
            action: "/login/l_7Fq2/consent".into(),
            client_name: "Acme Notes".into(),
            client_host: Some("notes.acme.example".into()),
            device_code: None,
            client_logo: None,
            is_third_party: true,
            policy_uri: Some("https://notes.acme.example/privacy".into()),
            tos_uri: Some("https://notes.acme.example/terms".into()),
            display_name: "Ada Lovelace".into(),
            email: Some("ada@acme.example".into()),
            picture: None,
            asked: Permissions::sample(),
            is_more: false,
        };
        let more = Permissions {
            scopes: vec![ScopeLine::new("email")],
            apis: vec![ApiLines::new("Acme Orders", Vec::new())],
            details: Vec::new(),
        };
        let picture = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 40 40'%3E\
                       %3Crect width='40' height='40' fill='%237c3aed'/%3E%3C/svg%3E";
        vec![
            page.clone(),
            ConsentPage { asked: more.clone(), is_more: true, tos_uri: None, ..page.clone() },
            ConsentPage {
                asked: Permissions { apis: Vec::new(), ..more },
                is_third_party: false,
                policy_uri: None,
                tos_uri: Some("https://notes.acme.example/terms".into()),
                email: None,
                picture: Some(picture.into()),
                ..page.clone()
            },
            ConsentPage {
                asked: Permissions::default(),
                policy_uri: None,
                tos_uri: None,
                client_host: None,
                device_code: Some("BCDF-GHJK".into()),
                ..page
            },
        ]
    }
}
