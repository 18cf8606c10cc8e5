//! A provider's metadata as a connection has adopted them, and what becomes of them when the provider publishes others.
//!
//! Logins go by what was adopted: whoever gets hold of a provider's metadata document alone can send neither people nor
//! our secret elsewhere.

mod drift;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

pub use drift::{Change, Drift};

use super::clock::Timestamp;
use super::connection::{Connection, OidcOptions};
use super::discovery_address::without_slash;
use super::secret::Secret;
use crate::crypto::digest;

/// The member by which a provider promises to name itself in every answer (RFC 9207 §3).
pub const NAMES_ISSUER_IN_ANSWERS: &str = "authorization_response_iss_parameter_supported";

/// Whether the provider promises to name itself in every answer.
pub fn names_issuer_in_answers(document: &Map<String, Value>) -> bool {
    document.get(NAMES_ISSUER_IN_ANSWERS) == Some(&Value::Bool(true))
}

/// A metadata document, and when it came.
#[derive(Clone, Debug, PartialEq)]
pub struct Metadata {
    pub document: Map<String, Value>,
    /// Names exactly this document.
    pub sha256: String,
    pub at: Timestamp,
}

impl Metadata {
    pub fn new(document: Map<String, Value>, at: Timestamp) -> Self {
        let sha256 = digest::sha256_base64url(&Value::Object(document.clone()).to_string());
        Self { document, sha256, at }
    }
}

/// What is kept of a provider's metadata.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptMetadata {
    /// Whose they are: [`source_of`] the connection's options then.
    pub source: String,
    pub adopted: Arc<Metadata>,
    /// What the provider publishes instead, and nobody has accepted yet.
    pub waiting: Option<Metadata>,
}

/// What became of what is kept when the provider's document was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Nothing was adopted before.
    First,
    /// The new document is the one that logins go by.
    Adopted,
    /// It is not, until somebody accepts it.
    Waits,
    /// The provider publishes again what was adopted.
    WentBack,
}

impl KeptMetadata {
    /// Whether they are those of the provider that `options` mean.
    pub fn is_of(&self, options: &OidcOptions) -> bool {
        self.source == source_of(options) || self.source == former_source_of(options)
    }

    /// What is kept once a provider `published` its document, which differs from what was adopted by `drift`; `None`
    /// where nothing is different from before.
    pub fn after(
        before: Option<Self>,
        source: &str,
        published: Metadata,
        drift: &Drift,
    ) -> Option<(Self, Turn)> {
        let Some(before) = before else {
            let first = Self { source: source.to_owned(), adopted: Arc::new(published), waiting: None };
            return Some((first, Turn::First));
        };
        if drift.is_empty() {
            let was_waiting = before.waiting.is_some();
            return was_waiting.then_some((Self { waiting: None, ..before }, Turn::WentBack));
        }
        if drift.is_safe() {
            return Some((Self { adopted: Arc::new(published), waiting: None, ..before }, Turn::Adopted));
        }
        let is_known = before.waiting.as_ref().is_some_and(|waiting| waiting.sha256 == published.sha256);
        (!is_known).then_some((Self { waiting: Some(published), ..before }, Turn::Waits))
    }

    /// What is kept once somebody accepted what waits.
    pub fn accepted(self, now: Timestamp) -> Option<Self> {
        let adopted = Arc::new(Metadata { at: now, ..self.waiting? });
        Some(Self { source: self.source, adopted, waiting: None })
    }

    /// As the Management API tells it with the state of `connection`.
    pub fn json(&self, connection: &Connection) -> Value {
        let adopted = AdoptedMetadata::new(connection, Arc::clone(&self.adopted));
        json!({
            "sha256": self.adopted.sha256,
            "adopted_at": self.adopted.at.iso8601(),
            "waiting": self.waiting.as_ref().map(|waiting| json!({
                "sha256": waiting.sha256,
                "since": waiting.at.iso8601(),
                "difference": adopted.drift_to(&waiting.document).json(),
            })),
        })
    }
}

/// Which provider the options of a connection mean. Where that is edited, the first document seen is adopted again.
pub fn source_of(options: &OidcOptions) -> String {
    let document = options.document_url().map(String::from);
    let issuer = options.issuer_meant().map(|issuer| without_slash(&issuer).to_owned());
    digest::sha256_base64url(&json!([document, issuer]).to_string())
}

/// As earlier releases wrote it.
fn former_source_of(options: &OidcOptions) -> String {
    let source = json!([options.discovery_url, options.issuer, options.tenant_ids]);
    digest::sha256_base64url(&source.to_string())
}

/// What logins through a connection go by.
#[derive(Clone, Debug, PartialEq)]
pub struct AdoptedMetadata {
    pub metadata: Arc<Metadata>,
    /// Endpoints that are settings of the connection: what the provider says of them is not asked.
    entered: BTreeSet<&'static str>,
    client_secret: Option<Secret>,
}

impl AdoptedMetadata {
    /// `None` where what is kept is of another provider than `connection` means by now.
    pub fn of(connection: &Connection, kept: &KeptMetadata) -> Option<Self> {
        kept.is_of(&connection.options).then(|| Self::new(connection, Arc::clone(&kept.adopted)))
    }

    fn new(connection: &Connection, metadata: Arc<Metadata>) -> Self {
        let options = &connection.options;
        let settings = [
            ("authorization_endpoint", &options.authorization_endpoint),
            ("token_endpoint", &options.token_endpoint),
            ("jwks_uri", &options.jwks_uri),
            ("userinfo_endpoint", &options.userinfo_endpoint),
            ("end_session_endpoint", &options.end_session_endpoint),
            ("pushed_authorization_request_endpoint", &options.pushed_authorization_request_endpoint),
        ];
        Self {
            metadata,
            entered: settings.into_iter().filter_map(|(name, value)| value.as_ref().map(|_| name)).collect(),
            client_secret: connection.client_secret.clone(),
        }
    }

    /// How `found` differs from what was adopted.
    pub fn drift_to(&self, found: &Map<String, Value>) -> Drift {
        let is_entered = |name: &str| self.entered.contains(name);
        Drift::between(
            &self.metadata.document,
            found,
            &is_entered,
            self.client_secret.as_ref().map(Secret::reveal),
        )
    }
}
