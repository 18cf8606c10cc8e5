//! Where the endpoints are, by explicit settings first and metadata second, and whether they may be there.

use serde_json::{Map, Value};
use url::{Host, Url};

use super::evidence::Evidence;
use super::finding::{Finding, Words};
use crate::domain::connection::{Channel, OidcOptions};
use crate::domain::provider_text::quoted;

/// An endpoint of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Endpoint {
    Authorization,
    Token,
    Keys,
    UserInfo,
}

impl Endpoint {
    pub const ALL: [Self; 4] = [Self::Authorization, Self::Token, Self::Keys, Self::UserInfo];

    /// In metadata and settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authorization => "authorization_endpoint",
            Self::Token => "token_endpoint",
            Self::Keys => "jwks_uri",
            Self::UserInfo => "userinfo_endpoint",
        }
    }

    pub(super) const fn check(self) -> &'static str {
        match self {
            Self::Authorization => "authorization-endpoint",
            Self::Token => "token-endpoint",
            Self::Keys => "jwks-uri",
            Self::UserInfo => "userinfo-endpoint",
        }
    }
}

/// Who said where an endpoint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetadataSource {
    Settings,
    Metadata,
}

/// Where the endpoints are.
#[derive(Clone, Debug, Default)]
pub struct Located {
    found: Vec<(Endpoint, String, MetadataSource)>,
    /// Whether sign-ins use the token endpoint.
    is_back_channel: bool,
}

impl Located {
    pub fn of(options: &OidcOptions, document: Option<&Map<String, Value>>) -> Self {
        let explicit = |endpoint| match endpoint {
            Endpoint::Authorization => options.authorization_endpoint.clone(),
            Endpoint::Token => options.token_endpoint.clone(),
            Endpoint::Keys => options.jwks_uri.clone(),
            Endpoint::UserInfo => options.userinfo_endpoint.clone(),
        };
        let published = |endpoint: Endpoint| {
            let text = document?.get(endpoint.name())?.as_str()?.trim();
            (!text.is_empty()).then(|| text.to_owned())
        };
        let find = |endpoint| match (explicit(endpoint), published(endpoint)) {
            (Some(url), _) => Some((endpoint, url, MetadataSource::Settings)),
            (None, Some(url)) => Some((endpoint, url, MetadataSource::Metadata)),
            (None, None) => None,
        };
        Self {
            found: Endpoint::ALL.into_iter().filter_map(find).collect(),
            is_back_channel: options.channel == Channel::BackChannel,
        }
    }

    pub fn url(&self, endpoint: Endpoint) -> Option<&str> {
        self.found.iter().find(|(found, ..)| *found == endpoint).map(|(_, url, _)| url.as_str())
    }

    fn entry(&self, endpoint: Endpoint) -> Option<(&str, MetadataSource)> {
        let (_, url, source) = self.found.iter().find(|(found, ..)| *found == endpoint)?;
        Some((url, *source))
    }
}

pub(super) fn findings(located: &Located, evidence: &Evidence) -> Vec<Finding> {
    Endpoint::ALL.into_iter().map(|endpoint| finding(endpoint, located, evidence)).collect()
}

fn finding(endpoint: Endpoint, located: &Located, evidence: &Evidence) -> Finding {
    let (check, name) = (endpoint.check(), endpoint.name());
    let unneeded = match endpoint {
        Endpoint::Token if !located.is_back_channel => Some("the front channel does not use it"),
        Endpoint::UserInfo if !evidence.needs_userinfo => Some("no sign-in of this connection asks UserInfo"),
        _ => None,
    };
    if let Some(why) = unneeded {
        return Finding::skipped(check, why);
    }
    let Some((url, source)) = located.entry(endpoint) else { return missing(endpoint, evidence) };
    let expected = format!("an https URL at a public address, without fragment, as {name}");
    let remedy = match source {
        MetadataSource::Settings => format!("Correct {name} of this connection."),
        MetadataSource::Metadata => {
            format!("Publish {name} as an https URL in the metadata at {}.", evidence.discovery_url)
        }
    };
    let words = |came: String| Words::new(&expected, came, &remedy);
    let Some(parsed) = Url::parse(url).ok().filter(|url| !url.cannot_be_a_base() && url.fragment().is_none())
    else {
        return Finding::failed(check, format!("{check}-no-url"), words(quoted(url)));
    };
    match evidence.guarded.get(&endpoint) {
        Some(why) => {
            Finding::failed(check, format!("{check}-address"), words(format!("{}: {why}", quoted(url))))
        }
        None if parsed.scheme() == "https" => Finding::ok(check, expected, quoted(url)),
        // For trying out, on this machine alone.
        None if evidence.allows_plain_http && is_loopback(&parsed) => {
            Finding::ok(check, expected, format!("{}, on this machine", quoted(url)))
        }
        None if evidence.allows_plain_http => {
            Finding::warning(check, format!("{check}-not-https"), words(quoted(url)))
        }
        None => Finding::failed(check, format!("{check}-not-https"), words(quoted(url))),
    }
}

fn missing(endpoint: Endpoint, evidence: &Evidence) -> Finding {
    let (check, name) = (endpoint.check(), endpoint.name());
    if evidence.document().is_none() {
        return Finding::skipped(
            check,
            "it is not a setting, and the metadata that would say it could not be read",
        );
    }
    let words = Words::new(
        format!("{name} in the provider's metadata or in this connection's settings"),
        format!("metadata without {name}, and no such setting"),
        format!(
            "Publish {name} in the metadata at {}, or enter it for this connection.",
            evidence.discovery_url
        ),
    );
    Finding::failed(check, format!("{check}-missing"), words)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
