//! The network that an address belongs to: what one stranger can cost the others is bounded by network, because whoever
//! has one address of it usually has them all.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Bits of a network of IPv4: 256 addresses.
const IPV4_BITS: u8 = 24;
/// Bits of a network of IPv6: what one customer gets at least (RFC 6177 §2).
const IPV6_BITS: u8 = 64;

/// Bits of the wider networks that an IPv6 address belongs to: a site's (RFC 6177 §2), and an internet provider's.
const IPV6_WIDER_BITS: [u8; 2] = [48, 32];

/// The /24 of an IPv4 address, or the /64 of an IPv6 address. Whoever has no address is of one network together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network(Option<IpNet>);

impl Network {
    /// The network of `address`. An IPv4 address stays one, however it is written (RFC 4291 §2.5.5.2, RFC 6052 §2.1,
    /// RFC 3056 §2).
    pub fn of(address: IpAddr) -> Self {
        let network = match address.to_canonical() {
            IpAddr::V4(address) => ipv4(address),
            IpAddr::V6(address) => match embedded(address) {
                Some(address) => ipv4(address),
                None => Ipv6Net::new(address, IPV6_BITS).ok().map(|network| IpNet::V6(network.trunc())),
            },
        };
        Self(network)
    }

    /// The wider networks around it, the narrowest first: whoever has a /64 of IPv6 usually has many. IPv4 has none, where
    /// a wider network is many people's.
    pub fn wider(self) -> impl Iterator<Item = Self> {
        let address = match self.0 {
            Some(IpNet::V6(network)) => Some(network.addr()),
            Some(IpNet::V4(_)) | None => None,
        };
        IPV6_WIDER_BITS.into_iter().filter_map(move |bits| {
            Ipv6Net::new(address?, bits).ok().map(|network| Self(Some(IpNet::V6(network.trunc()))))
        })
    }

    /// The widest of them, or itself.
    pub fn widest(self) -> Self {
        self.wider().last().unwrap_or(self)
    }

    /// The network of the address in `text`, or of whoever has none.
    pub fn of_text(text: &str) -> Self {
        text.parse().map_or(Self(None), Self::of)
    }
}

fn ipv4(address: Ipv4Addr) -> Option<IpNet> {
    Ipv4Net::new(address, IPV4_BITS).ok().map(|network| IpNet::V4(network.trunc()))
}

/// The IPv4 address that an IPv6 address stands for: behind NAT64 and 6to4 whoever has one IPv4 address has many of IPv6.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            Some(Ipv4Addr::new(a, b, c, d))
        }
        _ => None,
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(network) => network.fmt(f),
            None => f.write_str("unknown"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_of_one_network() {
        let cases = [
            ("192.0.2.7", "192.0.2.0/24"),
            ("::ffff:192.0.2.7", "192.0.2.0/24"),
            ("64:ff9b::192.0.2.7", "192.0.2.0/24"),
            ("2002:c000:207:1::1", "192.0.2.0/24"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::", "2001:db8:1:2::/64"),
            ("", "unknown"),
            ("nonsense", "unknown"),
        ];
        for (address, network) in cases {
            assert_eq!(Network::of_text(address).to_string(), network, "{address}");
        }
        let wider: Vec<String> =
            Network::of_text("2001:db8:1:2::7").wider().map(|network| network.to_string()).collect();
        assert_eq!(wider, ["2001:db8:1::/48", "2001:db8::/32"]);
        assert_eq!(Network::of_text("192.0.2.7").widest().to_string(), "192.0.2.0/24");
        assert_ne!(Network::of_text("192.0.2.7"), Network::of_text("192.0.3.7"));
        assert_ne!(Network::of_text("2001:db8:1:2::"), Network::of_text("2001:db8:1:3::"));
    }
}
