//! Where outbound requests may go: public addresses, and those the operator allowed. Nothing else.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Whether the connection will be encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    Https,
    /// Only to addresses the operator allowed by name.
    PlainHttp,
}

/// Why a target is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum GuardRefusal {
    #[error("{host} is at {address}, which is not a public address")]
    NotPublic { host: String, address: IpAddr },
    #[error("{host} is at {address}, and plain http goes only to allowed addresses")]
    PlainHttp { host: String, address: IpAddr },
    #[error("its scheme is neither https nor http")]
    Scheme,
    #[error("it carries a user name or password")]
    Credentials,
    #[error("it names no host")]
    NoHost,
}

/// The rule, with the operator's exceptions (`VESTIBULE_OUTBOUND_ALLOW`).
#[derive(Debug)]
pub(super) struct AddressGuard {
    allow: Vec<IpNet>,
}

impl AddressGuard {
    pub(super) fn new(allow: Vec<IpNet>) -> Self {
        Self { allow }
    }

    /// Whether plain http is possible at all.
    pub(super) fn knows_plain_http(&self) -> bool {
        !self.allow.is_empty()
    }

    /// Checks what can be told before a name is resolved: scheme, credentials, and literal addresses, which
    /// never reach a resolver. The url crate has turned `2130706433`, `0x7f.1` and `0177.0.0.1` into
    /// `127.0.0.1` by then.
    pub(super) fn admit_url(&self, url: &Url) -> Result<Transport, GuardRefusal> {
        let transport = match url.scheme() {
            "https" => Transport::Https,
            "http" => Transport::PlainHttp,
            _ => return Err(GuardRefusal::Scheme),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(GuardRefusal::Credentials);
        }
        match url.host().ok_or(GuardRefusal::NoHost)? {
            Host::Domain("") => Err(GuardRefusal::NoHost),
            Host::Domain(_) => Ok(transport),
            Host::Ipv4(address) => self.admit(&address.to_string(), address.into(), transport),
            Host::Ipv6(address) => self.admit(&address.to_string(), address.into(), transport),
        }
    }

    fn admit(&self, host: &str, address: IpAddr, transport: Transport) -> Result<Transport, GuardRefusal> {
        let canonical = address.to_canonical();
        let allowed = self.allow.iter().any(|net| net.contains(&address) || net.contains(&canonical));
        match transport {
            _ if allowed => Ok(transport),
            Transport::Https if is_public(address) => Ok(transport),
            Transport::Https => Err(GuardRefusal::NotPublic { host: host.to_owned(), address }),
            Transport::PlainHttp => Err(GuardRefusal::PlainHttp { host: host.to_owned(), address }),
        }
    }

    /// One address that is refused refuses the name: an answer mixing public and private addresses is how
    /// rebinding gets in.
    fn admit_all(
        &self,
        host: &str,
        addresses: Vec<SocketAddr>,
        transport: Transport,
    ) -> Result<Vec<SocketAddr>, GuardRefusal> {
        for address in &addresses {
            self.admit(host, address.ip(), transport)?;
        }
        Ok(addresses)
    }
}

/// Resolves names for the HTTP client, which connects to exactly the addresses it gets from here.
pub(super) struct GuardedResolver {
    pub(super) guard: Arc<AddressGuard>,
    pub(super) transport: Transport,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, transport) = (Arc::clone(&self.guard), self.transport);
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let admitted = guard.admit_all(name.as_str(), addresses, transport)?;
            let admitted: Addrs = Box::new(admitted.into_iter());
            Ok(admitted)
        })
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// IANA IPv4 Special-Purpose Address Registry (RFC 6890).
fn is_public_v4(address: Ipv4Addr) -> bool {
    !matches!(
        address.octets(),
        // this network, private, loopback, multicast and everything above it
        [0 | 10 | 127 | 224..=255, ..]
            | [100, 64..=127, ..]                        // carrier-grade NAT
            | [169, 254, ..]                             // link-local, cloud metadata
            | [172, 16..=31, ..]                         // private
            | [192, 0, 0 | 2, _]                         // protocol assignments, documentation
            | [192, 88, 99, _]                           // 6to4 relays
            | [192, 168, ..]                             // private
            | [198, 18 | 19, ..]                         // benchmarking
            | [198, 51, 100, _]                          // documentation
            | [203, 0, 113, _] // documentation
    )
}

/// IANA IPv6 Special-Purpose Address Registry: only global unicast (2000::/3) is public, without the ranges
/// inside it that are not, or that carry an IPv4 address past the rules above. Mapped, compatible and NAT64
/// addresses, unique local, link-local and multicast ones all lie outside 2000::/3.
fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        [0x2001, 0..=0x01ff, ..] => false, // protocol assignments: Teredo, benchmarking, ORCHID
        [0x2001, 0x0db8, ..] => false,     // documentation
        [0x2002, ..] => false,             // 6to4
        [0x3fff, 0..=0x0fff, ..] => false, // documentation
        [0x2000..=0x3fff, ..] => true,
        _ => false,
    }
}
