//! Lists of networks, as `10.0.0.0/8,::1`.

use std::net::IpAddr;

use ipnet::IpNet;

use super::problem::{Problem, Problems};
use super::settings::Setting;
use super::values::Values;

/// The networks listed in `setting`; an address alone is a network of one. Every bad entry is named.
pub(super) fn networks(values: &Values, setting: &'static Setting) -> Result<Vec<IpNet>, Problems> {
    let mut networks = Vec::new();
    let mut bad = Vec::new();
    for entry in values.text(setting).unwrap_or_default().split(',').map(str::trim) {
        match entry.parse::<IpNet>().or_else(|_| entry.parse::<IpAddr>().map(IpNet::from)) {
            Ok(network) => networks.push(network.trunc()),
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
