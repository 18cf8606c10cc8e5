//! Lists of networks, as `10.0.0.0/8,::1`.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

use super::problem::{Problem, Problems};
use super::settings::Setting;
use super::values::Values;

/// What stands before an IPv4 address that is written as one of IPv6.
const MAPPED_BITS: u8 = 96;

/// The networks listed in `setting`; an address alone is a network of one. Every bad entry is named.
pub(super) fn networks(values: &Values, setting: &'static Setting) -> Result<Vec<IpNet>, Problems> {
    let mut networks = Vec::new();
    let mut bad = Vec::new();
    for entry in values.text(setting).unwrap_or_default().split(',').map(str::trim) {
        match entry.parse::<IpNet>().or_else(|_| entry.parse::<IpAddr>().map(IpNet::from)) {
            Ok(network) => networks.push(canonical(network.trunc())),
            Err(_) if entry.is_empty() => {}
            Err(_) => bad.push(format!("{entry:?}")),
        }
    }
    if bad.is_empty() {
        return Ok(networks);
    }
    let what = format!("{}: not an address or network", bad.join(", "));
    Err(Problem::new(setting, what, format!("write them like {}", setting.example)).into())
}

/// An IPv4 network stays one, however it is written (RFC 4291 §2.5.5.2): addresses are compared so, too.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(mapped) = network else { return network };
    let length = mapped.prefix_len().checked_sub(MAPPED_BITS);
    mapped
        .addr()
        .to_ipv4_mapped()
        .zip(length)
        .and_then(|(address, length)| Ipv4Net::new(address, length).ok())
        .map_or(network, IpNet::V4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_ipv4_is_one_however_it_is_written() {
        for (written, network) in [
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
            ("::ffff:10.0.0.1/128", "10.0.0.1/32"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("::/0", "::/0"),
            ("2001:db8::/32", "2001:db8::/32"),
        ] {
            assert_eq!(canonical(written.parse().unwrap()).to_string(), network, "{written}");
        }
    }
}
