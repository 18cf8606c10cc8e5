//! `VESTIBULE_DNS_SERVERS`: who is asked for the TXT records of domains.

use std::net::{IpAddr, SocketAddr};

use super::problem::{Problem, Problems};
use super::settings;
use super::values::Values;

/// The port of DNS.
const PORT: u16 = 53;

/// The servers named, with their ports; empty: those of the system. Every bad entry is named.
pub(super) fn servers(values: &Values) -> Result<Vec<SocketAddr>, Problems> {
    let setting = &settings::DNS_SERVERS;
    let mut servers = Vec::new();
    let mut bad = Vec::new();
    for entry in values.text(setting).unwrap_or_default().split(',').map(str::trim) {
        let read = entry.parse::<SocketAddr>();
        match read.or_else(|_| entry.parse::<IpAddr>().map(|address| SocketAddr::new(address, PORT))) {
            Ok(server) => servers.push(server),
            Err(_) if entry.is_empty() => {}
            Err(_) => bad.push(format!("{entry:?}")),
        }
    }
    if bad.is_empty() {
        return Ok(servers);
    }
    let what = format!("{}: not an address", bad.join(", "));
    Err(Problem::new(setting, what, format!("write them like {}", setting.example)).into())
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn read(text: &str) -> Result<Vec<String>, Vec<String>> {
        let pairs = [("VESTIBULE_DNS_SERVERS".to_owned(), text.to_owned())];
        match Config::load(pairs, None) {
            Ok(config) => Ok(config.dns_servers.iter().map(ToString::to_string).collect()),
            Err(problems) => Err(problems.0.iter().map(ToString::to_string).collect()),
        }
    }

    #[test]
    fn servers_are_addresses_with_or_without_a_port() {
        assert_eq!(read(""), Ok(Vec::new()));
        let expected = ["192.0.2.53:53", "127.0.0.1:5353", "[2001:db8::53]:53", "[::1]:5353"];
        let read_back = read("192.0.2.53, 127.0.0.1:5353,2001:db8::53,[::1]:5353").unwrap();
        assert_eq!(read_back, expected);
        let refused = read("dns.example, 192.0.2.53,999").unwrap_err();
        assert!(refused[0].contains("\"dns.example\", \"999\""), "{refused:?}");
    }
}
