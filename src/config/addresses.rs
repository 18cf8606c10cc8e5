//! Where the hub is found and where it listens: `VESTIBULE_ISSUER`, `_LISTEN`, `_METRICS_LISTEN`.

use std::net::SocketAddr;

use super::problem::{Problem, Problems, Warning};
use super::settings::{self, Setting};
use super::tls::Tls;
use super::values::Values;
use crate::domain::issuer::Issuer;

pub(super) fn issuer(values: &Values) -> Result<Issuer, Problems> {
    Issuer::parse(values.text_or_default(&settings::ISSUER))
        .map_err(|error| Problem::new(&settings::ISSUER, error.to_string(), error.fix()).into())
}

pub(super) fn listen(values: &Values) -> Result<SocketAddr, Problems> {
    address(&settings::LISTEN, values.text_or_default(&settings::LISTEN))
}

/// The address for metrics, if any; never the one that serves people.
pub(super) fn metrics_listen(
    values: &Values,
    listen: Option<SocketAddr>,
) -> Result<Option<SocketAddr>, Problems> {
    let setting = &settings::METRICS_LISTEN;
    let Some(text) = values.text(setting) else { return Ok(None) };
    let metrics = address(setting, text)?;
    if listen == Some(metrics) && metrics.port() != 0 {
        let what = format!("it is the same as {}", settings::LISTEN.name);
        return Err(Problem::new(setting, what, "choose another port").into());
    }
    Ok(Some(metrics))
}

/// An issuer nobody chose beside a port somebody did: links in pages and tokens would lead nowhere.
pub(super) fn issuer_left_behind(values: &Values, issuer: &Issuer, listen: SocketAddr) -> Option<Warning> {
    let left_behind =
        values.text(&settings::ISSUER).is_none() && listen.port() != 0 && listen.port() != issuer.port();
    left_behind.then(|| {
        let message = format!(
            "It is not set and stays {issuer}, while {} is {listen}. Set it to the URL that browsers use.",
            settings::LISTEN.name
        );
        Warning::new(settings::ISSUER.name, message)
    })
}

/// HTTPS served under an issuer that says http: no browser would get through.
pub(super) fn issuer_without_tls(issuer: &Issuer, tls: Option<&Tls>) -> Option<Warning> {
    (tls.is_some() && !issuer.is_https()).then(|| {
        let message = format!(
            "It is {issuer}, while {} makes the hub serve HTTPS. Begin it with https://.",
            settings::TLS_CERT.name
        );
        Warning::new(settings::ISSUER.name, message)
    })
}

fn address(setting: &'static Setting, text: &str) -> Result<SocketAddr, Problems> {
    // Names are not resolved: which address was bound must not depend on DNS.
    let numeric = match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_owned(),
    };
    numeric.parse().map_err(|_| {
        let what = format!("{text:?} is not an address with a port");
        Problem::new(
            setting,
            what,
            format!("write it like {}, localhost:8080 or [::1]:8080", setting.example),
        )
        .into()
    })
}
