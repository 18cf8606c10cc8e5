//! What an administrator entered, against what the provider publishes: refused when it is saved, not at the first login.

use super::document;
use super::evidence::Evidence;
use super::finding::{Finding, Outcome};
use crate::domain::connection::{OidcOptions, PkceMode};
use crate::domain::problem::Problem;

/// Whether `options` say anything that the metadata can contradict. Everything else is taken from the metadata.
pub const fn are_worth_asking(options: &OidcOptions) -> bool {
    let enters_issuer = options.issuer.is_some() && options.discovery_url.is_some();
    enters_issuer || matches!(options.connection_settings.pkce, PkceMode::S256 | PkceMode::Plain)
}

/// The settings of a connection with which nobody could ever sign in, because the provider's own metadata say otherwise.
pub fn contradictions(options: &OidcOptions, evidence: &Evidence) -> Vec<Problem> {
    let entered = options.issuer.is_some();
    let issuer = entered.then(|| ("options.issuer", document::issuer(options, evidence)));
    let pkce = ("options.connection_settings.pkce", document::pkce(options, evidence));
    issuer.into_iter().chain([pkce]).filter_map(|(path, finding)| problem(path, &finding)).collect()
}

fn problem(path: &str, finding: &Finding) -> Option<Problem> {
    let Finding { outcome: Outcome::Failed, expected, came, remedy, .. } = finding else { return None };
    let (expected, remedy) = (expected.as_deref()?, remedy.as_deref()?);
    Some(Problem::new(
        path,
        format!("does not fit the provider: expected {expected}, and its metadata have {came}. {remedy}"),
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::domain::clock::Timestamp;
    use crate::domain::connection::{Channel, ConnectionSettings};

    fn paths(options: &OidcOptions, document: Value) -> Vec<String> {
        let Value::Object(document) = document else { return vec!["no document".into()] };
        let url = "https://idp.example/.well-known/openid-configuration".to_owned();
        let evidence = Evidence::of_document(Timestamp::from_seconds(0), url, document);
        contradictions(options, &evidence).into_iter().map(|problem| problem.path).collect()
    }

    fn options(issuer: Option<&str>, pkce: PkceMode) -> OidcOptions {
        OidcOptions {
            discovery_url: Some("https://idp.example".into()),
            issuer: issuer.map(str::to_owned),
            connection_settings: ConnectionSettings { pkce },
            ..OidcOptions::default()
        }
    }

    #[test]
    fn what_the_metadata_contradict_is_named_by_its_property_all_at_once() {
        let s256 = json!({"issuer": "https://idp.example", "code_challenge_methods_supported": ["S256"]});
        let both = ["options.issuer", "options.connection_settings.pkce"];
        let (right, foreign) = (Some("https://idp.example/"), Some("https://evil.example"));
        for (entered, pkce, expected) in [
            (None, PkceMode::Auto, &both[..0]),
            (right, PkceMode::S256, &both[..0]),
            (right, PkceMode::Disabled, &both[..0]),
            (right, PkceMode::Plain, &both[1..]),
            (foreign, PkceMode::Auto, &both[..1]),
            (foreign, PkceMode::Plain, &both[..]),
        ] {
            assert_eq!(paths(&options(entered, pkce), s256.clone()), expected, "{entered:?} {pkce:?}");
        }
        // What a provider does not say contradicts nothing.
        let silent = Value::Object(Map::from_iter([("issuer".into(), json!("https://idp.example"))]));
        assert_eq!(paths(&options(right, PkceMode::Plain), silent), both[..0]);
        let front = OidcOptions { channel: Channel::FrontChannel, ..options(right, PkceMode::Plain) };
        assert_eq!(paths(&front, s256), both[..0]);
    }

    #[test]
    fn only_what_was_entered_is_worth_asking_about() {
        assert!(!are_worth_asking(&options(None, PkceMode::Auto)));
        assert!(!are_worth_asking(&options(None, PkceMode::Disabled)));
        for asked in [options(Some("https://x.example"), PkceMode::Auto), options(None, PkceMode::Plain)] {
            assert!(are_worth_asking(&asked));
        }
        let endpoints_alone =
            OidcOptions { discovery_url: None, ..options(Some("https://x.example"), PkceMode::Auto) };
        assert!(!are_worth_asking(&endpoints_alone));
    }
}
