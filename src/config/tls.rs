//! `VESTIBULE_TLS_CERT` and `VESTIBULE_TLS_KEY`: serving HTTPS without a proxy in front.

use std::fmt;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::problem::{Problem, Problems};
use super::settings::{self, Setting};
use super::values::Values;

/// A certificate with its key, read and matched at start.
#[derive(Clone)]
pub struct Tls(Arc<ServerConfig>);

impl Tls {
    pub(super) fn read(values: &Values) -> Result<Option<Self>, Problems> {
        match (values.text(&settings::TLS_CERT), values.text(&settings::TLS_KEY)) {
            (None, None) => Ok(None),
            (Some(_), None) => Err(alone(&settings::TLS_KEY, &settings::TLS_CERT)),
            (None, Some(_)) => Err(alone(&settings::TLS_CERT, &settings::TLS_KEY)),
            (Some(certificate), Some(key)) => Self::from_files(certificate, key).map(Some),
        }
    }

    fn from_files(certificate: &str, key: &str) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let chain = problems.keep(chain(certificate));
        let key = problems.keep(private_key(key));
        let (Some(chain), Some(key)) = (chain, key) else { return Err(problems) };
        ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map(|config| Self(Arc::new(config)))
            .map_err(|error| {
                let what = format!("it and {} do not go together: {error}", settings::TLS_KEY.name);
                let fix =
                    "name the certificate (first in its file) and the key that were made for each other";
                Problem::new(&settings::TLS_CERT, what, fix).into()
            })
    }

    /// What an HTTPS server needs; it still has to say which protocols it speaks (ALPN).
    pub fn server_config(&self) -> ServerConfig {
        self.0.as_ref().clone()
    }
}

fn alone(missing: &'static Setting, given: &'static Setting) -> Problems {
    Problem::new(missing, format!("it is not set although {} is", given.name), "set both or neither").into()
}

fn chain(path: &str) -> Result<Vec<CertificateDer<'static>>, Problems> {
    let chain = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let what = match chain {
        Ok(chain) if !chain.is_empty() => return Ok(chain),
        Ok(_) => format!("{path} holds no certificate"),
        Err(error) => format!("{path}: {error}"),
    };
    Err(Problem::new(&settings::TLS_CERT, what, "name a readable PEM file with the certificate chain").into())
}

fn private_key(path: &str) -> Result<PrivateKeyDer<'static>, Problems> {
    PrivateKeyDer::from_pem_file(path).map_err(|error| {
        let fix = "name a readable PEM file with the unencrypted private key";
        Problem::new(&settings::TLS_KEY, format!("{path}: {error}"), fix).into()
    })
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    fn read(certificate: &Path, key: &Path) -> Result<Option<Tls>, Problems> {
        let environment = [(&settings::TLS_CERT, certificate), (&settings::TLS_KEY, key)]
            .map(|(setting, path)| (setting.name.to_owned(), path.display().to_string()));
        Tls::read(&Values::gather(environment, None).0)
    }

    #[test]
    fn certificate_and_key_must_be_readable_and_belong_together() {
        let folder = tempfile::tempdir().unwrap();
        let written = |name: &str| {
            let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
            let (certificate, key) = (folder.path().join(format!("{name}.crt")), folder.path().join(name));
            fs::write(&certificate, made.cert.pem()).unwrap();
            fs::write(&key, made.signing_key.serialize_pem()).unwrap();
            (certificate, key)
        };
        let (certificate, key) = written("one");
        let (_, foreign_key) = written("two");
        assert!(read(&certificate, &key).unwrap().is_some());
        let named = |certificate: &Path, key: &Path| -> Vec<&'static str> {
            read(certificate, key).unwrap_err().0.iter().map(|problem| problem.setting).collect()
        };
        assert_eq!(named(&certificate, &foreign_key), ["VESTIBULE_TLS_CERT"]);
        assert_eq!(named(&key, &certificate), ["VESTIBULE_TLS_CERT", "VESTIBULE_TLS_KEY"]);
        let missing = folder.path().join("missing");
        assert_eq!(named(&missing, &missing), ["VESTIBULE_TLS_CERT", "VESTIBULE_TLS_KEY"]);
    }
}
