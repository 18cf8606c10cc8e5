//! A certificate authority of this test's own, and a certificate for this machine.

use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use tempfile::TempDir;

/// PEM files, gone when dropped.
pub struct Certificates {
    /// For `localhost` and `127.0.0.1`.
    pub certificate: PathBuf,
    pub key: PathBuf,
    pub authority: PathBuf,
    pub authority_pem: String,
    _folder: TempDir,
}

impl Certificates {
    pub fn generate() -> Self {
        Self::generate_as(|_| {})
    }

    /// The certificate is as `change` makes it.
    pub fn generate_as(change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.distinguished_name.push(DnType::CommonName, "Vestibule test authority");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();

        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let mut server = CertificateParams::new(names).unwrap();
        server.distinguished_name.push(DnType::CommonName, "localhost");
        server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        server.use_authority_key_identifier_extension = true;
        change(&mut server);
        let key = KeyPair::generate().unwrap();
        let server = server.signed_by(&key, &authority).unwrap();

        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: String| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        Self {
            certificate: write("server.pem", server.pem()),
            key: write("server.key", key.serialize_pem()),
            authority: write("authority.pem", authority.pem()),
            authority_pem: authority.pem(),
            _folder: folder,
        }
    }

    /// What makes a hub serve https with them, and trust providers that do.
    pub fn settings(&self) -> [(&str, &str); 3] {
        [
            ("VESTIBULE_TLS_CERT", self.certificate.to_str().unwrap()),
            ("VESTIBULE_TLS_KEY", self.key.to_str().unwrap()),
            ("VESTIBULE_OUTBOUND_CA_FILE", self.authority.to_str().unwrap()),
        ]
    }

    /// What makes a server of these tests speak TLS by them.
    pub fn server_config(&self) -> rustls::ServerConfig {
        let read = |path: &PathBuf| std::fs::read(path).unwrap();
        let chain = CertificateDer::pem_slice_iter(&read(&self.certificate)).map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_slice(&read(&self.key)).unwrap();
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap()
    }

    /// The `tls` setting of the scripts in `tests/clients`.
    pub fn for_node(&self) -> Value {
        json!({"cert": self.certificate, "key": self.key})
    }
}
