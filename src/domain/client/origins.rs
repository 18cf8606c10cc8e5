//! Whose scripts may read our answers to an application (Fetch Standard §3.3, CORS).

use super::{AppType, Client};
use crate::protocol::response_mode::web_origin;

impl Client {
    /// The origins that are registered for it, and for a single-page application those of its redirect URIs: its
    /// pages live there, and forgetting to say so twice is the commonest of mistakes.
    pub fn browser_origins(&self) -> impl Iterator<Item = String> {
        let settings = &self.settings;
        let of_pages = match settings.app_type {
            AppType::Spa => settings.callbacks.as_slice(),
            AppType::RegularWeb | AppType::Native | AppType::NonInteractive => &[],
        };
        let registered = settings.allowed_origins.iter().chain(&settings.web_origins).cloned();
        registered.chain(of_pages.iter().filter_map(|address| web_origin(address)))
    }

    /// Whether `origin`, as a browser writes it, is one of them.
    pub fn may_be_called_from(&self, origin: &str) -> bool {
        self.browser_origins().any(|own| own == origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::client::ClientSettings;
    use crate::domain::clock::Timestamp;

    #[test]
    fn origins_are_those_registered_and_those_of_a_single_page_applications_pages() {
        let client = |app_type| Client {
            client_id: "app".into(),
            settings: ClientSettings {
                app_type,
                callbacks: vec!["https://app.example:8443/callback".into(), "http://localhost:3000/".into()],
                allowed_origins: vec!["https://a.example".into()],
                web_origins: vec!["capacitor://localhost".into()],
                ..ClientSettings::default()
            },
            secret: None,
            previous_secret: None,
            registration_token_hash: None,
            is_management: false,
            created_at: Timestamp::from_seconds(0),
            updated_at: Timestamp::from_seconds(0),
            version: 1,
        };
        let (spa, web) = (client(AppType::Spa), client(AppType::RegularWeb));
        for (origin, from_spa, from_web) in [
            ("https://a.example", true, true),
            ("capacitor://localhost", true, true),
            ("https://app.example:8443", true, false),
            ("http://localhost:3000", true, false),
            ("https://app.example", false, false),
            ("http://app.example:8443", false, false),
            ("https://A.example", false, false),
            ("https://a.example.evil.example", false, false),
            ("https://a.example/", false, false),
            ("null", false, false),
            ("", false, false),
        ] {
            assert_eq!(spa.may_be_called_from(origin), from_spa, "{origin}");
            assert_eq!(web.may_be_called_from(origin), from_web, "{origin}");
        }
    }
}
