//! `templates/pages/account.hbs`: continue as the person signed in, or as another.

use serde::Serialize;

use crate::views::Page;

/// Posts `choice=continue` or `choice=another` to `action`.
#[derive(Clone, Debug, Serialize)]
pub struct AccountPage {
    pub action: String,
    pub client_name: String,
    pub client_logo: Option<String>,
    pub display_name: String,
    pub email: Option<String>,
    pub picture: Option<String>,
}

impl Page for AccountPage {
    const TEMPLATE: &'static str = "pages/account";

    fn samples() -> Vec<AccountPage> {
        let page = AccountPage {
            action: "/login/l_7Fq2/account".into(),
            client_name: "Acme Notes".into(),
            client_logo: None,
            display_name: "Ada Lovelace".into(),
            email: Some("ada@acme.example".into()),
            picture: None,
        };
        let picture = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 40 40'%3E\
                       %3Crect width='40' height='40' fill='%237c3aed'/%3E%3C/svg%3E";
        vec![page.clone(), AccountPage { picture: Some(picture.into()), email: None, ..page }]
    }
}
