//! Subjects: by what name an application knows a person (OpenID Connect Core §8).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::Url;

use super::client::{ClientSettings, SubjectType};
use super::secret::Secret;
use crate::crypto::digest;

/// The `sub` by which the application with these settings knows the user.
pub fn subject_of(settings: &ClientSettings, client_id: &str, user_id: &str, salt: &Secret) -> String {
    match settings.subject_type {
        SubjectType::Public => user_id.to_owned(),
        SubjectType::Pairwise => {
            let sector = sector_of(settings);
            pairwise(sector.as_deref().unwrap_or(client_id), user_id, salt)
        }
    }
}

/// The `sid` by which the application with these settings knows a session: the session's id, or for pairwise
/// applications a name of it that tells other sectors as little as the `sub` beside it does.
pub fn sid_of(settings: &ClientSettings, client_id: &str, session_id: &str, salt: &Secret) -> String {
    match settings.subject_type {
        SubjectType::Public => session_id.to_owned(),
        SubjectType::Pairwise => {
            let sector = sector_of(settings);
            // A part more than a subject has, so that neither can ever stand for the other.
            hidden(&["sid", sector.as_deref().unwrap_or(client_id), session_id, salt.reveal()])
        }
    }
}

/// The sector of an application: the host of its `sector_identifier_uri`, or the one host of its redirect URIs
/// (OpenID Connect Core §8.1). `None` for several hosts, which no application is saved with, and for addresses
/// without a host.
pub fn sector_of(settings: &ClientSettings) -> Option<String> {
    if let Some(uri) = &settings.sector_identifier_uri {
        return host_of(uri);
    }
    let mut hosts = settings.callbacks.iter().map(|uri| host_of(uri));
    let first = hosts.next()??;
    hosts.all(|host| host.as_ref() == Some(&first)).then_some(first)
}

/// What stands in a host's place after a scheme of an application's own says nothing about whose it is.
fn host_of(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok()?;
    url.host_str().filter(|_| matches!(url.scheme(), "http" | "https")).map(str::to_owned)
}

/// The pairwise subject of a user: the same for all applications of `sector`, and different for every other
/// (OpenID Connect Core §8.1). Without the salt nobody can tell whose it is.
fn pairwise(sector: &str, user_id: &str, salt: &Secret) -> String {
    hidden(&[sector, user_id, salt.reveal()])
}

/// A digest of `parts`. None of them holds a NUL: they cannot run into each other.
fn hidden(parts: &[&str]) -> String {
    URL_SAFE_NO_PAD.encode(digest::sha256(parts.join("\0").as_bytes()))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn settings(callbacks: &[&str], sector_identifier_uri: Option<&str>) -> ClientSettings {
        ClientSettings {
            subject_type: SubjectType::Pairwise,
            callbacks: callbacks.iter().map(|uri| (*uri).to_owned()).collect(),
            sector_identifier_uri: sector_identifier_uri.map(str::to_owned),
            ..ClientSettings::default()
        }
    }

    #[test]
    fn sector_user_and_salt_each_change_the_subject() {
        let all = [
            pairwise("app.example", "oidc|acme|1", &Secret::new("salt")),
            pairwise("app.example", "oidc|acme|2", &Secret::new("salt")),
            pairwise("other.example", "oidc|acme|1", &Secret::new("salt")),
            pairwise("app.example", "oidc|acme|1", &Secret::new("other salt")),
        ];
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
        assert!(all.iter().all(|subject| subject.len() == 43));
    }

    #[test]
    fn sectors_know_a_session_by_names_that_have_nothing_in_common() {
        let salt = Secret::new("salt");
        let sid = |settings: &ClientSettings, id: &str| sid_of(settings, id, "session", &salt);
        let one = settings(&["https://app.example/cb"], None);
        let other = settings(&["https://other.example/cb"], None);
        assert_eq!(sid(&one, "a"), sid(&one, "b"), "one sector");
        assert_ne!(sid(&one, "a"), sid(&other, "a"));
        assert_ne!(sid(&one, "a"), sid_of(&one, "a", "another session", &salt));
        assert_ne!(sid(&one, "a"), subject_of(&one, "a", "session", &salt), "no subject is a session");
        let nowhere = settings(&[], None);
        assert_ne!(sid(&nowhere, "a"), sid(&nowhere, "b"));
        let public = ClientSettings { subject_type: SubjectType::Public, ..one };
        assert_eq!(sid(&public, "a"), "session");
    }

    #[test]
    fn applications_of_one_sector_know_a_person_by_one_name_and_others_by_another() {
        let salt = Secret::new("salt");
        let subject = |settings: &ClientSettings| subject_of(settings, "app", "oidc|acme|1", &salt);
        let one = subject(&settings(&["https://app.example/cb", "https://app.example:8443/other"], None));
        assert_eq!(one, subject(&settings(&["https://x.example/"], Some("https://app.example/list.json"))));
        assert_ne!(one, subject(&settings(&["https://other.example/cb"], None)));
        let public =
            ClientSettings { subject_type: SubjectType::Public, ..settings(&["https://app.example/"], None) };
        assert_eq!(subject(&public), "oidc|acme|1");
    }

    #[test]
    fn without_one_host_an_application_is_a_sector_of_its_own() {
        let salt = Secret::new("salt");
        for callbacks in [
            &["https://a.example/", "https://b.example/"][..],
            &["com.example.app:/callback"],
            &["com.example.app://callback"],
            &[],
        ] {
            let settings = settings(callbacks, None);
            assert_eq!(sector_of(&settings), None, "{callbacks:?}");
            let of = |client_id| subject_of(&settings, client_id, "oidc|acme|1", &salt);
            assert_ne!(of("one"), of("another"));
        }
    }
}
