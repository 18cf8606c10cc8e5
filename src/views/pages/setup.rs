//! `templates/pages/setup.hbs`: what the administrator of a provider has to enter there.

use serde::Serialize;

use crate::views::Page;

/// Every value of [`SetupField::kind`]; its texts are `setup.fields.<kind>` and `setup.hints.<kind>`.
pub const SETUP_FIELDS: &[&str] =
    &["callback", "scopes", "keys", "signed-out", "back-channel-logout", "front-channel-logout", "logo"];

#[derive(Clone, Debug, Serialize)]
pub struct SetupPage {
    /// The connection, as people know it.
    pub connection: String,
    pub fields: Vec<SetupField>,
    /// Where the connection can be tested.
    pub test: String,
    /// Where it is told whether all of it was entered rightly.
    pub checks: String,
    /// The day on which the ticket ends, as `2026-11-21`; `None` for an administrator, who needs none.
    pub until: Option<String>,
}

/// One thing to enter, and to copy.
#[derive(Clone, Debug, Serialize)]
pub struct SetupField {
    /// One of [`SETUP_FIELDS`].
    pub kind: &'static str,
    pub value: String,
}

impl Page for SetupPage {
    const TEMPLATE: &'static str = "pages/setup";

    fn samples() -> Vec<SetupPage> {
        let value = |kind: &str| match kind {
            "scopes" => "openid profile email".to_owned(),
            kind => format!("https://login.example.com/{kind}/connection/acme-corporation-europe"),
        };
        let fields = SETUP_FIELDS.iter().map(|kind| SetupField { kind, value: value(kind) }).collect();
        let page = SetupPage {
            connection: "Acme Corporation".into(),
            fields,
            test: "/connections/acme/test?ticket=0123".into(),
            checks: "/connections/acme/checks".into(),
            until: Some("2026-12-04".into()),
        };
        vec![SetupPage { until: None, ..page.clone() }, page]
    }
}
