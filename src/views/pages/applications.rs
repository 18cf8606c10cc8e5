//! `templates/pages/applications.hbs`: what a person let applications have, to be taken back.

use serde::Serialize;

use super::permissions::{Permissions, ScopeLine};
use crate::domain::clock::Timestamp;
use crate::views::Page;

/// Each application has a form that posts `client_id` to `action`.
#[derive(Clone, Debug, Serialize)]
pub struct ApplicationsPage {
    pub action: String,
    /// Whose page it is; `None`: nobody is signed in here.
    pub person: Option<String>,
    pub applications: Vec<AllowedApplication>,
    /// The name of an application whose access has just been taken back.
    pub revoked: Option<String>,
}

/// One application, and everything it may have.
#[derive(Clone, Debug, Serialize)]
pub struct AllowedApplication {
    pub client_id: String,
    pub name: String,
    pub host: Option<String>,
    pub logo: Option<String>,
    /// When it was first allowed.
    pub since: Day,
    pub allowed: Permissions,
}

/// A day, in the parts that each language puts in its own order.
#[derive(Clone, Debug, Serialize)]
pub struct Day {
    year: String,
    month: String,
    day: String,
}

impl Day {
    /// The day of `moment`, by UTC.
    pub fn of(moment: Timestamp) -> Self {
        let text = moment.iso8601();
        let mut parts = text.split(['-', 'T']).map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        Self { year: next(), month: next(), day: next() }
    }
}

impl Page for ApplicationsPage {
    const TEMPLATE: &'static str = "pages/applications";

    fn samples() -> Vec<ApplicationsPage> {
        let action = || "/account/applications".to_owned();
        let notes = AllowedApplication {
            client_id: "n0tes".into(),
            name: "Acme Notes".into(),
            host: Some("notes.acme.example".into()),
            logo: None,
            since: Day::of(Timestamp::from_seconds(1_795_219_200)),
            allowed: Permissions::sample(),
        };
        let profile = Permissions {
            scopes: vec![ScopeLine::new("openid"), ScopeLine::new("email")],
            ..Permissions::default()
        };
        let logo = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 40 40'%3E\
                    %3Crect width='40' height='40' rx='6' fill='%23c2410c'/%3E%3C/svg%3E";
        let reports = AllowedApplication {
            client_id: "rep0rts".into(),
            name: "Quarterly Reports".into(),
            host: None,
            logo: Some(logo.into()),
            allowed: profile,
            ..notes.clone()
        };
        vec![
            ApplicationsPage {
                action: action(),
                person: Some("ada@acme.example".into()),
                applications: vec![notes, reports],
                revoked: None,
            },
            ApplicationsPage {
                action: action(),
                person: Some("ada@acme.example".into()),
                applications: Vec::new(),
                revoked: Some("Acme Notes".into()),
            },
            ApplicationsPage { action: action(), person: None, applications: Vec::new(), revoked: None },
        ]
    }
}
