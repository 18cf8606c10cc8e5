//! `VESTIBULE_OUTBOUND_ALLOW` and `VESTIBULE_OUTBOUND_CA_FILE`: what outbound requests may reach and trust.

use ipnet::IpNet;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::networks::networks;
use super::problem::{Problem, Problems};
use super::settings;
use super::values::Values;

/// Exceptions to the guard of outbound requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outbound {
    /// Networks reachable although they are loopback, private or link-local.
    pub allow: Vec<IpNet>,
    /// Further root certificates, checked PEM.
    pub extra_ca_pem: Option<Vec<u8>>,
}

impl Outbound {
    pub(super) fn read(values: &Values) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let allow = problems.keep(networks(values, &settings::OUTBOUND_ALLOW));
        let extra_ca_pem = problems.keep(extra_ca_pem(values));
        match (allow, extra_ca_pem) {
            (Some(allow), Some(extra_ca_pem)) => Ok(Self { allow, extra_ca_pem }),
            (None, _) | (_, None) => Err(problems),
        }
    }
}

/// Root certificates beside those of the system.
pub(super) fn extra_ca_pem(values: &Values) -> Result<Option<Vec<u8>>, Problems> {
    values.text(&settings::OUTBOUND_CA_FILE).map(roots).transpose()
}

fn roots(path: &str) -> Result<Vec<u8>, Problems> {
    let refused = |what: String| {
        let fix = "name a readable PEM file with root certificates";
        Problems::from(Problem::new(&settings::OUTBOUND_CA_FILE, what, fix))
    };
    let pem = std::fs::read(path).map_err(|error| refused(format!("{path}: {error}")))?;
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| refused(format!("{path}: {error}")))?;
        store.add(certificate).map_err(|error| refused(format!("{path}: {error}")))?;
    }
    if store.is_empty() {
        return Err(refused(format!("{path} holds no certificate")));
    }
    Ok(pem)
}
