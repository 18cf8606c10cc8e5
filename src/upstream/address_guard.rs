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

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(allow: &[&str]) -> AddressGuard {
        AddressGuard::new(allow.iter().map(|net| net.parse().unwrap()).collect())
    }

    #[test]
    fn only_public_addresses_are_public() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::8.8.8.8",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b::808:808",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:0:7f00:1::",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:808:808::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2a00:1450:4001::1",
            "2001:4860:4860::8888",
            "2001:200::1",
            "2400:cb00::1",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn literal_addresses_are_judged_in_every_way_of_writing_them() {
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0177.0.0.1",
            "017700000001",
            "0",
            "169.254.169.254",
            "2852039166",
            "0xa9fea9fe",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[0:0:0:0:0:ffff:a9fe:a9fe]",
            "[64:ff9b::a9fe:a9fe]",
            "[fd00::1]",
            "127.0.0.1.",
            "①②⑦.⓪.⓪.①",
        ] {
            let url = Url::parse(&format!("https://{host}/x")).unwrap();
            let refusal = guard(&[]).admit_url(&url).unwrap_err();
            assert!(matches!(refusal, GuardRefusal::NotPublic { .. }), "{host}: {refusal}");
        }
    }

    #[test]
    fn a_url_is_https_without_credentials_unless_plain_http_is_allowed_there() {
        let judge = |allow: &[&str], url: &str| guard(allow).admit_url(&Url::parse(url).unwrap());
        assert_eq!(judge(&[], "https://8.8.8.8/"), Ok(Transport::Https));
        assert_eq!(judge(&[], "https://idp.example/"), Ok(Transport::Https));
        assert_eq!(judge(&["127.0.0.0/8"], "http://127.0.0.1:8081/"), Ok(Transport::PlainHttp));
        assert_eq!(judge(&["127.0.0.0/8"], "https://[::ffff:127.0.0.1]/"), Ok(Transport::Https));
        assert!(matches!(judge(&["127.0.0.0/8"], "http://8.8.8.8/"), Err(GuardRefusal::PlainHttp { .. })));
        assert!(matches!(judge(&["127.0.0.0/8"], "https://10.0.0.1/"), Err(GuardRefusal::NotPublic { .. })));
        assert_eq!(judge(&[], "https://user@idp.example/"), Err(GuardRefusal::Credentials));
        assert_eq!(judge(&[], "https://:pass@idp.example/"), Err(GuardRefusal::Credentials));
        for url in ["ftp://idp.example/", "file:///etc/passwd", "data:,x", "javascript:alert(1)"] {
            assert_eq!(judge(&["127.0.0.0/8"], url), Err(GuardRefusal::Scheme), "{url}");
        }
    }

    #[test]
    fn one_private_address_among_public_ones_refuses_the_name() {
        let resolved = |addresses: &[&str]| {
            addresses.iter().map(|address| SocketAddr::new(address.parse().unwrap(), 0)).collect::<Vec<_>>()
        };
        let guard = guard(&["10.1.0.0/16"]);
        let judge = |addresses: &[&str], transport| {
            guard.admit_all("idp.example", resolved(addresses), transport).is_ok()
        };
        assert!(judge(&["8.8.8.8", "2606:4700::1"], Transport::Https));
        assert!(judge(&["8.8.8.8", "10.1.2.3"], Transport::Https));
        assert!(!judge(&["8.8.8.8", "127.0.0.1"], Transport::Https));
        assert!(!judge(&["127.0.0.1", "8.8.8.8"], Transport::Https));
        assert!(judge(&["10.1.2.3"], Transport::PlainHttp));
        assert!(!judge(&["10.1.2.3", "8.8.8.8"], Transport::PlainHttp));
    }
}
