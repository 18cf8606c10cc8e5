//! What a provider's endpoints sent, before it is judged.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::endpoints::Endpoint;
use super::finding::{Finding, Words};
use crate::domain::clock::Timestamp;
use crate::domain::provider_metadata::{Drift, Metadata};

/// A question to a provider, and what became of it.
#[derive(Clone, Debug)]
pub enum Asked<T> {
    /// And why not.
    Not(&'static str),
    Failed(Trouble),
    Came(T),
}

/// Why a question got no answer that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The end of the finding's code: `not-found`, `timeout`.
    pub cause: &'static str,
    pub expected: String,
    pub came: String,
    pub remedy: String,
}

/// What the token endpoint said to a code that nobody issued, in its own words made printable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenAnswer {
    /// `invalid_grant`: the code is wrong, and the client was not found to be.
    CodeRefused(String),
    /// `invalid_client`, `unauthorized_client`.
    ClientRefused(String),
    /// `unsupported_grant_type`.
    GrantTypeRefused(String),
    /// An answer that says nothing about the client.
    Unclear(String),
    /// Tokens.
    Accepted,
}

/// What the authorization endpoint did with a login that nobody began (`prompt=none`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthorizationAnswer {
    /// It sends the browser back to us, with this error or without one.
    CameBack(Option<String>),
    /// It says that our redirect URI is not one of this application's.
    RedirectUriRefused(String),
    /// It says that it knows no such client (`invalid_client`).
    ClientUnknown(String),
    /// It says that this client may not ask so (`unauthorized_client`).
    ClientNotAllowed(String),
    /// A page for a person, or anything else that says nothing for sure.
    Unclear(String),
}

/// How a host proved who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// By a certificate that verifies, until its last moment where that can be read.
    Trusted {
        ends_at: Option<Timestamp>,
    },
    Expired {
        ended_at: Option<Timestamp>,
    },
    NotYetValid,
    /// It is made out to other names.
    OtherName,
    /// Nobody we trust has signed it, or not rightly; in words.
    Untrusted(String),
    /// There was no certificate to look at; in words.
    NoHandshake(String),
}

/// Metadata that were adopted, beside those that the provider publishes now.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Names the adopted document, and when that came.
    pub adopted_sha256: String,
    pub adopted_at: Timestamp,
    pub published: Metadata,
    pub drift: Drift,
}

/// Everything a diagnosis stands on.
#[derive(Clone, Debug)]
pub struct Evidence {
    pub now: Timestamp,
    /// Where the metadata were looked for; empty where they were not.
    pub discovery_url: String,
    /// The metadata document that logins go by: the adopted one where the new one is not safe. Asked at all times where a
    /// discovery URL is set or something is missing without it.
    pub discovery: Asked<Map<String, Value>>,
    /// What was adopted before, beside what came now; `None` where there is not both.
    pub compared: Option<Compared>,
    /// The key set.
    pub keys: Asked<Map<String, Value>>,
    pub token: Asked<TokenAnswer>,
    pub authorization: Asked<AuthorizationAnswer>,
    /// Where the provider has to send browsers back.
    pub redirect_uri: String,
    /// The same, if this connection shared it with no other.
    pub own_redirect_uri: String,
    /// By host and port; those that were not reached are left out.
    pub certificates: BTreeMap<String, Certificate>,
    /// What the provider's clock said, with the time its answer spent in caches, and ours then.
    pub provider_time: Option<(Timestamp, Timestamp)>,
    /// Endpoints that this hub does not send requests to, and why.
    pub guarded: BTreeMap<Endpoint, String>,
    /// Whether the operator allows plain http somewhere.
    pub allows_plain_http: bool,
    /// Whether sign-ins ask UserInfo.
    pub needs_userinfo: bool,
}

impl Evidence {
    /// The metadata at `discovery_url` alone: nothing else was asked.
    pub fn of_document(now: Timestamp, discovery_url: String, document: Map<String, Value>) -> Self {
        const NOT_ASKED: &str = "only the metadata were looked at";
        Self {
            now,
            discovery_url,
            discovery: Asked::Came(document),
            compared: None,
            keys: Asked::Not(NOT_ASKED),
            token: Asked::Not(NOT_ASKED),
            authorization: Asked::Not(NOT_ASKED),
            redirect_uri: String::new(),
            own_redirect_uri: String::new(),
            certificates: BTreeMap::new(),
            provider_time: None,
            guarded: BTreeMap::new(),
            allows_plain_http: false,
            needs_userinfo: false,
        }
    }

    pub fn document(&self) -> Option<&Map<String, Value>> {
        match &self.discovery {
            Asked::Came(document) => Some(document),
            Asked::Not(_) | Asked::Failed(_) => None,
        }
    }

    /// The texts of a list in the metadata; `None` where there is no such list.
    pub(super) fn list(&self, name: &str) -> Option<Vec<&str>> {
        let values = self.document()?.get(name)?.as_array()?;
        Some(values.iter().filter_map(Value::as_str).collect())
    }
}

impl Trouble {
    pub(super) fn finding(&self, check: &'static str) -> Finding {
        let Self { cause, expected, came, remedy } = self;
        Finding::failed(check, format!("{check}-{cause}"), Words::new(expected, came, remedy))
    }
}
