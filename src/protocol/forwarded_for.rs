//! `X-Forwarded-For`: the addresses that proxies put down, each adding the one it was asked from at the end. There is no
//! standard for it (RFC 7239 is another header), so entries are read in every form that proxies are known to write.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

pub const HEADER: &str = "x-forwarded-for";

/// `peer`, or, where that is a proxy of ours, the last address in the header's `lines` that is none. What cannot be read
/// ends the chain at the address before it: whoever stands behind it is not known, and must not be who anybody says.
pub fn address_behind<'a>(
    peer: IpAddr,
    lines: impl DoubleEndedIterator<Item = &'a [u8]>,
    is_trusted: impl Fn(&IpAddr) -> bool,
) -> IpAddr {
    let mut address = peer.to_canonical();
    // Several lines are one list (RFC 9110 §5.3), and empty elements of a list mean nothing (§5.6.1.2).
    let hops = lines.rev().flat_map(|line| line.rsplit(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    for hop in hops.filter(|hop| !hop.is_empty()) {
        if !is_trusted(&address) {
            break;
        }
        let Some(next) = std::str::from_utf8(hop).ok().and_then(address_in) else { break };
        address = next;
    }
    address
}

/// The address of one entry: alone, in brackets, with a port, with a zone, in quotation marks. An IPv4 address stays one
/// however it is written.
pub fn address_in(entry: &str) -> Option<IpAddr> {
    let entry = entry.strip_prefix('"').map_or(Some(entry), |entry| entry.strip_suffix('"'))?.trim();
    let address = match entry.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']')?;
            let is_port = |port: &str| port.strip_prefix(':').is_some_and(is_port);
            (port.is_empty() || is_port(port)).then(|| v6(address)).flatten()?
        }
        None => match entry.parse::<IpAddr>() {
            Ok(address) => address,
            Err(_) => match entry.parse::<SocketAddr>() {
                Ok(with_port) => with_port.ip(),
                Err(_) => v6(entry)?,
            },
        },
    };
    Some(address.to_canonical())
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

/// An IPv6 address. Its zone (RFC 4007 §11) means something on the machine alone that wrote it.
fn v6(text: &str) -> Option<IpAddr> {
    let address = match text.split_once('%') {
        None => text,
        Some((address, zone)) => {
            let is_zone = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte);
            (!zone.is_empty() && zone.bytes().all(is_zone)).then_some(address)?
        }
    };
    address.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn behind(peer: &str, lines: &[&str]) -> String {
        let trusted: [ipnet::IpNet; 2] = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let lines = lines.iter().map(|line| line.as_bytes());
        let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
        address_behind(peer.parse().unwrap(), lines, is_trusted).to_string()
    }

    #[test]
    fn only_trusted_proxies_may_say_whom_they_speak_for() {
        assert_eq!(behind("198.51.100.7", &["203.0.113.9"]), "198.51.100.7");
        assert_eq!(behind("10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(behind("10.0.0.1", &["6.6.6.6, 203.0.113.9"]), "203.0.113.9");
        assert_eq!(behind("10.0.0.1", &["203.0.113.9,10.0.0.2"]), "203.0.113.9");
        assert_eq!(behind("::ffff:10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(behind("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(behind("10.0.0.1", &["10.0.0.3, 10.0.0.2"]), "10.0.0.3");
    }

    #[test]
    fn an_address_is_read_in_every_form_that_proxies_write() {
        let cases = [
            ("203.0.113.9:4711", "203.0.113.9"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("2001:DB8:0:0::1", "2001:db8::1"),
            ("\"203.0.113.9\"", "203.0.113.9"),
            ("\"203.0.113.9:4711\"", "203.0.113.9"),
            ("\"[2001:db8::1]:443\"", "2001:db8::1"),
            (" \t203.0.113.9 ", "203.0.113.9"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("[::ffff:203.0.113.9]:1", "203.0.113.9"),
            ("::ffff:cb00:7109", "203.0.113.9"),
            ("fe80::1%eth0", "fe80::1"),
            ("[fe80::1%25eth0]:443", "fe80::1"),
        ];
        for (entry, address) in cases {
            assert_eq!(behind("10.0.0.1", &[entry]), address, "{entry}");
            assert_eq!(behind("10.0.0.1", &[&format!("6.6.6.6, {entry}, 10.0.0.2:80")]), address, "{entry}");
            assert_eq!(behind("10.0.0.1", &["6.6.6.6", entry, "[fd00::2]:80"]), address, "{entry}");
        }
    }

    #[test]
    fn what_cannot_be_read_ends_the_chain() {
        for entry in [
            "unknown",
            "_hidden",
            "unix:",
            "203.0.113.9:",
            "203.0.113.9:99999",
            "203.0.113.9:+80",
            "203.0.113.9:80:80",
            "203.0.113.09",
            "203.0.113",
            "0xcb007109",
            "[203.0.113.9]",
            "[2001:db8::1",
            "2001:db8::1]",
            "[2001:db8::1]443",
            "[2001:db8::1]:",
            "[2001:db8::1]:http",
            "[2001:db8::1%]",
            "203.0.113.9%eth0",
            "\"203.0.113.9",
            "203.0.113.9\"",
            "\"",
            "for=203.0.113.9",
            "203.0.113.9 10.0.0.1",
            "localhost",
            "\u{662}03.0.113.9",
        ] {
            assert_eq!(behind("10.0.0.1", &[&format!("6.6.6.6, {entry}, 10.0.0.2")]), "10.0.0.2", "{entry}");
            assert_eq!(behind("10.0.0.1", &["6.6.6.6", entry]), "10.0.0.1", "{entry}");
        }
        let raw: [&[u8]; 2] = [b"6.6.6.6", b"\xff\xfe"];
        let peer = "10.0.0.1".parse().unwrap();
        assert_eq!(address_behind(peer, raw.into_iter(), |_| true), peer, "a line that is no text is no gap");
    }

    #[test]
    fn empty_elements_mean_nothing() {
        assert_eq!(behind("10.0.0.1", &[",203.0.113.9, ,10.0.0.2,", "", " , "]), "203.0.113.9");
        assert_eq!(behind("10.0.0.1", &["", ","]), "10.0.0.1");
    }
}
