//! The hub's own name: its public base URL (OpenID Connect Discovery 1.0 §3, `issuer`).

use std::fmt;

use url::{Host, Url};

/// A validated issuer: scheme, host and port, written with exactly one trailing slash.
///
/// Plain `http` is only possible on this machine itself (`localhost`, `127.0.0.0/8`, `::1`).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Issuer(Url);

/// Why a text is no issuer. Never quotes the text: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    #[error("it is not a complete URL")]
    NotAUrl,
    #[error("its scheme is neither https nor http")]
    Scheme,
    #[error("it uses plain http, which would show passwords and tokens to the network")]
    PlainHttp,
    #[error("it holds a user name or password")]
    Credentials,
    #[error("it has a path")]
    Path,
    #[error("it has a query (`?…`)")]
    Query,
    #[error("it has a fragment (`#…`)")]
    Fragment,
}

impl IssuerError {
    /// What to do about it, as a sentence without its full stop.
    pub const fn fix(self) -> &'static str {
        match self {
            Self::NotAUrl => "write the public base URL in full, for instance https://login.example.com/",
            Self::Scheme => "begin it with https://",
            Self::PlainHttp => {
                "use https:// (a proxy in front may serve it); http:// is accepted for localhost alone"
            }
            Self::Credentials => "remove everything before the @",
            Self::Path => "give the hub a host name of its own and end the URL after it",
            Self::Query => "remove the question mark and what follows it",
            Self::Fragment => "remove the number sign and what follows it",
        }
    }
}

impl Issuer {
    /// Reads the public base URL; a missing trailing slash is added.
    ///
    /// # Errors
    /// [`IssuerError`] if it is not an `http` or `https` URL of a host alone (OpenID Connect Discovery 1.0 §3:
    /// no query, no fragment), or `http` to another machine.
    pub fn parse(text: &str) -> Result<Self, IssuerError> {
        let url = Url::parse(text.trim()).map_err(|_| IssuerError::NotAUrl)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(IssuerError::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(IssuerError::Credentials);
        }
        if url.query().is_some() {
            return Err(IssuerError::Query);
        }
        if url.fragment().is_some() {
            return Err(IssuerError::Fragment);
        }
        if url.path() != "/" {
            return Err(IssuerError::Path);
        }
        if url.scheme() == "http" && !is_this_machine(&url) {
            return Err(IssuerError::PlainHttp);
        }
        Ok(Self(url))
    }

    /// The issuer exactly as tokens carry it, with one trailing slash.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Scheme, host and port without a trailing slash (RFC 6454 §6.2).
    pub fn origin(&self) -> &str {
        self.as_str().trim_end_matches('/')
    }

    /// The host without its port; an IPv6 address keeps its brackets.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The port browsers connect to, written or implied by the scheme.
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or_default()
    }

    /// Whether browsers reach the hub over TLS.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The URL of `path` at this issuer; a leading slash makes no difference.
    pub fn join(&self, path: &str) -> String {
        format!("{}{}", self.as_str(), path.trim_start_matches('/'))
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Issuer").field(&self.as_str()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_has_exactly_one_trailing_slash() {
        for (text, issuer) in [
            ("https://login.example.com", "https://login.example.com/"),
            (" https://Login.Example.com/ ", "https://login.example.com/"),
            ("https://login.example.com:443", "https://login.example.com/"),
            ("https://login.example.com:8443", "https://login.example.com:8443/"),
            ("http://localhost:8080", "http://localhost:8080/"),
            ("http://acme.localhost:8080", "http://acme.localhost:8080/"),
            ("http://127.0.0.1:1", "http://127.0.0.1:1/"),
            ("http://[::1]:1/", "http://[::1]:1/"),
        ] {
            assert_eq!(Issuer::parse(text).unwrap().as_str(), issuer);
        }
    }

    #[test]
    fn what_is_no_issuer_is_refused_with_its_reason() {
        for (text, error) in [
            ("", IssuerError::NotAUrl),
            ("login.example.com", IssuerError::NotAUrl),
            ("https://", IssuerError::NotAUrl),
            ("localhost:8080", IssuerError::Scheme),
            ("ftp://login.example.com/", IssuerError::Scheme),
            ("http://login.example.com/", IssuerError::PlainHttp),
            ("http://localhost.example.com/", IssuerError::PlainHttp),
            ("http://10.0.0.1/", IssuerError::PlainHttp),
            ("https://admin:pw@login.example.com/", IssuerError::Credentials),
            ("https://login.example.com/hub", IssuerError::Path),
            ("https://login.example.com//", IssuerError::Path),
            ("https://login.example.com/?a=b", IssuerError::Query),
            ("https://login.example.com/#a", IssuerError::Fragment),
        ] {
            assert_eq!(Issuer::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn its_parts_and_the_urls_below_it() {
        let issuer = Issuer::parse("https://login.example.com").unwrap();
        assert_eq!(issuer.origin(), "https://login.example.com");
        assert_eq!((issuer.host(), issuer.port(), issuer.is_https()), ("login.example.com", 443, true));
        assert_eq!(issuer.join("/authorize"), "https://login.example.com/authorize");
        assert_eq!(issuer.join("api/v2/"), "https://login.example.com/api/v2/");
    }
}
